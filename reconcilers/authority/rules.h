#pragma once
// Private to this folder: the planner's rules. Each looks at one thing and answers a decision, or
// nothing; plan.cpp says in which order they are asked.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/corrections.h"
#include "ledger/ownership.h"
#include "reconcilers/authority/plan.h"

namespace certloop::authority {

// What a rule looks at. Lives for one plan.
struct Input {
  const api::CertificateAuthority& authority;
  const Observed& observed;
  const std::vector<api::Difference>& differences;
  Time now;

  const api::AcmPcaSpec& spec() const { return authority.spec.acm_pca; }
  const api::CertificateAuthorityStatus& known() const { return observed.known; }
  const std::string& status() const { return observed.known.aws_status; }
  bool present() const { return observed.presence == Presence::present; }
  bool deleted() const { return authority.meta.deleted.has_value(); }
  bool has(std::string_view path) const {
    return std::any_of(differences.begin(), differences.end(),
                       [&](const auto& row) { return row.path == path; });
  }
  // Differs, and nobody outside keeps changing it back.
  bool can_correct(std::string_view path) const { return has(path) && !is_contested(path); }
  bool is_contested(std::string_view path) const {
    return ledger::is_contested(known().corrections, std::string(path), authority.meta.generation,
                                now);
  }
};
using Rule = std::optional<Decision>(const Input&);

// Whose the CA is, as its tags say.
std::string tag(const Input& in, std::string_view key);
bool is_proven_ours(const Input& in);       // carries our uid and no other owner
bool is_of_another_state(const Input& in);  // our owner tag, another uid
bool lacks_our_tags(const Input& in);       // nobody else claims it, and it is not marked as ours

// A decision that an unread answer holds up: it is looked at again.
Decision held_up(const Error& error, const std::string& what);
// No action, and a person must do what the message says.
Decision needs_person(std::string because, std::string reason, std::string message);

// rules_gate.cpp: whether anything may be done at all.
Rule is_suspended, was_never_made, account_is_unusable, has_an_open_call, is_let_go_as_it_is,
    presence_is_unknown, is_owned_by_another, is_of_a_lost_state, cannot_be_marked,
    ownership_is_unread, another_arn_is_named;
// rules_delete.cpp
Rule duplicate_must_go, is_released, is_deleted;
// rules_create.cpp: the way to ACTIVE.
Rule takes_over_what_is_ours, is_missing, is_lost_for_good, has_failed, is_marked, is_being_created,
    needs_its_certificate, was_deleted_outside, was_disabled_outside, cannot_serve,
    is_of_unknown_status;
// rules_change.cpp: what can be changed in place, and what cannot.
Rule cannot_change_in_place, lacks_the_renewal_permission, revocation_differs, tags_differ,
    is_changed_back, something_is_unread;

inline constexpr std::string_view kStatePath = "spec.state", kTagsPath = "spec.acmPca.tags.",
                                  kRevocationPath = "spec.acmPca.revocation",
                                  kRenewalPath = "spec.acmPca.allowAcmRenewal";
std::string path_of_mark(std::string_view tag);

}  // namespace certloop::authority
