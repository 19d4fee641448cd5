// What commands answer where something is missing, mistyped, or on its way out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/timestamp.h"
#include "store/merge.h"
#include "tests/sim/command_line.h"
#include "tests/sim/hand.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Json = nlohmann::json;

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error("the text lacks " + what);
  return text.replace(at, what.size(), by);
}

class CommandsTest : public testing::Test {
 protected:
  World world;
  CommandLine cli{world};
};

TEST_F(CommandsTest, AMistypedNamespaceIsAnError) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  for (const char* command : {"plan", "drift", "expiring"}) {
    SCOPED_TRACE(command);
    EXPECT_EQ(cli({command, "-n", "defualt"}), 2) << cli.out;
    EXPECT_THAT(cli.err, HasSubstr("no objects in namespace defualt (store "));
    EXPECT_THAT(cli.err, HasSubstr("did you mean default?"));
    EXPECT_EQ(cli({command, "-n", "default"}), 0) << cli.out << cli.err;
  }
}

TEST_F(CommandsTest, APlanOfANamespaceHoldsNothingOfOthers) {
  world.apply(std::string(kAccount) + "---" + kPublic + "---" +
              replaced(kPublic, "{name: shop}", "{name: theirs, namespace: team}"));
  EXPECT_EQ(cli({"plan", "-n", "default"}), 1);
  EXPECT_THAT(cli.out, AllOf(HasSubstr("default/shop"), Not(HasSubstr("team/theirs"))));
  EXPECT_NE(cli({"plan"}), 0);
  EXPECT_THAT(cli.out, HasSubstr("team/theirs"));
}

TEST_F(CommandsTest, AnAuthorityWhoseAccountFailsIsNotCalledCompared) {
  world.apply(std::string(kAccount) + "---" + kAuthority);
  world.settle(hours(1));
  world.remove(Kind::secret, "prod-aws");
  for (const char* command : {"plan", "drift"}) {
    SCOPED_TRACE(command);
    EXPECT_EQ(cli({command}), 3);
    EXPECT_THAT(cli.out, AllOf(HasSubstr("  CertificateAuthority default/root in us-east-1: "),
                               HasSubstr("  Account default/prod: ")));
    EXPECT_EQ(cli({command, "certificateauthority/root"}), 3);
    EXPECT_THAT(cli.out, HasSubstr("  CertificateAuthority default/root in us-east-1: "));
  }
}

TEST_F(CommandsTest, ACertificateThatIsGoneDoesNotExpireSomeDay) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const std::string arn = world.placement("shop").status.arn;
  EXPECT_EQ(cli({"expiring"}), 0);
  ASSERT_TRUE(Hand(world.aws, world.clock).acm("us-east-1")->delete_certificate(arn).ok());
  world.clock.advance(minutes(5));  // what was requested a moment ago may not show yet
  for (const char* within : {"--within=7d", "--within=10000d"}) {
    EXPECT_EQ(cli({"expiring", within}), 1) << cli.out;
    EXPECT_THAT(cli.out, AllOf(HasSubstr("default/shop"), HasSubstr("missing"),
                               HasSubstr("was deleted from ACM")));
  }
  EXPECT_EQ(cli({"expiring", "-o", "json"}), 1);
  const Json row = Json::parse(cli.out).at("rows").at(0);
  EXPECT_TRUE(row.at("missing"));
  EXPECT_TRUE(row.at("expires").is_null());
}

TEST_F(CommandsTest, NobodyRenewsAnImportedCertificateWhoseSecretIsGone) {
  world.apply(std::string(kAccount) + "---\n" +
              tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) + "---" +
              imported_spec());
  world.settle();
  EXPECT_EQ(cli({"expiring"}), 0);
  EXPECT_THAT(cli.out, HasSubstr("imported: ACM never renews it"));
  world.remove(Kind::secret, "legacy-tls");
  EXPECT_EQ(cli({"expiring"}), 0);
  EXPECT_THAT(cli.out, HasSubstr("Secret default/legacy-tls not found"));
}

TEST_F(CommandsTest, AnApplyOfWhatIsBeingDeletedSaysSo) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  world.remove(Kind::account, "prod");
  world.pass(minutes(1));
  for (const char* wait : {"--wait=false", "--wait=true"}) {
    SCOPED_TRACE(wait);
    EXPECT_EQ(cli({"apply", "-f", "-", wait, "--timeout=1s"}, kAccount), 1);
    EXPECT_THAT(cli.out, HasSubstr("account.certloop.dev/prod unchanged, but it is being deleted"));
    EXPECT_THAT(cli.err, AllOf(HasSubstr("deletion is waiting for "),
                               HasSubstr("certloop wait account/prod -n default --for=delete"),
                               HasSubstr("apply it again")));
  }
  // A change may be about the deletion itself.
  const std::string changed = replaced(kAccount, "{name: prod}", "{name: prod, labels: {a: b}}");
  EXPECT_EQ(cli({"apply", "-f", "-", "--wait=false"}, changed), 0) << cli.err;
  EXPECT_THAT(cli.out, HasSubstr("prod configured, but it is being deleted"));
}

