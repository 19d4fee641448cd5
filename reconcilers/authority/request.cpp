#include "reconcilers/authority/request.h"

#include <nlohmann/json.hpp>

namespace certloop::authority {
namespace {

using nlohmann::json;

json written(const aws::RevocationConfiguration& revocation) {
  json out = json::object();
  if (revocation.crl)
    out["CrlConfiguration"] = {{"Enabled", revocation.crl->enabled},
                               {"ExpirationInDays", revocation.crl->expiration_in_days},
                               {"S3BucketName", revocation.crl->s3_bucket_name},
                               {"CustomCname", revocation.crl->custom_cname},
                               {"S3ObjectAcl", revocation.crl->s3_object_acl}};
  if (revocation.ocsp)
    out["OcspConfiguration"] = {{"Enabled", revocation.ocsp->enabled},
                                {"OcspCustomCname", revocation.ocsp->ocsp_custom_cname}};
  return out;
}

api::Document document_of(const json& request) {
  return api::Document::from_canonical(request.dump());
}

}  // namespace

api::Document written(const aws::CreateCertificateAuthority& request) {
  return document_of({{"CertificateAuthorityType", request.type},
                      {"KeyAlgorithm", request.key_algorithm},
                      {"SigningAlgorithm", request.signing_algorithm},
                      {"UsageMode", request.usage_mode},
                      {"KeyStorageSecurityStandard", request.key_storage_security_standard},
                      {"Subject",
                       {{"CommonName", request.subject.common_name},
                        {"Organization", request.subject.organization},
                        {"OrganizationalUnit", request.subject.organizational_unit},
                        {"Country", request.subject.country},
                        {"State", request.subject.state},
                        {"Locality", request.subject.locality},
                        {"SerialNumber", request.subject.serial_number}}},
                      {"RevocationConfiguration", written(request.revocation)},
                      {"Tags", request.tags}});
}

api::Document written(const aws::IssueCertificate& request) {
  return document_of({{"CertificateAuthorityArn", request.certificate_authority_arn},
                      {"Csr", request.csr},
                      {"SigningAlgorithm", request.signing_algorithm},
                      {"TemplateArn", request.template_arn},
                      {"ValidityDays", request.validity_days}});
}

Result<aws::IssueCertificate> read_issue(const api::Document& document) {
  try {
    const json in = json::parse(document.text());
    aws::IssueCertificate request;
    request.certificate_authority_arn = in.at("CertificateAuthorityArn").get<std::string>();
    request.csr = in.at("Csr").get<std::string>();
    request.signing_algorithm = in.at("SigningAlgorithm").get<std::string>();
    request.template_arn = in.at("TemplateArn").get<std::string>();
    request.validity_days = in.at("ValidityDays").get<int>();
    return request;
  } catch (const json::exception& broken) {
    return Error(
        Code::internal,
        std::string("status.pending.request is not an IssueCertificate: ") + broken.what());
  }
}

}  // namespace certloop::authority
