// `certloop reconcile` beside a running controller: the request stands in an annotation, the
// controller looks at AWS afresh, forgets failures and contests, and says that it has looked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "loop/controller_lock.h"
#include "store/request_reconcile.h"
#include "store/typed.h"
#include "tests/sim/command_line.h"
#include "tests/sim/hand.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const api::Key kShop{Kind::certificate, "default", "shop"};

class FreshLookTest : public testing::Test {
 protected:
  FreshLookTest() { world.keeps_to_plan = false; }

  void make_shop() {
    world.apply(std::string(kAccount) + "---" + kPublic);
    world.settle();
    arn = world.placement("shop").status.arn;
    ASSERT_THAT(arn, Not(IsEmpty()));
  }
  void ask(const std::string& request, const api::Key& key = kShop) {
    ASSERT_TRUE(store::request_reconcile(*world.store, key, request).ok());
  }
  std::string team() {
    return hand.acm("us-east-1")->list_tags_for_certificate(arn).value().at("team");
  }
  void set_team(const std::string& team) {
    ASSERT_TRUE(hand.acm("us-east-1")->add_tags_to_certificate(arn, {{"team", team}}).ok());
  }

  World world;
  Hand hand{world.aws, world.clock};
  std::string arn;
};

TEST_F(FreshLookTest, SeesAtOnceWhatNobodyHasTold) {
  make_shop();
  set_team("web");
  world.pass(seconds(5));
  ASSERT_EQ(team(), "web") << "the next bulk reading is minutes away";
  ask("first");
  world.pass(seconds(5));
  EXPECT_EQ(team(), "shop");
  EXPECT_EQ(world.certificate("shop").status.last_handled_reconcile, "first");
  EXPECT_EQ(world.placement("shop").status.last_handled_reconcile, "first");
}

TEST_F(FreshLookTest, IsTakenOnceForEachRequest) {
  make_shop();
  ask("first");
  world.pass(seconds(5));
  world.clear();
  world.pass(minutes(2));
  EXPECT_EQ(world.aws.calls().size(), 0U);
  ask("second");
  world.pass(seconds(5));
  EXPECT_GT(world.aws.calls().size(), 0U);
  EXPECT_EQ(world.certificate("shop").status.last_handled_reconcile, "second");
}

TEST_F(FreshLookTest, EndsAContest) {
  make_shop();
  for (int time = 0; time < 4; ++time) {
    set_team("web");
    world.pass(minutes(40));
  }
  ASSERT_EQ(team(), "web");
  ASSERT_THAT(world.condition(world.certificate("shop").status.conditions, "Stalled"),
              StartsWith("True ChangedBack"));
  ask("now");
  world.pass(seconds(30));
  EXPECT_EQ(team(), "shop");
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Stalled"),
              StartsWith("False"));
}

TEST_F(FreshLookTest, WritesAValidationRecordAgainThatWasTakenAwayTooOften) {
  make_shop();
  const auto record = world.placement("shop").status.validation.at(0).record.value();
  const std::string zone = world.placement("shop").status.validation.at(0).hosted_zone;
  const auto slash = zone.find('/');
  ask("now");
  world.pass(seconds(30));
  const auto kept =
      store::get<api::HostedZone>(*world.store, zone.substr(0, slash), zone.substr(slash + 1));
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->status.last_handled_reconcile, "now");
}

TEST_F(FreshLookTest, EndsABackOff) {
  make_shop();
  emulator::Fault fault;
  fault.error_code = "InternalFailure";
  fault.http_status = 500;
  fault.probability = 1;
  world.aws.add_fault(fault);
  ask("broken");
  world.pass(hours(2));  // by now it waits for a quarter of an hour
  EXPECT_EQ(world.certificate("shop").status.last_handled_reconcile, "broken");
  world.aws.clear_faults();
  set_team("web");
  ask("mended");
  world.pass(seconds(30));
  EXPECT_EQ(team(), "shop");
  EXPECT_EQ(world.certificate("shop").status.last_handled_reconcile, "mended");
}

TEST_F(FreshLookTest, ReadsThePlaceAgainBeforeItMakesSomething) {
  make_shop();
  std::string other = kPublic;
  for (auto at = other.find("shop"); at != std::string::npos; at = other.find("shop", at + 5))
    other.replace(at, 4, "store");
  world.apply(other);
  ask("new", {Kind::certificate, "default", "store"});
  world.settle();
  EXPECT_THAT(world.condition(world.certificate("store").status.conditions, "Ready"),
              StartsWith("True"));
  EXPECT_EQ(world.certificate("store").status.last_handled_reconcile, "new");
}

TEST_F(FreshLookTest, OfAnAccountAsksWhoseItsCredentialsAre) {
  make_shop();
  world.clear();
  ask("now", {Kind::account, "default", "prod"});
  world.pass(seconds(5));
  EXPECT_EQ(world.account("prod").status.last_handled_reconcile, "now");
  EXPECT_GE(world.count("GetCallerIdentity"), 1U);
}

TEST_F(FreshLookTest, OfAnAuthorityIsSaidInItsStatus) {
  world.apply(std::string(kAccount) + "---" + kAuthority);
  world.settle();
  ask("now", {Kind::certificate_authority, "default", "root"});
  world.pass(seconds(5));
  EXPECT_EQ(world.authority("root").status.last_handled_reconcile, "now");
}

TEST_F(FreshLookTest, IsAskedForAndWaitedForByTheCommandBesideARunningController) {
  make_shop();
  set_team("web");
  const auto lock = loop::ControllerLock::try_acquire(world.store->name(), world.clock);
  ASSERT_TRUE(lock.ok());
  CommandLine cli(world);
  int code = -1;
  std::jthread command([&] { code = cli({"reconcile", "certificate/shop"}); });
  // The controller, until the command has what it waits for.
  std::string said;
  for (int step = 0; step < 200 && said.empty(); ++step) {
    world.store->wait_for_change(std::chrono::milliseconds(200), {});
    world.pass(std::chrono::milliseconds(100));
    said = world.certificate("shop").status.last_handled_reconcile;
  }
  command.join();
  EXPECT_EQ(code, 0) << cli.err;
  EXPECT_THAT(cli.out, HasSubstr("shop is ready"));
  EXPECT_EQ(team(), "shop");
  EXPECT_THAT(world.account("prod").status.last_handled_reconcile, Not(IsEmpty()))
      << "what it refers to is looked at too";
}

TEST_F(FreshLookTest, IsInNoDiffAndStaysWhenTheSameFileIsAppliedAgain) {
  make_shop();
  ask("now");
  world.pass(seconds(5));
  CommandLine cli(world);
  EXPECT_EQ(cli({"diff", "-f", "-"}, kPublic), 0) << cli.out;
  world.apply(kPublic);
  const auto shop = world.store->get(kShop);
  EXPECT_EQ(api::reconcile_request(shop->meta), "now");
  EXPECT_THAT(std::string(shop->meta.managed_fields.text()),
              Not(HasSubstr(api::kReconcileRequested)));
}

}  // namespace
}  // namespace certloop::sim