// What is wrong with it is told without it: it may be what keeps a role from others.
TEST_F(CommandsTest, AnExternalIdIsNotRepeated) {
  const std::string account = replaced(
      kAccount, "  endpointUrl:",
      "  assumeRole: {roleArn: 'arn:aws:iam::123456789012:role/a', externalId: 'pass word'}\n"
      "  endpointUrl:");
  EXPECT_EQ(cli({"apply", "-f", "-", "--dry-run"}, account), 2);
  EXPECT_THAT(cli.err, AllOf(HasSubstr("spec.assumeRole.externalId: "), HasSubstr("(not shown)"),
                             Not(HasSubstr("pass word"))));
}

// What a file says of finalizers would keep its object from ever going.
TEST_F(CommandsTest, NoFileSetsFinalizers) {
  EXPECT_EQ(cli({"apply", "-f", "-", "--wait=false"},
                replaced(kPublic, "{name: shop}", "{name: shop, finalizers: [a.example/b]}")),
            2);
  EXPECT_THAT(cli.err, HasSubstr("metadata.finalizers: only controllers set finalizers"));
}

TEST_F(CommandsTest, WhatIsSuspendedSaysSinceWhenNobodyHasLooked) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const Time looked = world.placement("shop").status.described.value();
  world.apply(replaced(kPublic, "spec:\n", "spec:\n  management: Suspended\n"));
  world.settle();
  world.clock.advance(hours(24 * 3));
  EXPECT_EQ(cli({"expiring"}), 0) << cli.err;
  EXPECT_THAT(cli.out, HasSubstr("nobody has looked at it since " + rfc3339(looked))) << cli.out;
  EXPECT_THAT(cli.out, Not(HasSubstr("ACM renews")));
}

TEST_F(CommandsTest, PlanAndDriftAgreeOnWhatOnlyItsOwnerCanRenew) {
  world.apply(std::string(kAccount) + "---\n" +
              tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) + "---" +
              imported_spec());
  world.settle();
  ASSERT_EQ(cli({"plan"}), 0) << cli.out;
  ASSERT_EQ(cli({"drift"}), 0) << cli.out;
  const Time until = world.placement("legacy").status.not_after.value();
  world.clock.advance(until - hours(24 * 5) - world.clock.now());
  world.keeps_to_plan = false;
  world.settle();
  EXPECT_EQ(cli({"drift"}), 1) << cli.out;
  EXPECT_THAT(cli.out, HasSubstr("Expiring"));
  EXPECT_EQ(cli({"plan"}), 1) << cli.out;
  EXPECT_THAT(cli.out, AllOf(HasSubstr("default/legacy"), HasSubstr("Expiring"),
                             HasSubstr("expires " + date_only(until))));
  EXPECT_THAT(cli.out, Not(HasSubstr("No changes")));
}

TEST_F(CommandsTest, APlanShowsWhatPruningWouldDelete) {
  const std::string blog = replaced(kPublic, "{name: shop}", "{name: blog}");
  world.apply(std::string(kAccount) + "---" + kPublic + "---" + blog);
  world.settle();
  for (const char* name : {"shop", "blog"}) {
    auto object = world.store->get({Kind::certificate, "default", name}).value();
    object.meta.labels[store::kSourceLabel] = "0123";
    ASSERT_TRUE(world.store->edit_metadata(object).ok());
  }
  const std::string left = std::string(kAccount) + "---" + kPublic;
  EXPECT_EQ(cli({"plan", "-f", "-"}, left), 0) << cli.out << cli.err;
  world.clear();
  EXPECT_EQ(cli({"plan", "-f", "-", "--prune"}, left), 1) << cli.out << cli.err;
  EXPECT_THAT(cli.out, AllOf(HasSubstr("default/blog"), HasSubstr("acm DeleteCertificate"),
                             Not(HasSubstr("default/shop"))));
  EXPECT_EQ(cli({"diff", "-f", "-", "--prune"}, left), 1) << cli.out << cli.err;
  EXPECT_THAT(cli.out, AllOf(HasSubstr("-  name: blog"), HasSubstr("acm DeleteCertificate")));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
}

// It is not that there is nothing to do: nobody has looked.
TEST_F(CommandsTest, AZoneIsNotPlannedByItself) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const auto zones = world.store->list({.kind = Kind::hosted_zone}).value().objects;
  ASSERT_EQ(zones.size(), 1U);
  for (const char* command : {"plan", "drift"}) {
    EXPECT_EQ(cli({command, "hostedzone/" + zones.front().meta.name}), 2) << cli.out;
    EXPECT_THAT(cli.err, HasSubstr("with the certificates that need their records"));
    EXPECT_EQ(cli({command, "all"}), 0) << cli.out << cli.err;
  }
}

}  // namespace
}  // namespace certloop::sim
