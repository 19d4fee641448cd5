#include "loop/unfold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace certloop::loop {
namespace {

// A world of one number that should be `goal`; an action is the number to set it to.
class Towards {
 public:
  explicit Towards(std::size_t goal) : goal_(static_cast<int>(goal)) {}
  std::optional<int> operator()(int number) const {
    if (number >= goal_) return std::nullopt;
    steps_.push_back(number + 1);
    return number + 1;
  }
  const std::vector<int>& steps() const { return steps_; }

 private:
  int goal_;
  mutable std::vector<int> steps_;
};
int assume(int, int action) { return action; }
std::string name_of(int action) { return "SetTo" + std::to_string(action); }

TEST(Unfold, RepeatsPlanAndAssumeUntilNothingIsLeft) {
  const Towards next(3);
  const auto end = unfold(0, next, assume, name_of);
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(*end, 3);
  EXPECT_THAT(next.steps(), testing::ElementsAre(1, 2, 3));
}

TEST(Unfold, OfAWorldThatIsAsItShouldBeDoesNothing) {
  const Towards next(3);
  EXPECT_EQ(*unfold(7, next, assume, name_of), 7);
  EXPECT_TRUE(next.steps().empty());
}

TEST(Unfold, NamesTheActionOfAPlanThatNeverEnds) {
  // Step 1 works; step 2 changes nothing, so the plan asks for it for ever.
  const auto stuck = [](int world, int action) { return action == 2 ? world : action; };
  const auto end = unfold(0, Towards(3), stuck, name_of);
  ASSERT_FALSE(end.ok());
  EXPECT_EQ(end.error().code(), Code::internal);
  EXPECT_THAT(end.error().message(), testing::HasSubstr("SetTo2 (49 times)"));
}

TEST(Unfold, AllowsAsManyStepsAsItSays) {
  EXPECT_TRUE(unfold(0, Towards(kUnfoldSteps), assume, name_of).ok());
  EXPECT_FALSE(unfold(0, Towards(kUnfoldSteps + 1), assume, name_of).ok());
}

}  // namespace
}  // namespace certloop::loop
