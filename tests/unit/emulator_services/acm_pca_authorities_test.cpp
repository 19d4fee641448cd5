#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority_bench.h"

namespace certloop::emulator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

struct PcaAuthorities : testing::Test, AuthorityBench {};

TEST_F(PcaAuthorities, ANewOneIsCreatingThenPending) {
  const Outcome made = send("CreateCertificateAuthority", order("ROOT", "Root"));
  const std::string arn = made.json["CertificateAuthorityArn"];
  EXPECT_THAT(arn, StartsWith("arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/"));
  EXPECT_EQ(status(arn), "CREATING");
  EXPECT_EQ(send("GetCertificateAuthorityCsr", {{"CertificateAuthorityArn", arn}}).error,
            "RequestInProgressException");
  bench.advance(std::chrono::seconds(2));
  EXPECT_EQ(status(arn), "PENDING_CERTIFICATE");
  const auto request = pki::CertificateSigningRequest::from_pem(csr(arn));
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request.value().subject().text(), "C=DE,CN=Root");
}

// S15
TEST_F(PcaAuthorities, DescribeShowsWhatWasAskedFor) {
  Json input = order("SUBORDINATE", "Sub");
  input["RevocationConfiguration"] = {
      {"CrlConfiguration",
       {{"Enabled", true}, {"ExpirationInDays", 7}, {"S3BucketName", "crl-bucket"}}}};
  input["UsageMode"] = "SHORT_LIVED_CERTIFICATE";
  const std::string arn = create(input);
  const Json found = send("DescribeCertificateAuthority", {{"CertificateAuthorityArn", arn}})
                         .json["CertificateAuthority"];
  EXPECT_EQ(found["Type"], "SUBORDINATE");
  EXPECT_EQ(found["CertificateAuthorityConfiguration"], input["CertificateAuthorityConfiguration"]);
  EXPECT_EQ(found["RevocationConfiguration"]["CrlConfiguration"],
            input["RevocationConfiguration"]["CrlConfiguration"]);
  EXPECT_EQ(found["RevocationConfiguration"]["OcspConfiguration"], Json({{"Enabled", false}}));
  EXPECT_EQ(found["UsageMode"], "SHORT_LIVED_CERTIFICATE");
  EXPECT_EQ(found["KeyStorageSecurityStandard"], "FIPS_140_2_LEVEL_3_OR_HIGHER");
  EXPECT_FALSE(found.contains("Serial"));
}

// S14
TEST_F(PcaAuthorities, ATokenMakesOneForFiveMinutes) {
  Json input = order("ROOT", "Root");
  input["IdempotencyToken"] = "token";
  const std::string first = create(input);
  EXPECT_EQ(create(input), first);
  bench.advance(std::chrono::minutes(5));
  EXPECT_NE(create(input), first);
}

TEST_F(PcaAuthorities, NamesEveryViolationOfTheModel) {
  const Outcome refused = send("CreateCertificateAuthority", Json::object());
  EXPECT_EQ(refused.error, "ValidationException");
  EXPECT_EQ(refused.message,
            "2 validation errors detected: Value null at 'certificateAuthorityConfiguration' "
            "failed to satisfy constraint: Member must not be null; Value null at "
            "'certificateAuthorityType' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(send("DescribeCertificateAuthority", {{"CertificateAuthorityArn", 5}}).error,
            "SerializationException");
  EXPECT_EQ(send("DescribeCertificateAuthority", {{"CertificateAuthorityArn", "arn:none"}}).error,
            "ValidationException");
}

TEST_F(PcaAuthorities, RefusesASigningAlgorithmOfAnotherFamily) {
  Json input = order("ROOT", "Root");
  input["CertificateAuthorityConfiguration"]["SigningAlgorithm"] = "SHA256WITHRSA";
  EXPECT_EQ(send("CreateCertificateAuthority", input).error, "InvalidArgsException");
}

