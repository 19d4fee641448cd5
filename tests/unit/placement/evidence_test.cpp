// Nothing is believed on one reading, and nothing is touched that is not proven ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/ownership.h"
#include "tests/unit/placement/situation.h"

namespace certloop::placement {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string kUidKey{ledger::kUidTag}, kOwnerKey{ledger::kOwnerTag};

Situation deleted(Situation situation, bool retain = false) {
  situation.placement.meta.deleted = kNow;
  situation.placement.spec.retain = retain;
  return situation;
}

Situation in_doubt(Situation situation) {
  situation.observed.presence = Presence::unknown;
  return situation;
}

TEST(Planner, DoesNothingWhileOneReadingSaysThatItIsGone) {
  expect_decisions({
      {"it is not requested again", [] { return in_doubt(serving()); }, "Unknown", "Wait"},
      {"nor imported again", [] { return in_doubt(serving_imported()); }, "Unknown", "Wait"},
      {"nor let go", [] { return in_doubt(deleted(serving())); }, "Unknown", "Wait"},
      {"nor released", [] { return in_doubt(deleted(serving(), true)); }, "Unknown", "Wait"},
      {"nor is another one taken over",
       [] {
         auto s = in_doubt(serving());
         add_candidate(s, kUid);
         return s;
       },
       "Unknown", "Wait"},
  });
}

TEST(Planner, LooksAgainSoonAfterItsOwnRequest) {
  auto young = in_doubt(serving());
  young.known().made = kNow - seconds(5);
  EXPECT_LE(std::get<Wait>(*decide(young).action).wait, seconds(5));
}

TEST(Planner, ReplacesWhatTwoReadingsSayIsGone) {
  auto gone = serving();
  gone.observed.presence = Presence::absent;
  EXPECT_EQ(name_of(decide(gone)), "RequestCertificate");
  EXPECT_EQ(decide(gone).because, "Drift");
  EXPECT_EQ(name_of(decide(deleted(gone))), "LetGo");
}

// "In use" is decided in one place.
TEST(Planner, DeletesNothingThatIsInUse) {
  expect_decisions({
      {"in use by a service",
       [] {
         auto s = deleted(serving());
         s.known().in_use_by = {"arn:aws:elasticloadbalancing:us-east-1:123456789012:x"};
         return s;
       },
       "InUse", "nothing"},
      {"exported since its issue",
       [] {
         auto s = deleted(serving());
         s.known().exported = true;
         return s;
       },
       "InUse", "nothing"},
      {"exported, but expired: the copy serves nobody",
       [] {
         auto s = deleted(serving());
         s.known().exported = true;
         s.known().not_after = kNow - hours(1);
         return s;
       },
       "Deleting", "DeleteCertificate"},
      {"it can be exported, and the last listing is old",
       [] {
         auto s = deleted(serving_private());
         s.observed.listing_is_recent = false;
         return s;
       },
       "ReadingAccount", "Wait"},
      {"an ARN before that is in use",
       [] {
         auto s = deleted(serving());
         add_previous(s, hours(48)).in_use_by = {"arn:aws:elb"};
         return s;
       },
       "InUse", "nothing"},
      {"an ARN before that cannot be read",
       [] {
         auto s = deleted(serving());
         add_previous(s, hours(48)).unread = Error(Code::denied, "no right to describe it");
         return s;
       },
       "InUse", "nothing"},
      {"nothing uses it", [] { return deleted(serving()); }, "Deleting", "DeleteCertificate"},
  });
}

TEST(Planner, KeepsAReplacedArnForItsGrace) {
  const auto replaced = [](Duration ago, std::int64_t grace) {
    auto s = serving();
    s.placement.spec.replacement_grace_hours = grace;
    add_previous(s, ago);
    return s;
  };
  expect_decisions({
      {"unused for 23 hours of 24", [&] { return replaced(hours(23), 24); }, "Superseded", "Wait"},
      {"unused for 24 hours", [&] { return replaced(hours(24), 24); }, "Superseded",
       "DeleteCertificate"},
      {"0 deletes at once", [&] { return replaced(hours(0), 0); }, "Superseded",
       "DeleteCertificate"},
      {"the grace counts from its last use",
       [&] {
         auto s = replaced(hours(100), 24);
         s.observed.previous[0].unused_since = kNow - hours(2);
         return s;
       },
       "Superseded", "Wait"},
      {"exported",
       [&] {
         auto s = replaced(hours(100), 24);
         s.observed.previous[0].exported = true;
         return s;
       },
       "Superseded", "nothing"},
      {"could not be looked at",
       [&] {
         auto s = replaced(hours(100), 24);
         s.observed.previous[0].unread = Error(Code::unavailable, "timed out");
         return s;
       },
       "Superseded", "nothing"},
      {"deletionPolicy Retain",
       [&] {
         auto s = replaced(hours(100), 24);
         s.placement.spec.retain = true;
         return s;
       },
       "Superseded", "RemoveTags"},
  });
}

TEST(Planner, PutsOurTagsBackWhereNobodyElseClaimsTheArn) {
  const auto tagged = [](const std::string& owner, const std::string& uid) {
    auto s = serving();
    s.known().tags.clear();
    if (!owner.empty()) s.set_tag(kOwnerKey, owner);
    if (!uid.empty()) s.set_tag(kUidKey, uid);
    return s;
  };
  expect_decisions({
      {"both removed", [&] { return tagged("", ""); }, "Tagging", "AddTags"},
      {"the uid removed", [&] { return tagged(kOwner, ""); }, "Tagging", "AddTags"},
      {"the owner removed", [&] { return tagged("", kUid); }, "Tagging", "AddTags"},
      {"a stale owner beside our uid", [&] { return tagged("other/default/shop", kUid); },
       "Tagging", "AddTags"},
      {"another state's uid", [&] { return tagged(kOwner, "uid-2"); }, "ForeignUid", "stalled"},
      {"another spec's owner",
       [&] {
         auto s = tagged("default/default/web", "uid-2");
         s.observed.foreign_owner = "default/default/web";
         return s;
       },
       "OwnedByOther", "stalled"},
      {"before it is deleted", [&] { return deleted(tagged("", "")); }, "Tagging", "AddTags"},
      {"an ARN that we neither made nor marked",
       [&] {
         auto s = tagged("", "");
         s.known().marked = false;
         s.known().made.reset();
         return s;
       },
       "Issued", "nothing"},
  });
  const auto lost = tagged("", "");
  EXPECT_THAT(plan(lost.placement, lost.observed, kNow).differences,
              testing::Contains(testing::Field(&api::Difference::path, "tags[certloop.dev/uid]")));
}

TEST(Planner, TakesOverAnotherStatesCertificateOnlyIfTheOperatorSaysSo) {
  const auto nothing_but = [](const std::string& uid, bool told) {
    auto s = serving();
    make_absent(s);
    add_candidate(s, uid);
    s.observed.takes_over_lost_state = told;
    return s;
  };
  expect_decisions({
      {"our own uid: a lost answer", [&] { return nothing_but(kUid, false); }, "Adopting",
       "TakeOver"},
      {"another uid", [&] { return nothing_but("uid-2", false); }, "ForeignUid", "stalled"},
      {"another uid, and the operator says that its state is lost",
       [&] { return nothing_but("uid-2", true); }, "Adopting", "TakeOver"},
      {"it does not fit the spec: one of our own is requested",
       [&] {
         auto s = nothing_but("uid-2", false);
         s.observed.owned[0].names = {"other.example.com"};
         return s;
       },
       "Requesting", "RequestCertificate"},
      {"marked by us before, then by the other state: never marked back",
       [&] {
         auto s = serving();
         s.observed.takes_over_lost_state = true;
         s.set_tag(kUidKey, "uid-2");
         return s;
       },
       "ForeignUid", "stalled"},
  });
  const std::string message = decide(nothing_but("uid-2", false)).message;
  EXPECT_THAT(message, testing::HasSubstr("--take-over-lost-state"));
  EXPECT_THAT(message, testing::HasSubstr("--installation"));
}

TEST(Planner, TouchesNothingBeyondTheGrantOfTheAccount) {
  const auto beyond = [](Situation s) {
    s.observed.grant = Problem{"ReferenceNotAllowed", "it is for another name", true};
    return s;
  };
  const auto unmarked = [](Situation s) {
    s.known().marked = false;
    s.known().tags.clear();
    return s;
  };
  expect_decisions({
      {"not adopted",
       [&] {
         auto s = beyond(unmarked(serving()));
         s.placement.spec.arn = kArn;
         return s;
       },
       "ReferenceNotAllowed", "stalled"},
      {"not deleted", [&] { return beyond(deleted(serving())); }, "ReferenceNotAllowed", "stalled"},
      {"not released", [&] { return beyond(deleted(serving(), true)); }, "ReferenceNotAllowed",
       "stalled"},
      {"what never was ours does not hold its object",
       [&] { return beyond(unmarked(deleted(serving()))); }, "Released", "LetGo"},
  });
}

TEST(Planner, AdoptsAnArnThatTheSpecNamesLater) {
  auto named = serving();
  named.placement.spec.arn = kOldArn;
  named.observed.named.emplace().certificate.arn = kOldArn;
  EXPECT_EQ(name_of(decide(named)), "TakeOver");
  EXPECT_EQ(std::get<TakeOver>(*decide(named).action).arn, kOldArn);
  named.observed.named->refused = Problem{"Missing", "it does not exist", true};
  EXPECT_EQ(name_of(decide(named)), "stalled");
}

TEST(Planner, ReleasesWhatItMayNotReadTheTagsOf) {
  auto unread = deleted(serving(), true);
  unread.observed.live = false;
  unread.observed.tags_unread = Error(Code::denied, "ListTagsForCertificate is not allowed");
  EXPECT_EQ(name_of(decide(unread)), "LetGo");
}

}  // namespace
}  // namespace certloop::placement
