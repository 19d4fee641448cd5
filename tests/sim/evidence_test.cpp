// PROTOCOLS 0 in the whole program: what destroys, duplicates or stays silent rests on evidence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/timestamp.h"
#include "emulator/emulator.h"
#include "tests/sim/hand.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const char* const kUser =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b";

std::string with(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

emulator::Fault fault(const std::string& operation, const std::string& code) {
  emulator::Fault fault;
  fault.operation = operation;
  fault.error_code = code;
  return fault;
}

class EvidenceTest : public testing::Test {
 protected:
  // Answers are made up and certificates are touched by hand: no plan foretells that.
  EvidenceTest() { world.keeps_to_plan = false; }

  void apply(const std::string& yaml) { world.apply(std::string(kAccount) + "---" + yaml); }
  std::string ready(const std::string& name) {
    return world.condition(world.placement(name).status.conditions, "Ready");
  }
  std::string in_sync(const std::string& name) {
    return world.condition(world.placement(name).status.conditions, "InSync");
  }
  std::string secret(const std::vector<std::string>& names, int serial) {
    return tls_secret("legacy-tls", names, world.clock.now(), serial);
  }
  void import_legacy() {
    apply("\n" + secret({"legacy.example.com"}, 1) + "---" + imported_spec());
    world.settle();
    ASSERT_THAT(ready("legacy"), StartsWith("True"));
  }
  void answer_not_found(const std::string& operation, int times) {
    auto absent = fault(operation, "ResourceNotFoundException");
    for (absent.nth = 1; absent.nth <= times; ++absent.nth) world.aws.add_fault(absent);
  }

  World world;
};

TEST_F(EvidenceTest, AnExpiredCertificateOfAmazonsIsReplaced) {
  emulator::EmulatorOptions options;
  options.public_validity_days = 3;
  options.public_renewal_days = 1;
  World short_lived(options);
  short_lived.keeps_to_plan = false;
  short_lived.apply(std::string(kAccount) + "---" + kPublic);
  short_lived.settle();
  short_lived.pass(days(3));
  short_lived.pass(minutes(40));
  EXPECT_EQ(short_lived.count("RequestCertificate"), 2U);
  EXPECT_THAT(short_lived.condition(short_lived.placement("shop").status.conditions, "Ready"),
              StartsWith("True"));
}

TEST_F(EvidenceTest, AnExpiredImportedCertificateIsReimportedOnceItsSecretIsRenewed) {
  import_legacy();
  const std::string arn = world.placement("legacy").status.arn;
  world.pass(days(90));
  world.pass(hours(2));
  EXPECT_THAT(ready("legacy"), StartsWith("False SourceExpired"));
  world.clear();
  world.apply(secret({"legacy.example.com"}, 2));
  world.pass(minutes(30));
  EXPECT_EQ(world.count("ImportCertificate"), 1U);
  EXPECT_THAT(ready("legacy"), StartsWith("True"));
  EXPECT_EQ(world.placement("legacy").status.arn, arn);
}

TEST_F(EvidenceTest, OneNotFoundRightAfterTheRequestBuysNoSecondCertificate) {
  answer_not_found("DescribeCertificate", 2);
  apply(kPublic);
  world.settle();
  world.pass(hours(1));
  EXPECT_EQ(world.count("RequestCertificate"), 1U);
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
  EXPECT_THAT(ready("shop"), StartsWith("True"));
}

TEST_F(EvidenceTest, OneNotFoundLaterReplacesNothing) {
  apply(kPublic);
  world.settle();
  world.pass(hours(1));
  answer_not_found("DescribeCertificate", 1);
  world.pass(hours(30));
  EXPECT_EQ(world.count("RequestCertificate"), 1U);
  EXPECT_THAT(ready("shop"), StartsWith("True"));
}

TEST_F(EvidenceTest, WhatDescribeDoesNotKnowForAMomentIsNotLetGo) {
  apply(kPublic);
  world.settle(seconds(2));
  for (int i = 0; i < 20 && certificates_in(world.aws).empty(); ++i) world.pass(seconds(1));
  answer_not_found("DescribeCertificate", 1);
  world.remove(Kind::certificate, "shop");
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop"));
  EXPECT_THAT(certificates_in(world.aws), IsEmpty());
}

TEST_F(EvidenceTest, ADeletionThatAwsCallsNotFoundIsLookedAtOnceMore) {
  apply(kPublic);
  world.settle();
  answer_not_found("DeleteCertificate", 1);
  world.remove(Kind::certificate, "shop");
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop"));
  EXPECT_THAT(certificates_in(world.aws), IsEmpty());
}

TEST_F(EvidenceTest, ASecretForAnotherHostIsNotImportedOverTheRightOne) {
  import_legacy();
  const std::string serial = world.placement("legacy").status.serial;
  world.clear();
  world.apply(secret({"other.example.com"}, 2));
  world.pass(days(3));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  EXPECT_EQ(world.placement("legacy").status.serial, serial);
  EXPECT_THAT(ready("legacy"),
              AllOf(StartsWith("False NamesMismatch"), HasSubstr("other.example.com"),
                    HasSubstr("legacy.example.com")));
}

TEST_F(EvidenceTest, ACertificateOfTheSameSerialIsReimported) {
  import_legacy();
  const auto before = world.placement("legacy").status.fingerprint;
  world.clear();
  world.apply(secret({"legacy.example.com"}, 1));
  world.pass(hours(1));
  EXPECT_EQ(world.count("ImportCertificate"), 1U);
  EXPECT_NE(world.placement("legacy").status.fingerprint, before);
  EXPECT_THAT(in_sync("legacy"), StartsWith("True"));
}

TEST_F(EvidenceTest, AnImportThatDoesNotShowIsRepeatedAsFailuresAre) {
  import_legacy();
  // AWS answers with a success and changes nothing.
  const auto shown = world.placement("legacy").status;
  world.apply(secret({"legacy.example.com"}, 2));
  auto lost = fault("ImportCertificate", "");
  lost.kind = emulator::Fault::Kind::drop;
  lost.probability = 1;
  world.aws.add_fault(lost);
  world.pass(minutes(2));
  std::size_t tried = 0;
  for (const auto& call : world.aws.calls()) tried += call.operation == "ImportCertificate";
  EXPECT_LT(tried, 12U);
  world.aws.clear_faults();
  world.pass(hours(1));
  EXPECT_NE(world.placement("legacy").status.serial, shown.serial);
}

TEST_F(EvidenceTest, AnExportedCertificateIsKeptWhenItIsReplacedAndWhenItIsDeleted) {
  const std::string spec = with(kPublic, "amazon: {}", "amazon: {exportable: true}");
  apply(spec);
  world.settle();
  Hand hand(world.aws, world.clock);
  hand.export_certificate(world.placement("shop").status.arn);
  world.pass(hours(1));
  world.clear();
  world.apply(with(spec, "\"*.shop.example.com\"", "www.shop.example.com"));
  world.pass(days(3));
  EXPECT_EQ(world.count("DeleteCertificate"), 0U);
  EXPECT_THAT(world.condition(world.placement("shop").status.conditions, "Superseded"),
              HasSubstr("an exported copy"));
  world.remove(Kind::certificate, "shop");
  world.pass(days(1));
  EXPECT_EQ(world.count("DeleteCertificate"), 0U);
  EXPECT_TRUE(world.exists(Kind::certificate, "shop"));
}

// It was exported a moment before its deletion; no bulk reading has seen that yet.
TEST_F(EvidenceTest, ACertificateExportedAMomentAgoIsNotDeleted) {
  apply(with(kPublic, "amazon: {}", "amazon: {exportable: true}"));
  world.settle();
  world.pass(hours(1));
  Hand hand(world.aws, world.clock);
  hand.export_certificate(world.placement("shop").status.arn);
  world.remove(Kind::certificate, "shop");
  world.pass(hours(1));
  EXPECT_EQ(world.count("DeleteCertificate"), 0U);
}

TEST_F(EvidenceTest, ADeletionThatIsRefusedThoughNobodyUsesItIsTriedSlowly) {
  apply(kPublic);
  world.settle();
  auto busy = fault("DeleteCertificate", "ResourceInUseException");
  busy.probability = 1;
  world.aws.add_fault(busy);
  world.clear();
  world.remove(Kind::certificate, "shop");
  world.pass(minutes(2));
  std::size_t tried = 0;
  for (const auto& call : world.aws.calls()) tried += call.operation == "DeleteCertificate";
  EXPECT_LT(tried, 12U);
  EXPECT_LT(world.aws.calls().size(), 60U);
  world.aws.clear_faults();
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop"));
}

TEST_F(EvidenceTest, ACertificateThatServesNeedsNoGetCertificateToBeDeleted) {
  world.aws.deny({"*", "acm:GetCertificate"});
  apply(kPublic);
  world.pass(minutes(20));
  EXPECT_THAT(ready("shop"), StartsWith("True"));
  EXPECT_THAT(world.condition(world.placement("shop").status.conditions, "ChainValid"),
              AllOf(StartsWith("Unknown"), HasSubstr("acm:GetCertificate")));
  world.remove(Kind::certificate, "shop");
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop"));
  EXPECT_THAT(certificates_in(world.aws), IsEmpty());
}

TEST_F(EvidenceTest, AnOldArnThatIsNotOursAnyMoreTakesNothingFromTheNewOne) {
  apply(kPublic);
  world.settle();
  const std::string old = world.placement("shop").status.arn;
  ASSERT_TRUE(world.aws.set_in_use(old, {kUser}).ok());
  world.pass(minutes(10));
  world.apply(with(kPublic, "\"*.shop.example.com\"", "www.shop.example.com"));
  world.pass(minutes(30));
  ASSERT_TRUE(Hand(world.aws, world.clock)
                  .acm("us-east-1")
                  ->remove_tags_from_certificate(old, {"certloop.dev/uid"})
                  .ok());
  ASSERT_TRUE(world.aws.set_in_use(old, {}).ok());
  world.pass(days(2));
  EXPECT_THAT(ready("shop"), StartsWith("True"));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(2)) << "what lost our tag is left in ACM";
}

