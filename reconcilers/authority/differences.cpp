#include <fmt/format.h>

#include "base/timestamp.h"
#include "reconcilers/authority/plan.h"

namespace certloop::authority {
namespace {

using api::Difference;
using api::DriftClass;

std::string text_of(const aws::Asn1Subject& s) {
  std::string text;
  const auto add = [&](std::string_view type, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}{}={}", text.empty() ? "" : ",", type, value);
  };
  add("C", s.country);
  add("ST", s.state);
  add("L", s.locality);
  add("O", s.organization);
  add("OU", s.organizational_unit);
  add("CN", s.common_name);
  add("serialNumber", s.serial_number);
  return text;
}

std::string text_of(const aws::RevocationConfiguration& r) {
  std::string text = "crl: ";
  text += r.crl && r.crl->enabled
              ? fmt::format("{} days in s3://{}", r.crl->expiration_in_days, r.crl->s3_bucket_name)
              : "off";
  return text + ", ocsp: " + (r.ocsp && r.ocsp->enabled ? "on" : "off");
}

void compare(std::vector<Difference>& rows, const std::string& path, const std::string& wanted,
             const std::string& found) {
  if (!wanted.empty() && wanted != found)
    rows.push_back({DriftClass::changed, path, wanted, "", found});
}

// On what we hold already; what is yet to be adopted lacks nothing (PROTOCOLS 0).
void compare_ownership(std::vector<Difference>& rows, const api::CertificateAuthority& authority,
                       const Observed& observed) {
  if (!observed.in_ledger || !observed.tags_known || observed.foreign_owner) return;
  for (const auto& [key, value] : owner_tags(authority, observed)) {
    const auto it = observed.known.tags.find(key);
    const bool missing = it == observed.known.tags.end();
    if (!missing && it->second == value) continue;
    rows.push_back({missing ? DriftClass::missing : DriftClass::changed, "tags[" + key + "]", value,
                    "", missing ? "" : it->second});
  }
}

void compare_tags(std::vector<Difference>& rows, const api::CertificateAuthority& authority,
                  const Observed& observed) {
  if (!observed.tags_known) return;
  for (const auto& [key, value] : authority.spec.acm_pca.tags) {
    const auto it = observed.known.tags.find(key);
    if (it == observed.known.tags.end())
      rows.push_back({DriftClass::missing, "spec.acmPca.tags." + key, value, "", ""});
    else if (it->second != value)
      rows.push_back({DriftClass::changed, "spec.acmPca.tags." + key, value, "", it->second});
  }
}

}  // namespace

std::vector<Difference> differences(const api::CertificateAuthority& authority,
                                    const Observed& observed) {
  std::vector<Difference> rows;
  const auto& spec = authority.spec.acm_pca;
  if (observed.presence == Presence::unknown) return rows;
  if (observed.presence == Presence::absent) {
    rows.push_back({DriftClass::missing, "", spec.subject.common_name, observed.known.arn,
                    observed.known.arn.empty() ? "no certificate authority"
                                               : observed.known.arn + " is gone"});
    return rows;
  }
  const std::string& status = observed.known.aws_status;
  if (status == "EXPIRED")
    rows.push_back({DriftClass::expired, "", "ACTIVE", "", status});
  else if (status != "ACTIVE")
    rows.push_back({DriftClass::changed, "spec.state", "Active", "", status});
  if (observed.detail.arn.empty()) return rows;
  const auto want = wanted(authority, observed, "");
  const bool adopted = !spec.arn.empty();
  compare(rows, "spec.acmPca.type", want.type, observed.detail.type);
  compare(rows, "spec.acmPca.keyAlgorithm", want.key_algorithm, observed.detail.key_algorithm);
  compare(rows, "spec.acmPca.signingAlgorithm", want.signing_algorithm,
          observed.detail.signing_algorithm);
  compare(rows, "spec.acmPca.subject", text_of(want.subject), text_of(observed.detail.subject));
  compare(rows, "spec.acmPca.usageMode", want.usage_mode, observed.detail.usage_mode);
  if (!adopted || want.revocation != aws::RevocationConfiguration{})
    compare(rows, "spec.acmPca.revocation", text_of(want.revocation),
            text_of(observed.detail.revocation));
  compare_ownership(rows, authority, observed);
  compare_tags(rows, authority, observed);
  if (spec.allow_acm_renewal && status == "ACTIVE" && observed.permissions_known &&
      !observed.known.acm_may_renew)
    rows.push_back({DriftClass::missing, "spec.acmPca.allowAcmRenewal", "true", "",
                    "ACM has no permission to renew with this CA"});
  return rows;
}

}  // namespace certloop::authority
