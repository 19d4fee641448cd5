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
    for (int i = 0; i < times; ++i) fail();
  }
  // One try after a pause, which fails too.
  void try_and_fail() {
    ASSERT_TRUE(breaker_.allow(acm_).ok());
    fail();
  }
  std::string fail() {
    return breaker_.failed(acm_, Error(Code::unavailable, "connection refused")).message();
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
            "acm in us-east-1 has not answered account payments/prod since 1970-01-01T00:00:00Z: "
            "connection refused; it is tried again at least every 15m");
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

// A status that quotes them is written once, not at every try of a long outage.
TEST_F(CircuitBreakerTest, SaysTheSameForAsLongAsTheTroubleLasts) {
  EXPECT_EQ(fail(), "connection refused");
  clock_.advance(seconds(3));
  fail(2);
  const std::string words = breaker_.allow(acm_).error().message();
  for (int i = 0; i < 10; ++i) {
    clock_.advance(minutes(15));
    ASSERT_TRUE(breaker_.allow(acm_).ok());
    EXPECT_EQ(fail(), words);
    EXPECT_EQ(breaker_.allow(acm_).error().message(), words);
  }
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
