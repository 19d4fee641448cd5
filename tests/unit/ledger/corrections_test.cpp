#include "ledger/corrections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certloop::ledger {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};
const std::string kTeam = "spec.tags.team";

Corrections corrected(int times, Duration apart) {
  Corrections all;
  for (int i = 0; i < times; ++i) note_corrected(all, {kTeam}, 1, kNow + apart * i);
  return all;
}

TEST(Corrections, AFieldIsContestedOnceItWasPutRightThreeTimes) {
  EXPECT_FALSE(is_contested({}, kTeam, 1, kNow));
  EXPECT_FALSE(is_contested(corrected(2, hours(1)), kTeam, 1, kNow + hours(2)));
  EXPECT_TRUE(is_contested(corrected(3, hours(1)), kTeam, 1, kNow + hours(3)));
  EXPECT_FALSE(is_contested(corrected(3, hours(1)), "spec.tags.cost", 1, kNow + hours(3)));
}

TEST(Corrections, AContestEndsWithADayOrAnEdit) {
  const Corrections all = corrected(3, hours(1));
  EXPECT_TRUE(is_contested(all, kTeam, 1, kNow + hours(25)));
  EXPECT_FALSE(is_contested(all, kTeam, 1, kNow + hours(26)));
  EXPECT_FALSE(is_contested(all, kTeam, 2, kNow + hours(3)));
}

TEST(Corrections, WhatIsPutRightOnceADayIsNoContest) {
  const Corrections all = corrected(9, hours(24));
  EXPECT_THAT(all, SizeIs(1));
  EXPECT_FALSE(is_contested(all, kTeam, 1, kNow + hours(24 * 9)));
}

TEST(Corrections, AContestIsToldWithWhatChangesAndTheRemedy) {
  const Corrections all = corrected(3, hours(1));
  const std::vector<api::Difference> rows = {
      {api::DriftClass::changed, kTeam, "shop", "shop", "web"},
      {api::DriftClass::missing, "spec.tags.cost", "12", "", ""}};
  const std::string text = text_of_contest("arn:1", rows, all, 1, kNow + hours(3));
  EXPECT_THAT(text, HasSubstr("keeps changing arn:1: spec.tags.team (now web). "));
  EXPECT_THAT(text, HasSubstr("stop the other writer"));
  EXPECT_THAT(text_of_contest("arn:1", rows, {}, 1, kNow), IsEmpty());
}

// What is wanted at a path may change though the spec does not: a Secret holds another certificate.
TEST(Corrections, OfAnotherWishAreNoContest) {
  const Wishes first = {{kTeam, "f1"}}, second = {{kTeam, "f2"}};
  Corrections all;
  for (int i = 0; i < 3; ++i) note_corrected(all, {kTeam}, 1, kNow + hours(i), first);
  EXPECT_TRUE(is_contested(all, kTeam, 1, kNow + hours(3), first));
  EXPECT_FALSE(is_contested(all, kTeam, 1, kNow + hours(3), second));
  note_corrected(all, {kTeam}, 1, kNow + hours(3), second);
  EXPECT_EQ(all.size(), 1U);
  EXPECT_FALSE(is_contested(all, kTeam, 1, kNow + hours(4), second));
}

}  // namespace
}  // namespace certloop::ledger
