// Certificate authorities through their lives; every run keeps to its plan (foretold.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/ownership.h"
#include "reconcilers/authority/plan.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

const char* const kRoot = "CertificateAuthority default/root";

std::string with(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

std::string operations_of(const Lines& lines, const std::string& object) {
  std::string text;
  const auto it = lines.find(object);
  if (it == lines.end()) return text;
  for (const auto& line : it->second) {
    const auto from = line.find(' ', line.find(' ') + 1) + 1;
    text += (text.empty() ? "" : " ") + line.substr(from, line.find(' ', from) - from);
  }
  return text;
}

class AuthorityTest : public testing::Test {
 protected:
  AuthorityTest() { world.apply(kAccount); }

  void make() {
    world.apply(kAuthority);
    world.settle();
    arn = world.authority("root").status.arn;
  }
  std::string ready() {
    return world.condition(world.authority("root").status.conditions, "Ready");
  }
  aws::CertificateAuthorityDetail in_aws() {
    return world.acm_pca().describe_certificate_authority(arn).value();
  }
  // The digest that deletion asks for.
  std::string asked_for() {
    const std::string text = ready();
    const auto at = text.rfind(": ");
    return text.substr(at + 2);
  }

  World world;
  std::string arn;
};

TEST_F(AuthorityTest, ARootIsMadeSignedInstalledAndPermittedInThisOrder) {
  world.apply(kAuthority);
  const Lines called = world.settle();
  EXPECT_EQ(operations_of(called, kRoot),
            "CreateCertificateAuthority IssueCertificate ImportCertificateAuthorityCertificate "
            "CreatePermission");
  EXPECT_EQ(called.size(), 1U);
}

// S15: what AWS says of the CA is what the spec says, field for field.
TEST_F(AuthorityTest, WhatAwsDescribesIsWhatTheSpecSays) {
  world.apply(R"(
apiVersion: certloop.dev/v1alpha1
kind: CertificateAuthority
metadata: {name: root}
spec:
  acmPca:
    accountRef: {name: prod}
    region: eu-west-1
    type: ROOT
    keyAlgorithm: RSA_4096
    signingAlgorithm: SHA512WITHRSA
    subject:
      commonName: Second Root
      organization: Example AS
      organizationalUnit: Platform
      country: "NO"
      state: Oslo
      locality: Oslo
      serialNumber: "42"
    validityDays: 1000
    usageMode: GENERAL_PURPOSE
    revocation:
      crl: {enabled: true, expirationInDays: 7, s3BucketName: example-crl}
      ocsp: {enabled: true}
    keyStorageSecurityStandard: FIPS_140_2_LEVEL_3_OR_HIGHER
    tags: {team: platform, cost: "12"}
)");
  world.settle();
  auto& pca = world.acm_pca("eu-west-1");
  const auto status = world.authority("root").status;
  const auto detail = pca.describe_certificate_authority(status.arn).value();
  EXPECT_EQ(detail.status, "ACTIVE");
  EXPECT_EQ(detail.type, "ROOT");
  EXPECT_EQ(detail.key_algorithm, "RSA_4096");
  EXPECT_EQ(detail.signing_algorithm, "SHA512WITHRSA");
  EXPECT_EQ(detail.usage_mode, "GENERAL_PURPOSE");
  EXPECT_EQ(detail.subject.common_name, "Second Root");
  EXPECT_EQ(detail.subject.organization, "Example AS");
  EXPECT_EQ(detail.subject.organizational_unit, "Platform");
  EXPECT_EQ(detail.subject.country, "NO");
  EXPECT_EQ(detail.subject.state, "Oslo");
  EXPECT_EQ(detail.subject.locality, "Oslo");
  EXPECT_EQ(detail.subject.serial_number, "42");
  ASSERT_TRUE(detail.revocation.crl);
  EXPECT_TRUE(detail.revocation.crl->enabled);
  EXPECT_EQ(detail.revocation.crl->expiration_in_days, 7);
  EXPECT_EQ(detail.revocation.crl->s3_bucket_name, "example-crl");
  ASSERT_TRUE(detail.revocation.ocsp);
  EXPECT_TRUE(detail.revocation.ocsp->enabled);
  ASSERT_TRUE(detail.not_before && detail.not_after);
  EXPECT_NEAR(static_cast<double>((*detail.not_after - *detail.not_before) / hours(24)), 1000, 1);
  const auto tags = pca.list_tags(status.arn).value();
  EXPECT_THAT(tags, Contains(Pair("team", "platform")));
  EXPECT_THAT(tags, Contains(Pair("cost", "12")));
  EXPECT_THAT(world.authority("root").status.differences, IsEmpty());
}

TEST_F(AuthorityTest, TagsChangedInAwsArePutBackAndForeignOnesStay) {
  make();
  ASSERT_TRUE(world.acm_pca().tag_certificate_authority(arn, {{"team", "other"}, {"x", "1"}}).ok());
  const Lines called = world.pass(hours(1));
  EXPECT_EQ(operations_of(called, kRoot), "TagCertificateAuthority");
  const auto tags = world.acm_pca().list_tags(arn).value();
  EXPECT_EQ(tags.at("team"), "platform");
  EXPECT_EQ(tags.at("x"), "1");
}

TEST_F(AuthorityTest, RevocationTurnedOnInTheSpecIsUpdatedInAws) {
  make();
  world.apply(with(kAuthority, "    tags:", "    revocation: {ocsp: {enabled: true}}\n    tags:"));
  EXPECT_EQ(operations_of(world.settle(), kRoot), "UpdateCertificateAuthority");
  ASSERT_TRUE(in_aws().revocation.ocsp);
  EXPECT_TRUE(in_aws().revocation.ocsp->enabled);
}

TEST_F(AuthorityTest, ADisabledOneIsSwitchedOnAgain) {
  make();
  ASSERT_TRUE(world.acm_pca().update_certificate_authority(arn, "DISABLED", {}).ok());
  EXPECT_EQ(operations_of(world.pass(hours(1)), kRoot), "UpdateCertificateAuthority");
  EXPECT_EQ(in_aws().status, "ACTIVE");
}

TEST_F(AuthorityTest, ADeletedOneIsRestoredAndSwitchedOnAgain) {
  make();
  ASSERT_TRUE(world.acm_pca().update_certificate_authority(arn, "DISABLED", {}).ok());
  ASSERT_TRUE(world.acm_pca().delete_certificate_authority(arn, 30).ok());
  EXPECT_EQ(operations_of(world.pass(hours(1)), kRoot),
            "RestoreCertificateAuthority UpdateCertificateAuthority");
  EXPECT_EQ(in_aws().status, "ACTIVE");
}

TEST_F(AuthorityTest, ThePermissionToRenewIsGivenAgain) {
  make();
  ASSERT_TRUE(world.acm_pca().delete_permission(arn, "acm.amazonaws.com", "").ok());
  EXPECT_EQ(operations_of(world.pass(hours(1)), kRoot), "CreatePermission");
}

TEST_F(AuthorityTest, IsDeletedOnlyOnceConfirmed) {
  make();
  world.remove(Kind::certificate_authority, "root");
  EXPECT_THAT(world.pass(hours(1)), IsEmpty());
  EXPECT_THAT(ready(), StartsWith("False ConfirmationNeeded"));
  world.apply(with(kAuthority, "{name: root}",
                   "{name: root, annotations: {certloop.dev/confirm: \"000000000000\"}}"));
  EXPECT_THAT(world.pass(hours(1)), IsEmpty());
  world.apply(with(kAuthority, "{name: root}",
                   "{name: root, annotations: {certloop.dev/confirm: \"" + asked_for() + "\"}}"));
  EXPECT_EQ(operations_of(world.pass(hours(1)), kRoot),
            "UpdateCertificateAuthority DeleteCertificateAuthority");
  EXPECT_FALSE(world.exists(Kind::certificate_authority, "root"));
  EXPECT_EQ(in_aws().status, "DELETED");
}

// PROTOCOLS 1: what a lost answer made beside it is never used, and not left to be paid for.
TEST_F(AuthorityTest, ADuplicateOfOursGoesWithIt) {
  make();
  aws::CreateCertificateAuthority second;
  second.type = "ROOT";
  second.key_algorithm = "EC_prime256v1";
  second.signing_algorithm = "SHA256WITHECDSA";
  second.subject.common_name = "Root";
  second.idempotency_token = "late";
  for (const auto& [key, value] : world.authority("root").status.tags)
    if (key.starts_with("certloop.dev/")) second.tags[key] = value;
  const auto late = world.acm_pca().create_certificate_authority(second);
  ASSERT_TRUE(late.ok()) << late.error().message();
  world.keeps_to_plan = false;  // that there is a second one, no plan could know
  world.pass(minutes(5));
  world.remove(Kind::certificate_authority, "root");
  world.pass(hours(1));
  EXPECT_EQ(world.acm_pca().describe_certificate_authority(*late).value().status, "DELETED");
  EXPECT_EQ(in_aws().status, "ACTIVE") << "its own deletion wants to be confirmed";
}

TEST_F(AuthorityTest, GoesAfterTheCertificatesThatItIssued) {
  make();
  world.apply(kPrivate);
  world.settle();
  const std::string digest = authority::deletion_digest(world.authority("root"), arn);
  world.apply(with(kAuthority, "{name: root}",
                   "{name: root, annotations: {certloop.dev/confirm: \"" + digest + "\"}}"));
  world.remove(Kind::certificate_authority, "root");
  EXPECT_THAT(world.pass(minutes(10)), IsEmpty());
  EXPECT_THAT(ready(), StartsWith("False HasDependants"));
  EXPECT_THAT(ready(), HasSubstr("internal"));
  world.remove(Kind::certificate, "internal");
  const Lines called = world.pass(hours(1));
  EXPECT_EQ(operations_of(called, "Certificate default/internal"), "DeleteCertificate");
  EXPECT_EQ(operations_of(called, kRoot), "UpdateCertificateAuthority DeleteCertificateAuthority");
  EXPECT_EQ(in_aws().status, "DELETED");
}

TEST_F(AuthorityTest, RetainedOneStaysWithoutOurTags) {
  world.apply(with(kAuthority, "deletionPolicy: Delete", "deletionPolicy: Retain"));
  world.settle();
  arn = world.authority("root").status.arn;
  world.remove(Kind::certificate_authority, "root");
  EXPECT_EQ(operations_of(world.pass(minutes(10)), kRoot), "UntagCertificateAuthority");
  EXPECT_FALSE(world.exists(Kind::certificate_authority, "root"));
  EXPECT_EQ(in_aws().status, "ACTIVE");
  const auto tags = world.acm_pca().list_tags(arn).value();
  EXPECT_THAT(tags, Contains(Pair("team", "platform")));
  EXPECT_THAT(tags, Not(Contains(Key(std::string(ledger::kOwnerTag)))));
  EXPECT_THAT(tags, Not(Contains(Key(std::string(ledger::kUidTag)))));
}

TEST_F(AuthorityTest, ObservedOneIsComparedAndNeverChanged) {
  world.apply(with(kAuthority, "spec:\n", "spec:\n  management: Observe\n"));
  EXPECT_THAT(world.pass(hours(1)), IsEmpty());
  EXPECT_EQ(authorities_in(world.aws), 0U);
  EXPECT_THAT(world.condition(world.authority("root").status.conditions, "InSync"),
              StartsWith("False Drift"));
}

// Made by another state, which is gone; the spec names its ARN.
class AdoptedAuthorityTest : public AuthorityTest {
 protected:
  AdoptedAuthorityTest() {
    world.apply(with(kAuthority, "deletionPolicy: Delete", "deletionPolicy: Retain"));
    world.settle();
    arn = world.authority("root").status.arn;
    world.remove(Kind::certificate_authority, "root");
    world.pass(minutes(10));
  }
  std::string adopting(const std::string& more) {
    return R"(
apiVersion: certloop.dev/v1alpha1
kind: CertificateAuthority
metadata: {name: taken}
spec:
  acmPca:
    accountRef: {name: prod}
    region: us-east-1
    arn: )" +
           arn + "\n" + more;
  }
  std::string taken(const std::string& condition) {
    return world.condition(world.authority("taken").status.conditions, condition);
  }
};

