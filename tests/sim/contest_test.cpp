// Somebody outside who keeps changing back what certloop puts right (PROTOCOLS 1, "A writer
// outside"): after a few times it stops, and says what changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/typed.h"
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
