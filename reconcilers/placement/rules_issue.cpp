#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/timestamp.h"
#include "reconcilers/placement/rules.h"
#include "reconcilers/placement/usage.h"

namespace certloop::placement {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

bool has_failed(const std::string& status) {
  return status == "FAILED" || status == "VALIDATION_TIMED_OUT";
}

// No certificate that ended comes back: EXPIRED and REVOKED are final, and INACTIVE is AWS's own
// switch, which nobody but AWS turns back.
bool has_ended(const Input& in) {
  const std::string& status = in.known().acm_status;
  const bool expired = in.known().not_after && *in.known().not_after <= in.now;
  return status == "EXPIRED" || status == "REVOKED" || status == "INACTIVE" || expired;
}

// One that ends again and again right after it was made must not cost a certificate a minute.
constexpr Duration kLeastLife = std::chrono::hours(1);

}  // namespace

// ACM keeps what failed and counts it; it cannot be asked again.
std::optional<Decision> failed_and_must_go(const Input& in) {
  if (!in.present() || !has_failed(in.known().acm_status)) return std::nullopt;
  if (!in.spec().arn.empty())
    return Decision{{},
                    "Drift",
                    "IssueFailed",
                    in.known().arn + " is " + in.known().acm_status +
                        ", and the spec names it: leave spec.arn out to have another one made",
                    true};
  if (in.observed.live && !is_proven_ours(in))
    return Decision{{},
                    "Drift",
                    "OwnershipUnproven",
                    in.known().arn + " is " + in.known().acm_status +
                        " and does not carry our tag certloop.dev/uid: delete it in ACM to have "
                        "another one requested",
                    true};
  if (in.known().users_unknown && in.known().in_use_by.empty())
    return waits_for_others(minutes(10), "Drift", "IssueFailed",
                            in.known().arn + " is " + in.known().acm_status +
                                ": it is deleted once ACM tells who uses it");
  if (!users_of(in.known(), in.now).empty())
    return obtains(in, {obtain(in.spec()), "Drift", "Replacing",
                        in.known().arn + " is " + in.known().acm_status +
                            " and in use: obtaining a new certificate",
                        false});
  return Decision{
      DeleteCertificate{in.known().arn}, "Drift", "IssueFailed",
      in.known().arn + " is " + in.known().acm_status +
          (in.known().failure_reason.empty() ? "" : " (" + in.known().failure_reason + ")") +
          ": deleting it, to request another one",
      false};
}

std::optional<Decision> waits_before_another_attempt(const Input& in) {
  if (in.present() || !in.known().next_attempt || *in.known().next_attempt <= in.now)
    return std::nullopt;
  return Decision{
      Wait{*in.known().next_attempt - in.now}, "", "IssueFailed",
      std::to_string(in.known().failed_attempts) + " attempt(s) failed" +
          (in.known().failure_reason.empty() ? std::string()
                                             : ", the last with " + in.known().failure_reason) +
          "; the next is at " + rfc3339(*in.known().next_attempt),
      false};
}

std::optional<Decision> is_missing(const Input& in) {
  if (in.present()) return std::nullopt;
  if (!in.spec().arn.empty())
    return Decision{{},
                    "Missing",
                    "Missing",
                    in.spec().arn +
                        " does not exist: correct spec.arn, or remove it to have a new certificate "
                        "requested",
                    true};
  const bool imports = in.spec().issuer.imported.has_value();
  const bool first = in.known().arn.empty();
  const std::string what =
      (imports ? "importing a certificate for " : "requesting a certificate for ") +
      in.spec().domain_name;
  return obtains(
      in, {obtain(in.spec()), first ? "Missing" : "Drift", imports ? "Importing" : "Requesting",
           first ? what
                 : in.known().arn + " was deleted from ACM; " +
                       (imports ? "importing" : "requesting") + " a replacement",
           false});
}

