#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

std::string legacy(World& world, const std::vector<std::string>& names, int serial) {
  return tls_secret("legacy-tls", names, world.clock.now(), serial);
}

// S109: the same ARN, and what uses it goes on using it.
TEST(Change, ANewCertificateInTheSecretIsImportedOverTheSameArn) {
  World world;
  world.apply(std::string(kAccount) + "---\n" + legacy(world, {"legacy.example.com"}, 1) + "---" +
              imported_spec());
  world.settle();
  const auto before = world.placement("legacy").status;
  ASSERT_TRUE(world.aws
                  .set_in_use(before.arn, {"arn:aws:elasticloadbalancing:us-east-1:"
                                           "123456789012:loadbalancer/app/a/b"})
                  .ok());
  world.clear();
  world.apply(legacy(world, {"legacy.example.com", "old.example.com"}, 2));
  world.pass(minutes(10));
  const auto after = world.placement("legacy").status;
  EXPECT_EQ(after.arn, before.arn);
  EXPECT_NE(after.serial, before.serial);
  EXPECT_EQ(after.in_use_by.size(), 1U);
  EXPECT_THAT(world.mutating_calls(), ElementsAre("acm ImportCertificate"));
  EXPECT_EQ(after.tags.at("team"), "legacy");
}

// S114, S119: the rule and both values are named, and no call is made.
TEST(Change, AReimportThatSharesNoNameIsHeldWhereTheSpecRequiresTheSameArn) {
  World world;
  world.apply(std::string(kAccount) + "---\n" + legacy(world, {"legacy.example.com"}, 1) + "---" +
              imported_spec() + "  reimport: Required\n");
  world.settle();
  world.clear();
  world.apply(legacy(world, {"other.example.com"}, 2));
  world.pass(minutes(10));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  const auto ready = world.condition(world.placement("legacy").status.conditions, "Stalled");
  EXPECT_THAT(ready, StartsWith("True ReimportRefused"));
  EXPECT_THAT(ready, HasSubstr("DisjointNames"));
}

// S30: what the spec does not name stays; what it names is put back.
TEST(Change, ATagChangedInAwsIsDriftAndIsPutBack) {
  World world;
  world.apply(std::string(kAccount) + "---\n" + legacy(world, {"legacy.example.com"}, 1) + "---" +
              imported_spec());
  world.settle();
  world.clear();
  world.apply(replaced(imported_spec(), "team: legacy", "team: other"));
  const auto plan = world.planned_calls();
  EXPECT_THAT(plan, ElementsAre("acm AddTagsToCertificate"));
  world.pass(minutes(10));
  EXPECT_EQ(world.mutating_calls(), plan);
  EXPECT_EQ(world.placement("legacy").status.tags.at("team"), "other");
}

TEST(Change, OtherNamesNeedANewCertificateAndTheOldOneGoesOnceUnused) {
  World world;
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const std::string old_arn = world.placement("shop").status.arn;
  const std::vector<std::string> user = {
      "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b"};
  ASSERT_TRUE(world.aws.set_in_use(old_arn, user).ok());
  world.apply(replaced(kPublic, "\"*.shop.example.com\"", "www.shop.example.com"));
  world.pass(minutes(30));
  const auto replaced_by = world.placement("shop").status;
  EXPECT_NE(replaced_by.arn, old_arn);
  ASSERT_EQ(replaced_by.previous.size(), 1U);  // S112: the services on the old ARN are listed
  EXPECT_EQ(replaced_by.previous[0].in_use_by, user);
  EXPECT_THAT(world.condition(replaced_by.conditions, "Superseded"), HasSubstr(user[0]));
  ASSERT_TRUE(world.aws.set_in_use(old_arn, {}).ok());
  world.pass(hours(23));
  EXPECT_EQ(world.count("DeleteCertificate"), 0U) << "spec.replacementGraceHours is 24";
  world.pass(hours(2));
  EXPECT_THAT(world.placement("shop").status.previous, IsEmpty());
  EXPECT_EQ(world.count("DeleteCertificate"), 1U);
}

// COMMANDS: rate turns are waited for, never reported.
TEST(Change, ALookThatIsThrottledSaysNothingOfWhoUsesAnOldArn) {
  World world;
  world.keeps_to_plan = false;  // no plan foretells what AWS throttles
  std::string spec = kPublic;
  spec += "  replacementGraceHours: 0\n";
  world.apply(std::string(kAccount) + "---" + spec);
  world.settle();
  const std::string old_arn = world.placement("shop").status.arn;
  const std::string user =
      "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b";
  ASSERT_TRUE(world.aws.set_in_use(old_arn, {user}).ok());
  world.apply(replaced(spec.c_str(), "\"*.shop.example.com\"", "www.shop.example.com"));
  world.pass(minutes(30));
  ASSERT_EQ(world.placement("shop").status.previous.size(), 1U);
  ASSERT_TRUE(world.aws.set_in_use(old_arn, {}).ok());
  emulator::Fault throttled;
  throttled.operation = "DescribeCertificate";
  throttled.error_code = "ThrottlingException";
  for (throttled.nth = 1; throttled.nth <= 3; ++throttled.nth) world.aws.add_fault(throttled);
  world.restart();
  world.pass(minutes(1));
  EXPECT_THAT(world.placement("shop").status.previous, IsEmpty());
  EXPECT_EQ(certificates_in(world.aws).size(), 1U);
}

