#include "aws/patience.h"

#include <gtest/gtest.h>

namespace certloop::aws {
namespace {

using std::chrono::milliseconds;

Error not_our_turn() { return Error(Code::throttled, "must wait").after(milliseconds(40)); }

TEST(Patience, WaitsUntilItIsItsTurn) {
  Duration waited{};
  int asked = 0;
  const auto answer = patiently(
      [&](Duration wait) -> Result<void> {
        waited += wait;
        return {};
      },
      [&]() -> Result<int> {
        if (++asked < 4) return not_our_turn();
        return 7;
      });
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(*answer, 7);
  EXPECT_EQ(waited, milliseconds(120));
}

TEST(Patience, EndsWithTheProcess) {
  const auto answer =
      patiently([](Duration) -> Result<void> { return Error(Code::cancelled, "x"); },
                []() -> Result<int> { return not_our_turn(); });
  EXPECT_EQ(answer.error().code(), Code::cancelled);
}

TEST(Patience, HasAnEndAndNoneForOtherFailures) {
  int asked = 0;
  const auto always = [&]() -> Result<int> {
    ++asked;
    return not_our_turn();
  };
  EXPECT_EQ(patiently([](Duration) { return Result<void>(); }, always).error().code(),
            Code::throttled);
  EXPECT_EQ(asked, kMostTurnsWaitedFor + 1);
  asked = 0;
  EXPECT_FALSE(patiently(WaitForTurn(), always).ok());
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace certloop::aws
