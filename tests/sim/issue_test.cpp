#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

// S13, S14, S16, S17, S18, S27, S28, S29, S37, S38, S161: the CA is created, signs itself, becomes
// ACTIVE, lets ACM renew; the certificate waits for it and is then requested once.
TEST(Issue, APrivateCertificateIsIssuedByARootMadeFromItsSpec) {
  World world;
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate);
  world.settle();
  EXPECT_THAT(world.condition(world.account("prod").status.conditions, "Ready"),
              StartsWith("True"));
  const auto ca = world.authority("root");
  EXPECT_THAT(world.condition(ca.status.conditions, "Ready"), StartsWith("True Active"));
  EXPECT_EQ(ca.status.aws_status, "ACTIVE");
  EXPECT_TRUE(ca.status.acm_may_renew);
  const auto certificate = world.certificate("internal");
  EXPECT_THAT(world.condition(certificate.status.conditions, "Ready"), StartsWith("True Issued"));
  EXPECT_EQ(certificate.status.trust, "private");
  const auto placement = world.placement("internal");
  EXPECT_THAT(placement.status.names,
              UnorderedElementsAre("api.internal.example.com", "db.internal.example.com"));
  EXPECT_EQ(placement.status.domain_name, "api.internal.example.com");
  EXPECT_EQ(placement.status.tags.at("team"), "platform");
  EXPECT_EQ(placement.status.tags.at("tier"), "one");
  EXPECT_THAT(world.condition(placement.status.conditions, "ChainValid"),
              StartsWith("True Verified"));
  EXPECT_THAT(
      world.mutating_calls(),
      ElementsAre("acm RequestCertificate", "acm-pca CreateCertificateAuthority",
                  "acm-pca CreatePermission", "acm-pca ImportCertificateAuthorityCertificate",
                  "acm-pca IssueCertificate"));
}

// S163, S164, S166, S167, S168, S137, S174 as far as issuing goes.
TEST(Issue, APublicCertificateIsValidatedByRecordsThatTheZoneKeeps) {
  World world;
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const auto placement = world.placement("shop");
  EXPECT_THAT(world.condition(placement.status.conditions, "Ready"), StartsWith("True Issued"));
  EXPECT_THAT(world.condition(placement.status.conditions, "Validated"), StartsWith("True"));
  ASSERT_EQ(placement.status.validation.size(), 2U);
  for (const auto& domain : placement.status.validation) {
    EXPECT_EQ(domain.method, "DNS");
    EXPECT_EQ(domain.status, "SUCCESS");
    ASSERT_TRUE(domain.record);
    EXPECT_EQ(domain.record->type, "CNAME");
  }
  // A wildcard and its base share one record.
  EXPECT_EQ(placement.status.validation[0].record, placement.status.validation[1].record);
  EXPECT_THAT(world.mutating_calls(),
              ElementsAre("acm RequestCertificate", "route53 ChangeResourceRecordSets"));
}

TEST(Issue, AnImportedCertificateIsTakenFromItsSecretAndItsOwnerMustRenewIt) {  // S145
  World world;
  world.apply(std::string(kAccount) + "---\n" +
              tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) + "---" +
              imported_spec());
  world.settle();
  const auto certificate = world.certificate("legacy");
  EXPECT_THAT(world.condition(certificate.status.conditions, "Ready"), StartsWith("True Issued"));
  EXPECT_THAT(world.condition(certificate.status.conditions, "RenewalAssured"),
              StartsWith("False OwnerMustRenew"));
  EXPECT_THAT(world.mutating_calls(), ElementsAre("acm ImportCertificate"));
}

TEST(Issue, ApplyingTheSameSpecsAgainMakesNoMutatingCall) {  // S14
  World world;
  const std::string specs =
      std::string(kAccount) + "---" + kAuthority + "---" + kPrivate + "---" + kPublic;
  world.apply(specs);
  world.settle();
  world.clear();
  world.apply(specs);
  world.settle();
  world.pass(std::chrono::hours(2));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  world.restart();  // S11
  world.settle();
  world.pass(std::chrono::hours(2));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("True"));
}

TEST(Issue, ThePlanSaysBeforehandWhatTheLoopWillDo) {
  World world;
  const std::string specs = std::string(kAccount) + "---" + kAuthority + "---" + kPrivate + "---" +
                            kPublic + "---\n" +
                            tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) +
                            "---" + imported_spec();
  const auto planned = world.planned_calls(world.objects(specs));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  world.apply(specs);
  world.settle();
  EXPECT_EQ(planned, world.mutating_calls());
  EXPECT_THAT(world.planned_calls(), IsEmpty());
}

}  // namespace
}  // namespace certloop::sim