TEST_F(PcaAuthorities, AKeyItCannotMakeFails) {
  Json input = order("ROOT", "Root");
  input["CertificateAuthorityConfiguration"]["KeyAlgorithm"] = "ML_DSA_65";
  input["CertificateAuthorityConfiguration"]["SigningAlgorithm"] = "ML_DSA_65";
  const std::string arn = create(input);
  const Json found = send("DescribeCertificateAuthority", {{"CertificateAuthorityArn", arn}})
                         .json["CertificateAuthority"];
  EXPECT_EQ(found["Status"], "FAILED");
  EXPECT_EQ(found["FailureReason"], "UNSUPPORTED_ALGORITHM");
  EXPECT_EQ(send("DeleteCertificateAuthority", {{"CertificateAuthorityArn", arn}}).error, "");
  EXPECT_EQ(status(arn), "ResourceNotFoundException");
}

TEST_F(PcaAuthorities, ADisablingRevocationSaysNothingElse) {
  Json input = order("ROOT", "Root");
  input["RevocationConfiguration"] = {
      {"CrlConfiguration", {{"Enabled", false}, {"ExpirationInDays", 7}}}};
  EXPECT_EQ(send("CreateCertificateAuthority", input).error, "InvalidArgsException");
  input["RevocationConfiguration"] = {
      {"OcspConfiguration", {{"Enabled", true}, {"OcspCustomCname", "http://ocsp.example"}}}};
  EXPECT_THAT(send("CreateCertificateAuthority", input).message, HasSubstr("protocol prefix"));
}

TEST_F(PcaAuthorities, ARootIsActivatedByItsOwnCertificate) {
  const std::string arn = active_root("Root", 3650);
  EXPECT_EQ(status(arn), "ACTIVE");
  const Json found = send("DescribeCertificateAuthority", {{"CertificateAuthorityArn", arn}})
                         .json["CertificateAuthority"];
  const Json own =
      send("GetCertificateAuthorityCertificate", {{"CertificateAuthorityArn", arn}}).json;
  EXPECT_FALSE(own.contains("CertificateChain"));
  const auto certificate = pki::Certificate::from_pem(own["Certificate"].get<std::string>());
  ASSERT_TRUE(certificate.ok());
  EXPECT_TRUE(certificate.value().is_self_signed());
  EXPECT_TRUE(certificate.value().is_ca());
  EXPECT_EQ(certificate.value().path_length(), std::nullopt);
  EXPECT_EQ(found["Serial"], certificate.value().serial());
  EXPECT_EQ(found["NotAfter"].get<double>(),
            static_cast<double>(certificate.value().not_after().time_since_epoch().count()) / 1000);
}

TEST_F(PcaAuthorities, DisablesDeletesAndRestores) {
  const std::string arn = active_root();
  const Json which = {{"CertificateAuthorityArn", arn}};
  EXPECT_EQ(send("DeleteCertificateAuthority", which).message,
            "The certificate authority is not in a valid state for deletion.");
  Json update = which;
  update["Status"] = "DISABLED";
  EXPECT_EQ(send("UpdateCertificateAuthority", update).error, "");
  EXPECT_EQ(status(arn), "DISABLED");
  Json erase = which;
  erase["PermanentDeletionTimeInDays"] = 7;
  EXPECT_EQ(send("DeleteCertificateAuthority", erase).error, "");
  EXPECT_EQ(status(arn), "DELETED");
  EXPECT_EQ(send("ListTags", which).message,
            "The certificate authority is in the DELETED state and must be restored to complete "
            "this action.");
  bench.advance(std::chrono::hours(24 * 7 - 1));
  EXPECT_EQ(send("RestoreCertificateAuthority", which).error, "");
  EXPECT_EQ(status(arn), "DISABLED");
  EXPECT_EQ(send("RestoreCertificateAuthority", which).message,
            "The certificate authority is not in a valid state for restoration.");
  update["Status"] = "ACTIVE";
  EXPECT_EQ(send("UpdateCertificateAuthority", update).error, "");
  EXPECT_EQ(status(arn), "ACTIVE");
}