TEST_F(EvidenceTest, OwnershipTagsThatWereRemovedComeBack) {
  import_legacy();
  const std::string arn = world.placement("legacy").status.arn;
  ASSERT_TRUE(world.acm()
                  .remove_tags_from_certificate(arn, {"certloop.dev/owner", "certloop.dev/uid"})
                  .ok());
  std::vector<std::string> paths;
  for (const auto& finding : world.survey().findings)
    for (const auto& difference : finding.differences) paths.push_back(difference.path);
  EXPECT_THAT(paths, ElementsAre("tags[certloop.dev/uid]"));
  world.pass(hours(1));
  EXPECT_EQ(world.acm().list_tags_for_certificate(arn).value().at("certloop.dev/uid"),
            world.placement("legacy").meta.uid);
  ASSERT_TRUE(world.acm().remove_tags_from_certificate(arn, {"certloop.dev/uid"}).ok());
  world.remove(Kind::certificate, "legacy");
  world.pass(hours(1));
  EXPECT_THAT(certificates_in(world.aws), IsEmpty());
}

TEST_F(EvidenceTest, ATagThatWasOnlyObservedIsNotOursToRemove) {
  Hand hand(world.aws, world.clock);
  aws::RequestCertificate request;
  request.domain_name = "shop.example.com";
  request.subject_alternative_names = {"shop.example.com", "*.shop.example.com"};
  request.validation_method = "DNS";
  request.key_algorithm = "RSA_2048";
  request.tags = {{"team", "theirs"}};
  const std::string other = hand.acm("us-east-1")->request_certificate(request).value();
  const std::string spec = with(kPublic, "spec:", "spec:\n  arn: " + other);
  apply(with(spec, "spec:", "spec:\n  management: Observe"));
  world.pass(hours(1));
  world.apply(with(spec, "tags: {team: shop}", "tags: {}"));
  world.pass(hours(1));
  const auto held = certificates_in(world.aws);
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_EQ(held[0].tags.count("team"), 1U);
}

