#include "loop/unfold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certloop::loop {
namespace {

// A world of one number that should be three; actions are what is added to it.
struct Plan {
  std::vector<int> actions;
};
Plan towards_three(int number) {
  Plan plan;
  for (int i = number; i < 3; ++i) plan.actions.push_back(i + 1);
  return plan;
}
std::string name_of(int action) { return "SetTo" + std::to_string(action); }

TEST(Unfold, RepeatsPlanAndAssumeUntilNothingIsLeft) {
  const auto steps = unfold(
      0, towards_three, [](int, int action) { return action; }, name_of);
  ASSERT_TRUE(steps.ok());
  EXPECT_THAT(*steps, testing::ElementsAre(1, 2, 3));
}

TEST(Unfold, OfAWorldThatIsAsItShouldBeIsEmpty) {
  const auto steps = unfold(
      3, towards_three, [](int, int action) { return action; }, name_of);
  ASSERT_TRUE(steps.ok());
  EXPECT_TRUE(steps->empty());
}

TEST(Unfold, NamesTheActionOfAPlanThatNeverEnds) {
  // Step 1 works; step 2 changes nothing, so the plan asks for it for ever.
  const auto steps = unfold(
      0, towards_three, [](int world, int action) { return action == 2 ? world : action; },
      name_of);
  ASSERT_FALSE(steps.ok());
  EXPECT_EQ(steps.error().code(), Code::internal);
  EXPECT_THAT(steps.error().message(), testing::HasSubstr("SetTo2 (49 times)"));
}

TEST(Unfold, AllowsAsManyStepsAsItSays) {
  const auto count_to = [](std::size_t last) {
    return [last](int world) {
      Plan plan;
      if (world < static_cast<int>(last)) plan.actions.push_back(world + 1);
      return plan;
    };
  };
  const auto assume = [](int, int action) { return action; };
  EXPECT_TRUE(unfold(0, count_to(kUnfoldSteps), assume, name_of).ok());
  EXPECT_FALSE(unfold(0, count_to(kUnfoldSteps + 1), assume, name_of).ok());
}

}  // namespace
}  // namespace certloop::loop