TEST_F(PcaAuthorities, IsGoneAfterTheRestoreWindow) {
  const std::string arn = create(order("ROOT", "Root"));
  EXPECT_EQ(send("DeleteCertificateAuthority", {{"CertificateAuthorityArn", arn}}).error, "");
  bench.advance(std::chrono::hours(24 * 30));
  EXPECT_EQ(status(arn), "ResourceNotFoundException");
  EXPECT_EQ(send("RestoreCertificateAuthority", {{"CertificateAuthorityArn", arn}}).error,
            "ResourceNotFoundException");
}

TEST_F(PcaAuthorities, ExpiresWithItsCertificate) {
  const std::string arn = active_root("Root", 10);
  bench.advance(std::chrono::hours(24 * 10));
  EXPECT_EQ(status(arn), "EXPIRED");
  EXPECT_EQ(import(arn, issue(arn, csr(arn), "RootCACertificate", 100)).error, "");
  EXPECT_EQ(status(arn), "ACTIVE");
}

TEST_F(PcaAuthorities, UpdatesOnlyWhenActiveOrDisabled) {
  const std::string arn = create(order("ROOT", "Root"));
  EXPECT_EQ(
      send("UpdateCertificateAuthority", {{"CertificateAuthorityArn", arn}, {"Status", "DISABLED"}})
          .error,
      "InvalidStateException");
}

TEST_F(PcaAuthorities, ListsPageByPage) {
  std::vector<std::string> made;
  for (int i = 0; i < 3; ++i) made.push_back(create(order("ROOT", "Root")));
  const Json first = send("ListCertificateAuthorities", {{"MaxResults", 2}}).json;
  ASSERT_EQ(first["CertificateAuthorities"].size(), 2U);
  EXPECT_EQ(first["CertificateAuthorities"][0]["Arn"], made[0]);
  const Json second = send("ListCertificateAuthorities", {{"NextToken", first["NextToken"]}}).json;
  ASSERT_EQ(second["CertificateAuthorities"].size(), 1U);
  EXPECT_EQ(second["CertificateAuthorities"][0]["Arn"], made[2]);
  EXPECT_FALSE(second.contains("NextToken"));
  EXPECT_EQ(send("ListCertificateAuthorities", {{"NextToken", "junk"}}).error,
            "InvalidNextTokenException");
}

TEST_F(PcaAuthorities, OtherAccountsSeeItOnlyByPolicy) {
  const std::string arn = active_root();
  bench.account = kOtherAccount;
  EXPECT_EQ(status(arn), "AccessDeniedException");
  bench.account = kAccount;
  const Json policy = {
      {"Version", "2012-10-17"},
      {"Statement",
       {{{"Effect", "Allow"},
         {"Principal", {{"AWS", kOtherAccount}}},
         {"Action", {"acm-pca:DescribeCertificateAuthority", "acm-pca:IssueCertificate"}},
         {"Resource", arn}}}}};
  EXPECT_EQ(send("GetPolicy", {{"ResourceArn", arn}}).error, "ResourceNotFoundException");
  EXPECT_EQ(send("PutPolicy", {{"ResourceArn", arn}, {"Policy", "{}"}}).error,
            "InvalidPolicyException");
  EXPECT_EQ(send("PutPolicy", {{"ResourceArn", arn}, {"Policy", policy.dump()}}).error, "");
  EXPECT_EQ(send("GetPolicy", {{"ResourceArn", arn}}).json["Policy"], policy.dump());
  bench.account = kOtherAccount;
  EXPECT_EQ(status(arn), "ACTIVE");
  EXPECT_EQ(send("ListTags", {{"CertificateAuthorityArn", arn}}).error, "AccessDeniedException");
  EXPECT_TRUE(
      send("ListCertificateAuthorities", Json::object()).json["CertificateAuthorities"].empty());
  EXPECT_EQ(send("ListCertificateAuthorities", {{"ResourceOwner", "OTHER_ACCOUNTS"}})
                .json["CertificateAuthorities"]
                .size(),
            1U);
  bench.account = kAccount;
  EXPECT_EQ(send("DeletePolicy", {{"ResourceArn", arn}}).error, "");
  bench.account = kOtherAccount;
  EXPECT_EQ(status(arn), "AccessDeniedException");
}

