// PROTOCOLS 1, "Lost, restored or second state": what our owner tag stands on is found again and
// nothing is made twice; what does not fit the spec is not taken for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/emulator.h"
#include "tests/sim/hand.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

void write_status(World& world, const api::PlacementStatus& status,
                  const std::string& name = "shop") {
  api::Placement placement = world.placement(name);
  placement.status = status;
  ASSERT_TRUE(world.store->update_status(api::write(placement)).ok());
}

TEST(Restored, AnImportedCertificateIsNotTakenForOneOfAmazons) {
  World world;
  const std::string imported =
      Hand(world.aws, world.clock)
          .import_certificate({"shop.example.com", "*.shop.example.com"},
                              {{"certloop.dev/owner", "default/default/shop"},
                               {"certloop.dev/uid", "of-a-lost-state"}});
  world.apply(std::string(kAccount) + "---" +
              replaced(kPublic, "spec:", "spec:\n  keyAlgorithm: EC_prime256v1"));
  world.settle();
  EXPECT_EQ(world.placement("shop").status.type, "AMAZON_ISSUED");
  EXPECT_NE(world.placement("shop").status.arn, imported);
}

TEST(Restored, AnImportedCertificateIsNotAdoptedByArnAsOneOfAmazons) {
  World world;
  const std::string imported =
      Hand(world.aws, world.clock).import_certificate({"shop.example.com", "*.shop.example.com"});
  world.apply(
      std::string(kAccount) + "---" +
      replaced(kPublic, "spec:", "spec:\n  keyAlgorithm: EC_prime256v1\n  arn: " + imported));
  world.settle();
  const auto status = world.certificate("shop").status;
  EXPECT_THAT(world.condition(status.conditions, "Ready"), StartsWith("False ReplacementHeld"));
  EXPECT_THAT(world.condition(status.conditions, "Ready"), HasSubstr("IMPORTED"));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
}

// The state is older than the world: it knows the certificate before, AWS has the one after too.
TEST(Restored, AReplacementThatAnOlderStateDoesNotKnowIsNotMadeAgain) {
  World world;
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const api::PlacementStatus older = world.placement("shop").status;
  ASSERT_TRUE(world.aws
                  .set_in_use(older.arn, {"arn:aws:elasticloadbalancing:us-east-1:123456789012:"
                                          "loadbalancer/app/a/b"})
                  .ok());
  world.apply(replaced(kPublic, "\"*.shop.example.com\"", "www.shop.example.com"));
  world.pass(hours(1));
  const std::string newer = world.placement("shop").status.arn;
  ASSERT_NE(newer, older.arn);
  world.restart();
  write_status(world, older);
  world.pass(hours(1));
  EXPECT_EQ(world.placement("shop").status.arn, newer);
  EXPECT_EQ(world.count("RequestCertificate"), 2U);
  EXPECT_THAT(world.placement("shop").status.previous, SizeIs(1));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(2));
}

// It was replaced by another state while this one could not list what there is. Whether that state
// is lost only the operator knows.
TEST(Restored, AnArnThatIsGoneIsLookedUpInAReadingOfNow) {
  World world;
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const auto held = certificates_in(world.aws);
  ASSERT_THAT(held, SizeIs(1));
  emulator::Fault blind;
  blind.operation = "SearchCertificates";
  blind.probability = 1;
  blind.kind = emulator::Fault::Kind::crash;
  world.aws.add_fault(blind);

  Hand hand(world.aws, world.clock);
  const auto acm = hand.acm("us-east-1");
  aws::RequestCertificate request;
  request.domain_name = "shop.example.com";
  request.subject_alternative_names = {"shop.example.com", "*.shop.example.com"};
  request.validation_method = "DNS";
  request.key_algorithm = "RSA_2048";
  request.tags = held[0].tags;
  request.tags["certloop.dev/uid"] = "of-another-state";
  const std::string other = acm->request_certificate(request).value();
  ASSERT_TRUE(acm->delete_certificate(held[0].arn).ok());
  world.pass(hours(30));
  EXPECT_EQ(world.count("RequestCertificate"), 2U) << "one by us, one by hand";
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              HasSubstr("not confirmed since"))
      << "one reading says that it is gone";
  world.aws.clear_faults();
  world.pass(hours(2));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("False ForeignUid"));
  EXPECT_EQ(world.count("RequestCertificate"), 2U);
  world.policy.take_over_lost_state = true;
  world.restart();
  world.pass(hours(2));
  EXPECT_EQ(world.placement("shop").status.arn, other);
  EXPECT_EQ(world.count("RequestCertificate"), 2U);
}