std::optional<Decision> ended_and_is_replaced(const Input& in) {
  if (!in.present() || !has_ended(in)) return std::nullopt;
  const std::string status = in.known().acm_status == "ISSUED" ? "EXPIRED" : in.known().acm_status;
  const std::string& arn = in.known().arn;
  // ACM imports over what has expired, if there is another one to import.
  if (in.spec().issuer.imported && in.known().type == "IMPORTED" && status == "EXPIRED") {
    const bool another = in.observed.source && !in.observed.reference &&
                         in.observed.source->fingerprint != in.known().fingerprint;
    if (another) return std::nullopt;
    return obtains(in, {{},
                        "Drift",
                        "SourceExpired",
                        arn + " expired: put a valid certificate into Secret " +
                            in.spec().issuer.imported->secret_name.value_or("(none)"),
                        true});
  }
  if (!in.spec().arn.empty())
    return Decision{{},
                    "Drift",
                    status,
                    arn + " is " + status +
                        ", and the spec names it: remove spec.arn to have a new certificate made",
                    true};
  if (in.spec().replacement == api::Replacement::hold)
    return Decision{{},
                    "Drift",
                    status,
                    arn + " is " + status +
                        " and spec.replacement is Hold: set it to CreateBeforeDelete to have a "
                        "new certificate made",
                    true};
  if (in.known().made && in.now - *in.known().made < kLeastLife && in.now >= *in.known().made)
    return Decision{Wait{*in.known().made + kLeastLife - in.now}, "Drift", status,
                    arn + " became " + status + " within an hour: a new certificate is " +
                        "requested at " + rfc3339(*in.known().made + kLeastLife),
                    false};
  return obtains(in, {obtain(in.spec()), "Drift", "Replacing",
                      arn + " is " + status + ": obtaining a new certificate", false});
}

// S18, S39, S163, S168: while ACM works, nothing is asked twice.
std::optional<Decision> waits_for_acm(const Input& in) {
  if (!in.present() || in.known().acm_status != "PENDING_VALIDATION") return std::nullopt;
  if (in.known().type == "PRIVATE" || !in.spec().issuer.amazon)
    return Decision{Wait{seconds(5)}, "", "Issuing",
                    "ACM is issuing the certificate (" + in.known().acm_status + ")", false};
  std::vector<std::string> missing;
  bool records_known = !in.known().validation.empty();
  for (const auto& domain : in.known().validation) {
    if (!domain.record)
      records_known = false;
    else if (domain.hosted_zone.empty() && domain.status != "SUCCESS")
      missing.push_back(domain.record->name + " CNAME " + domain.record->value);
  }
  // A wildcard and its base share one record.
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());
  if (!records_known)
    return Decision{Wait{seconds(3)}, "", "PendingValidation",
                    "ACM has not yet named the validation records", false};
  if (!in.observed.record_conflicts.empty())
    return Decision{Wait{minutes(5)}, "", "RecordConflict",
                    join(in.observed.record_conflicts, "; "), false};
  if (!missing.empty() && in.observed.zones_unreadable) {
    const Problem& problem = *in.observed.zones_unreadable;
    return Decision{
        Wait{minutes(5)}, "", problem.reason,
        problem.message + ". Or create this CNAME yourself: add " + join(missing, " and "),
        problem.stalled};
  }
  const bool observes = in.observed.management == api::Management::observe;
  if (!missing.empty() && observes)
    return Decision{Wait{minutes(1)}, "", "PendingValidation",
                    "ACM waits for " + join(missing, " and "), false};
  if (!missing.empty())
    return Decision{
        Wait{minutes(1)}, "", "RecordsNeeded",
        "no Route 53 zone in this account covers the name; create this CNAME yourself: " +
            join(missing, " and "),
        false};
  std::string message = observes ? "ACM has not yet validated the names"
                                 : "the validation records are kept; waiting for ACM to see them";
  if (!in.observed.zone_warning.empty()) message += "; " + in.observed.zone_warning;
  return Decision{Wait{seconds(15)}, "", "PendingValidation", std::move(message), false};
}

// AWS may add statuses. Nothing is done about one that nobody here knows; it is named, and looked
// at again.
std::optional<Decision> has_an_unknown_status(const Input& in) {
  static constexpr std::array kKnown = {"PENDING_VALIDATION",   "ISSUED",  "INACTIVE", "EXPIRED",
                                        "VALIDATION_TIMED_OUT", "REVOKED", "FAILED"};
  if (!in.present()) return std::nullopt;
  if (std::find(kKnown.begin(), kKnown.end(), in.known().acm_status) != kKnown.end())
    return std::nullopt;
  return waits_for_others(
      hours(1), "", "UnknownStatus",
      in.known().arn + " has the status " +
          (in.known().acm_status.empty() ? "(none)" : in.known().acm_status) +
          ", which this version of certloop does not know: look at it in the ACM console");
}

}  // namespace certloop::placement
