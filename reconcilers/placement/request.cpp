#include "reconcilers/placement/request.h"

#include <nlohmann/json.hpp>

namespace certloop::placement {

using nlohmann::json;

api::Document written(const aws::RequestCertificate& request) {
  json out = {{"DomainName", request.domain_name}, {"Tags", request.tags}};
  if (!request.subject_alternative_names.empty())
    out["SubjectAlternativeNames"] = request.subject_alternative_names;
  if (!request.validation_method.empty()) out["ValidationMethod"] = request.validation_method;
  if (!request.certificate_authority_arn.empty())
    out["CertificateAuthorityArn"] = request.certificate_authority_arn;
  if (!request.key_algorithm.empty()) out["KeyAlgorithm"] = request.key_algorithm;
  if (request.exportable) out["Export"] = true;
  return api::Document::from_canonical(out.dump());
}

Result<aws::RequestCertificate> read_request(const api::Document& document) {
  try {
    const json in = json::parse(document.text());
    aws::RequestCertificate request;
    request.domain_name = in.at("DomainName").get<std::string>();
    request.subject_alternative_names =
        in.value("SubjectAlternativeNames", std::vector<std::string>());
    request.validation_method = in.value("ValidationMethod", "");
    request.certificate_authority_arn = in.value("CertificateAuthorityArn", "");
    request.key_algorithm = in.value("KeyAlgorithm", "");
    request.exportable = in.value("Export", false);
    request.tags = in.at("Tags").get<aws::Tags>();
    return request;
  } catch (const json::exception& broken) {
    return Error(
        Code::internal,
        std::string("status.pending.request is not a RequestCertificate: ") + broken.what());
  }
}

api::Document written_import(const pki::Bundle& bundle, const aws::Tags& tags) {
  const json out = {
      {"Serial", bundle.leaf.serial()}, {"Fingerprint", bundle.leaf.fingerprint()}, {"Tags", tags}};
  return api::Document::from_canonical(out.dump());
}

}  // namespace certloop::placement