// PROTOCOLS 3: the wait after failures is for the spec that failed.
TEST(Restored, AnEditOfTheSpecEndsTheWaitAfterFailures) {
  World world;
  world.apply(std::string(kAccount) + "---" +
              replaced(kPublic, "spec:", "spec:\n  management: Suspended"));
  world.settle(minutes(1));
  api::PlacementStatus status = world.placement("shop").status;
  status.failed_attempts = 9;
  status.next_attempt = world.clock.now() + hours(6);
  write_status(world, status);
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle(minutes(30));
  EXPECT_EQ(world.count("RequestCertificate"), 1U);
  EXPECT_EQ(world.placement("shop").status.failed_attempts, 0);
}

// PROTOCOLS 5, Retain: what stays in AWS is nobody's, the certificates before it too.
TEST(Restored, ARetainedCertificateLosesOurTagsAndSoDoThoseBeforeIt) {
  World world;
  const std::string retained = replaced(kPublic, "spec:", "spec:\n  deletionPolicy: Retain");
  world.apply(std::string(kAccount) + "---" + retained);
  world.settle();
  world.apply(replaced(retained, "\"*.shop.example.com\"", "www.shop.example.com"));
  world.pass(hours(1));
  // What was replaced is let go of at once: a policy that is changed later does not reach it.
  EXPECT_THAT(world.placement("shop").status.previous, SizeIs(0));
  world.remove(api::Kind::certificate, "shop");
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(api::Kind::certificate, "shop"));
  const auto held = certificates_in(world.aws);
  EXPECT_THAT(held, SizeIs(2));
  for (const auto& certificate : held)
    for (const auto& [key, value] : certificate.tags)
      EXPECT_FALSE(key.starts_with("certloop.dev/")) << certificate.arn << ' ' << key;
}

// One's own identity is whatever the shell says: here a process is started with another account's.
class OtherCredentials : public testing::Test {
 protected:
  static emulator::EmulatorOptions two_accounts() {
    emulator::EmulatorOptions options;
    options.keys.push_back({"123456789012", "test", Secret("test"), ""});
    options.keys.push_back({"210987654321", "other", Secret("other"), ""});
    return options;
  }

  OtherCredentials() {
    use("test");
    std::string account = kAccount;
    account.replace(account.find("    accessKey"),
                    account.find("  endpointUrl") - account.find("    accessKey"),
                    "    defaultChain: {}\n");
    world.apply(account + "---" + kPublic);
    world.settle();
  }

  void use(const std::string& key) {
    world.environment.variables["AWS_ACCESS_KEY_ID"] = key;
    world.environment.variables["AWS_SECRET_ACCESS_KEY"] = key;
    world.restart();
  }

  World world{two_accounts()};
};

TEST_F(OtherCredentials, MakeNoSecondCertificateInAnotherAwsAccount) {
  ASSERT_THAT(certificates_in(world.aws), SizeIs(1));
  use("other");
  world.pass(hours(3));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              HasSubstr("is now 210987654321"));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Stalled"),
              StartsWith("True AccountChanged"));
  use("test");
  world.pass(hours(1));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("True"));
}

// What the call has made, if anything, is in the account that it was sent to.
TEST_F(OtherCredentials, MakeNoSecondOneForALostAnswer) {
  emulator::Fault lost;
  lost.operation = "RequestCertificate";
  lost.kind = emulator::Fault::Kind::drop;
  lost.nth = 1;
  world.aws.add_fault(lost);
  world.keeps_to_plan = false;
  world.apply(replaced(replaced(kPublic, "name: shop", "name: late"), "shop.example.com",
                       "late.example.com"));
  world.pass(std::chrono::seconds(10));
  ASSERT_TRUE(world.placement("late").status.pending);
  use("other");
  world.pass(hours(3));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(2));
  EXPECT_THAT(world.condition(world.certificate("late").status.conditions, "Stalled"),
              AllOf(StartsWith("True AccountChanged"), HasSubstr("was sent to AWS account 1234")));
  use("test");
  world.pass(hours(1));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(2));
  EXPECT_THAT(world.condition(world.certificate("late").status.conditions, "Ready"),
              StartsWith("True"));
}

TEST_F(OtherCredentials, DoNotLetGoOfWhatIsToBeDeleted) {
  use("other");
  world.remove(api::Kind::certificate, "shop");
  world.pass(hours(1));
  EXPECT_TRUE(world.exists(api::Kind::certificate, "shop"));
  use("test");
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(api::Kind::certificate, "shop"));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(0));
}

