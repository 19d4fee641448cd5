#include "reconcilers/authority/foreign.h"

#include "pki/certificate.h"

namespace certloop::authority {
namespace {

constexpr std::size_t kMostNamed = 6;  // one more than a message names

// A listing tells the issuer's organization, or else its common name; some servers tell neither.
bool may_be_issued_by(const aws::CertificateSummary& row,
                      const api::CertificateAuthority& authority, Time now) {
  const auto& subject = authority.spec.acm_pca.subject;
  const bool adopted = subject.common_name.empty() && subject.organization.empty();
  const bool is_named =
      row.issuer.empty() || row.issuer == subject.organization || row.issuer == subject.common_name;
  const bool ended = row.not_after && *row.not_after <= now;
  return !ended && row.type != "AMAZON_ISSUED" &&
         (row.status == "ISSUED" || row.status == "PENDING_VALIDATION") && (adopted || is_named);
}

// What was imported tells its issuer only by its signature.
Result<bool> is_signed_by_it(aws::Acm& acm, const std::string& arn,
                             const api::CertificateAuthorityStatus& known) {
  const auto ca = pki::Certificate::from_pem(known.certificate);
  if (!ca.ok()) return false;
  const auto pem = TRY(acm.get_certificate(arn));
  const auto leaf = pki::Certificate::from_pem(pem.certificate);
  return leaf.ok() && leaf->issuer() == ca->subject() && leaf->is_signed_by(*ca);
}

Result<bool> is_issued_by(aws::Acm& acm, const aws::CertificateSummary& row,
                          const api::CertificateAuthorityStatus& known) {
  if (row.type == "IMPORTED") return is_signed_by_it(acm, row.certificate_arn, known);
  const auto detail = TRY(acm.describe_certificate(row.certificate_arn));
  return detail.certificate_authority_arn == known.arn;
}

}  // namespace

Result<std::vector<std::string>> issued_in_acm(aws::Acm& acm,
                                               const api::CertificateAuthority& authority,
                                               const api::CertificateAuthorityStatus& known,
                                               const std::set<std::string>& gone, Time now) {
  std::vector<aws::CertificateSummary> rows;
  TRY(acm.search_certificates([&](aws::CertificateSummary&& row, Instant) {
    if (!gone.contains(row.certificate_arn) && may_be_issued_by(row, authority, now))
      rows.push_back(std::move(row));
    return true;
  }));
  std::vector<std::string> found;
  for (const auto& row : rows) {
    const auto issued = is_issued_by(acm, row, known);
    if (!issued.ok() && issued.error().code() == Code::not_found) continue;
    if (!TRY(Result<bool>(issued))) continue;
    found.push_back(row.certificate_arn + " (" + row.domain_name + ")");
    if (found.size() == kMostNamed) break;
  }
  return found;
}

}  // namespace certloop::authority
