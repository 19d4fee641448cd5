#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "aws/clients.h"
#include "base/text.h"
#include "scripted_transport.h"

namespace certloop::aws {
namespace {

using nlohmann::json;

const std::string kAuthority =
    "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11111111-2222";

struct AcmPcaTest : testing::Test, World {
  std::unique_ptr<AcmPca> pca = make_acm_pca(settings());

  json body(std::size_t index) const { return json::parse(transport.requests().at(index).body); }
  void then_json(const json& answer) { transport.then(200, answer.dump()); }
};

TEST_F(AcmPcaTest, CreatesAnAuthorityInItsWords) {
  then_json({{"CertificateAuthorityArn", kAuthority}});
  CreateCertificateAuthority request;
  request.type = "ROOT";
  request.key_algorithm = "EC_prime256v1";
  request.signing_algorithm = "SHA256WITHECDSA";
  request.subject.common_name = "Example Root";
  request.subject.country = "DE";
  request.idempotency_token = "t1";
  request.usage_mode = "GENERAL_PURPOSE";
  request.revocation.crl = CrlConfiguration{false, 7, "bucket", "", ""};
  request.revocation.ocsp = OcspConfiguration{true, "ocsp.example.com"};
  request.tags = {{"a", "b"}};
  const auto arn = pca->create_certificate_authority(request);
  ASSERT_TRUE(arn.ok()) << arn.error().message();
  EXPECT_EQ(*arn, kAuthority);
  EXPECT_EQ(transport.target(0), "ACMPrivateCA.CreateCertificateAuthority");
  // What is off says nothing but that it is off.
  EXPECT_EQ(body(0), json::parse(R"({"CertificateAuthorityType":"ROOT",
      "CertificateAuthorityConfiguration":{"KeyAlgorithm":"EC_prime256v1",
          "SigningAlgorithm":"SHA256WITHECDSA",
          "Subject":{"CommonName":"Example Root","Country":"DE"}},
      "IdempotencyToken":"t1","UsageMode":"GENERAL_PURPOSE",
      "RevocationConfiguration":{"CrlConfiguration":{"Enabled":false},
          "OcspConfiguration":{"Enabled":true,"OcspCustomCname":"ocsp.example.com"}},
      "Tags":[{"Key":"a","Value":"b"}]})"));
}

TEST_F(AcmPcaTest, ReadsADescriptionWhole) {
  then_json({{"CertificateAuthority", json::parse(R"({"Arn":")" + kAuthority + R"(",
      "OwnerAccount":"111122223333","Type":"SUBORDINATE","Status":"DELETED","Serial":"01",
      "UsageMode":"GENERAL_PURPOSE","CreatedAt":1790000000.25,"RestorableUntil":1791000000,
      "CertificateAuthorityConfiguration":{"KeyAlgorithm":"RSA_2048",
          "SigningAlgorithm":"SHA256WITHRSA","Subject":{"Organization":"Example"}},
      "RevocationConfiguration":{"CrlConfiguration":{"Enabled":true,"ExpirationInDays":7,
          "S3BucketName":"b","S3ObjectAcl":"PUBLIC_READ"}},
      "KeyStorageSecurityStandard":"FIPS_140_2_LEVEL_3_OR_HIGHER"})")}});
  const auto detail = pca->describe_certificate_authority(kAuthority);
  ASSERT_TRUE(detail.ok()) << detail.error().message();
  EXPECT_EQ(detail->status, "DELETED");
  EXPECT_EQ(detail->subject.organization, "Example");
  EXPECT_EQ(detail->revocation.crl, (CrlConfiguration{true, 7, "b", "", "PUBLIC_READ"}));
  EXPECT_EQ(detail->revocation.ocsp, std::nullopt);
  EXPECT_EQ(detail->restorable_until, Time(Duration(1791000000000)));
  EXPECT_EQ(detail->created_at, Time(Duration(1790000000250)));
}

TEST_F(AcmPcaTest, ListsItsOwnAuthoritiesPageAfterPage) {
  then_json({{"CertificateAuthorities", {{{"Arn", kAuthority}}}}, {"NextToken", "n"}});
  then_json({{"CertificateAuthorities", {{{"Arn", kAuthority + "3"}}}}});
  const auto found = pca->list_certificate_authorities();
  ASSERT_TRUE(found.ok()) << found.error().message();
  EXPECT_EQ(found->size(), 2u);
  EXPECT_EQ(body(0), (json{{"MaxResults", 1000}, {"ResourceOwner", "SELF"}}));
  EXPECT_EQ(body(1)["NextToken"], "n");
}

TEST_F(AcmPcaTest, IssuesForDaysAndKnowsItsCertificatesByTheAuthority) {
  then_json({{"CertificateArn", kAuthority + "/certificate/ab"}});
  IssueCertificate request;
  request.certificate_authority_arn = kAuthority;
  request.csr = "-----BEGIN CERTIFICATE REQUEST-----\n";
  request.signing_algorithm = "SHA256WITHRSA";
  request.template_arn = "arn:aws:acm-pca:::template/RootCACertificate/V1";
  request.validity_days = 365;
  request.idempotency_token = "t";
  EXPECT_EQ(*pca->issue_certificate(request), kAuthority + "/certificate/ab");
  EXPECT_EQ(body(0)["Csr"], to_base64(request.csr));
  EXPECT_EQ(body(0)["Validity"], (json{{"Type", "DAYS"}, {"Value", 365}}));
  EXPECT_EQ(body(0)["TemplateArn"], request.template_arn);

  then_json({{"CertificateArn", kAuthority + "9/certificate/ab"}});
  EXPECT_EQ(pca->issue_certificate(request).error().code(), Code::internal);
}

TEST_F(AcmPcaTest, AnswersConflictWhileACertificateIsBeingMade) {
  transport.then(400, "", json_error("RequestInProgressException"));
  EXPECT_EQ(pca->get_certificate(kAuthority, kAuthority + "/certificate/1").error().code(),
            Code::conflict);
  transport.then(400, "", json_error("RequestInProgressException"));
  EXPECT_EQ(pca->get_certificate_authority_csr(kAuthority).error().code(), Code::conflict);
}

TEST_F(AcmPcaTest, ReadsCertificatesAsText) {
  then_json({{"Certificate", "leaf"}, {"CertificateChain", "chain"}});
  const auto found = pca->get_certificate(kAuthority, kAuthority + "/certificate/1");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->certificate, "leaf");
  EXPECT_EQ(found->chain, "chain");
  then_json({{"Csr", "pem"}});
  EXPECT_EQ(*pca->get_certificate_authority_csr(kAuthority), "pem");
}

TEST_F(AcmPcaTest, ImportsARootWithoutAChain) {
  transport.then(200, "");
  ASSERT_TRUE(pca->import_certificate_authority_certificate(kAuthority, {"root", ""}).ok());
  EXPECT_EQ(body(0),
            (json{{"CertificateAuthorityArn", kAuthority}, {"Certificate", to_base64("root")}}));
}

TEST_F(AcmPcaTest, ManagesPermissions) {
  const Permission permission{"acm.amazonaws.com", "", {"IssueCertificate", "GetCertificate"}};
  transport.then(200, "");
  ASSERT_TRUE(pca->create_permission(kAuthority, permission).ok());
  EXPECT_EQ(body(0), json::parse(R"({"CertificateAuthorityArn":")" + kAuthority + R"(",
      "Principal":"acm.amazonaws.com","Actions":["IssueCertificate","GetCertificate"]})"));
  transport.then(400, "", json_error("PermissionAlreadyExistsException"));
  clock.advance(std::chrono::seconds(2));
  EXPECT_EQ(pca->create_permission(kAuthority, permission).error().code(), Code::already_exists);
  then_json({{"Permissions",
              {{{"Principal", "acm.amazonaws.com"},
                {"SourceAccount", "1"},
                {"Actions", {"ListPermissions"}}}}}});
  const auto listed = pca->list_permissions(kAuthority);
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed->at(0).actions, std::vector<std::string>{"ListPermissions"});
  transport.then(200, "");
  ASSERT_TRUE(pca->delete_permission(kAuthority, "acm.amazonaws.com", "").ok());
  EXPECT_FALSE(body(3).contains("SourceAccount"));
}

TEST_F(AcmPcaTest, ChangesStateAndDeletes) {
  transport.then(200, "");
  ASSERT_TRUE(pca->update_certificate_authority(kAuthority, "DISABLED", std::nullopt).ok());
  EXPECT_EQ(body(0), (json{{"CertificateAuthorityArn", kAuthority}, {"Status", "DISABLED"}}));
  transport.then(400, "", json_error("InvalidStateException"));
  EXPECT_EQ(pca->delete_certificate_authority(kAuthority, 7).error().code(), Code::conflict);
  EXPECT_EQ(body(1)["PermanentDeletionTimeInDays"], 7);
  transport.then(200, "");
  ASSERT_TRUE(pca->restore_certificate_authority(kAuthority).ok());
}

TEST_F(AcmPcaTest, ReadsTagsPageAfterPage) {
  then_json({{"Tags", {{{"Key", "a"}, {"Value", "1"}}}}, {"NextToken", "n"}});
  then_json({{"Tags", {{{"Key", "b"}, {"Value", "2"}}}}});
  EXPECT_EQ(*pca->list_tags(kAuthority), (Tags{{"a", "1"}, {"b", "2"}}));
}

}  // namespace
}  // namespace certloop::aws