// Tags can be copied, as scripts do that import "with the same tags".
TEST(CopiedTags, OnACertificateForAnotherNameDoNotHaveItDeleted) {
  World world;
  world.keeps_to_plan = false;
  world.apply(std::string(kAccount) + "---\n" +
              tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) + "---" +
              imported_spec());
  world.settle();
  const auto tags = world.placement("legacy").status.tags;
  world.pass(minutes(1));
  const std::string arn =
      Hand(world.aws, world.clock).import_certificate({"bank.example.org"}, tags);
  world.pass(minutes(20));
  world.remove(api::Kind::certificate, "legacy");
  world.pass(minutes(40));
  EXPECT_FALSE(world.exists(api::Kind::certificate, "legacy"));
  const auto left = certificates_in(world.aws);
  ASSERT_THAT(left, SizeIs(1));
  EXPECT_EQ(left.front().arn, arn);
  std::string told;
  for (const auto& event : world.store->list({.kind = api::Kind::event}).value().objects)
    told += std::string(event.body.text()) + '\n';
  EXPECT_THAT(told, HasSubstr(arn + " stays in ACM"));
}

// A copy of the state from before a replacement: what that made is taken, not made once more.
TEST(Restored, AnImportThatWasReplacedSinceIsNotImportedAgain) {
  World world;
  world.keeps_to_plan = false;
  const auto secret = [&](int serial) {
    return tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), serial);
  };
  world.apply(std::string(kAccount) + "---\n" + secret(1) + "---" + imported_spec());
  world.settle();
  const api::PlacementStatus before = world.placement("legacy").status;
  world.apply(
      tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 2, "EC_secp384r1"));
  world.pass(minutes(30));
  const std::string replacement = world.placement("legacy").status.arn;
  ASSERT_NE(replacement, before.arn);
  ASSERT_THAT(certificates_in(world.aws), SizeIs(2));
  write_status(world, before, "legacy");
  world.restart();
  world.pass(minutes(30));
  EXPECT_EQ(world.placement("legacy").status.arn, replacement);
  EXPECT_THAT(certificates_in(world.aws), SizeIs(2));
}

// Named by spec.arn again, it is the current one: whatever was said of it when it was replaced.
TEST(Restored, WhatBecomesCurrentAgainIsNotDeletedAsReplaced) {
  World world;
  world.keeps_to_plan = false;
  const std::string spec = replaced(kPublic, "spec:", "spec:\n  replacementGraceHours: 0");
  world.apply(std::string(kAccount) + "---" + spec);
  world.settle();
  const std::string first = world.placement("shop").status.arn;
  const std::string user = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/a";
  ASSERT_TRUE(world.aws.set_in_use(first, {user}).ok());
  world.apply(replaced(spec, "\"*.shop.example.com\"", "www.shop.example.com"));
  world.pass(hours(1));
  ASSERT_NE(world.placement("shop").status.arn, first);
  const std::string back = replaced(spec, "spec:", "spec:\n  arn: " + first);
  world.apply(back + "  deletionPolicy: Delete\n");
  world.pass(hours(1));
  ASSERT_EQ(world.placement("shop").status.arn, first);
  ASSERT_TRUE(world.aws.set_in_use(first, {}).ok());
  world.pass(hours(48));
  EXPECT_EQ(world.placement("shop").status.arn, first);
  const auto held = certificates_in(world.aws);
  ASSERT_THAT(held, SizeIs(1)) << "the one in between is gone";
  EXPECT_EQ(held.front().arn, first);
}

// ACM, or what stands before it, answers an import with somebody else's certificate.
TEST(Restored, AnAnswerThatNamesAnOlderCertificateMakesThatNobodysProperty) {
  World world;
  world.keeps_to_plan = false;
  const std::string foreign =
      Hand(world.aws, world.clock).import_certificate({"legacy.example.com"});
  world.pass(hours(1));
  world.apply(std::string(kAccount) + "---\n" +
              tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) + "---" +
              imported_spec());
  world.settle();
  api::PlacementStatus status = world.placement("legacy").status;
  const std::string own = status.arn;
  status.arn = foreign;
  status.marked = false;
  status.tags.clear();
  status.created.reset();
  write_status(world, status, "legacy");
  world.restart();
  world.pass(hours(1));
  EXPECT_THAT(
      Hand(world.aws, world.clock).acm("us-east-1")->list_tags_for_certificate(foreign).value(),
      testing::IsEmpty());
  EXPECT_EQ(world.placement("legacy").status.arn, own);
}

}  // namespace
}  // namespace certloop::sim
