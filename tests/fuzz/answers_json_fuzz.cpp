// What AWS, or somebody in its place, answers in JSON, and pages that are no JSON.
#include "tests/fuzz/answers.h"

namespace certloop::aws {
namespace {

const std::string kArn = "arn:aws:acm:us-east-1:111122223333:certificate/1";
const std::string kAuthority = "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/1";

void ask(unsigned what, ClientSettings settings) {
  const auto row = [](CertificateSummary&& summary, Instant) {
    fuzz::require(summary.certificate_arn.starts_with("arn:aws:acm:us-east-1:111122223333:"));
    return true;
  };
  const auto resource = [](std::string&& arn, Tags&&, Instant) {
    fuzz::require(arn.starts_with("arn:aws:acm:us-east-1:111122223333:"));
    return true;
  };
  switch (what % 8) {
    case 0: return check(make_acm(settings)->describe_certificate(kArn));
    case 1: return check(make_acm(settings)->get_certificate(kArn));
    case 2: return check(make_acm(settings)->list_tags_for_certificate(kArn));
    case 3: return check(make_acm(settings)->search_certificates(row));
    case 4: return check(make_acm_pca(settings)->describe_certificate_authority(kAuthority));
    case 5: return check(make_acm_pca(settings)->list_certificate_authorities());
    case 6: return check(make_acm_pca(settings)->list_permissions(kAuthority));
    default: return check(make_tagging(settings)->get_resources("acm:certificate", {}, resource));
  }
}

std::vector<std::string> seeds() {
  const std::vector<std::string> bodies = {
      R"({"Certificate":{"CertificateArn":")" + kArn +
          R"(","KeyAlgorithm":"RSA-2048",)"
          R"("DomainValidationOptions":[{"ResourceRecord":{"Name":"_a."}}]}})",
      R"({"Certificate":"-----BEGIN CERTIFICATE-----","CertificateChain":"x"})",
      R"({"Tags":[{"Key":"a","Value":"b"}]})",
      R"({"Results":[{"CertificateArn":")" + kArn +
          R"(","X509Attributes":{"Subject":)"
          R"({"CommonName":"a"},"SubjectAlternativeNames":[{"DnsName":"a"}],"NotAfter":1.5e9}}],)"
          R"("NextToken":"t"})",
      R"({"CertificateAuthority":{"Arn":")" + kAuthority +
          R"(","RevocationConfiguration":{"CrlConfiguration":{"Enabled":true}}}})",
      R"({"CertificateAuthorities":[{"Arn":")" + kAuthority + R"("}]})",
      R"({"Permissions":[{"Actions":["x"]}]})",
      R"({"ResourceTagMappingList":[{"ResourceARN":")" + kArn +
          R"(","Tags":[{"Key":"a","Value":"b"}]}],"PaginationToken":""})"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < bodies.size(); ++i)
    out.push_back(std::string{static_cast<char>(i), '\0'} + bodies[i]);
  out.push_back(std::string{'\0', '\1'} +
                R"({"__type":"a#ValidationException:http://x","message":"m"})");
  out.push_back(std::string{'\3', '\2'} + "<!DOCTYPE html><html><body>&lt;</body></html>");
  return out;
}

}  // namespace
}  // namespace certloop::aws

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  certloop::fuzz::write_seeds(*argc, *argv, certloop::aws::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  certloop::aws::ask_one(data, size, certloop::aws::ask);
  return 0;
}
