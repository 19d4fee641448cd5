#include "reconcilers/placement/plan.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "ledger/found.h"
#include "ledger/ownership.h"
#include "reconcilers/placement/differences.h"
#include "reconcilers/placement/rules.h"

namespace certloop::placement {
namespace {

// The policy, top to bottom: the first rule that answers decides the pass.
constexpr std::array kRules = std::to_array<Rule>({
    spec_is_on_its_way,            // the Certificate says something else by now
    is_suspended,                  // the user said: leave it alone
    deletion_of_what_never_was,    // being deleted, no account or region, and never requested
    account_is_unusable,           // disabled, not Ready, missing: nothing can be read or done
    has_an_open_call,              // an answer was lost: settle it before anything else
    estate_is_unread,              // "nothing there" needs a complete reading
    existence_is_unknown,          // one reading says that it is gone: a second one decides
    is_forgotten,                  // being deleted, Observe
    deletion_of_what_was_refused,  // spec.arn names what is not ours: nothing was done to it
    names_are_awaited,             // ACM tells the names of a new one a moment later
    exceeds_the_grant,             // the account's limits do not cover it: never touched
    answer_named_another,          // ACM answered with a certificate that is not ours
    deletion_releases,             // being deleted, Retain: take our tags off and let go
    deletion_deletes,              // being deleted: delete what is unused, wait for what is not
    is_owned_by_another,           // somebody else's certificate: never touched
    cannot_be_marked,              // AWS would reject the owner tag
    follows_the_named_arn,         // spec.arn was set later, or changed
    takes_over_what_is_ours,       // lost answer or state: what carries our tags is found again
    is_of_another_state,           // our name, another uid: only the operator knows whose
    takes_over_a_replacement,      // restored state: what was to be requested is there already
    lacks_our_mark,                // spec.arn, taken over, or our tags were removed: mark it
    failed_and_must_go,            // FAILED and timed out ones cannot be requested again
    waits_before_another_attempt,  // a failure a moment ago
    is_missing,                    // request one
    ended_and_is_replaced,         // EXPIRED, REVOKED, INACTIVE
    waits_for_acm,                 // requested: wait, keep the records
    watched_one_lacks_names,       // somebody else imports, and it is for other names
    cannot_change_in_place,        // names, key, CA, export option differ
    source_changed,                // the Secret holds another certificate or chain
    lacks_tags,                    // tags to add
    has_extra_tags,                // tags to remove
    is_changed_back,               // somebody outside has changed it back three times
    old_arn_can_go,                // replaced, unused, its grace over
    reference_is_missing,          // it serves, but its CA or Secret cannot be used
    old_arn_is_kept,               // replaced and still used, or not long enough unused
    has_an_unknown_status,         // a status that this version does not know
});

std::string certificate_of(const api::Placement& placement) {
  for (const auto& owner : placement.meta.owners)
    if (owner.kind == api::Kind::certificate) return owner.name;
  return placement.meta.name;
}

// Whether the decision is about something that we would do, now or later.
bool speaks_of_acts(const Input& in, const Decision& decision) {
  if (!decision.action) return false;
  if (changes_aws(*decision.action)) return true;
  const bool is_compared = !in.observed.account && in.observed.estate_read &&
                           (in.present() || in.observed.presence == Presence::absent);
  return std::holds_alternative<Wait>(*decision.action) && is_compared &&
         decision.because != "Recovery" && (!in.present() || !decision.because.empty());
}

std::string found_by(const Input& in, const Decision& decision) {
  std::string found = ledger::as_found(in.differences);
  if (!found.empty()) return found;
  std::vector<std::string> before;
  for (const auto& old : in.observed.previous) before.push_back(old.arn);
  if (!before.empty()) return join(before, ", ") + " was replaced and is still there";
  if (in.known().arn.empty()) return decision.message;
  return in.known().arn + " does not carry the tags of this spec";
}

// Under Observe nothing will be done: what is told is what was found and what differs.
void tell_as_found(const Input& in, Decision& decision) {
  if (!speaks_of_acts(in, decision)) return;
  if (const auto* wait = decision.action ? std::get_if<Wait>(&*decision.action) : nullptr)
    decision.again = wait->wait;
  decision.action.reset();
  decision.reason = decision.because.empty() ? "Missing" : decision.because;
  decision.message = found_by(in, decision) + " (management is Observe: nothing is changed)";
}

}  // namespace

Plan plan(const api::Placement& placement, const Observed& observed, Time now) {
  Plan result;
  if (!observed.account && observed.management != api::Management::suspended &&
      observed.estate_read && !observed.adoption_refused)
    result.differences = differences(placement, observed, now);
  const Input input{placement, observed, result.differences, now};
  for (const Rule rule : kRules) {
    auto decision = rule(input);
    if (!decision) continue;
    if (observed.management == api::Management::observe) tell_as_found(input, *decision);
    result.decision = std::move(*decision);
    return result;
  }
  result.decision.reason = "Issued";
  return result;
}

api::PlacementStatus with_arn(const api::PlacementStatus& before,
                              const api::CertificateRequestSpec& spec, const Observed& observed,
                              const std::string& arn, Time now) {
  api::PlacementStatus next;
  next.observed_generation = before.observed_generation;
  next.last_handled_reconcile = before.last_handled_reconcile;
  next.arn = arn;
  next.previous = before.previous;
  // What comes back is not one of those that were replaced, or it would be deleted as such.
  std::erase_if(next.previous, [&](const auto& old) { return old.arn == arn; });
  const bool was_ours = before.marked || !is_older_than_our_call(before);
  if (observed.presence == Presence::present && !before.arn.empty() && was_ours)
    next.previous.push_back({before.arn, before.in_use_by, before.exported, before.not_after, now,
                             std::nullopt, before.users_unknown});
  next.pending = before.pending;
  next.attempts = before.attempts;
  next.failed_attempts = before.failed_attempts;
  next.failure_reason = before.failure_reason;
  // What is only observed has not been applied: its tags are not ours to remove.
  if (observed.management == api::Management::enforce) next.applied = spec;
  next.conditions = before.conditions;
  return next;
}

std::string path_of_mark(std::string_view tag) { return "tags[" + std::string(tag) + "]"; }

std::vector<std::string> corrected_by(const Decision& decision) {
  if (!decision.action || decision.because != "Drift") return {};
  const auto path_of = [](const std::string& tag) {
    return tag.starts_with("certloop.dev/") ? path_of_mark(tag) : "spec.tags." + tag;
  };
  std::vector<std::string> paths;
  if (const auto* add = std::get_if<AddTags>(&*decision.action))
    for (const auto& [tag, value] : add->tags) paths.push_back(path_of(tag));
  else if (const auto* remove = std::get_if<RemoveTags>(&*decision.action))
    for (const auto& tag : remove->keys) paths.push_back(path_of(tag));
  else if (std::holds_alternative<ImportCertificate>(*decision.action))
    paths.emplace_back(kSourcePath);
  return paths;
}

ledger::Wishes wishes_of(const Observed& observed) {
  if (!observed.source) return {};
  return {{std::string(kSourcePath),
           observed.source->fingerprint + " " + observed.source->chain_digest}};
}

Decision waits_for_others(Duration again, std::string because, std::string reason,
                          std::string message) {
  Decision decision;
  decision.because = std::move(because);
  decision.reason = std::move(reason);
  decision.message = std::move(message);
  decision.again = again;
  return decision;
}

bool changes_aws(const Action& action) {
  return std::holds_alternative<RequestCertificate>(action) ||
         std::holds_alternative<ImportCertificate>(action) ||
         std::holds_alternative<AddTags>(action) || std::holds_alternative<RemoveTags>(action) ||
         std::holds_alternative<DeleteCertificate>(action);
}

bool needs_live_look(const Action& action) {
  if (const auto* import = std::get_if<ImportCertificate>(&action)) return !import->arn.empty();
  return std::holds_alternative<RequestCertificate>(action) ||
         std::holds_alternative<AddTags>(action) || std::holds_alternative<RemoveTags>(action) ||
         std::holds_alternative<DeleteCertificate>(action);
}

std::string wanted_key_algorithm(const api::CertificateRequestSpec& spec,
                                 const Observed& observed) {
  if (!spec.key_algorithm.empty()) return spec.key_algorithm;
  if (!spec.issuer.authority) return "RSA_2048";
  if (!observed.authority || observed.authority->key_algorithm.empty()) return "";
  return observed.authority->key_algorithm.starts_with("EC_") ? "EC_prime256v1" : "RSA_2048";
}

std::vector<std::string> wanted_names(const api::CertificateRequestSpec& spec) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  const auto add = [&](const std::string& name) {
    if (name.empty()) return;
    std::string normal = normalized_domain(name);
    if (seen.insert(normal).second) names.push_back(std::move(normal));
  };
  add(spec.domain_name);
  for (const auto& name : spec.additional_names) add(name);
  return names;
}

bool is_young(const api::PlacementStatus& known, Time now) {
  if (!known.made) return false;
  const Duration since = now - *known.made;
  return -kYoung < since && since < kYoung;
}

std::string base_domain(const std::string& domain) {
  std::string base = normalized_domain(domain);
  return base.starts_with("*.") ? base.substr(2) : base;
}

api::Tags wanted_tags(const api::Placement& placement, const Observed& observed,
                      const std::string& intent) {
  api::Tags tags = placement.spec.tags;
  tags[std::string(ledger::kOwnerTag)] = ledger::owner_tag_value(
      observed.installation, placement.meta.space, certificate_of(placement));
  tags[std::string(ledger::kUidTag)] = placement.meta.uid;
  if (!intent.empty()) tags[std::string(ledger::kIntentTag)] = intent;
  return tags;
}

}  // namespace certloop::placement
