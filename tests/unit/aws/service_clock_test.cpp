#include "aws/service_clock.h"

#include <gtest/gtest.h>

#include "base/timestamp.h"

namespace certloop::aws {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// A machine's clock, which somebody may set while it runs.
class LocalClock final : public Clock {
 public:
  Time now() const override { return right.now() + ahead; }
  Instant tick() const override { return right.tick(); }

  SimClock right{*parse_rfc3339("2026-11-21T12:00:00Z")};
  Duration ahead{0};
};

struct ServiceClockTest : testing::Test {
  LocalClock local;
  ServiceClock clock{local};
  Time right() const { return local.right.now(); }
};

TEST_F(ServiceClockTest, IsTheLocalClockUntilAwsSaysOtherwise) {
  local.ahead = hours(3);
  EXPECT_EQ(clock.now(), right() + hours(3));
  clock.learn(right());
  EXPECT_EQ(clock.now(), right());
  EXPECT_EQ(clock.shifted(), -hours(3));
  local.right.advance(hours(1));
  EXPECT_EQ(clock.now(), right());
}

TEST_F(ServiceClockTest, KeepsToALocalClockThatIsRight) {
  local.ahead = seconds(2);  // an answer says seconds only, and was on its way
  clock.learn(right());
  EXPECT_EQ(clock.now(), right() + seconds(2));
  EXPECT_EQ(clock.shifted(), Duration{0});
}

TEST_F(ServiceClockTest, IsNotMovedByWhoSetsTheLocalClock) {
  clock.learn(right());
  local.ahead = -hours(30);
  EXPECT_EQ(clock.now(), right());
  local.right.advance(minutes(10));
  clock.learn(right());
  EXPECT_EQ(clock.now(), right());
}

TEST_F(ServiceClockTest, FollowsAwsWhenTheMachineHasSlept) {
  clock.learn(right());
  local.ahead = hours(8);  // meanwhile nothing ticked
  clock.learn(local.now());
  EXPECT_EQ(clock.now(), local.now());
  EXPECT_EQ(clock.shifted(), hours(8));
}

}  // namespace
}  // namespace certloop::aws
