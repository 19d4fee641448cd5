#pragma once
// The rules that decide the next act on a placement, as a list of named pure functions. The first
// one that answers decides; their order is the policy.
#include <optional>
#include <vector>

#include "ledger/corrections.h"
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
  // Somebody outside keeps changing it back, so it is left as it was found.
  bool is_contested(const std::string& path) const {
    return ledger::is_contested(known().corrections, path, placement.meta.generation, now,
                                wishes_of(observed));
  }
};

using Rule = std::optional<Decision> (*)(const Input&);

// rules_gate.cpp: what must be so before anything is done at all.
std::optional<Decision> spec_is_on_its_way(const Input&);
std::optional<Decision> is_suspended(const Input&);
std::optional<Decision> deletion_of_what_never_was(const Input&);
std::optional<Decision> account_is_unusable(const Input&);
std::optional<Decision> has_an_open_call(const Input&);
std::optional<Decision> is_forgotten(const Input&);
std::optional<Decision> estate_is_unread(const Input&);
std::optional<Decision> existence_is_unknown(const Input&);
std::optional<Decision> deletion_of_what_was_refused(const Input&);
std::optional<Decision> names_are_awaited(const Input&);
std::optional<Decision> exceeds_the_grant(const Input&);

// rules_delete.cpp: the object is being deleted.
std::optional<Decision> deletion_releases(const Input&);
std::optional<Decision> deletion_deletes(const Input&);
// Only a listing tells whether a certificate was exported, so one of now comes before its deletion.
std::optional<Decision> listing_must_be_recent(const Input&, const std::string& arn);

// rules_own.cpp: whose certificate is it.
std::optional<Decision> is_owned_by_another(const Input&);
std::optional<Decision> cannot_be_marked(const Input&);
std::optional<Decision> follows_the_named_arn(const Input&);
std::optional<Decision> takes_over_what_is_ours(const Input&);
std::optional<Decision> is_of_another_state(const Input&);
std::optional<Decision> takes_over_a_replacement(const Input&);
std::optional<Decision> lacks_our_mark(const Input&);
std::optional<Decision> answer_named_another(const Input&);

// rules_issue.cpp: there is none, or none that can serve.
std::optional<Decision> failed_and_must_go(const Input&);
std::optional<Decision> waits_before_another_attempt(const Input&);
std::optional<Decision> is_missing(const Input&);
std::optional<Decision> ended_and_is_replaced(const Input&);
std::optional<Decision> waits_for_acm(const Input&);

std::optional<Decision> has_an_unknown_status(const Input&);

// obtain.cpp. Every rule that asks for a certificate answers through here: what keeps one from
// being obtained (the account is going, the CA or the Secret cannot be used, nobody may import)
// holds whichever rule asks.
Decision obtains(const Input&, Decision wanted);
// How a certificate for the spec is obtained.
Action obtain(const api::CertificateRequestSpec& spec);
// Said of a certificate that serves, too, once nothing else is left to do.
std::optional<Decision> reference_is_missing(const Input&);
std::optional<Decision> authority_cannot_sign(const Input&);

// rules_change.cpp: it serves, but differs.
std::optional<Decision> watched_one_lacks_names(const Input&);
std::optional<Decision> cannot_change_in_place(const Input&);
// Before it is marked as ours, too.
std::optional<Decision> does_not_fit_the_named_arn(const Input&);
std::optional<Decision> source_changed(const Input&);
std::optional<Decision> lacks_tags(const Input&);
std::optional<Decision> has_extra_tags(const Input&);
std::optional<Decision> is_changed_back(const Input&);
std::optional<Decision> old_arn_can_go(const Input&);
std::optional<Decision> old_arn_is_kept(const Input&);

// Whether our uid stands on it, read from ACM: without that proof nothing of it is replaced,
// exported, revoked or deleted (PROTOCOLS 1).
bool is_proven_ours(const Input&);
// A certificate fits if it could have come from this spec: then it is taken over instead of being
// issued again. What differs and can be changed in place (tags) is changed afterwards.
bool fits(const Input&, const Candidate&);
// Of those that carry our tags, are not in our ledger and fit; null: there is none.
const Candidate* best_of_ours(const Input&);
Decision takes_over(const Candidate& found);
// The tags that mark it as ours.
Action mark(const Input&);
// The keys of our tags, which go when a certificate is let go of.
std::vector<std::string> ownership_tags();
// The path of one of our own tags, and of the Secret that an import comes from.
std::string path_of_mark(std::string_view tag);
inline constexpr std::string_view kSourcePath = "spec.issuer.imported.secretRef";

}  // namespace certloop::placement
