#include <algorithm>

#include "base/text.h"
#include "base/timestamp.h"
#include "reconcilers/placement/rules.h"

namespace certloop::placement {

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

bool has_failed(const std::string& status) {
  return status == "FAILED" || status == "VALIDATION_TIMED_OUT";
}

std::string family(const std::string& algorithm) {
  return algorithm.substr(0, algorithm.find('_'));
}

}  // namespace

Action obtain(const api::CertificateRequestSpec& spec) {
  if (spec.issuer.imported) return ImportCertificate{};
  return RequestCertificate{};
}

std::optional<Decision> reference_is_missing(const Input& in) {
  if (!in.observed.reference) return std::nullopt;
  const Problem& problem = *in.observed.reference;
  return Decision{{}, "", problem.reason, problem.message, problem.stalled};
}

// imported: {} with an ARN: somebody else imports; we compare and warn.
std::optional<Decision> is_watched_only(const Input& in) {
  if (!in.spec().issuer.imported || in.spec().issuer.imported->secret_name) return std::nullopt;
  if (in.present()) return std::nullopt;
  return Decision{{},
                  "Missing",
                  "Missing",
                  in.spec().arn + " does not exist in " + in.spec().region +
                      ", and the spec names no Secret to import from",
                  true};
}

// S18, S23: ACM would fail later, or silently use another CA; so it is not asked.
std::optional<Decision> authority_cannot_sign(const Input& in) {
  if (!in.spec().issuer.authority || !in.observed.authority) return std::nullopt;
  const Authority& ca = *in.observed.authority;
  if (ca.region != in.spec().region)
    return Decision{{},
                    "",
                    "AuthorityInOtherRegion",
                    "spec.region is " + in.spec().region + " but CertificateAuthority " + ca.name +
                        " is in " + ca.region +
                        ": ACM uses only a CA of its own region. Name a CA in " + in.spec().region +
                        ", or make the certificate in " + ca.region,
                    true};
  if (in.present() && in.known().acm_status == "ISSUED") return std::nullopt;
  if (ca.usage_mode == "SHORT_LIVED_CERTIFICATE")
    return Decision{{},
                    "",
                    "AuthorityIsShortLived",
                    "CertificateAuthority " + ca.name +
                        " has usageMode SHORT_LIVED_CERTIFICATE, which ACM cannot use: name a "
                        "GENERAL_PURPOSE one",
                    true};
  const std::string algorithm = wanted_key_algorithm(in.spec(), in.observed);
  if (!ca.key_algorithm.empty() && family(algorithm) != family(ca.key_algorithm))
    return Decision{{},
                    "",
                    "KeyFamilyDiffers",
                    "spec.keyAlgorithm is " + algorithm + " but CertificateAuthority " + ca.name +
                        " has a key of " + ca.key_algorithm +
                        ": the families must be the same. Leave keyAlgorithm out to follow the CA",
                    true};
  if (in.present()) return std::nullopt;
  // S25: what was known of it before the right to view it was withdrawn is no ground to ask.
  if (!ca.denied.empty()) return Decision{{}, "", "AuthorityNotReady", ca.denied, false};
  if (ca.status == "ACTIVE") return std::nullopt;
  return Decision{{},
                  "",
                  "AuthorityNotActive",
                  "CertificateAuthority " + ca.name + " is " +
                      (ca.status.empty() ? std::string("not created yet") : ca.status) +
                      ": the certificate is requested once it is ACTIVE",
                  false};
}

// ACM keeps what failed and counts it; it cannot be asked again.
std::optional<Decision> failed_and_must_go(const Input& in) {
  if (!in.present() || !has_failed(in.known().acm_status) || in.spec().issuer.imported)
    return std::nullopt;
  if (in.observed.live && !is_proven_ours(in)) return std::nullopt;
  if (!in.spec().arn.empty())
    return Decision{{},
                    "Drift",
                    "IssueFailed",
                    in.known().arn + " is " + in.known().acm_status +
                        ", and the spec names it: leave spec.arn out to have another one made",
                    true};
  return Decision{
      DeleteCertificate{in.known().arn}, "Drift", "IssueFailed",
      in.known().arn + " is " + in.known().acm_status +
          (in.known().failure_reason.empty() ? "" : " (" + in.known().failure_reason + ")") +
          ": it is deleted and requested again",
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
  if (in.observed.presence == Presence::unknown)
    return Decision{Wait{minutes(1)}, "", "Unknown",
                    "whether " + in.known().arn + " still exists could not be read", false};
  if (in.present()) return std::nullopt;
  if (!in.spec().arn.empty())
    return Decision{{},
                    "Missing",
                    "Missing",
                    in.spec().arn +
                        " does not exist: correct spec.arn, or leave it out to have a "
                        "new certificate made",
                    true};
  const bool first = in.known().arn.empty();
  return Decision{obtain(in.spec()), first ? "Missing" : "Drift",
                  in.spec().issuer.imported ? "Importing" : "Requesting",
                  first ? "there is no certificate for it yet"
                        : in.known().arn + " is gone from ACM: it is replaced",
                  false};
}

std::optional<Decision> ended_and_is_replaced(const Input& in) {
  if (!in.present()) return std::nullopt;
  const std::string& status = in.known().acm_status;
  const bool expired = in.known().not_after && *in.known().not_after <= in.now;
  if (status != "EXPIRED" && status != "REVOKED" && status != "INACTIVE" && !expired)
    return std::nullopt;
  if (in.spec().issuer.imported) return std::nullopt;  // only a new source helps
  if (in.spec().replacement == api::Replacement::hold)
    return Decision{{},
                    "Drift",
                    status.empty() ? "Expired" : status,
                    in.known().arn + " is " + status + " and spec.replacement is Hold",
                    true};
  return Decision{RequestCertificate{}, "Drift", "Replacing",
                  in.known().arn + " is " + status + ": a new certificate is requested", false};
}

// S18, S39, S163, S168: while ACM works, nothing is asked twice.
std::optional<Decision> waits_for_acm(const Input& in) {
  if (!in.present() || in.known().acm_status == "ISSUED") return std::nullopt;
  if (!in.spec().issuer.amazon)
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
  if (!missing.empty())
    return Decision{Wait{minutes(1)}, "", "RecordsNeeded",
                    "no hosted zone of ours holds the name: add " + join(missing, " and "), false};
  return Decision{Wait{seconds(15)}, "", "PendingValidation",
                  "the validation records are kept; waiting for ACM to see them", false};
}

}  // namespace certloop::placement
