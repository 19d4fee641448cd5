// Somebody outside who keeps changing back what certloop puts right (PROTOCOLS 1, "A writer
// outside"): after a few times it stops, and says what changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/issue.h"
#include "store/typed.h"
#include "tests/sim/command_line.h"
#include "tests/sim/hand.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Contest, ATagThatSomebodyKeepsChangingIsLeftForADayAndNamed) {
  World world;
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const std::string arn = world.placement("shop").status.arn;
  Hand hand(world.aws, world.clock);
  const auto team = [&] {
    return hand.acm("us-east-1")->list_tags_for_certificate(arn).value().at("team");
  };
  int put_right = 0;
  for (int time = 0; time < 8; ++time) {
    ASSERT_TRUE(hand.acm("us-east-1")->add_tags_to_certificate(arn, {{"team", "web"}}).ok());
    world.pass(minutes(40));
    put_right += team() == "shop" ? 1 : 0;
  }
  EXPECT_EQ(put_right, 3);
  const auto conditions = world.certificate("shop").status.conditions;
  EXPECT_THAT(world.condition(conditions, "Stalled"),
              AllOf(StartsWith("True ChangedBack"), HasSubstr("spec.tags.team (now web)")));
  EXPECT_THAT(world.condition(conditions, "InSync"), StartsWith("False"));
  EXPECT_THAT(world.condition(conditions, "Ready"), StartsWith("True")) << "it serves";
  world.keeps_to_plan = false;  // it was planned while the contest lasted
  world.pass(hours(26));
  EXPECT_EQ(team(), "shop") << "the other writer has stopped";
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Stalled"),
              StartsWith("False"));
}

TEST(Contest, AnEditOfTheSpecIsCarriedOutAtOnce) {
  World world;
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const std::string arn = world.placement("shop").status.arn;
  Hand hand(world.aws, world.clock);
  for (int time = 0; time < 4; ++time) {
    ASSERT_TRUE(hand.acm("us-east-1")->add_tags_to_certificate(arn, {{"team", "web"}}).ok());
    world.pass(minutes(40));
  }
  std::string edited = kPublic;
  edited.replace(edited.find("{team: shop}"), 12, "{team: store}");
  world.apply(edited);
  world.settle();
  EXPECT_EQ(hand.acm("us-east-1")->list_tags_for_certificate(arn).value().at("team"), "store");
}

// "legacy", and somebody who imports another certificate over it.
class ContestedImport : public testing::Test {
 protected:
  ContestedImport() {
    world.keeps_to_plan = false;
    world.apply(std::string(kAccount) + "---\n" + secret(1) + "---" + imported_spec());
    world.settle();
    arn = world.placement("legacy").status.arn;
    for (int time = 0; time < 5; ++time) {
      import_another(100 + time);
      world.pass(minutes(40));
    }
  }
  std::string secret(int serial) {
    return tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), serial);
  }
  void import_another(int serial) {
    const auto key = pki::PrivateKey::generate(pki::KeyAlgorithm::ec_prime256v1).value();
    pki::Template what;
    what.serial = std::string(1, static_cast<char>(serial));
    what.subject.attributes = {{"CN", "legacy.example.com"}};
    what.public_key_der = key.public_key_der();
    what.names.dns = {"legacy.example.com"};
    what.not_before = world.clock.now() - hours(1);
    what.not_after = world.clock.now() + std::chrono::days(90);
    what.key_usages = {"DIGITAL_SIGNATURE"};
    what.extended_key_usages = {"TLS_WEB_SERVER_AUTHENTICATION"};
    aws::ImportCertificate request;
    request.certificate_arn = arn;
    request.certificate = pki::issue(what, key, std::nullopt).value().pem();
    request.private_key = key.to_pem();
    ASSERT_TRUE(Hand(world.aws, world.clock).acm("us-east-1")->import_certificate(request).ok());
  }
  std::string stalled() {
    return world.condition(world.placement("legacy").status.conditions, "Stalled");
  }

  World world;
  std::string arn;
};

