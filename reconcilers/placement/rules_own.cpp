#include <algorithm>
#include <set>

#include "base/text.h"
#include "ledger/ownership.h"
#include "reconcilers/placement/differences.h"
#include "reconcilers/placement/rules.h"

namespace certloop::placement {
namespace {

std::string tag(const api::Tags& tags, std::string_view key) {
  const auto it = tags.find(std::string(key));
  return it == tags.end() ? std::string() : it->second;
}

// Whether it may be taken over: another uid is another state's or a lost one's, and only the
// operator knows which (PROTOCOLS 0, "Taking over").
bool may_be_taken(const Input& in, const Candidate& candidate) {
  return candidate.uid == in.placement.meta.uid || in.observed.takes_over_lost_state;
}

// The best of those that carry our owner tag, fit and may be taken over; null if none does.
Decision as_decision(const Problem& problem) {
  return {{}, "", problem.reason, problem.message, problem.stalled};
}

bool asks_for_this_arn(const Input& in) {
  return !in.spec().arn.empty() && in.known().arn == in.spec().arn;
}

std::string our_owner(const Input& in) {
  return tag(wanted_tags(in.placement, in.observed, ""), ledger::kOwnerTag);
}

}  // namespace

const Candidate* best_of_ours(const Input& in) {
  const Candidate* best = nullptr;
  for (const Candidate& candidate : in.observed.owned) {
    if (!fits(in, candidate) || !may_be_taken(in, candidate)) continue;
    if (best == nullptr || (candidate.status == "ISSUED" && best->status != "ISSUED") ||
        (candidate.status == best->status && candidate.created > best->created))
      best = &candidate;
  }
  return best;
}

Decision takes_over(const Candidate& found) {
  return {TakeOver{found.arn}, "Recovery", "Adopting",
          found.arn + " carries our owner tag and fits the spec: taking it over", false};
}

bool fits(const Input& in, const Candidate& candidate) {
  if (candidate.status == "FAILED" || candidate.status == "VALIDATION_TIMED_OUT" ||
      candidate.status == "REVOKED" || candidate.status == "EXPIRED")
    return false;
  if (in.spec().issuer.imported) return candidate.type == "IMPORTED";
  if (candidate.type == "IMPORTED" || (in.spec().issuer.amazon && candidate.type == "PRIVATE"))
    return false;
  std::set<std::string> wanted, found;
  for (const auto& name : wanted_names(in.spec())) wanted.insert(name);
  for (const auto& name : candidate.names) found.insert(normalized_domain(name));
  const std::string algorithm = wanted_key_algorithm(in.spec(), in.observed);
  return (found.empty() || wanted == found) &&
         (candidate.key_algorithm.empty() || algorithm.empty() ||
          candidate.key_algorithm == algorithm);
}

bool is_proven_ours(const Input& in) {
  return in.observed.tags_known && !in.observed.tags_unread &&
         tag(in.known().tags, ledger::kUidTag) == in.placement.meta.uid;
}

bool lost_our_mark(const api::Placement& placement, const Observed& observed) {
  const auto& known = observed.known;
  // Ours by our own record: made by us, or seen with our uid on it.
  const bool in_our_ledger = known.marked || (known.made && !is_older_than_our_call(known));
  if (observed.presence != Presence::present || !observed.tags_known || !in_our_ledger)
    return false;
  const std::string ours = tag(wanted_tags(placement, observed, ""), ledger::kOwnerTag);
  const std::string owner = tag(known.tags, ledger::kOwnerTag);
  const std::string uid = tag(known.tags, ledger::kUidTag);
  if (uid == placement.meta.uid) return owner != ours;
  return uid.empty() && (owner.empty() || owner == ours);
}

bool is_older_than_our_call(const api::PlacementStatus& known) {
  constexpr Duration kAtMost = std::chrono::minutes(5);
  return known.made && known.created && *known.created + kAtMost < *known.made;
}

Action mark(const Input& in) {
  api::Tags tags = wanted_tags(in.placement, in.observed, "");
  std::erase_if(tags, [](const auto& entry) {
    return entry.first != ledger::kOwnerTag && entry.first != ledger::kUidTag;
  });
  return AddTags{in.known().arn, std::move(tags), true};
}

Problem owned_by_another(const Observed& observed, const std::string& what,
                         const std::string& owner) {
  const bool other_installation = !owner.starts_with(observed.installation + "/");
  return {other_installation ? "ForeignOwner" : "OwnedByOther",
          what + " is already managed by " + owner +
              " (tag certloop.dev/owner): one spec manages one certificate. To move it here, apply "
              "deletionPolicy: Retain there, and then delete that one",
          true};
}

Problem of_another_state(const Observed& observed, const std::string& arn, const std::string& uid) {
  return {"ForeignUid",
          arn + " carries our owner tag and the uid " + uid +
              ": it belongs to another state of installation " + observed.installation +
              ", or to a lost one. If that state is lost, run once with --take-over-lost-state; if "
              "it is in use, give this one another --installation",
          true};
}

std::optional<Decision> is_owned_by_another(const Input& in) {
  if (!in.observed.foreign_owner) return std::nullopt;
  const std::string what = !in.known().arn.empty()  ? in.known().arn
                           : !in.spec().arn.empty() ? in.spec().arn
                                                    : "a certificate for " + in.spec().domain_name;
  return as_decision(owned_by_another(in.observed, what, *in.observed.foreign_owner));
}

// What AWS would refuse as a tag, on whatever call carries it.
std::optional<Decision> cannot_be_marked(const Input& in) {
  if (in.observed.management != api::Management::enforce) return std::nullopt;
  const api::Tags tags = wanted_tags(in.placement, in.observed, "");
  const auto owner = ledger::check_owner_tag(tags.at(std::string(ledger::kOwnerTag)));
  if (owner.ok()) return std::nullopt;
  return Decision{{}, "", "OwnerTagInvalid", owner.error().message(), true};
}

// What carries our owner tag and our uid, or, if the operator says so, a lost state's.
std::optional<Decision> takes_over_what_is_ours(const Input& in) {
  if (in.present() && !in.known().arn.empty()) return std::nullopt;
  const Candidate* best = best_of_ours(in);
  if (best == nullptr) return std::nullopt;
  return takes_over(*best);
}

// Two states under one installation name would take each other's certificates back and forth, so
// neither takes what carries another uid, and what this one has marked it never marks again.
std::optional<Decision> is_of_another_state(const Input& in) {
  if (in.deleted()) return std::nullopt;
  if (!in.present()) {
    for (const Candidate& candidate : in.observed.owned)
      if (fits(in, candidate) && !may_be_taken(in, candidate))
        return as_decision(of_another_state(in.observed, candidate.arn,
                                            candidate.uid.empty() ? "(none)" : candidate.uid));
    return std::nullopt;
  }
  if (in.observed.adoption_refused && in.observed.foreign_uid)
    return as_decision(of_another_state(in.observed, in.known().arn, *in.observed.foreign_uid));
  const std::string uid = tag(in.known().tags, ledger::kUidTag);
  if (!in.observed.tags_known || uid.empty() || uid == in.placement.meta.uid) return std::nullopt;
  if (in.observed.takes_over_lost_state && !in.known().marked) return std::nullopt;
  return as_decision(of_another_state(in.observed, in.known().arn, uid));
}

// spec.arn was set, or changed, after another certificate was obtained: the named one takes its
// place, and the one before goes as every replaced one does.
std::optional<Decision> follows_the_named_arn(const Input& in) {
  if (in.deleted() || !in.observed.named) return std::nullopt;
  const Named& named = *in.observed.named;
  if (named.refused)
    return Decision{{}, "SpecChanged", named.refused->reason, named.refused->message, true};
  return Decision{
      TakeOver{named.certificate.arn}, "SpecChanged", "Adopting",
      "spec.arn names " + named.certificate.arn + ": adopting it in place of " + in.known().arn,
      false};
}

// After a restored state: the certificate that this one has to make way for is there already. (For
// what is imported, source_changed looks.)
std::optional<Decision> takes_over_a_replacement(const Input& in) {
  if (in.deleted() || !in.present() || in.spec().issuer.imported || !in.spec().arn.empty() ||
      in.spec().replacement == api::Replacement::hold)
    return std::nullopt;
  if (std::none_of(in.differences.begin(), in.differences.end(), is_immutable)) return std::nullopt;
  const Candidate* best = best_of_ours(in);
  if (best == nullptr || best->status != "ISSUED") return std::nullopt;
  return takes_over(*best);
}

// An ARN from an answer is believed once our tags, which the call carried, are seen on it. One that
// is older than the call and carries none is a wrong answer: somebody else's certificate.
std::optional<Decision> answer_named_another(const Input& in) {
  const auto& known = in.known();
  if (!in.present() || !in.observed.tags_known || known.marked || !known.made ||
      !tag(known.tags, ledger::kUidTag).empty() || !is_older_than_our_call(known))
    return std::nullopt;
  const Candidate* best = best_of_ours(in);
  if (best != nullptr) return takes_over(*best);
  if (in.deleted())
    return Decision{LetGo{}, "Deleted", "Released",
                    known.arn + " was never ours: nothing is changed", false};
  return Decision{{},
                  "",
                  "OwnershipUnproven",
                  "ACM answered our call with " + known.arn +
                      ", which is older than the call and does not carry our tags: it is left "
                      "alone. Delete this object and apply it again",
                  true};
}

// Adopts what spec.arn names, or what was taken over; and puts our tags back where somebody took
// them off (PROTOCOLS 0, "Ownership tags are desired state").
std::optional<Decision> lacks_our_mark(const Input& in) {
  if (in.deleted() || !in.present() || !in.observed.tags_known) return std::nullopt;
  if (lost_our_mark(in.placement, in.observed)) {
    if (in.is_contested(path_of_mark(ledger::kOwnerTag))) return std::nullopt;
    return Decision{
        mark(in), "Drift", "Tagging",
        "Setting the tags certloop.dev/owner and certloop.dev/uid on " + in.known().arn + " again",
        false};
  }
  if (is_proven_ours(in)) return std::nullopt;
  const bool takes_over =
      in.observed.takes_over_lost_state && tag(in.known().tags, ledger::kOwnerTag) == our_owner(in);
  if (!asks_for_this_arn(in) && !takes_over) return std::nullopt;
  if (asks_for_this_arn(in))
    if (auto decision = does_not_fit_the_named_arn(in)) return decision;
  return Decision{mark(in), "Adoption", "Adopting",
                  "adopting " + in.known().arn + ": tagging it as managed by this spec", false};
}

}  // namespace certloop::placement
