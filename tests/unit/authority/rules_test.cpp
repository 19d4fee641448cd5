// Every rule of the planner: what is found, and what is then done and said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/authority/authority.h"

namespace certloop::authority {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

const char* const kNothing = "nothing";

std::string name_of(const std::optional<Action>& action) {
  static constexpr const char* kNames[] = {
      "create", "issue", "import", "permit",  "tag",     "untag",     "update revocation", "enable",
      "disable", "delete", "restore", "recover", "take over", "let go", "wait"};
  return action ? kNames[action->index()] : kNothing;
}

struct Row {
  const char* sentence;
  std::function<void(Situation&)> bend;
  const char* reason;
  const char* action;
  bool stalled = false;
};

const Error kDenied = Error(Code::denied, "no").because("AccessDeniedException");
const Error kUnavailable = Error(Code::unavailable, "no answer").because("Unavailable");

api::PendingCall open_call() {
  api::PendingCall call;
  call.id = "uid-1.3";
  call.call = "acm-pca:CreateCertificateAuthority";
  call.sent = call.first_sent = kNow;
  return call;
}

const Row kRows[] = {
    {"WhatIsAsTheSpecSaysIsLeftAlone", [](auto&) {}, "Active", kNothing},
    {"ASuspendedOneIsNotTouched",
     [](auto& s) { s.observed.management = api::Management::suspended; }, "Suspended", kNothing},

    // The account.
    {"AnAccountThatCannotBeUsedSaysWhy",
     [](auto& s) { s.observed.account = Problem{"AccountNotReady", "no keys", false}; },
     "AccountNotReady", kNothing},
    {"OneThatWasNeverMadeGoesWithoutAnAccount",
     [](auto& s) {
       s.nothing_made();
       s.remove(true);
       s.observed.account = Problem{"ReferenceNotFound", "not found", true};
     },
     "Deleted", "let go"},
    {"OneThatMayBeInAwsWaitsForItsAccount",
     [](auto& s) {
       s.remove(true);
       s.observed.account = Problem{"ReferenceNotFound", "not found", true};
     },
     "ReferenceNotFound", kNothing, true},
    {"NothingNewIsMadeWithAnAccountThatIsBeingDeleted",
     [](auto& s) {
       s.nothing_made();
       s.observed.creation_refused = Problem{"AccountDeleting", "being deleted", true};
     },
     "AccountDeleting", kNothing, true},
    {"NothingIsAdoptedWithAnAccountThatIsBeingDeleted",
     [](auto& s) {
       s.adopt();
       s.observed.creation_refused = Problem{"AccountDeleting", "being deleted", true};
     },
     "AccountDeleting", kNothing, true},
    {"WhatExistsIsKeptWithAnAccountThatIsBeingDeleted",
     [](auto& s) {
       s.set_tag("team", "web");
       s.observed.creation_refused = Problem{"AccountDeleting", "being deleted", true};
     },
     "Tagging", "tag"},

    // Open calls.
    {"AnOpenCallIsSettledFirst",
     [](auto& s) {
       s.observed.known.pending = open_call();
       s.observed.recovery = ledger::Adopt{kOtherArn};
     },
     "RecoveringCall", "recover"},
    {"AnOpenCallIsWaitedForWhileItMaySettle",
     [](auto& s) {
       s.observed.known.pending = open_call();
       s.observed.recovery = ledger::WaitUntil{kNow + minutes(1)};
     },
     "RecoveringCall", "wait"},
    {"AnOpenCallThatCannotBeLookedForHoldsEverythingElse",
     [](auto& s) {
       s.observed.known.pending = open_call();
       s.observed.recovery = ledger::Look{};
       s.observed.unread.open_call = kDenied;
     },
     "AccessDeniedException", "wait", true},
    {"ObserveSendsNothingAgain",
     [](auto& s) {
       s.observed.management = api::Management::observe;
       s.observed.known.pending = open_call();
       s.observed.recovery = ledger::Resend{};
     },
     "RecoveringCall", "wait"},

    // Presence.
    {"OneNotFoundIsNoProof", [](auto& s) { s.set_absent(Presence::unknown); }, "Unknown", "wait"},
    {"OneNotFoundReleasesNothing",
     [](auto& s) {
       s.set_absent(Presence::unknown);
       s.remove(false);
     },
     "Unknown", "wait"},
    {"OneNotFoundLetsGoOfNothing",
     [](auto& s) {
       s.set_absent(Presence::unknown);
       s.remove(true);
       s.confirm();
     },
     "Unknown", "wait"},
    {"AnAbsenceThatCouldNotBeConfirmedSaysWhy",
     [](auto& s) {
       s.set_absent(Presence::unknown);
       s.observed.unread.others = kDenied;
     },
     "AccessDeniedException", "wait", true},
    {"WhatIsMissingIsMade", [](auto& s) { s.nothing_made(); }, "Creating", "create"},
    {"WhatWasDeletedForGoodIsReplaced", [](auto& s) { s.set_absent(Presence::absent); },
     "Creating", "create"},
    {"NothingIsMadeUntilTheOtherCAsHaveBeenRead",
     [](auto& s) {
       s.nothing_made();
       s.observed.unread.others = kUnavailable;
     },
     "Unavailable", "wait"},
    {"ACreationThatFailedIsTriedAgainLater",
     [](auto& s) {
       s.nothing_made();
       s.observed.known.next_attempt = kNow + minutes(3);
     },
     "BackingOff", "wait"},
    {"AnArnThatDoesNotExistIsNotMade",
     [](auto& s) {
       s.nothing_made();
       s.authority.spec.acm_pca.arn = kArn;
     },
     "Missing", kNothing, true},

    // Whose it is.
    {"OneOfOursThatTheStatusLostIsTakenOver",
     [](auto& s) {
       s.nothing_made();
       s.observed.owned = {s.candidate("ACTIVE", "uid-1")};
     },
     "Adopting", "take over"},
    {"OneOfAnotherStateIsNotTakenOver",
     [](auto& s) {
       s.nothing_made();
       s.observed.owned = {s.candidate("ACTIVE", "uid-2")};
     },
     "ForeignUid", kNothing, true},
    {"OneOfALostStateIsTakenOverIfTheOperatorSaysSo",
     [](auto& s) {
       s.nothing_made();
       s.observed.owned = {s.candidate("ACTIVE", "uid-2")};
       s.observed.may_take_over = true;
     },
     "Adopting", "take over"},
    {"OursThatAnotherStateHasMarkedIsNotMarkedBack",
     [](auto& s) { s.set_tag(ledger::kUidTag, "uid-2"); }, "ForeignUid", kNothing, true},
    {"OursThatALostStateHadMarkedIsMarkedIfTheOperatorSaysSo",
     [](auto& s) {
       s.set_tag(ledger::kUidTag, "uid-2");
       s.observed.may_take_over = true;
     },
     "Tagging", "tag"},
    {"OursWithoutOurTagsGetsThemBack",
     [](auto& s) {
       s.set_tag(ledger::kUidTag, "");
       s.set_tag(ledger::kOwnerTag, "");
     },
     "Tagging", "tag"},
    {"OursWithAStaleUidThatNobodyClaimsGetsOursBack",
     [](auto& s) {
       s.set_tag(ledger::kUidTag, "uid-0");
       s.set_tag(ledger::kOwnerTag, "");
     },
     "Tagging", "tag"},
    {"OneThatAnotherObjectOwnsIsNotTouched", [](auto& s) { s.owned_by("default/default/other"); },
     "OwnedByOther", kNothing, true},
    {"OneOfAnotherInstallationIsNotTouched", [](auto& s) { s.owned_by("other/default/root"); },
     "ForeignOwner", kNothing, true},
    {"AnOwnerTagThatAwsWouldRefuseIsSaid", [](auto& s) { s.observed.installation = "a#b"; },
     "OwnerTagInvalid", kNothing, true},
    {"AnotherArnThatTheSpecNamesLaterIsSaid",
     [](auto& s) { s.authority.spec.acm_pca.arn = kOtherArn; }, "ArnChanged", kNothing, true},
    {"AnAdoptedOneIsMarked", [](auto& s) { s.adopt(); }, "Adopting", "tag"},
    {"AnAdoptedOneIsNotMarkedUnderObserve",
     [](auto& s) {
       s.adopt();
       s.observed.management = api::Management::observe;
     },
     "Adoption", kNothing},
    {"AnAdoptedOneWhoseTagsCannotBeReadIsNotMarked",
     [](auto& s) {
       s.adopt();
       s.observed.tags_known = false;
       s.observed.unread.tags = kUnavailable;
     },
     "Unavailable", "wait"},

    // The way to ACTIVE.
    {"OneThatAwsIsMakingIsWaitedFor", [](auto& s) { s.set_status("CREATING"); }, "Creating",
     "wait"},
    {"APendingOneSignsItself", [](auto& s) { s.set_status("PENDING_CERTIFICATE"); },
     "InstallingCertificate", "issue"},
    {"ACertificateThatIsBeingIssuedIsWaitedFor",
     [](auto& s) {
       s.set_status("PENDING_CERTIFICATE");
       s.observed.issuance = Issuance::running;
     },
     "InstallingCertificate", "wait"},
    {"ACertificateThatWasIssuedIsImported",
     [](auto& s) {
       s.set_status("PENDING_CERTIFICATE");
       s.observed.issuance = Issuance::issued;
     },
     "InstallingCertificate", "import"},
    {"ACertificateThatAwsFailedIsRequestedAgain",
     [](auto& s) {
       s.set_status("PENDING_CERTIFICATE");
       s.observed.issuance = Issuance::failed;
     },
     "InstallingCertificate", "issue"},
    {"ACertificateThatAwsFailedTwiceIsRequestedLater",
     [](auto& s) {
       s.set_status("PENDING_CERTIFICATE");
       s.observed.issuance = Issuance::failed;
       s.observed.known.next_attempt = kNow + minutes(1);
     },
     "BackingOff", "wait"},
    {"ACertificateThatMayNotBeFetchedSaysSo",
     [](auto& s) {
       s.set_status("PENDING_CERTIFICATE");
       s.observed.issuance = Issuance::running;
       s.observed.unread.issued = kDenied;
     },
     "AccessDeniedException", "wait", true},
    {"ADisabledOneIsEnabled", [](auto& s) { s.set_status("DISABLED"); }, "Enabling", "enable"},
    {"ADeletedOneIsRestored", [](auto& s) { s.set_status("DELETED"); }, "Restoring", "restore"},
    {"ADeletedOneThatWasNotOursIsNotRestored",
     [](auto& s) {
       s.adopt();
       s.set_status("DELETED");
     },
     "NotActive", kNothing, true},
    {"ADeletedOneBeyondItsRestoreWindowIsReplaced",
     [](auto& s) {
       s.set_status("DELETED");
       s.observed.detail.restorable_until = kNow - hours(1);
     },
     "Creating", "create"},
    {"OneThatFailedIsDeletedAndMadeAnew", [](auto& s) { s.set_status("FAILED"); }, "Replacing",
     "delete"},
    {"AnAdoptedOneThatFailedIsLeftToAPerson",
     [](auto& s) {
       s.authority.spec.acm_pca.arn = kArn;
       s.set_status("FAILED");
     },
     "NotActive", kNothing, true},
    {"AnExpiredOneIsLeftToAPerson", [](auto& s) { s.set_status("EXPIRED"); }, "NotActive", kNothing,
     true},
    {"AStatusOfTheFutureIsLookedAtAgain", [](auto& s) { s.set_status("ARCHIVED"); },
     "StatusUnknown", "wait"},

    // Changes.
    {"AnotherKeyIsNotReplaced",
     [](auto& s) { s.authority.spec.acm_pca.key_algorithm = "EC_secp384r1"; }, "ReplacementHeld",
     kNothing, true},
    {"AnotherSubjectIsNotInstalled",
     [](auto& s) {
       s.set_status("PENDING_CERTIFICATE");
       s.authority.spec.acm_pca.subject.common_name = "Other";
     },
     "ReplacementHeld", kNothing, true},
    {"ThePermissionToRenewIsGiven", [](auto& s) { s.observed.known.acm_may_renew = false; },
     "GrantingRenewal", "permit"},
    {"ARevocationThatDiffersIsUpdated",
     [](auto& s) { s.authority.spec.acm_pca.revocation.ocsp_enabled = true; }, "Updating",
     "update revocation"},
    {"ATagThatDiffersIsSet", [](auto& s) { s.set_tag("team", "web"); }, "Tagging", "tag"},
    {"TagsThatCouldNotBeReadAreNotSet",
     [](auto& s) {
       s.set_tag("team", "web");
       s.observed.tags_known = false;
       s.observed.unread.tags = kUnavailable;
     },
     "Unavailable", "wait"},
    {"AChainThatCouldNotBeReadTakesNothing", [](auto& s) { s.observed.unread.chain = kDenied; },
     "AccessDeniedException", "wait"},
    {"ObserveChangesNothing",
     [](auto& s) {
       s.set_tag("team", "web");
       s.observed.management = api::Management::observe;
     },
     "Drift", kNothing},

    // Deletion.
    {"ARetainedOneLosesOurTags", [](auto& s) { s.remove(false); }, "Releasing", "untag"},
    {"ARetainedOneThatIsNotOursJustGoes",
     [](auto& s) {
       s.remove(false);
       s.owned_by("other/default/root");
     },
     "Released", "let go"},
    {"ARetainedOneWhoseTagsCannotBeReadIsHeld",
     [](auto& s) {
       s.remove(false);
       s.observed.tags_known = false;
       s.observed.unread.tags = kUnavailable;
     },
     "Unavailable", "wait"},
    {"AnObservedOneGoesAsItIs",
     [](auto& s) {
       s.remove(true);
       s.observed.management = api::Management::observe;
       s.observed.dependants = {"Placement default/shop"};
     },
     "Released", "let go"},
    {"ADeletionIsAskedForTwice", [](auto& s) { s.remove(true); }, "ConfirmationNeeded", kNothing},
    {"AConfirmedOneIsDisabledFirst",
     [](auto& s) {
       s.remove(true);
       s.confirm();
     },
     "Deleting", "disable"},
    {"ADisabledOneIsDeleted",
     [](auto& s) {
       s.remove(true);
       s.confirm();
       s.set_status("DISABLED");
     },
     "Deleting", "delete"},
    {"AnExpiredOneIsDeleted",
     [](auto& s) {
       s.remove(true);
       s.confirm();
       s.set_status("EXPIRED");
     },
     "Deleting", "delete"},
    {"OneThatCertificatesDependOnIsNotDeleted",
     [](auto& s) {
       s.remove(true);
       s.confirm();
       s.observed.dependants = {"Placement default/shop"};
     },
     "HasDependants", "wait"},
    {"OneThatOthersHaveCertificatesByIsNotDeleted",
     [](auto& s) {
       s.remove(true);
       s.confirm();
       s.observed.foreign_dependants = {"arn:1 (api.example.com)"};
     },
     "HasDependants", "wait"},
    {"OneThatIsNotProvenOursIsNotDeleted",
     [](auto& s) {
       s.remove(true);
       s.set_tag(ledger::kUidTag, "uid-2");
     },
     "OwnershipUnproven", kNothing, true},
    {"OneThatWasOnlyComparedIsNotDeleted",
     [](auto& s) {
       s.adopt();
       s.remove(true);
     },
     "OwnershipUnproven", kNothing, true},
    {"OursWithoutOurTagsIsMarkedBeforeItIsDeleted",
     [](auto& s) {
       s.remove(true);
       s.confirm();
       s.set_tag(ledger::kUidTag, "");
       s.set_tag(ledger::kOwnerTag, "");
     },
     "Tagging", "tag"},
    {"OneWhoseTagsCannotBeReadIsNotDeleted",
     [](auto& s) {
       s.remove(true);
       s.confirm();
       s.observed.tags_known = false;
       s.observed.unread.tags = kUnavailable;
     },
     "Unavailable", "wait"},
    {"OneThatIsGoneLetsGo",
     [](auto& s) {
       s.remove(true);
       s.set_absent(Presence::absent);
     },
     "Deleted", "let go"},
    {"OneThatIsDeletedInAwsLetsGo",
     [](auto& s) {
       s.remove(true);
       s.set_status("DELETED");
     },
     "Deleted", "let go"},
    {"AnotherOneOfOursGoesWithIt",
     [](auto& s) {
       s.remove(true);
       s.set_status("DELETED");
       s.observed.owned = {s.candidate("ACTIVE", "uid-1")};
     },
     "Adopting", "take over"},
    {"OneOfAnotherStateDoesNotGoWithIt",
     [](auto& s) {
       s.remove(true);
       s.set_absent(Presence::absent);
       s.observed.owned = {s.candidate("ACTIVE", "uid-2")};
     },
     "Deleted", "let go"},
    {"NothingIsLetGoWhileTheOtherCAsAreUnread",
     [](auto& s) {
       s.remove(true);
       s.set_absent(Presence::absent);
       s.observed.unread.others = kUnavailable;
     },
     "Unavailable", "wait"},
    {"ADuplicateIsDeleted",
     [](auto& s) { s.observed.owned = {s.candidate("PENDING_CERTIFICATE", "uid-1")}; },
     "DeletingDuplicate", "delete"},
    {"ADuplicateThatMayHaveServedIsNotDeleted",
     [](auto& s) { s.observed.owned = {s.candidate("ACTIVE", "uid-1")}; }, "Active", kNothing},
    {"ACaOfAnotherStateIsNoDuplicate",
     [](auto& s) { s.observed.owned = {s.candidate("PENDING_CERTIFICATE", "uid-2")}; }, "Active",
     kNothing},
};

class AuthorityRules : public testing::TestWithParam<Row> {};

TEST_P(AuthorityRules, Decides) {
  Situation situation;
  GetParam().bend(situation);
  const Decision decision = situation.decide();
  EXPECT_EQ(decision.reason, GetParam().reason) << decision.message;
  EXPECT_EQ(name_of(decision.action), GetParam().action) << decision.message;
  EXPECT_EQ(decision.stalled, GetParam().stalled) << decision.message;
}

INSTANTIATE_TEST_SUITE_P(Rules, AuthorityRules, testing::ValuesIn(kRows),
                         [](const auto& row) { return std::string(row.param.sentence); });

TEST(AuthorityDifferences, OwnershipTagsThatAreMissingOrStaleAreDrift) {
  Situation situation;
  situation.set_tag(ledger::kUidTag, "");
  auto rows = differences(situation.authority, situation.observed);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].path, "tags[certloop.dev/uid]");
  EXPECT_EQ(rows[0].drift_class, api::DriftClass::missing);
  situation.set_tag(ledger::kUidTag, "uid-2");
  rows = differences(situation.authority, situation.observed);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].found, "uid-2");
}

TEST(AuthorityDifferences, WhatIsYetToBeAdoptedLacksNoTag) {
  Situation situation;
  situation.adopt();
  EXPECT_TRUE(differences(situation.authority, situation.observed).empty());
}

TEST(AuthorityRules, BothRemediesForACaOfAnotherStateAreNamed) {
  Situation situation;
  situation.set_tag(ledger::kUidTag, "uid-2");
  EXPECT_THAT(situation.decide().message,
              testing::AllOf(HasSubstr("--take-over-lost-state"), HasSubstr("--installation")));
}

TEST(AuthorityRules, AttemptsThatFailGrowRarerUpToABound) {
  EXPECT_EQ(attempt_wait(1), minutes(1));
  EXPECT_EQ(attempt_wait(2), minutes(2));
  EXPECT_EQ(attempt_wait(4), minutes(8));
  EXPECT_EQ(attempt_wait(1'000'000), hours(6));
}

}  // namespace
}  // namespace certloop::authority