TEST_F(ContestedImport, ANewSecretIsANewWish) {
  ASSERT_THAT(stalled(), StartsWith("True ChangedBack"));
  world.clear();
  world.apply(secret(2));
  world.pass(minutes(10));
  EXPECT_EQ(world.count("ImportCertificate"), 1U);
  EXPECT_THAT(stalled(), StartsWith("False"));
  // The contest begins anew.
  for (int time = 0; time < 5; ++time) {
    import_another(110 + time);
    world.pass(minutes(40));
  }
  EXPECT_THAT(stalled(), StartsWith("True ChangedBack"));
}

TEST_F(ContestedImport, ReconcilePutsItRightOnceMore) {
  ASSERT_THAT(stalled(), StartsWith("True ChangedBack"));
  world.clear();
  CommandLine cli(world);
  cli({"reconcile", "certificate/legacy", "--timeout=0"});
  world.pass(hours(2));
  EXPECT_EQ(world.count("ImportCertificate"), 1U);
  EXPECT_THAT(stalled(), StartsWith("False"));
}

TEST(Contest, ReconcilePutsAnAuthorityAndARecordRightOnceMore) {
  World world;
  world.keeps_to_plan = false;
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPublic);
  world.settle();
  const std::string arn = world.authority("root").status.arn;
  const auto record = world.placement("shop").status.validation.front().record.value();
  Hand hand(world.aws, world.clock);
  const auto pca = hand.acm_pca("us-east-1");
  const std::size_t records = hand.records("example.com.");
  for (int time = 0; time < 5; ++time) {
    (void)pca->update_certificate_authority(arn, "DISABLED", {});
    if (hand.records("example.com.") == records)
      hand.change("example.com.", "DELETE", record.name, record.value);
    world.pass(hours(3));
  }
  ASSERT_EQ(pca->describe_certificate_authority(arn).value().status, "DISABLED");
  ASSERT_LT(hand.records("example.com."), records);
  CommandLine cli(world);
  cli({"reconcile", "certificateauthority/root", "certificate/shop", "--timeout=0"});
  world.pass(hours(2));
  EXPECT_EQ(pca->describe_certificate_authority(arn).value().status, "ACTIVE");
  world.pass(minutes(40));
  EXPECT_EQ(hand.records("example.com."), records);
}

TEST(Contest, AnAuthorityThatSomebodyKeepsDisablingStaysDisabled) {
  World world;
  world.apply(std::string(kAccount) + "---" + kAuthority);
  world.settle();
  const std::string arn = world.authority("root").status.arn;
  Hand hand(world.aws, world.clock);
  const auto pca = hand.acm_pca("us-east-1");
  int enabled = 0;
  for (int time = 0; time < 6; ++time) {
    ASSERT_TRUE(pca->update_certificate_authority(arn, "DISABLED", {}).ok());
    world.pass(hours(2));
    enabled += pca->describe_certificate_authority(arn).value().status == "ACTIVE" ? 1 : 0;
  }
  EXPECT_EQ(enabled, 3);
  EXPECT_THAT(world.condition(world.authority("root").status.conditions, "Stalled"),
              AllOf(StartsWith("True ChangedBack"), HasSubstr("spec.state (now DISABLED)")));
}

TEST(Contest, ARecordThatSomebodyKeepsRemovingIsLeftOutAndNamed) {
  World world;
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const auto record = world.placement("shop").status.validation.front().record.value();
  Hand hand(world.aws, world.clock);
  const auto records = [&] { return hand.records("example.com."); };
  int written = 0;
  for (int time = 0; time < 6; ++time) {
    const std::size_t before = records();
    hand.change("example.com.", "DELETE", record.name, record.value);
    world.pass(hours(3));
    if (records() != before) break;
    ++written;
  }
  EXPECT_EQ(written, 3);
  const auto zones = store::list<api::HostedZone>(*world.store).value();
  ASSERT_EQ(zones.size(), 1U);
  EXPECT_THAT(world.condition(zones.front().status.conditions, "Ready"),
              HasSubstr("keeps removing " + record.name));
}

}  // namespace
}  // namespace certloop::sim
