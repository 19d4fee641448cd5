#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority_bench.h"

namespace certloop::emulator {
namespace {

using testing::Contains;
using testing::ElementsAre;

struct PcaIssuing : testing::Test, AuthorityBench {
  static pki::Certificate parsed(const Json& json, const char* member = "Certificate") {
    const auto certificate = pki::Certificate::from_pem(json.value(member, ""));
    EXPECT_TRUE(certificate.ok());
    return certificate.value();
  }

  PrivateIssuing::Order acm_order(const std::string& authority, int days = 395) {
    PrivateIssuing::Order order;
    order.requester_account = kAccount;
    order.region = "eu-west-1";
    order.authority_arn = authority;
    order.csr = leaf_csr(new_key(), "a.example");
    order.not_before = bench.now - std::chrono::hours(1);
    order.not_after = bench.now + std::chrono::hours(24 * days);
    return order;
  }

  std::string acm_result(const PrivateIssuing::Order& order) {
    const auto issued = service.issue(order, bench.now);
    return issued.ok() ? "" : issued.error().code;
  }
};

TEST_F(PcaIssuing, IssuesAndShowsAfterADelay) {
  const std::string root = active_root();
  const pki::PrivateKey key = new_key();
  const Outcome issued =
      send("IssueCertificate", issue_input(root, leaf_csr(key, "a.example"), "", 30));
  ASSERT_EQ(issued.error, "") << issued.message;
  const Json which = {{"CertificateAuthorityArn", root},
                      {"CertificateArn", issued.json["CertificateArn"]}};
  EXPECT_EQ(send("GetCertificate", which).error, "RequestInProgressException");
  bench.advance(std::chrono::seconds(1));
  const Json got = send("GetCertificate", which).json;
  const pki::Certificate leaf = parsed(got);
  const pki::Certificate issuer = parsed(got, "CertificateChain");
  EXPECT_TRUE(leaf.is_signed_by(issuer));
  EXPECT_EQ(leaf.public_key_der(), key.public_key_der());
  EXPECT_THAT(leaf.names().dns, ElementsAre("a.example"));
  EXPECT_FALSE(leaf.is_ca());
  EXPECT_THAT(leaf.key_usages(), ElementsAre("DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"));
  EXPECT_EQ(leaf.not_before(), bench.now - std::chrono::seconds(1) - std::chrono::minutes(60));
  EXPECT_EQ(leaf.not_after(), bench.now - std::chrono::seconds(1) + std::chrono::hours(24 * 30));
  EXPECT_TRUE(pki::verify_chain(leaf, {}, {issuer}, bench.now).ok());
  // PEM without a final line break, as AWS answers it.
  EXPECT_TRUE(got["Certificate"].get<std::string>().ends_with("-----END CERTIFICATE-----"));
}

TEST_F(PcaIssuing, ATokenIssuesOnce) {
  const std::string root = active_root();
  Json input = issue_input(root, leaf_csr(new_key(), "a.example"), "", 30);
  input["IdempotencyToken"] = "once";
  const Json first = send("IssueCertificate", input).json;
  EXPECT_EQ(send("IssueCertificate", input).json, first);
  bench.advance(std::chrono::minutes(6));
  EXPECT_NE(send("IssueCertificate", input).json, first);
}

TEST_F(PcaIssuing, NothingOutlivesItsAuthority) {
  const std::string root = active_root("Root", 100);
  const std::string request = leaf_csr(new_key(), "a.example");
  EXPECT_EQ(send("IssueCertificate", issue_input(root, request, "", 101)).message,
            "The certificate validity specified exceeds the certificate authority validity");
  EXPECT_EQ(send("IssueCertificate", issue_input(root, request, "", 99)).error, "");
}

TEST_F(PcaIssuing, OnlyAnActiveAuthorityIssues) {
  const std::string request = leaf_csr(new_key(), "a.example");
  const std::string pending = create(order("ROOT", "Root"));
  EXPECT_EQ(send("IssueCertificate", issue_input(pending, request, "", 30)).message,
            "The certificate authority is not in a valid state for issuing certificates");
  const std::string root = active_root();
  send("UpdateCertificateAuthority", {{"CertificateAuthorityArn", root}, {"Status", "DISABLED"}});
  EXPECT_EQ(send("IssueCertificate", issue_input(root, request, "", 30)).error,
            "InvalidStateException");
}

TEST_F(PcaIssuing, RefusesBrokenRequests) {
  const std::string root = active_root();
  EXPECT_EQ(send("IssueCertificate", issue_input(root, "no CSR", "", 30)).error,
            "MalformedCSRException");
  Json input = issue_input(root, leaf_csr(new_key(), "a.example"), "", 30);
  input["SigningAlgorithm"] = "SHA256WITHRSA";
  EXPECT_EQ(send("IssueCertificate", input).error, "InvalidArgsException");
  EXPECT_EQ(
      send("IssueCertificate", issue_input(root, leaf_csr(new_key(), "a.example"), "Unknown", 30))
          .error,
      "InvalidArnException");
  EXPECT_EQ(send("GetCertificate",
                 {{"CertificateAuthorityArn", root}, {"CertificateArn", root + "/certificate/00"}})
                .error,
            "ResourceNotFoundException");
}

TEST_F(PcaIssuing, AShortLivedAuthorityIssuesForAWeek) {
  Json input = order("ROOT", "Root");
  input["UsageMode"] = "SHORT_LIVED_CERTIFICATE";
  const std::string root = active_root("Root", 3650, input);
  const std::string request = leaf_csr(new_key(), "a.example");
  EXPECT_EQ(send("IssueCertificate", issue_input(root, request, "", 8)).error,
            "ValidationException");
  EXPECT_EQ(send("IssueCertificate", issue_input(root, request, "", 7)).error, "");
  EXPECT_EQ(acm_result(acm_order(root)), "PCA_INVALID_DURATION");
}

TEST_F(PcaIssuing, MakesAHierarchy) {
  const std::string root = active_root();
  const std::string upper = create(order("SUBORDINATE", "Upper"));
  const Json upper_certificate = issue(root, csr(upper), "SubordinateCACertificate_PathLen1", 1000);
  ASSERT_EQ(import(upper, upper_certificate).error, "");
  EXPECT_EQ(status(upper), "ACTIVE");
  const std::string lower_arn = create(order("SUBORDINATE", "Lower"));
  EXPECT_EQ(send("IssueCertificate",
                 issue_input(upper, csr(lower_arn), "SubordinateCACertificate_PathLen1", 100))
                .message,
            "Path length check failed for CA");
  ASSERT_EQ(
      import(lower_arn, issue(upper, csr(lower_arn), "SubordinateCACertificate_PathLen0", 100))
          .error,
      "");
  const Json leaf = issue(lower_arn, leaf_csr(new_key(), "a.example"), "", 30);
  const auto chain = pki::certificates_from_pem(leaf["CertificateChain"].get<std::string>());
  ASSERT_TRUE(chain.ok());
  ASSERT_EQ(chain.value().size(), 3U);
  EXPECT_EQ(chain.value()[0].subject().get("CN"), "Lower");
  EXPECT_EQ(chain.value()[0].path_length(), 0);
  EXPECT_EQ(chain.value()[2].subject().get("CN"), "Root");
  EXPECT_TRUE(pki::verify_chain(parsed(leaf), {chain.value()[0], chain.value()[1]},
                                {chain.value()[2]}, bench.now)
                  .ok());
}

TEST_F(PcaIssuing, ImportsOnlyWhatFits) {
  const std::string root = active_root();
  const std::string sub = create(order("SUBORDINATE", "Sub"));
  const Json good = issue(root, csr(sub), "SubordinateCACertificate_PathLen0", 100);
  EXPECT_EQ(import(sub, {{"Certificate", "no certificate"}}).error,
            "MalformedCertificateException");
  EXPECT_EQ(import(sub, {{"Certificate", good["Certificate"]}}).error, "InvalidRequestException");
  // Another CA's certificate, a certificate that is no CA's, a chain that does not fit.
  const std::string other = create(order("SUBORDINATE", "Other"));
  EXPECT_EQ(import(other, good).error, "CertificateMismatchException");
  EXPECT_EQ(import(sub, issue(root, csr(sub), "EndEntityCertificate", 100)).error,
            "MalformedCertificateException");
  const std::string stranger = active_root("Stranger");
  Json foreign = good;
  foreign["CertificateChain"] =
      send("GetCertificateAuthorityCertificate", {{"CertificateAuthorityArn", stranger}})
          .json["Certificate"];
  EXPECT_EQ(import(sub, foreign).error, "CertificateMismatchException");
  Json repeated = good;
  repeated["CertificateChain"] =
      good["Certificate"].get<std::string>() + "\n" + good["CertificateChain"].get<std::string>();
  EXPECT_NE(import(sub, repeated).error, "");
  EXPECT_EQ(status(sub), "PENDING_CERTIFICATE");
  EXPECT_EQ(import(sub, good).error, "");
  EXPECT_EQ(status(sub), "ACTIVE");
}

// "The subordinate certificate that your root CA signed must be next to last": the order counts.
TEST_F(PcaIssuing, ImportsAChainOnlyInOrder) {
  const std::string root = active_root();
  const std::string upper = create(order("SUBORDINATE", "Upper"));
  ASSERT_EQ(import(upper, issue(root, csr(upper), "SubordinateCACertificate_PathLen1", 1000)).error,
            "");
  const std::string lower_arn = create(order("SUBORDINATE", "Lower"));
  Json good = issue(upper, csr(lower_arn), "SubordinateCACertificate_PathLen0", 100);
  const auto chain = pki::certificates_from_pem(good.value("CertificateChain", "")).value();
  ASSERT_EQ(chain.size(), 2U);
  Json turned = good;
  turned["CertificateChain"] = chain[1].pem() + chain[0].pem();
  EXPECT_EQ(import(lower_arn, turned).error, "CertificateMismatchException");
  Json without_root = good;
  without_root["CertificateChain"] = chain[0].pem();
  EXPECT_EQ(import(lower_arn, without_root).error, "CertificateMismatchException");
  Json with_stranger = good;
  with_stranger["CertificateChain"] =
      chain[0].pem() +
      parsed(send("GetCertificateAuthorityCertificate",
                  {{"CertificateAuthorityArn", active_root("Stranger")}})
                 .json)
          .pem() +
      chain[1].pem();
  EXPECT_EQ(import(lower_arn, with_stranger).error, "CertificateMismatchException");
  EXPECT_EQ(import(lower_arn, good).error, "");
}

TEST_F(PcaIssuing, ARootTakesOnlyItsOwnCertificate) {
  const std::string root = active_root();
  const std::string second = create(order("ROOT", "Second"));
  const Json by_another = issue(root, csr(second), "SubordinateCACertificate_PathLen0", 100);
  EXPECT_EQ(import(second, by_another).error, "InvalidRequestException");
  Json with_chain = issue(second, csr(second), "RootCACertificate", 100);
  with_chain["CertificateChain"] = with_chain["Certificate"];
  EXPECT_EQ(import(second, with_chain).error, "InvalidRequestException");
  EXPECT_EQ(
      send("IssueCertificate", issue_input(root, csr(second), "RootCACertificate", 100)).error,
      "InvalidArgsException");
}

TEST_F(PcaIssuing, PutsRevocationAddressesIntoCertificates) {
  Json input = order("ROOT", "Root");
  input["RevocationConfiguration"] = {
      {"CrlConfiguration",
       {{"Enabled", true}, {"ExpirationInDays", 7}, {"S3BucketName", "crl-bucket"}}},
      {"OcspConfiguration", {{"Enabled", true}, {"OcspCustomCname", "ocsp.example"}}}};
  const std::string root = active_root("Root", 3650, input);
  const pki::Certificate leaf = parsed(issue(root, leaf_csr(new_key(), "a.example"), "", 30));
  EXPECT_NE(leaf.der().find("http://crl-bucket.s3.eu-west-1.amazonaws.com/crl/"),
            std::string::npos);
  EXPECT_NE(leaf.der().find("http://ocsp.example"), std::string::npos);
}

TEST_F(PcaIssuing, PassesThroughWhatTheTemplateLeavesOpen) {
  const std::string root = active_root();
  Json input = issue_input(root, leaf_csr(new_key(), "csr.example"),
                           "BlankEndEntityCertificate_APIPassthrough", 30);
  input["ApiPassthrough"] = Json::parse(R"({
      "Subject": {"CommonName": "api.example", "Organization": "Example"},
      "Extensions": {"KeyUsage": {"DigitalSignature": true, "KeyAgreement": true},
                     "ExtendedKeyUsage": [{"ExtendedKeyUsageType": "EMAIL_PROTECTION"}],
                     "SubjectAlternativeNames": [{"DnsName": "api.example"},
                                                 {"IpAddress": "192.0.2.1"}]}})");
  const Outcome issued = send("IssueCertificate", input);
  ASSERT_EQ(issued.error, "") << issued.message;
  bench.advance(std::chrono::seconds(1));
  const pki::Certificate leaf =
      parsed(send("GetCertificate", {{"CertificateAuthorityArn", root},
                                     {"CertificateArn", issued.json["CertificateArn"]}})
                 .json);
  EXPECT_EQ(leaf.subject().text(), "O=Example,CN=api.example");
  EXPECT_THAT(leaf.names().dns, ElementsAre("api.example"));
  EXPECT_THAT(leaf.names().ip, ElementsAre("192.0.2.1"));
  EXPECT_THAT(leaf.key_usages(), ElementsAre("DIGITAL_SIGNATURE", "KEY_AGREEMENT"));
  ASSERT_EQ(leaf.extended_key_usages().size(), 1U);
  EXPECT_EQ(leaf.extended_key_usages()[0].oid, "1.3.6.1.5.5.7.3.4");
  input["ApiPassthrough"] = {{"Extensions", {{"CustomExtensions", Json::array()}}}};
  EXPECT_EQ(send("IssueCertificate", input).error, "InvalidArgsException");
}

TEST_F(PcaIssuing, RevokesOnce) {
  const std::string root = active_root();
  const pki::Certificate leaf = parsed(issue(root, leaf_csr(new_key(), "a.example"), "", 30));
  const Json revoke = {{"CertificateAuthorityArn", root},
                       {"CertificateSerial", leaf.serial()},
                       {"RevocationReason", "KEY_COMPROMISE"}};
  EXPECT_EQ(send("RevokeCertificate", revoke).error, "");
  EXPECT_EQ(send("RevokeCertificate", revoke).error, "RequestAlreadyProcessedException");
  Json own = revoke;
  own["CertificateSerial"] =
      parsed(send("GetCertificateAuthorityCertificate", {{"CertificateAuthorityArn", root}}).json)
          .serial();
  EXPECT_EQ(send("RevokeCertificate", own).error, "InvalidRequestException");
  Json unknown = revoke;
  unknown["CertificateSerial"] = "00:11";
  EXPECT_EQ(send("RevokeCertificate", unknown).error, "ResourceNotFoundException");
}

TEST_F(PcaIssuing, AcmIssuesThroughItAndRenewsByPermission) {
  const std::string root = active_root();
  const auto issued = service.issue(acm_order(root), bench.now);
  ASSERT_TRUE(issued.ok()) << issued.error().message;
  const auto leaf = pki::Certificate::from_pem(issued.value().certificate);
  ASSERT_TRUE(leaf.ok());
  EXPECT_EQ(leaf.value().not_after(), bench.now + std::chrono::hours(24 * 395));
  PrivateIssuing::Order renewal = acm_order(root);
  renewal.renewal = true;
  EXPECT_EQ(acm_result(renewal), "PCA_ACCESS_DENIED");
  send("CreatePermission",
       {{"CertificateAuthorityArn", root},
        {"Principal", "acm.amazonaws.com"},
        {"Actions", {"IssueCertificate", "GetCertificate", "ListPermissions"}}});
  EXPECT_EQ(acm_result(renewal), "");
}

TEST_F(PcaIssuing, AcmIsToldWhyNot) {
  const std::string root = active_root("Root", 100);
  EXPECT_EQ(acm_result(acm_order(root)), "PCA_INVALID_DURATION");
  EXPECT_EQ(acm_result(acm_order(root + "0")), "PCA_RESOURCE_NOT_FOUND");
  PrivateIssuing::Order order_of_another = acm_order(root, 30);
  order_of_another.requester_account = kOtherAccount;
  EXPECT_EQ(acm_result(order_of_another), "PCA_ACCESS_DENIED");
  PrivateIssuing::Order elsewhere = acm_order(root, 30);
  elsewhere.region = "us-east-1";
  EXPECT_EQ(acm_result(elsewhere), "PCA_INVALID_ARN");
  send("UpdateCertificateAuthority", {{"CertificateAuthorityArn", root}, {"Status", "DISABLED"}});
  EXPECT_EQ(acm_result(acm_order(root, 30)), "PCA_INVALID_STATE");
}

}  // namespace
}  // namespace certloop::emulator
