// What an Account says of its connection: every rule, and how soon it is looked at again.
#include "reconcilers/account/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace certloop::account {
namespace {

using api::Truth;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Time kNow{hours(500'000)};

struct Situation {
  api::Account account;
  Observed observed;

  Situation() {
    account.meta.space = "default";
    account.meta.name = "prod";
    account.spec.regions = {"us-east-1"};
    observed.controller_name = "default";
    observed.identity =
        aws::CallerIdentity{"123456789012", "arn:aws:iam::123456789012:user/a", "A"};
  }
  void fails(Code code, const std::string& reason) {
    observed.identity = Error(code, "sts says no").because(reason);
  }
  void remove(std::size_t users) {
    account.meta.deleted = kNow;
    for (std::size_t i = 0; i < users; ++i)
      observed.users.push_back("Certificate default/c" + std::to_string(i));
  }
};

struct Row {
  const char* sentence;
  std::function<void(Situation&)> bend;
  Truth ready;
  const char* reason;
  Truth credentials_valid;
  bool stalled = false;
  bool may_go = false;
};

const Row kRows[] = {
    {"AcceptedCredentialsMakeItReady", [](auto&) {}, Truth::yes, "CredentialsAccepted", Truth::yes},
    {"ADisabledOneIsNotReady", [](auto& s) { s.account.spec.enabled = false; }, Truth::no,
     "AccountDisabled", Truth::unknown},
    {"ASuspendedOneIsNeitherReadyNorNot",
     [](auto& s) { s.account.spec.management = api::Management::suspended; }, Truth::unknown,
     "Suspended", Truth::unknown},
    {"ASuspensionThatHasEndedCountsNoMore",
     [](auto& s) {
       s.account.spec.management = api::Management::suspended;
       s.account.spec.suspended_until = kNow - hours(1);
     },
     Truth::yes, "CredentialsAccepted", Truth::yes},
    {"OneOfAnotherControllerIsLeftToIt", [](auto& s) { s.account.spec.controller_name = "east"; },
     Truth::no, "NoActiveController", Truth::unknown},
    {"OneThatWasNotAskedAboutIsUnknown", [](auto& s) { s.observed.identity.reset(); },
     Truth::unknown, "NotChecked", Truth::unknown},
    {"RefusedCredentialsNeedAPerson",
     [](auto& s) { s.fails(Code::denied, "InvalidClientTokenId"); }, Truth::no,
     "InvalidClientTokenId", Truth::no, true},
    {"AMissingSecretNeedsAPerson", [](auto& s) { s.fails(Code::not_found, "SecretNotFound"); },
     Truth::no, "SecretNotFound", Truth::unknown, true},
    {"AnStsThatDoesNotAnswerNeedsNobody",
     [](auto& s) { s.fails(Code::unavailable, "EndpointUnreachable"); }, Truth::no,
     "EndpointUnreachable", Truth::unknown},
    {"CredentialsOfAnotherAwsAccountAreRefused",
     [](auto& s) { s.account.spec.account_id = "999999999999"; }, Truth::no, "AccountMismatch",
     Truth::yes, true},
    {"OneThatNobodyUsesMayGo", [](auto& s) { s.remove(0); }, Truth::no, "Deleted", Truth::unknown,
     false, true},
    {"OneThatIsUsedWaitsAndGoesOnServing", [](auto& s) { s.remove(1); }, Truth::no, "InUse",
     Truth::yes},
    {"OneThatIsUsedAndCannotServeSaysBoth",
     [](auto& s) {
       s.remove(1);
       s.fails(Code::denied, "InvalidClientTokenId");
     },
     Truth::no, "InUse", Truth::no, true},
};

class AccountRules : public testing::TestWithParam<Row> {};

TEST_P(AccountRules, Decides) {
  Situation situation;
  GetParam().bend(situation);
  const Verdict verdict = plan(situation.account, situation.observed, kNow);
  EXPECT_EQ(verdict.ready, GetParam().ready) << verdict.message;
  EXPECT_EQ(verdict.reason, GetParam().reason) << verdict.message;
  EXPECT_EQ(verdict.credentials_valid, GetParam().credentials_valid);
  EXPECT_EQ(verdict.stalled, GetParam().stalled);
  EXPECT_EQ(verdict.may_go, GetParam().may_go);
}

INSTANTIATE_TEST_SUITE_P(Rules, AccountRules, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.sentence); });

TEST(AccountRules, ADeletionNamesFiveOfItsDependantsAndCountsTheRest) {
  Situation situation;
  situation.remove(27);
  EXPECT_THAT(plan(situation.account, situation.observed, kNow).message,
              AllOf(HasSubstr("27 dependants (first 5: "), HasSubstr("default/c4"),
                    Not(HasSubstr("default/c5"))));
}

TEST(AccountRules, ADeletionThatCannotCleanUpSaysWhy) {
  Situation situation;
  situation.remove(1);
  situation.fails(Code::denied, "InvalidClientTokenId");
  EXPECT_THAT(plan(situation.account, situation.observed, kNow).message,
              AllOf(HasSubstr("default/c0"), HasSubstr("sts says no")));
}

TEST(AccountRules, OneThatFailsIsLookedAtSoonAndThenOnceAMinute) {
  EXPECT_EQ(retry_wait(kNow, kNow), seconds(1));
  EXPECT_EQ(retry_wait(kNow - seconds(8), kNow), seconds(8));
  EXPECT_EQ(retry_wait(kNow - hours(9), kNow), minutes(1));
  EXPECT_EQ(retry_wait(kNow + hours(1), kNow), seconds(1)) << "the clock was put back";
}

// Asked for at creation and after an edit, and again while something is missing.
TEST(AccountPermissions, AreAskedForOnceUnlessSomethingIsMissing) {
  api::Account account;
  account.meta.generation = 2;
  const auto due_after = [&](const std::string& reason, std::int64_t generation,
                             Duration later = hours(5)) {
    account.status.conditions.clear();
    api::set(account.status.conditions,
             {"PermissionsGranted", Truth::yes, reason, "", generation, kNow});
    return is_due_for_permissions(account, kNow + later);
  };
  EXPECT_TRUE(is_due_for_permissions(account, kNow));
  EXPECT_FALSE(due_after("Granted", 2));
  EXPECT_TRUE(due_after("Granted", 1));
  EXPECT_TRUE(due_after("PermissionsMissing", 2));
  EXPECT_TRUE(due_after("CouldNotAsk", 2));
  EXPECT_TRUE(due_after("SimulatorNotAvailable", 2, hours(1))) << "it may have been a slip";
  EXPECT_FALSE(due_after("SimulatorNotAvailable", 2, hours(2)));
  EXPECT_FALSE(due_after("SimulatorNotAvailable", 2, hours(23)));
  EXPECT_TRUE(due_after("SimulatorNotAvailable", 2, hours(25)));
}

}  // namespace
}  // namespace certloop::account
