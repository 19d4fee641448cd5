// COMMANDS, "Exit codes": for `plan` and `drift` an object that waits for somebody, is blocked or
// is not Ready is listed with what it waits for, and is never "no changes" or "no drift".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "ledger/ownership.h"
#include "tests/sim/command_line.h"
#include "tests/sim/hand.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

const char* const kUser =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error("the text lacks " + what);
  return text.replace(at, what.size(), by);
}

class NotReadyTest : public testing::Test {
 protected:
  void make_private() {
    world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate);
    world.settle(hours(1));
  }

  void make_imported() {
    world.apply(std::string(kAccount) + "---\n" +
                tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) + "---" +
                imported_spec());
    world.settle();
  }

  // Both commands, in every form: exit code 1, the object and these words.
  void expect_listed(const std::string& object, const std::string& words) {
    for (const char* command : {"plan", "drift"}) {
      SCOPED_TRACE(command);
      EXPECT_EQ(cli({command}), 1) << cli.out << cli.err;
      EXPECT_THAT(cli.out, AllOf(HasSubstr(object + ": "), HasSubstr(words),
                                 Not(HasSubstr("No changes")), Not(HasSubstr("No drift"))));
      EXPECT_EQ(cli({command, "-o", "json"}), 1);
      const Json json = Json::parse(cli.out);
      EXPECT_EQ(json.at("exitCode"), 1);
      bool held = false;
      for (const Json& each : json.at("held")) {
        const std::string name = each.at("object").at("name");
        if (object.ends_with("/" + name)) held = true;
        EXPECT_NE(each.at("message"), "");
      }
      EXPECT_TRUE(held) << cli.out;
      EXPECT_EQ(cli({command, "-o", "yaml"}), 1);
      EXPECT_THAT(cli.out, AllOf(HasSubstr("held:\n- account:"), HasSubstr("exitCode: 1")));
      EXPECT_EQ(cli({command, "--exit-code=false"}), 0);
      EXPECT_EQ(cli({command, "--detailed-exitcode"}), 2);
    }
  }

  World world;
  CommandLine cli{world};
};

TEST_F(NotReadyTest, WhatIsReadyIsNoChangeAndNoDrift) {
  make_private();
  EXPECT_EQ(cli({"plan"}), 0) << cli.out;
  EXPECT_THAT(cli.out, HasSubstr("No changes"));
  EXPECT_EQ(cli({"drift"}), 0) << cli.out;
  EXPECT_THAT(cli.out, HasSubstr("No drift"));
}

// What it replaced goes by the clock, a day later: nobody is called for that, and the row of what
// serves says nothing of it.
TEST_F(NotReadyTest, WhatWasReplacedIsNoDriftWhileItsGraceLasts) {
  make_private();
  world.apply(replaced(kPrivate, "DB.internal", "cache.internal"));
  world.settle(hours(1));
  EXPECT_EQ(cli({"drift"}), 0) << cli.out;
  EXPECT_THAT(cli.out, HasSubstr("No drift"));
  EXPECT_EQ(cli({"expiring"}), 0);
  EXPECT_THAT(cli.out, Not(HasSubstr("DeleteCertificate")));
  EXPECT_EQ(cli({"plan"}), 1) << "the old one is to be deleted";
  EXPECT_THAT(cli.out, HasSubstr("DeleteCertificate"));
  const auto placement = world.placement("internal");
  EXPECT_THAT(
      world.condition(placement.status.conditions, "Ready"),
      HasSubstr(placement.status.arn + " can serve; " + placement.status.previous.front().arn));
}

// The certificate before serves, but the spec is not in force.
TEST_F(NotReadyTest, AReplacementWhoseAnswerWasLostIsStillUnderWay) {
  make_private();
  emulator::Fault lost;
  lost.operation = "RequestCertificate";
  lost.nth = 1;
  lost.kind = emulator::Fault::Kind::drop;
  world.aws.add_fault(lost);
  world.apply(replaced(kPrivate, "DB.internal", "cache.internal"));
  world.pass(std::chrono::seconds(3));
  ASSERT_TRUE(world.placement("internal").status.pending);
  const auto conditions = world.certificate("internal").status.conditions;
  EXPECT_THAT(world.condition(conditions, "Ready"), HasSubstr("True"));
  EXPECT_THAT(world.condition(conditions, "Reconciling"), HasSubstr("True"));
}

// AWS holds the replacement, and we do not know it: what comes next is the end of the one before.
TEST_F(NotReadyTest, APlanThatBeginsByTakingOverShowsWhatItReplaces) {
  make_private();
  const std::string old = world.placement("internal").status.arn;
  emulator::Fault lost;
  lost.operation = "RequestCertificate";
  lost.nth = 1;
  lost.kind = emulator::Fault::Kind::lost;
  lost.error_code = "LimitExceededException";
  lost.http_status = 400;
  world.aws.add_fault(lost);
  world.keeps_to_plan = false;
  world.apply(replaced(kPrivate, "DB.internal", "cache.internal"));
  world.pass(std::chrono::seconds(3));
  ASSERT_EQ(world.placement("internal").status.arn, old);
  EXPECT_EQ(cli({"plan"}), 1) << cli.out;
  EXPECT_THAT(cli.out, AllOf(HasSubstr("DeleteCertificate"), Not(HasSubstr("No changes"))));
}

