#include "report/plan.h"

#include <algorithm>
#include <array>

namespace certloop::report {
namespace {

bool begins_with_one_of(std::string_view operation, std::initializer_list<std::string_view> verbs) {
  return std::any_of(verbs.begin(), verbs.end(),
                     [&](std::string_view verb) { return operation.starts_with(verb); });
}

}  // namespace

Effect effect_of(const api::Step& step) {
  if (step.is_wait()) return Effect::wait;
  // What loses a tag stays.
  if (begins_with_one_of(step.operation, {"RemoveTags", "Untag"})) return Effect::change;
  if (begins_with_one_of(step.operation, {"Delete", "Remove", "Revoke", "Detach", "Disassociate"}))
    return Effect::remove;
  // One operation of Route 53 does everything.
  if (const auto it = step.details.find("action"); step.operation == "ChangeResourceRecordSets" &&
                                                   it != step.details.end() &&
                                                   it->second == "DELETE")
    return Effect::remove;
  // ImportCertificate onto an ARN that stands already changes it in place.
  const bool onto_an_arn = step.operation.starts_with("Import") &&
                           step.subject.starts_with("arn:") && !step.replaces_arn;
  if (!onto_an_arn && begins_with_one_of(step.operation, {"Create", "Request", "Issue", "Import"}))
    return Effect::create;
  return Effect::change;
}

std::string_view name_of(Effect effect) {
  constexpr std::array<std::string_view, 4> kNames = {"create", "change", "delete", "wait"};
  return kNames.at(static_cast<std::size_t>(effect));
}

PlanCounts counts_of(const Plan& plan) {
  PlanCounts counts;
  for (const api::Step& step : plan.steps) {
    switch (effect_of(step)) {
      case Effect::create: ++counts.create; break;
      case Effect::change: ++counts.change; break;
      case Effect::remove: ++counts.remove; break;
      case Effect::wait: ++counts.wait; break;
    }
    if (step.replaces_arn) ++counts.arn_changes;
  }
  return counts;
}

Exit exit_of(const Plan& plan) {
  if (!plan.coverage.unread.empty()) return Exit::unread;
  return plan.steps.empty() && plan.held.empty() ? Exit::done : Exit::difference;
}

}  // namespace certloop::report
