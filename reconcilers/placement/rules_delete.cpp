#include <algorithm>

#include "base/text.h"
#include "ledger/ownership.h"
#include "reconcilers/placement/rules.h"
#include "reconcilers/placement/usage.h"

namespace certloop::placement {

using std::chrono::minutes;

namespace {

// ACM tells who uses a certificate; those in accounts that AWS itself owns (API Gateway, Cognito,
// CloudFront's own load balancers) cannot be detached by their ARN, which must be said.
std::string explained(const std::vector<std::string>& users, const std::string& account_id) {
  std::string text = join(users, ", ");
  for (const auto& arn : users) {
    const auto parts = split(arn, ':');
    if (parts.size() > 4 && parts[0] == "arn" && !parts[4].empty() && !account_id.empty() &&
        parts[4] != account_id)
      return text +
             " (some of these are in an account that AWS owns: they go when the API Gateway "
             "domain, Cognito domain or distribution that uses the name goes)";
  }
  return text;
}

std::string account_of(const std::string& arn) {
  const auto parts = split(arn, ':');
  return parts.size() > 4 ? parts[4] : std::string();
}

Decision waits_for_users(const std::string& arn, const std::vector<std::string>& users,
                         bool exported) {
  return waits_for_others(
      minutes(10), "Deleted", "InUse",
      arn + " cannot be deleted while it is used by " + explained(users, account_of(arn)) +
          (exported ? ". Set deletionPolicy: Retain to release it, or delete it in ACM yourself"
                    : ""));
}

// ARNs before this one go first: they are found by nothing but this status.
std::optional<Decision> deletes_previous(const Input& in) {
  for (const auto& old : in.observed.previous) {
    const auto users = users_of(old, in.now);
    if (!users.empty()) return waits_for_users(old.arn, users, old.exported);
    if (auto reading = listing_must_be_recent(in, old.arn)) return reading;
    return Decision{DeleteCertificate{old.arn}, "Deleted", "Deleting", "Deleting " + old.arn,
                    false};
  }
  return std::nullopt;
}

// Tags can be copied: what carries our uid but is for other names was not made for this spec, and
// stays.
Decision nothing_is_left(const Input& in) {
  std::vector<std::string> stay;
  for (const Candidate& candidate : in.observed.owned) {
    if (candidate.uid != in.placement.meta.uid) continue;
    const auto& names = candidate.names;
    const bool is_for_it = std::find(names.begin(), names.end(),
                                     normalized_domain(in.spec().domain_name)) != names.end();
    if (is_for_it && fits(in, candidate))
      return {TakeOver{candidate.arn}, "Deleted", "Deleting",
              candidate.arn + " carries our uid: deleting it too", false};
    stay.push_back(candidate.arn);
  }
  if (stay.empty()) return {LetGo{}, "Deleted", "Deleted", "no certificate is left in ACM", false};
  return {
      LetGo{}, "Deleted", std::string(kLeftInAcm),
      join(stay, ", ") + " stays in ACM: it carries our tags, but is not what the spec asks for",
      false};
}

// What must be proven before the certificate itself is deleted: that it is ours, read live.
std::optional<Decision> ownership_must_be_proven(const Input& in) {
  if (!in.observed.live || is_proven_ours(in)) return std::nullopt;
  if (lost_our_mark(in.placement, in.observed) && !in.observed.foreign_owner)
    return Decision{mark(in), "Deleted", "Tagging",
                    "Setting the tags certloop.dev/owner and certloop.dev/uid on " +
                        in.known().arn + " again before it is deleted",
                    false};
  return Decision{{},
                  "Deleted",
                  "OwnershipUnproven",
                  in.known().arn +
                      " does not carry our tag certloop.dev/uid: it is not deleted. Set "
                      "deletionPolicy: Retain to release it",
                  true};
}

}  // namespace

std::vector<std::string> ownership_tags() {
  return {std::string(ledger::kOwnerTag), std::string(ledger::kUidTag),
          std::string(ledger::kIntentTag)};
}

std::optional<Decision> listing_must_be_recent(const Input& in, const std::string& arn) {
  if (!in.observed.live || in.observed.listing_is_recent) return std::nullopt;
  return Decision{Wait{minutes(1)}, in.deleted() ? "Deleted" : "Superseded", "ReadingAccount",
                  "reading whether " + arn + " was exported before it is deleted", false};
}

// deletionPolicy Retain, or a certificate that never was ours: our tags go, the certificate stays.
std::optional<Decision> deletion_releases(const Input& in) {
  if (!in.deleted() || !in.spec().retain) return std::nullopt;
  const bool enforces = in.observed.management == api::Management::enforce;
  if (enforces && !in.observed.previous.empty()) {
    const std::string& arn = in.observed.previous.front().arn;
    return Decision{RemoveTags{arn, ownership_tags(), true}, "Deleted", "Releasing",
                    "deletionPolicy is Retain: removing our tags from " + arn, false};
  }
  if (enforces && in.present()) {
    // Who may not read tags releases the certificate all the same: it stays, tags included.
    if (in.observed.tags_unread && in.observed.tags_unread->code() == Code::denied)
      return Decision{LetGo{}, "Deleted", "Released",
                      in.known().arn +
                          " stays, and so do our tags on it: " + in.observed.tags_unread->message(),
                      false};
    std::vector<std::string> ours;
    for (const std::string& key : ownership_tags())
      if (in.known().tags.contains(key)) ours.push_back(key);
    if (!ours.empty() && (!in.observed.live || is_proven_ours(in)))
      return Decision{RemoveTags{in.known().arn, ours, true}, "Deleted", "Releasing",
                      "deletionPolicy is Retain: removing our tags from " + in.known().arn, false};
  }
  return Decision{LetGo{}, "Deleted", "Released", "deletionPolicy is Retain: nothing is deleted",
                  false};
}

std::optional<Decision> deletion_deletes(const Input& in) {
  if (!in.deleted()) return std::nullopt;
  if (auto decision = deletes_previous(in)) return decision;
  if (!in.present()) return nothing_is_left(in);
  if (auto decision = ownership_must_be_proven(in)) return decision;
  const auto users = users_of(in.known(), in.now);
  if (!users.empty()) return waits_for_users(in.known().arn, users, in.known().exported);
  if (can_be_exported(in.known()))
    if (auto reading = listing_must_be_recent(in, in.known().arn)) return reading;
  return Decision{DeleteCertificate{in.known().arn}, "Deleted", "Deleting",
                  "Deleting " + in.known().arn, false};
}

}  // namespace certloop::placement
