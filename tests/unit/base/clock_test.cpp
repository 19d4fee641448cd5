#include "base/clock.h"

#include <gtest/gtest.h>

#include "base/timestamp.h"

namespace certloop {
namespace {

using std::chrono::hours;

TEST(SimClock, StandsStillUntilTold) {
  SimClock clock(*parse_rfc3339("2026-11-21T00:00:00Z"));
  const Instant before = clock.tick();
  EXPECT_EQ(rfc3339(clock.now()), "2026-11-21T00:00:00Z");
  EXPECT_EQ(clock.tick(), before);
  clock.advance(hours(25));
  EXPECT_EQ(rfc3339(clock.now()), "2026-11-22T01:00:00Z");
  EXPECT_EQ(clock.tick() - before, hours(25));
}

TEST(SimClock, NeverGoesBack) {
  SimClock clock(*parse_rfc3339("2026-11-21T00:00:00Z"));
  clock.advance_to(*parse_rfc3339("2026-11-20T00:00:00Z"));
  EXPECT_EQ(rfc3339(clock.now()), "2026-11-21T00:00:00Z");
  const Instant before = clock.tick();
  clock.advance_to(*parse_rfc3339("2026-11-21T02:00:00Z"));
  EXPECT_EQ(rfc3339(clock.now()), "2026-11-21T02:00:00Z");
  EXPECT_EQ(clock.tick() - before, hours(2));
}

TEST(SystemClock, DoesNotRunBackwards) {
  const SystemClock clock;
  const Instant first = clock.tick();
  EXPECT_GE(clock.tick(), first);
  EXPECT_GT(clock.now(), *parse_rfc3339("2020-01-01T00:00:00Z"));
}

}  // namespace
}  // namespace certloop
