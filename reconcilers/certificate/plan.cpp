#include "reconcilers/certificate/plan.h"

#include <algorithm>

#include "base/digest.h"

namespace certloop::certificate {
namespace {

bool has_finalizer(const api::Certificate& certificate) {
  const auto& all = certificate.meta.finalizers;
  return std::find(all.begin(), all.end(), kFinalizer) != all.end();
}

const api::Placement* find(const std::vector<api::Placement>& all, const std::string& name) {
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.meta.name == name; });
  return it == all.end() ? nullptr : &*it;
}

// Kubernetes takes names of 253 characters, of which certificate, namespace, account and region can
// have more together. What stands for the rest depends on nothing but the whole.
std::string within_bounds(std::string name) {
  constexpr std::size_t kMost = 253, kDigest = 16;
  if (name.size() <= kMost) return name;
  const std::string digest = sha256_hex(name).substr(0, kDigest);
  name.resize(kMost - kDigest - 1);
  while (!name.empty() && (name.back() == '.' || name.back() == '-')) name.pop_back();
  return name + '.' + digest;
}

// The zones first: a placement looks at what they have written.
std::optional<PassRequestOn> request_for(const api::Certificate& certificate,
                                         const api::Placement& placement) {
  const std::string request = api::reconcile_request(certificate.meta);
  if (request.empty() || request == certificate.status.last_handled_reconcile ||
      request == api::reconcile_request(placement.meta))
    return std::nullopt;
  PassRequestOn pass{request, {}};
  for (const auto& validation : placement.status.validation) {
    const auto slash = validation.hosted_zone.find('/');
    if (slash == std::string::npos) continue;
    const api::Key zone{api::Kind::hosted_zone, validation.hosted_zone.substr(0, slash),
                        validation.hosted_zone.substr(slash + 1)};
    if (std::find(pass.to.begin(), pass.to.end(), zone) == pass.to.end()) pass.to.push_back(zone);
  }
  pass.to.push_back(placement.key());
  return pass;
}

// What says how it is deleted may change for as long as the deletion waits; nothing else does.
std::optional<ChangePlacement> with_terms_of_deletion(const api::Certificate& certificate,
                                                      const api::Placement& placement) {
  api::Placement changed = placement;
  changed.spec.retain = certificate.spec.retain;
  changed.spec.management = certificate.spec.management;
  changed.spec.suspended_until = certificate.spec.suspended_until;
  if (changed.spec == placement.spec) return std::nullopt;
  return ChangePlacement{changed};
}

}  // namespace

std::vector<api::Placement> wanted_placements(const api::Certificate& certificate) {
  api::Placement placement;
  const auto& account = certificate.spec.account_ref;
  placement.meta.space = certificate.meta.space;
  placement.meta.name = within_bounds(certificate.meta.name + '.' +
                                      (account.space.empty() ? "" : account.space + '.') +
                                      account.name + '.' + certificate.spec.region);
  placement.meta.finalizers = {std::string(kPlacementFinalizer)};
  placement.meta.owners = {{api::Kind::certificate, certificate.meta.name, certificate.meta.uid}};
  placement.spec = certificate.spec;
  return {placement};
}

Plan plan(const api::Certificate& certificate, const Observed& observed) {
  Plan plan;
  if (observed.unreadable) return plan;
  if (certificate.meta.deleted) {
    for (const auto& placement : observed.placements)
      if (!placement.meta.deleted) plan.actions.push_back(RemovePlacement{placement.key()});
    for (const auto& placement : observed.placements)
      if (auto changed = with_terms_of_deletion(certificate, placement))
        plan.actions.push_back(std::move(*changed));
    for (const auto& placement : observed.placements)
      if (auto request = request_for(certificate, placement))
        plan.actions.push_back(std::move(*request));
    if (observed.placements.empty()) plan.actions.push_back(LetGo{});
    return plan;
  }
  if (!observed.name_clashes.empty()) {
    plan.stalled = api::Condition{"Stalled", api::Truth::yes, "NameClash",
                                  "Placement " + observed.name_clashes.front() +
                                      " belongs to another Certificate: rename one of the two"};
    return plan;
  }
  if (!has_finalizer(certificate)) plan.actions.push_back(AddFinalizer{});
  const auto wanted = wanted_placements(certificate);
  for (const auto& placement : wanted) {
    const api::Placement* have = find(observed.placements, placement.meta.name);
    if (have == nullptr) {
      plan.actions.push_back(MakePlacement{placement});
    } else if (have->meta.deleted) {
      plan.actions.push_back(RevivePlacement{*have});
    } else if (have->spec != placement.spec) {
      api::Placement changed = *have;
      changed.spec = placement.spec;
      plan.actions.push_back(ChangePlacement{changed});
    }
  }
  for (const auto& placement : observed.placements)
    if (auto request = request_for(certificate, placement))
      plan.actions.push_back(std::move(*request));
  for (const auto& placement : observed.placements)
    if (find(wanted, placement.meta.name) == nullptr && !placement.meta.deleted)
      plan.actions.push_back(RemovePlacement{placement.key()});
  return plan;
}

}  // namespace certloop::certificate
