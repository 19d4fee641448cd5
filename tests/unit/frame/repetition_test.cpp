#include "frame/repetition.h"

#include <gtest/gtest.h>

namespace certloop::frame {
namespace {

using loop::Next;

const api::Key kShop{api::Kind::placement, "default", "shop"};
const api::Key kStore{api::Kind::placement, "default", "store"};

Next::Kind after(Repetition& repetition, const char* act, const api::Key& key = kShop) {
  return repetition.after(key, act, Next::after(Duration{0})).kind();
}

TEST(Repetition, TheSameActInTwoPassesBacksOff) {
  Repetition repetition;
  EXPECT_EQ(after(repetition, "tag"), Next::Kind::after);
  EXPECT_EQ(after(repetition, "tag"), Next::Kind::retry);
  EXPECT_EQ(after(repetition, "tag"), Next::Kind::retry);
}

TEST(Repetition, AnotherActAnotherObjectOrAPassWithoutOneIsNoRepetition) {
  Repetition repetition;
  EXPECT_EQ(after(repetition, "tag"), Next::Kind::after);
  EXPECT_EQ(after(repetition, "tag", kStore), Next::Kind::after);
  EXPECT_EQ(after(repetition, "untag"), Next::Kind::after);
  EXPECT_EQ(after(repetition, "tag"), Next::Kind::after);
  repetition.forget(kShop);
  EXPECT_EQ(after(repetition, "tag"), Next::Kind::after);
}

}  // namespace
}  // namespace certloop::frame