TEST_F(AdoptedAuthorityTest, IsMarkedAsOursAndServes) {
  world.apply(adopting(""));
  EXPECT_EQ(operations_of(world.settle(), "CertificateAuthority default/taken"),
            "TagCertificateAuthority");
  EXPECT_THAT(taken("Ready"), StartsWith("True Active"));
  EXPECT_THAT(taken("InSync"), StartsWith("True"));
  EXPECT_EQ(authorities_in(world.aws), 1U);
  const auto status = world.authority("taken").status;
  EXPECT_EQ(status.arn, arn);
  EXPECT_EQ(status.key_algorithm, "EC_prime256v1");
  world.apply(with(with(kPrivate, "{name: root}", "{name: taken}"), "tier: one", "tier: two"));
  world.settle();
  EXPECT_THAT(world.condition(world.certificate("internal").status.conditions, "Ready"),
              StartsWith("True"));
}

TEST_F(AdoptedAuthorityTest, IsOnlyComparedWithWhatTheSpecSays) {
  world.apply(adopting("    keyAlgorithm: RSA_2048\n    subject: {commonName: Other}\n"));
  world.settle(minutes(5));
  EXPECT_EQ(world.count("CreateCertificateAuthority"), 1U);
  EXPECT_THAT(taken("InSync"), StartsWith("False Drift"));
  EXPECT_EQ(in_aws().subject.common_name, "Test Root");
}

TEST_F(AdoptedAuthorityTest, ThatDoesNotExistIsSaidAndNotMade) {
  const std::string spec = adopting("");
  world.apply(with(spec, arn.substr(arn.size() - 4), "0000"));
  EXPECT_THAT(world.settle(minutes(5)), IsEmpty());
  EXPECT_THAT(taken("Stalled"), StartsWith("True Missing"));
}

}  // namespace
}  // namespace certloop::sim
