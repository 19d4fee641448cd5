#include "frame/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certloop::frame {
namespace {

using api::Truth;
using testing::HasSubstr;

constexpr Time kNow{std::chrono::hours(500000)};

Outcome serving() {
  Outcome outcome;
  outcome.seen = outcome.serves = true;
  outcome.serving_reason = "Issued";
  outcome.serving = "arn:1 can serve";
  return outcome;
}

api::Conditions after(const Outcome& outcome, api::Conditions before = {}) {
  conclude_readiness(before, outcome, 3, kNow);
  return before;
}

std::string said(const api::Conditions& conditions, const char* type) {
  const auto* found = api::find(conditions, type);
  if (found == nullptr) return "absent";
  const char* word = found->status == Truth::yes  ? "True "
                     : found->status == Truth::no ? "False "
                                                  : "Unknown ";
  return word + found->reason + (found->message.empty() ? "" : ": " + found->message);
}

TEST(Readiness, OfWhatServesAndIsAsTheSpecSaysIsTrue) {
  const auto conditions = after(serving());
  EXPECT_EQ(said(conditions, "Ready"), "True Issued: arn:1 can serve");
  EXPECT_EQ(said(conditions, "Reconciling"), "False Settled");
  EXPECT_EQ(said(conditions, "Stalled"), "False NotStalled");
  EXPECT_EQ(api::find(conditions, "Ready")->observed_generation, 3);
}

TEST(Readiness, StaysWhereAnActIsDenied) {
  const Error denied = Error(Code::denied, "no").because("AccessDeniedException");
  Outcome outcome = serving();
  outcome.failure = &denied;
  const auto conditions = after(outcome);
  EXPECT_EQ(said(conditions, "Ready"), "True Issued: arn:1 can serve");
  EXPECT_EQ(said(conditions, "Stalled"), "True AccessDeniedException: no");
  EXPECT_EQ(said(conditions, "Reconciling"), "False Settled");
}

TEST(Readiness, StaysWhereAReadingFails) {
  const Error away(Code::unavailable, "no answer");
  Outcome outcome = serving();
  outcome.seen = false;
  outcome.failure = &away;
  const auto conditions = after(outcome, after(serving()));
  EXPECT_EQ(said(conditions, "Ready"), "True Issued: arn:1 can serve");
  EXPECT_THAT(said(conditions, "Reconciling"), HasSubstr("no answer"));
}

// What was refused before (it belongs to somebody else, say) is not ready because nobody can look.
TEST(Readiness, DoesNotComeBackInAPassThatHasNotSeenIt) {
  Outcome refused = serving();
  refused.stalled = true;
  refused.reason = "ForeignOwner";
  const auto before = after(refused);
  ASSERT_EQ(said(before, "Ready"), "False ForeignOwner");
  Outcome unseen = serving();
  unseen.seen = false;
  unseen.stalled = unseen.serves_on = true;
  unseen.reason = "AccountNotReady";
  EXPECT_EQ(said(after(unseen, before), "Ready"), "False AccountNotReady");
  EXPECT_EQ(said(after(serving(), before), "Ready"), "True Issued: arn:1 can serve");
}

TEST(Readiness, GoesWithWhatTheSpecAsksForAndDoesNotHave) {
  Outcome outcome = serving();
  outcome.stalled = true;
  outcome.reason = "NamesMismatch";
  EXPECT_EQ(said(after(outcome), "Ready"), "False NamesMismatch");
  outcome.serves_on = true;
  EXPECT_EQ(said(after(outcome), "Ready"), "True Issued: arn:1 can serve");
}

TEST(Readiness, IsUnknownWhileSuspendedAndFalseWhileDeleted) {
  Outcome suspended = serving();
  suspended.suspended = true;
  suspended.reason = "Suspended";
  const auto resting = after(suspended);
  EXPECT_EQ(said(resting, "Ready"), "Unknown Suspended");
  EXPECT_EQ(said(resting, "Reconciling"), "False Settled");
  Outcome deleted = serving();
  deleted.deleted = true;
  deleted.reason = "Deleting";
  EXPECT_EQ(said(after(deleted), "Ready"), "False Deleting");
}

TEST(Readiness, WhatIsStillUnderWayIsReconcilingThoughItServes) {
  Outcome outcome = serving();
  outcome.busy = true;
  outcome.reason = "Tagging";
  const auto conditions = after(outcome);
  EXPECT_EQ(said(conditions, "Ready"), "True Issued: arn:1 can serve");
  EXPECT_EQ(said(conditions, "Reconciling"), "True Tagging");
}

}  // namespace
}  // namespace certloop::frame
