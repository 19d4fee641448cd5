#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace certloop {
namespace {

TEST(Random, MakesUuidsOfVersion4) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string uuid = random.uuid();
    EXPECT_THAT(uuid, testing::ContainsRegex("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]"
                                             "{3}-[0-9a-f]{12}$"));
    EXPECT_TRUE(seen.insert(uuid).second);
  }
}

TEST(Random, GivesAsManyBytesAsAsked) {
  SystemRandom system;
  SeededRandom seeded(1);
  for (const std::size_t count : {0U, 1U, 16U, 1000U}) {
    EXPECT_EQ(system.bytes(count).size(), count);
    EXPECT_EQ(seeded.bytes(count).size(), count);
  }
  EXPECT_NE(system.bytes(16), system.bytes(16));
}

TEST(Random, RepeatsItselfFromASeed) {
  SeededRandom first(7), second(7), other(8);
  const std::string bytes = first.bytes(32);
  EXPECT_EQ(second.bytes(32), bytes);
  EXPECT_NE(other.bytes(32), bytes);
  EXPECT_NE(first.bytes(32), bytes);
}

TEST(Random, IsUniformBelowABound) {
  SeededRandom random(1);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60'000; ++i) ++counts.at(random.below(6));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, UnitLiesFromZeroToBelowOne) {
  SeededRandom random(1);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double unit = random.unit();
    ASSERT_GE(unit, 0.0);
    ASSERT_LT(unit, 1.0);
    sum += unit;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

}  // namespace
}  // namespace certloop