TEST(Change, ACertificateInUseIsDeletedOnlyOnceNothingUsesIt) {
  World world;
  world.apply(std::string(kAccount) + "---\n" + legacy(world, {"legacy.example.com"}, 1) + "---" +
              imported_spec());
  world.settle();
  const std::string arn = world.placement("legacy").status.arn;
  const std::string user =
      "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b";
  ASSERT_TRUE(world.aws.set_in_use(arn, {user}).ok());
  world.clear();
  world.remove(Kind::certificate, "legacy");
  world.pass(minutes(30));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  EXPECT_THAT(world.condition(world.certificate("legacy").status.conditions, "Ready"),
              HasSubstr(user));
  ASSERT_TRUE(world.aws.set_in_use(arn, {}).ok());
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate, "legacy"));
  EXPECT_THAT(world.mutating_calls(), ElementsAre("acm DeleteCertificate"));
}

// S7: no call with its credentials, and its users say why.
TEST(Change, ADisabledAccountMakesNoCallAndItsUsersSaySo) {
  World world;
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  world.apply(replaced(kAccount, "scope: Account", "scope: Account\n  enabled: false"));
  world.settle();
  world.clear();
  world.pass(hours(3));
  EXPECT_THAT(world.aws.calls(), IsEmpty());
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("False AccountDisabled"));
  world.apply(replaced(kAccount, "scope: Account", "scope: Account\n  enabled: true"));
  world.pass(minutes(10));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("True"));
}

// S1: a wrong secret shows the AWS error code, and the right one heals it.
TEST(Change, AWrongSecretIsSaidInAwsWordsAndHeals) {
  World world;
  world.apply(replaced(kAccount, "secretAccessKey: test", "secretAccessKey: wrong"));
  world.settle(minutes(2));
  EXPECT_THAT(world.condition(world.account("prod").status.conditions, "Ready"),
              StartsWith("False SignatureDoesNotMatch"));
  world.apply(kAccount);
  world.settle();
  EXPECT_THAT(world.condition(world.account("prod").status.conditions, "Ready"),
              StartsWith("True"));
}

// S21: a dangling reference is held, with a condition, and heals.
TEST(Change, ADanglingAccountIsSaidAndHealsWhenItAppears) {
  World world;
  world.apply(kPublic);
  world.settle(minutes(2));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("False ReferenceNotFound"));
  EXPECT_THAT(world.aws.calls(), IsEmpty());
  world.apply(kAccount);
  world.settle();
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("True"));
}

// S23: refused before any RequestCertificate call.
TEST(Change, ACaOfAnotherRegionIsRefusedBeforehand) {
  World world;
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" +
              replaced(kPrivate, "region: us-east-1", "region: eu-west-1"));
  world.settle();
  world.pass(minutes(5));
  EXPECT_EQ(world.count("RequestCertificate"), 0U);
  EXPECT_THAT(world.condition(world.certificate("internal").status.conditions, "Stalled"),
              StartsWith("True AuthorityInOtherRegion"));
}

// S144, S157, S171: ACM renews what is in use; the new serial and validity show without a change.
TEST(Change, ACertificateInUseIsRenewedByAcmAndShowsItsNewSerial) {
  World world;
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const auto before = world.placement("shop").status;
  ASSERT_TRUE(world.aws
                  .set_in_use(before.arn, {"arn:aws:elasticloadbalancing:us-east-1:123456789012:"
                                           "loadbalancer/app/a/b"})
                  .ok());
  world.pass(hours(1));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "RenewalAssured"),
              StartsWith("True"));
  world.clear();
  world.clock.advance(std::chrono::days(160));
  world.pass(hours(2));
  const auto after = world.placement("shop").status;
  EXPECT_EQ(after.arn, before.arn);
  EXPECT_NE(after.serial, before.serial);
  EXPECT_GT(after.not_after, before.not_after);
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
}

// S39: minutes of waiting are neither a failure nor a second request.
TEST(Change, ACertificateThatAcmIssuesLateIsWaitedForAndRequestedOnce) {
  emulator::EmulatorOptions slow;
  slow.issue_delay = minutes(25);
  World world(std::move(slow));
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate);
  world.pass(minutes(10));
  EXPECT_THAT(world.condition(world.certificate("internal").status.conditions, "Ready"),
              StartsWith("False Issuing"));
  world.settle(hours(1));
  EXPECT_THAT(world.condition(world.certificate("internal").status.conditions, "Ready"),
              StartsWith("True"));
  EXPECT_EQ(world.count("RequestCertificate"), 1U);
}

TEST(Change, ObserveComparesAndReportsButNeverActs) {
  World world;
  world.apply(std::string(kAccount) + "---" +
              replaced(kPublic, "spec:", "spec:\n  management: Observe"));
  world.settle(minutes(5));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "InSync"),
              StartsWith("False Drift: Missing"));
}

}  // namespace
}  // namespace certloop::sim
