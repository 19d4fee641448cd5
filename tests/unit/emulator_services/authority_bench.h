#pragma once
// Private CA with what its tests say again and again.
#include <gtest/gtest.h>

#include <string>

#include "emulator/acm_pca.h"
#include "pki/certificate.h"
#include "pki/chain.h"
#include "pki/csr.h"
#include "service_bench.h"

namespace certloop::emulator {

inline std::string template_arn(const std::string& name) {
  return "arn:aws:acm-pca:::template/" + name + "/V1";
}

struct AuthorityBench {
  ServiceBench bench;
  AcmPcaService service{bench.world};

  Outcome send(const std::string& operation, const Json& input) {
    return bench.send(service, "ACMPrivateCA." + operation, input);
  }

  static Json order(const std::string& type, const std::string& common_name) {
    return {{"CertificateAuthorityType", type},
            {"CertificateAuthorityConfiguration",
             {{"KeyAlgorithm", "EC_prime256v1"},
              {"SigningAlgorithm", "SHA256WITHECDSA"},
              {"Subject", {{"Country", "DE"}, {"CommonName", common_name}}}}}};
  }

  // Made and past CREATING.
  std::string create(const Json& input) {
    const Outcome made = send("CreateCertificateAuthority", input);
    EXPECT_EQ(made.error, "") << made.message;
    bench.advance(bench.options.authority_delay);
    return made.json.value("CertificateAuthorityArn", "");
  }

  std::string status(const std::string& arn) {
    const Outcome outcome =
        send("DescribeCertificateAuthority", {{"CertificateAuthorityArn", arn}});
    if (!outcome.error.empty()) return outcome.error;
    return outcome.json["CertificateAuthority"].value("Status", "");
  }

  std::string csr(const std::string& arn) {
    return send("GetCertificateAuthorityCsr", {{"CertificateAuthorityArn", arn}})
        .json.value("Csr", "");
  }

  Json issue_input(const std::string& authority, const std::string& csr_pem,
                   const std::string& form, int days) {
    Json input = {{"CertificateAuthorityArn", authority},
                  {"Csr", to_base64(csr_pem)},
                  {"SigningAlgorithm", "SHA256WITHECDSA"},
                  {"Validity", {{"Type", "DAYS"}, {"Value", days}}}};
    if (!form.empty()) input["TemplateArn"] = template_arn(form);
    return input;
  }

  // The certificate and its chain, past the issuing.
  Json issue(const std::string& authority, const std::string& csr_pem, const std::string& form,
             int days) {
    const Outcome issued = send("IssueCertificate", issue_input(authority, csr_pem, form, days));
    EXPECT_EQ(issued.error, "") << issued.message;
    bench.advance(bench.options.authority_issue_delay);
    return send("GetCertificate", {{"CertificateAuthorityArn", authority},
                                   {"CertificateArn", issued.json.value("CertificateArn", "")}})
        .json;
  }

  Outcome import(const std::string& arn, const Json& certificate) {
    Json input = {{"CertificateAuthorityArn", arn},
                  {"Certificate", to_base64(certificate.value("Certificate", ""))}};
    if (certificate.contains("CertificateChain")) {
      input["CertificateChain"] = to_base64(certificate.value("CertificateChain", ""));
    }
    return send("ImportCertificateAuthorityCertificate", input);
  }

  std::string active_root(const std::string& common_name = "Root", int days = 3650,
                          Json input = {}) {
    if (input.is_null()) input = order("ROOT", common_name);
    const std::string arn = create(input);
    EXPECT_EQ(import(arn, issue(arn, csr(arn), "RootCACertificate", days)).error, "");
    return arn;
  }

  static pki::PrivateKey new_key() {
    return pki::PrivateKey::generate(pki::KeyAlgorithm::ec_prime256v1).value();
  }
  static std::string leaf_csr(const pki::PrivateKey& key, const std::string& name) {
    return pki::CertificateSigningRequest::create(key, {{{"CN", name}}}, {{name}, {}, {}, {}})
        .value()
        .pem();
  }
};

}  // namespace certloop::emulator
