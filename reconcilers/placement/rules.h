#pragma once
// The rules that decide the next act on a placement, as a list of named pure functions. The first
// one that answers decides; their order is the policy.
#include <optional>
#include <vector>

#include "reconcilers/placement/plan.h"

namespace certloop::placement {

struct Input {
  const api::Placement& placement;
  const Observed& observed;
  const std::vector<api::Difference>& differences;
  Time now;

  const api::CertificateRequestSpec& spec() const { return placement.spec; }
  const api::PlacementStatus& known() const { return observed.known; }
  bool present() const { return observed.presence == Presence::present; }
  bool deleted() const { return placement.meta.deleted.has_value(); }
};

using Rule = std::optional<Decision> (*)(const Input&);

// rules_gate.cpp: what must be so before anything is done at all.
std::optional<Decision> is_suspended(const Input&);
std::optional<Decision> deletion_of_what_never_was(const Input&);
std::optional<Decision> account_is_unusable(const Input&);
std::optional<Decision> has_an_open_call(const Input&);
std::optional<Decision> estate_is_unread(const Input&);

// rules_delete.cpp: the object is being deleted.
std::optional<Decision> deletion_releases(const Input&);
std::optional<Decision> deletion_deletes(const Input&);

// rules_own.cpp: whose certificate is it.
std::optional<Decision> is_owned_by_another(const Input&);
std::optional<Decision> cannot_be_marked(const Input&);
std::optional<Decision> takes_over_what_is_ours(const Input&);
std::optional<Decision> takes_over_a_replacement(const Input&);
std::optional<Decision> adopts_by_arn(const Input&);

// rules_issue.cpp: there is none, or none that can serve.
std::optional<Decision> reference_is_missing(const Input&);
std::optional<Decision> is_watched_only(const Input&);
std::optional<Decision> authority_cannot_sign(const Input&);
std::optional<Decision> failed_and_must_go(const Input&);
std::optional<Decision> waits_before_another_attempt(const Input&);
std::optional<Decision> is_missing(const Input&);
std::optional<Decision> ended_and_is_replaced(const Input&);
std::optional<Decision> waits_for_acm(const Input&);

// How a certificate for the spec is obtained.
Action obtain(const api::CertificateRequestSpec& spec);

// rules_change.cpp: it serves, but differs.
std::optional<Decision> cannot_change_in_place(const Input&);
std::optional<Decision> source_changed(const Input&);
std::optional<Decision> lacks_tags(const Input&);
std::optional<Decision> has_extra_tags(const Input&);
std::optional<Decision> old_arn_can_go(const Input&);
std::optional<Decision> old_arn_is_in_use(const Input&);

// Whether our uid stands on it, read from ACM: without that proof nothing of it is replaced,
// exported, revoked or deleted (PROTOCOLS 1).
bool is_proven_ours(const Input&);

}  // namespace certloop::placement
