#include "base/text.h"
#include "ledger/ownership.h"
#include "reconcilers/placement/rules.h"

namespace certloop::placement {

using std::chrono::minutes;

namespace {

// ACM tells who uses a certificate; those in accounts that AWS itself owns (API Gateway, Cognito,
// CloudFront's own load balancers) cannot be detached by their ARN, which must be said.
std::string users_of(const std::vector<std::string>& in_use_by, const std::string& account_id) {
  std::string text = join(in_use_by, ", ");
  for (const auto& arn : in_use_by) {
    const auto parts = split(arn, ':');
    if (parts.size() > 4 && !parts[4].empty() && !account_id.empty() && parts[4] != account_id)
      return text +
             " (some of these stand in an account that AWS owns: they go when the API "
             "Gateway domain, Cognito domain or distribution that uses the name goes)";
  }
  return text;
}

std::string account_of(const std::string& arn) {
  const auto parts = split(arn, ':');
  return parts.size() > 4 ? parts[4] : std::string();
}

Decision waits_for_users(const std::string& arn, const std::vector<std::string>& in_use_by) {
  return {Wait{minutes(10)}, "Deleted", "InUse",
          arn + " cannot be deleted while it is used by " + users_of(in_use_by, account_of(arn)),
          false};
}

}  // namespace

// deletionPolicy Retain, or a certificate that never was ours: our tags go, the certificate stays.
std::optional<Decision> deletion_releases(const Input& in) {
  if (!in.deleted() || !in.spec().retain) return std::nullopt;
  if (in.observed.management == api::Management::enforce && !in.observed.previous.empty()) {
    const std::string& arn = in.observed.previous.front().arn;
    return Decision{RemoveTags{arn,
                               {std::string(ledger::kOwnerTag), std::string(ledger::kUidTag),
                                std::string(ledger::kIntentTag)},
                               true},
                    "Deleted", "Releasing",
                    "deletionPolicy is Retain: " + arn + " stays, our tags are removed", false};
  }
  if (in.present() && in.observed.tags_known &&
      in.observed.management == api::Management::enforce) {
    std::vector<std::string> ours;
    for (const auto& [key, value] : in.known().tags)
      if (key == ledger::kOwnerTag || key == ledger::kUidTag || key == ledger::kIntentTag)
        ours.push_back(key);
    if (!ours.empty() && is_proven_ours(in))
      return Decision{
          RemoveTags{in.known().arn, ours, true}, "Deleted", "Releasing",
          "deletionPolicy is Retain: " + in.known().arn + " stays, our tags are removed", false};
  }
  return Decision{LetGo{}, "Deleted", "Released", "deletionPolicy is Retain: nothing is deleted",
                  false};
}

std::optional<Decision> deletion_deletes(const Input& in) {
  if (!in.deleted()) return std::nullopt;
  for (const auto& old : in.observed.previous) {
    if (!old.in_use_by.empty()) return waits_for_users(old.arn, old.in_use_by);
    return Decision{DeleteCertificate{old.arn}, "Deleted", "Deleting", "deleting " + old.arn,
                    false};
  }
  if (in.observed.presence == Presence::unknown && !in.known().arn.empty())
    return Decision{Wait{minutes(1)}, "Deleted", "Unknown",
                    "whether " + in.known().arn + " still exists could not be read", false};
  if (!in.present()) {
    for (const Candidate& candidate : in.observed.owned)
      if (candidate.uid == in.placement.meta.uid)
        return Decision{TakeOver{candidate.arn}, "Deleted", "Deleting",
                        candidate.arn + " carries our uid: it is ours to delete", false};
    return Decision{LetGo{}, "Deleted", "Deleted", "no certificate is left in ACM", false};
  }
  if (in.observed.live && !is_proven_ours(in))
    return Decision{{},
                    "Deleted",
                    "OwnershipUnproven",
                    in.known().arn +
                        " does not carry our tag certloop.dev/uid: it is not deleted. Set "
                        "deletionPolicy: Retain to let go of it",
                    true};
  if (!in.known().in_use_by.empty()) return waits_for_users(in.known().arn, in.known().in_use_by);
  return Decision{DeleteCertificate{in.known().arn}, "Deleted", "Deleting",
                  "deleting " + in.known().arn, false};
}

}  // namespace certloop::placement