TEST_F(EvidenceTest, AnArnThatTheSpecNamesLaterIsAdoptedAndTheOneBeforeGoesLater) {
  apply(kPublic);
  world.settle();
  const std::string ours = world.placement("shop").status.arn;
  Hand hand(world.aws, world.clock);
  aws::RequestCertificate request;
  request.domain_name = "shop.example.com";
  request.subject_alternative_names = {"shop.example.com", "*.shop.example.com"};
  request.validation_method = "DNS";
  request.key_algorithm = "RSA_2048";
  const std::string other = hand.acm("us-east-1")->request_certificate(request).value();
  world.apply(with(kPublic, "spec:", "spec:\n  deletionPolicy: Delete\n  arn: " + other));
  world.pass(hours(1));
  EXPECT_EQ(world.placement("shop").status.arn, other);
  EXPECT_THAT(ready("shop"), StartsWith("True"));
  world.pass(days(2));
  const auto held = certificates_in(world.aws);
  ASSERT_THAT(held, SizeIs(1));
  EXPECT_EQ(held[0].arn, other);
}

TEST_F(EvidenceTest, WithAWrongKeyWhatServesStaysReadyAndSaysSinceWhenItIsNotConfirmed) {
  apply(kPublic);
  world.settle();
  world.pass(hours(1));
  world.apply(
      "\napiVersion: v1\nkind: Secret\nmetadata: {name: prod-aws}\n"
      "stringData: {secretAccessKey: wrong}\n");
  world.pass(hours(3));
  EXPECT_THAT(ready("shop"), AllOf(StartsWith("True"), HasSubstr("not confirmed since 2026-")));
  EXPECT_THAT(in_sync("shop"), StartsWith("Unknown"));
  EXPECT_THAT(world.condition(world.account("prod").status.conditions, "Ready"),
              StartsWith("False"));
}

