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
  EXPECT_EQ(waited, milliseconds(40 + 80 + 120)) << "one turn more each time";
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

// A look that makes `needed` calls, each of which needs a turn; a turn comes every 500 ms.
struct Look {
  int needed;
  double turns = 0;
  int tries = 0;

  Result<int> operator()() {
    ++tries;
    for (int call = 0; call < needed; ++call) {
      if (turns < 1)
        return Error(Code::throttled, "not its turn").after(std::chrono::milliseconds(500));
      turns -= 1;
    }
    return tries;
  }
};

TEST(Patience, FindsAsManyTurnsAsALookNeeds) {
  for (const int needed : {1, 2, 4}) {
    SCOPED_TRACE(needed);
    Look look{needed};
    const WaitForTurn wait = [&](Duration wait) -> Result<void> {
      look.turns += static_cast<double>(wait / std::chrono::milliseconds(500));
      return {};
    };
    const auto answer = patiently(wait, [&] { return look(); });
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(*answer, needed + 1);
  }
}

}  // namespace
}  // namespace certloop::aws