TEST_F(NotReadyTest, AnAccountThatIsDeletedWaitsForItsUsers) {
  make_private();
  world.remove(Kind::account, "prod");
  world.pass(minutes(5));
  expect_listed("Account default/prod", "deletion is waiting for ");
  EXPECT_EQ(cli({"drift", "account/prod"}), 1) << cli.out;
  EXPECT_EQ(cli({"plan", "account/prod"}), 1) << cli.out;
}

// Nobody has to have picked it up yet.
TEST_F(NotReadyTest, AnAccountThatWasDeletedAMomentAgoIsListedToo) {
  world.apply(kAccount);
  world.settle();
  world.remove(Kind::account, "prod");
  expect_listed("Account default/prod", "being deleted");
}

TEST_F(NotReadyTest, AnAuthorityThatIsDeletedWaitsForItsCertificatesAndThenForAWord) {
  make_private();
  world.remove(Kind::certificate_authority, "root");
  world.pass(minutes(5));
  expect_listed("CertificateAuthority default/root", "deletion is waiting for the certificates");
  EXPECT_EQ(cli({"drift", "certificateauthority/root"}), 1) << cli.out;
  world.remove(Kind::certificate, "internal");
  world.pass(minutes(30));
  expect_listed("CertificateAuthority default/root", "certloop.dev/confirm");
}

TEST_F(NotReadyTest, ACertificateInUseThatIsDeletedWaitsForItsUsers) {
  make_imported();
  ASSERT_TRUE(world.aws.set_in_use(world.placement("legacy").status.arn, {kUser}).ok());
  world.remove(Kind::certificate, "legacy");
  world.pass(minutes(30));
  expect_listed("default/legacy", kUser);
}

// Drift tells what the loop has still to do about a deletion, as the plan does.
TEST_F(NotReadyTest, ADeletionThatHasNotBegunIsNoPeace) {
  make_imported();
  world.remove(Kind::certificate, "legacy");
  EXPECT_EQ(cli({"plan"}), 1);
  EXPECT_THAT(cli.out, HasSubstr("acm DeleteCertificate"));
  EXPECT_EQ(cli({"drift"}), 1);
  EXPECT_THAT(cli.out,
              AllOf(HasSubstr("default/legacy: Deleting arn:"), Not(HasSubstr("No drift"))));
}

TEST_F(NotReadyTest, ACertificateThatAwaitsItsValidationSaysWhatToAdd) {
  world.apply(std::string(kAccount) + "---" +
              replaced(kPublic, "shop.example.com", "shop.example.org"));
  world.pass(hours(2));
  expect_listed("default/shop", "CNAME");
}

TEST_F(NotReadyTest, ACertificateOfAnotherOwnerIsNamed) {
  make_imported();
  const std::string arn = world.placement("legacy").status.arn;
  world.apply(replaced(replaced(imported_spec(), "{name: legacy}", "{name: second}"),
                       "  issuer:", "  arn: " + arn + "\n  issuer:"));
  world.pass(minutes(30));
  expect_listed("default/second", "is already managed by ");
}

TEST_F(NotReadyTest, ACertificateThatNobodyMayDeleteIsNamed) {
  make_imported();
  ASSERT_TRUE(world.acm()
                  .add_tags_to_certificate(
                      world.placement("legacy").status.arn,
                      {{std::string(ledger::kUidTag), "11111111-2222-3333-4444-555555555555"}})
                  .ok());
  world.remove(Kind::certificate, "legacy");
  world.pass(hours(1));
  expect_listed("default/legacy", "does not carry our tag");
}

TEST_F(NotReadyTest, AnOldCertificateThatIsStillUsedIsNamed) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  ASSERT_TRUE(world.aws.set_in_use(world.placement("shop").status.arn, {kUser}).ok());
  world.apply(replaced(kPublic, "\"*.shop.example.com\"", "www.shop.example.com"));
  world.pass(minutes(30));
  expect_listed("default/shop", "is still used by");
}

TEST_F(NotReadyTest, WhatIsSuspendedIsNotCalledTheSame) {
  make_private();
  world.apply(replaced(kPrivate, "spec:\n", "spec:\n  management: Suspended\n"));
  world.settle();
  expect_listed("default/internal", "management is Suspended");
}

// Two certificates' placements would have one name: the second one never gets its own.
TEST_F(NotReadyTest, ACertificateWithoutAPlacementIsNamed) {
  world.apply(std::string(kAccount) + "---" + replaced(kPublic, "{name: shop}", "{name: a.b}"));
  world.settle();
  world.apply(
      replaced(replaced(kPublic, "{name: shop}", "{name: a}"), "{name: prod}", "{name: b.prod}"));
  world.settle();
  expect_listed("default/a", "belongs to another Certificate");
}

TEST_F(NotReadyTest, ARecordThatIsInTheWayIsNamedByItsZone) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const auto record = *world.placement("shop").status.validation[0].record;
  Hand hand(world.aws, world.clock);
  hand.change("example.com.", "DELETE", record.name, record.value);
  hand.change("example.com.", "CREATE", record.name, "elsewhere.example.com.");
  world.pass(hours(1));
  expect_listed(
      "HostedZone default/" +
          world.store->list({.kind = Kind::hosted_zone}).value().objects.front().meta.name,
      "holds elsewhere.example.com.");
}

}  // namespace
}  // namespace certloop::sim