TEST_F(EvidenceTest, InSyncIsUnknownOnceThePlaceHasNotBeenReadForThreeIntervals) {
  apply(kPublic);
  world.settle();
  world.pass(hours(1));
  ASSERT_THAT(in_sync("shop"), StartsWith("True"));
  for (const char* operation : {"SearchCertificates", "ListCertificates"}) {
    auto odd = fault(operation, "ValidationException");
    odd.probability = 1;
    world.aws.add_fault(odd);
  }
  world.pass(minutes(40));
  EXPECT_THAT(in_sync("shop"), AllOf(StartsWith("Unknown Stale"), HasSubstr("since 2026-")));
  EXPECT_THAT(ready("shop"), StartsWith("True"));
  world.aws.clear_faults();
  world.pass(minutes(30));
  EXPECT_THAT(in_sync("shop"), StartsWith("True"));
}

TEST_F(EvidenceTest, TwoStatesOfOneNameDoNotTakeEachOthersCertificates) {
  apply(kPublic);
  world.settle();
  const std::string arn = world.placement("shop").status.arn;
  ASSERT_TRUE(
      world.acm().add_tags_to_certificate(arn, {{"certloop.dev/uid", "of-another-state"}}).ok());
  world.clear();
  world.pass(days(2));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  EXPECT_THAT(ready("shop"), AllOf(HasSubstr("ForeignUid"), HasSubstr("--take-over-lost-state")));
  world.policy.take_over_lost_state = true;
  world.restart();
  world.pass(days(2));
  EXPECT_THAT(world.mutating_calls(), IsEmpty()) << "what was marked once is never marked back";
}

}  // namespace
}  // namespace certloop::sim
