#include "reconcilers/zone/plan.h"

#include <algorithm>

#include "base/text.h"

namespace certloop::zone {
namespace {

constexpr long kTtl = 300;                  // seconds
constexpr std::size_t kMostInABatch = 500;  // of 1,000 that Route 53 takes
constexpr std::string_view kTarget = ".acm-validations.aws.";

const api::KeptRecord* find(const std::vector<api::KeptRecord>& all, const std::string& name) {
  const auto it = std::find_if(all.begin(), all.end(),
                               [&](const auto& kept) { return kept.record.name == name; });
  return it == all.end() ? nullptr : &*it;
}

}  // namespace

std::string refusal(const Need& need, const std::string& zone_domain) {
  const std::string name = lower(need.record.name), value = lower(need.record.value);
  if (need.record.type != "CNAME") return "is no CNAME";
  if (!value.ends_with(kTarget)) return "does not point to acm-validations.aws";
  if (!name.starts_with("_") || !name.ends_with("." + zone_domain))
    return "is not a validation name of zone " + zone_domain;
  const std::string base = name.substr(name.find('.') + 1);
  for (const auto& domain : need.names) {
    std::string normal = normalized_domain(domain);
    if (normal.starts_with("*.")) normal = normal.substr(2);
    if (base == normal + ".") return "";
  }
  return "is not for a name of the certificate that asks for it";
}

Plan plan(const api::HostedZone& zone, const Observed& observed) {
  Plan plan;
  for (const Need& need : observed.needs) {
    if (const std::string why = refusal(need, observed.domain); !why.empty()) {
      plan.problems.push_back(need.record.name + " " + why + ": it is not written");
      continue;
    }
    const api::KeptRecord* before = find(zone.status.records, need.record.name);
    api::KeptRecord kept{need.record, "InPlace", before != nullptr && before->created_by_us, "",
                         std::nullopt};
    const auto found = observed.found.find(need.record.name);
    if (found == observed.found.end() || found->second.empty()) {
      kept.state = "Missing";
      plan.differences.push_back({api::DriftClass::missing, need.record.name, need.record.value,
                                  before != nullptr ? before->record.value : "", ""});
      if (plan.changes.size() < kMostInABatch)
        plan.changes.push_back(
            {"CREATE", {need.record.name, need.record.type, kTtl, {need.record.value}}});
    } else if (found->second.size() != 1 || lower(found->second[0]) != lower(need.record.value)) {
      kept.state = "Conflict";
      kept.found = join(found->second, " ");
      plan.differences.push_back(
          {api::DriftClass::changed, need.record.name, need.record.value, "", kept.found});
    }
    plan.records.push_back(std::move(kept));
  }
  for (const auto& kept : zone.status.records)
    if (find(plan.records, kept.record.name) == nullptr && kept.created_by_us)
      plan.records.push_back(kept);
  std::sort(plan.records.begin(), plan.records.end(),
            [](const auto& a, const auto& b) { return a.record.name < b.record.name; });
  if (observed.management != api::Management::enforce) plan.changes.clear();
  return plan;
}

Observed assume(Observed observed, const std::vector<aws::Change>& changes) {
  for (const auto& change : changes)
    observed.found[change.record_set.name] = change.record_set.values;
  return observed;
}

std::vector<api::Step> steps_of(const api::HostedZone& zone,
                                const std::vector<aws::Change>& changes) {
  std::vector<api::Step> steps;
  for (const auto& change : changes) {
    api::Step step;
    step.object = zone.key();
    step.account =
        space_of(zone.spec.account_ref, zone.meta.space) + "/" + zone.spec.account_ref.name;
    step.service = "route53";
    step.operation = "ChangeResourceRecordSets";
    step.subject = change.record_set.name;
    step.details = {{"action", change.action},
                    {"type", change.record_set.type},
                    {"value", change.record_set.values.front()},
                    {"zone", zone.spec.id}};
    step.because = "Missing";
    step.message = "ACM validates the domain by this record, now and at every renewal";
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace certloop::zone