TEST_F(PcaAuthorities, AnotherRegionHasOthers) {
  const std::string arn = create(order("ROOT", "Root"));
  bench.region = "us-east-1";
  EXPECT_EQ(status(arn), "ResourceNotFoundException");
}

TEST_F(PcaAuthorities, PermissionsAreGivenOnce) {
  const std::string arn = create(order("ROOT", "Root"));
  const Json give = {{"CertificateAuthorityArn", arn},
                     {"Principal", "acm.amazonaws.com"},
                     {"Actions", {"IssueCertificate", "GetCertificate", "ListPermissions"}}};
  EXPECT_EQ(send("CreatePermission", give).error, "");
  EXPECT_EQ(send("CreatePermission", give).error, "PermissionAlreadyExistsException");
  Json other = give;
  other["Principal"] = "ec2.amazonaws.com";
  EXPECT_EQ(send("CreatePermission", other).error, "ValidationException");
  const Json list = send("ListPermissions", {{"CertificateAuthorityArn", arn}}).json;
  ASSERT_EQ(list["Permissions"].size(), 1U);
  EXPECT_EQ(list["Permissions"][0]["SourceAccount"], kAccount);
  EXPECT_EQ(list["Permissions"][0]["Actions"], give["Actions"]);
  const Json take = {{"CertificateAuthorityArn", arn}, {"Principal", "acm.amazonaws.com"}};
  EXPECT_EQ(send("DeletePermission", take).error, "");
  EXPECT_EQ(send("DeletePermission", take).error, "ResourceNotFoundException");
}

TEST_F(PcaAuthorities, KeepsTags) {
  Json input = order("ROOT", "Root");
  input["Tags"] = Json::parse(R"([{"Key": "a", "Value": "1"}])");
  const std::string arn = create(input);
  const auto send_tags = [&](const char* operation, const char* tags) {
    return send(operation, {{"CertificateAuthorityArn", arn}, {"Tags", Json::parse(tags)}}).error;
  };
  EXPECT_EQ(send_tags("TagCertificateAuthority", R"([{"Key": "b", "Value": "2"}])"), "");
  EXPECT_EQ(send_tags("TagCertificateAuthority", R"([{"Key": "aws:x", "Value": "2"}])"),
            "InvalidTagException");
  EXPECT_EQ(send_tags("UntagCertificateAuthority", R"([{"Key": "a", "Value": "other"}])"), "");
  const Json which = {{"CertificateAuthorityArn", arn}};
  EXPECT_EQ(send("ListTags", which).json["Tags"].size(), 2U);
  EXPECT_EQ(send_tags("UntagCertificateAuthority", R"([{"Key": "a"}])"), "");
  EXPECT_EQ(send("ListTags", which).json["Tags"], Json::parse(R"([{"Key": "b", "Value": "2"}])"));
  std::vector<std::pair<std::string, Tags>> indexed;
  bench.world.tags.visit(kAccount, "eu-west-1", bench.now, 0, [&](const TagIndex::Seen& seen) {
    indexed.emplace_back(seen.type, seen.tags);
    return true;
  });
  EXPECT_THAT(indexed, ElementsAre(std::pair("acm-pca:certificate-authority", Tags{{"b", "2"}})));
}

TEST_F(PcaAuthorities, SurviveARestart) {
  const std::string arn = active_root();
  const Json state = service.dump();
  AuthorityBench fresh;
  fresh.bench.now = bench.now;
  fresh.service.restore(state);
  EXPECT_EQ(fresh.status(arn), "ACTIVE");
  EXPECT_EQ(fresh.service.dump(), state);
  const pki::PrivateKey key = new_key();
  EXPECT_TRUE(fresh.issue(arn, leaf_csr(key, "a.example"), "", 30).contains("Certificate"));
}

TEST_F(PcaAuthorities, ATokenMakesOneAcrossARestart) {
  Json input = order("ROOT", "Root");
  input["IdempotencyToken"] = "token";
  const std::string first = create(input);
  const Json state = service.dump();
  service.restore(state);
  EXPECT_EQ(create(input), first);
  bench.advance(std::chrono::minutes(5));
  EXPECT_NE(create(input), first);
}

}  // namespace
}  // namespace certloop::emulator
