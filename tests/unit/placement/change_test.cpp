// A certificate that serves but is not what the spec asks for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/placement/situation.h"

namespace certloop::placement {
namespace {

using std::chrono::minutes;

Situation renamed(Situation situation) {
  situation.placement.spec.additional_names = {"www.shop.example.com"};
  return situation;
}

TEST(Planner, ReplacesWhatAcmCannotChangeInPlace) {
  expect_decisions({
      {"other names", [] { return renamed(serving()); }, "Replacing", "RequestCertificate"},
      {"spec.replacement Hold",
       [] {
         auto s = renamed(serving());
         s.placement.spec.replacement = api::Replacement::hold;
         return s;
       },
       "ReplacementHeld", "stalled"},
      {"by a CA that is not ACTIVE: not requested yet",
       [] {
         auto s = renamed(serving_private());
         s.observed.authority->status = "PENDING_CERTIFICATE";
         return s;
       },
       "AuthorityNotActive", "nothing"},
      {"by a CA of another region",
       [] {
         auto s = renamed(serving_private());
         s.observed.authority->region = "eu-west-1";
         return s;
       },
       "AuthorityInOtherRegion", "stalled"},
      {"with an account that is being deleted: nothing new is made with it",
       [] {
         auto s = renamed(serving());
         s.observed.retiring = Problem{"AccountDeleting", "the account is being deleted", true};
         return s;
       },
       "AccountDeleting", "stalled"},
  });
}

// A serial is no identity: two CAs, and many tools, count from one.
TEST(Planner, KnowsASourceByItsFingerprintAndItsChain) {
  expect_decisions({
      {"the same certificate", [] { return serving_imported(); }, "Issued", "nothing"},
      {"another certificate of the same serial",
       [] {
         auto s = serving_imported();
         s.observed.source->fingerprint = "f2";
         return s;
       },
       "Reimporting", "ImportCertificate"},
      {"the same certificate with another intermediate",
       [] {
         auto s = serving_imported();
         s.observed.source->chain_digest = "c2";
         return s;
       },
       "Reimporting", "ImportCertificate"},
      {"somebody imported it without its chain",
       [] {
         auto s = serving_imported();
         s.known().chain_digest = "none";
         return s;
       },
       "Reimporting", "ImportCertificate"},
      {"the Secret has no chain: the one that ACM has will do",
       [] {
         auto s = serving_imported();
         s.observed.source->chain_digest = "none";
         s.observed.source->has_chain = false;
         return s;
       },
       "Issued", "nothing"},
      {"GetCertificate is not allowed, and the Secret did not change",
       [] {
         auto s = serving_imported();
         s.known().fingerprint = s.known().chain_digest = "";
         return s;
       },
       "Issued", "nothing"},
      {"GetCertificate is not allowed, and the chain in the Secret changed",
       [] {
         auto s = serving_imported();
         s.known().fingerprint = s.known().chain_digest = "";
         s.observed.source->chain_digest = "c2";
         return s;
       },
       "Reimporting", "ImportCertificate"},
      {"the Secret is for other names: nothing is imported",
       [] {
         auto s = serving_imported();
         s.observed.source->fingerprint = "f2";
         s.observed.reference = Problem{"NamesMismatch", "it does not cover the spec", true};
         return s;
       },
       "NamesMismatch", "stalled"},
  });
}

TEST(Planner, DoesNotImportAgainWhatDoesNotShowYet) {
  auto lagging = serving_imported();
  lagging.observed.source->fingerprint = lagging.known().source_fingerprint = "f2";
  lagging.known().next_attempt = kNow + minutes(1);
  EXPECT_EQ(name_of(decide(lagging)), "Wait");
  lagging.known().next_attempt = kNow;
  EXPECT_EQ(name_of(decide(lagging)), "ImportCertificate");
}

TEST(Planner, ChangesTagsThoughTheSourceCannotBeRead) {
  auto s = serving_imported();
  s.placement.spec.tags = {{"team", "shop"}};
  s.observed.reference = Problem{"ReferenceNotFound", "Secret default/shop-tls not found", true};
  EXPECT_EQ(name_of(decide(s)), "AddTags");
}

TEST(Planner, WakesWhenASuspensionEnds) {
  auto suspended = serving();
  suspended.observed.management = api::Management::suspended;
  suspended.placement.spec.suspended_until = kNow + minutes(90);
  EXPECT_EQ(decide(suspended).reason, "Suspended");
  EXPECT_EQ(decide(suspended).again, Duration(minutes(90)));
}

TEST(Planner, ChangesNothingUnderObserve) {
  for (auto make : {serving, serving_imported, serving_private}) {
    auto s = renamed(make());
    s.placement.spec.tags = {{"team", "shop"}};
    s.observed.management = api::Management::observe;
    const Decision decision = decide(s);
    EXPECT_TRUE(!decision.action || !changes_aws(*decision.action)) << decision.message;
  }
}

// What a plan says of a tag: that the spec was edited, or that somebody else was there.
TEST(Steps, TellAnEditOfTheSpecFromDrift) {
  const auto because = [](const Situation& s) {
    const Decision decision = decide(s);
    return step_of(s.placement, s.observed, *decision.action, decision).because;
  };
  auto s = serving();
  s.placement.status.applied = s.placement.spec;
  s.placement.spec.tags["team"] = "shop";
  s.placement.status.applied.tags["team"] = "web";
  s.set_tag("team", "web");
  EXPECT_EQ(because(s), "SpecChanged");
  s.placement.status.applied.tags["team"] = "shop";
  EXPECT_EQ(because(s), "Drift");
  s.set_tag("team", "shop");
  s.placement.status.applied.tags["old"] = "1";
  s.set_tag("old", "1");
  EXPECT_EQ(because(s), "SpecChanged");
  s.placement.status.applied.tags.erase("old");
  s.placement.spec.exclusive_tags = true;
  EXPECT_EQ(because(s), "Drift");
}

// The grace may end after the plan is read.
TEST(Steps, SayWhenAReplacedCertificateGoes) {
  auto s = serving();
  s.placement.spec.replacement_grace_hours = 24;
  add_previous(s, std::chrono::hours(23)).grace_is_over = true;  // as a plan is played forward
  const Decision decision = decide(s);
  const auto step = step_of(s.placement, s.observed, *decision.action, decision);
  EXPECT_EQ(step.operation, "DeleteCertificate");
  EXPECT_EQ(step.details.at("due"), "2026-11-21T01:00:00Z");
}

}  // namespace
}  // namespace certloop::placement
