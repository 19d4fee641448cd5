#include "aws/circuit_breaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certloop::aws {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class CircuitBreakerTest : public testing::Test {
 protected:
  void fail(int times) {
    for (int i = 0; i < times; ++i) breaker_.failed(acm_);
  }
  // One try after a pause, which fails too.
  void try_and_fail() {
    ASSERT_TRUE(breaker_.allow(acm_).ok());
    breaker_.failed(acm_);
  }
  // How long it refuses from now on.
  Duration pause() {
    Duration waited{0};
    while (!breaker_.allow(acm_).ok()) {
      clock_.advance(seconds(1));
      waited += seconds(1);
    }
    return waited;
  }

  SimClock clock_{Time{}};
  CircuitBreaker breaker_{clock_};
  const Circuit acm_{"payments/prod", "us-east-1", "acm"};
};

TEST_F(CircuitBreakerTest, StaysClosedBelowThreeFailuresInARow) {
  fail(2);
  EXPECT_TRUE(breaker_.allow(acm_).ok());
  breaker_.succeeded(acm_);
  fail(2);
  EXPECT_TRUE(breaker_.allow(acm_).ok());
}

TEST_F(CircuitBreakerTest, RefusesForAMinuteAfterTheThirdAndSaysWhy) {
  fail(3);
  const auto refused = breaker_.allow(acm_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::unavailable);
  EXPECT_EQ(refused.error().reason(), "EndpointUnreachable");
  EXPECT_EQ(refused.error().retry_after(), minutes(1));
  EXPECT_EQ(refused.error().message(),
            "acm in us-east-1 has not answered account payments/prod 3 times in a row; it is tried "
            "again in 60s");
  EXPECT_EQ(pause(), minutes(1));
}

TEST_F(CircuitBreakerTest, BreaksOneServiceOfOneRegionOfOneAccount) {
  fail(3);
  EXPECT_FALSE(breaker_.allow(acm_).ok());
  EXPECT_TRUE(breaker_.allow({"payments/prod", "us-east-1", "sts"}).ok());
  EXPECT_TRUE(breaker_.allow({"payments/prod", "eu-west-1", "acm"}).ok());
  EXPECT_TRUE(breaker_.allow({"payments/test", "us-east-1", "acm"}).ok());
}

TEST_F(CircuitBreakerTest, LetsOneCallTryAfterThePause) {
  fail(3);
  clock_.advance(minutes(1));
  EXPECT_TRUE(breaker_.allow(acm_).ok());
  EXPECT_FALSE(breaker_.allow(acm_).ok());
  breaker_.succeeded(acm_);
  EXPECT_TRUE(breaker_.allow(acm_).ok());
  EXPECT_TRUE(breaker_.allow(acm_).ok());
}

TEST_F(CircuitBreakerTest, DoublesThePauseUpToFifteenMinutes) {
  fail(3);
  for (const Duration expected : {minutes(1), minutes(2), minutes(4), minutes(8), minutes(15)}) {
    EXPECT_FALSE(breaker_.allow(acm_).ok());
    clock_.advance(expected - seconds(1));
    EXPECT_FALSE(breaker_.allow(acm_).ok());
    clock_.advance(seconds(1));
    try_and_fail();
  }
  EXPECT_EQ(pause(), minutes(15));
}

TEST_F(CircuitBreakerTest, CallsThatWereUnderWayDoNotLengthenThePause) {
  fail(16);
  clock_.advance(seconds(20));
  fail(5);
  EXPECT_EQ(pause(), seconds(40));
}

TEST_F(CircuitBreakerTest, DoesNotWaitForEverForATryThatNeverReports) {
  fail(3);
  clock_.advance(minutes(1));
  ASSERT_TRUE(breaker_.allow(acm_).ok());
  EXPECT_EQ(pause(), minutes(1));
}

}  // namespace
}  // namespace certloop::aws
