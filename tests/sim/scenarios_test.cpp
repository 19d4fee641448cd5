// Certificates through their lives; every run keeps to its plan (foretold.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/ownership.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;

const char* const kUser =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b";

std::string with(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

std::string called_for(const Lines& lines, const std::string& object) {
  const auto it = lines.find(object);
  if (it == lines.end()) return "";
  std::string text;
  for (const auto& line : it->second) text += line + '\n';
  return text;
}

class ScenarioTest : public testing::Test {
 protected:
  ScenarioTest() { world.apply(kAccount); }

  void make_imported() {
    world.apply(tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) + "---" +
                imported_spec());
    world.settle();
    arn = world.placement("legacy").status.arn;
  }
  void make_private() {
    world.apply(std::string(kAuthority) + "---" + kPrivate);
    world.settle();
    arn = world.placement("internal").status.arn;
  }
  std::string ready(const std::string& name) {
    return world.condition(world.certificate(name).status.conditions, "Ready");
  }
  aws::Tags tags() { return world.acm().list_tags_for_certificate(arn).value(); }

  World world;
  std::string arn;
};

TEST_F(ScenarioTest, ATagIsAddedChangedAndTakenAway) {
  make_imported();
  world.apply(with(imported_spec(), "team: legacy", "team: other, tier: one"));
  EXPECT_EQ(called_for(world.pass(minutes(10)), "Certificate default/legacy"),
            "us-east-1 acm AddTagsToCertificate " + arn + " tag:team=other tag:tier=one\n");
  world.apply(with(imported_spec(), "team: legacy", "tier: one"));
  EXPECT_EQ(called_for(world.pass(minutes(10)), "Certificate default/legacy"),
            "us-east-1 acm RemoveTagsFromCertificate " + arn + " tag:team=\n");
  EXPECT_THAT(tags(), Not(Contains(Key("team"))));
  EXPECT_THAT(tags(), Contains(Pair("tier", "one")));
}

TEST_F(ScenarioTest, TagsOfOthersStayUnlessTheSpecOwnsThemAll) {
  make_imported();
  ASSERT_TRUE(world.acm().add_tags_to_certificate(arn, {{"cost", "12"}, {"team", "x"}}).ok());
  EXPECT_EQ(called_for(world.pass(minutes(20)), "Certificate default/legacy"),
            "us-east-1 acm AddTagsToCertificate " + arn + " tag:team=legacy\n");
  EXPECT_THAT(tags(), Contains(Pair("cost", "12")));
  world.apply(imported_spec() + "  tagOwnership: Exclusive\n");
  EXPECT_EQ(called_for(world.pass(minutes(20)), "Certificate default/legacy"),
            "us-east-1 acm RemoveTagsFromCertificate " + arn + " tag:cost=\n");
  EXPECT_THAT(tags(), Contains(Key(std::string(ledger::kOwnerTag))));
}

TEST_F(ScenarioTest, AnotherKeyAlgorithmNeedsANewCertificateAndTheUnusedOldOneGoes) {
  make_private();
  world.apply(with(kPrivate, "  issuer:", "  keyAlgorithm: EC_secp384r1\n  issuer:"));
  EXPECT_EQ(called_for(world.pass(hours(25)), "Certificate default/internal"),
            "us-east-1 acm RequestCertificate api.internal.example.com\n"
            "us-east-1 acm DeleteCertificate " +
                arn + "\n");
  EXPECT_EQ(world.placement("internal").status.key_algorithm, "EC_secp384r1");
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
}

TEST_F(ScenarioTest, AReplacementIsHeldWhereTheSpecSaysSo) {
  make_private();
  world.apply(
      with(kPrivate, "  issuer:", "  replacement: Hold\n  keyAlgorithm: EC_secp384r1\n  issuer:"));
  EXPECT_THAT(world.pass(hours(1)), IsEmpty());
  EXPECT_THAT(world.condition(world.certificate("internal").status.conditions, "Stalled"),
              StartsWith("True ReplacementHeld"));
}

TEST_F(ScenarioTest, TheExportOptionOfAPublicOneNeedsANewCertificate) {
  world.apply(kPublic);
  world.settle();
  arn = world.placement("shop").status.arn;
  world.apply(with(with(kPublic, "amazon: {}", "amazon: {exportable: true}"), "  issuer:",
                   "  replacementGraceHours: 0\n  issuer:"));
  const Lines called = world.pass(hours(1));
  EXPECT_EQ(called_for(called, "Certificate default/shop"),
            "us-east-1 acm RequestCertificate shop.example.com\n"
            "us-east-1 acm DeleteCertificate " +
                arn + "\n");
  EXPECT_THAT(called, SizeIs(1));  // the records stand there already
}

TEST_F(ScenarioTest, ADifferentSourceThatAcmWouldRefuseIsImportedUnderANewArn) {
  make_imported();
  world.apply(with(with(imported_spec(), "legacy.example.com", "other.example.com"), "  issuer:",
                   "  replacementGraceHours: 0\n  issuer:"));
  world.apply(tls_secret("legacy-tls", {"other.example.com"}, world.clock.now(), 2));
  EXPECT_EQ(called_for(world.pass(hours(1)), "Certificate default/legacy"),
            "us-east-1 acm ImportCertificate other.example.com\n"
            "us-east-1 acm DeleteCertificate " +
                arn + "\n");
}

TEST_F(ScenarioTest, AnUnusedCertificateIsDeletedAndItsRecordsStay) {
  world.apply(kPublic);
  world.settle();
  arn = world.placement("shop").status.arn;
  world.remove(Kind::certificate, "shop");
  const Lines called = world.pass(minutes(10));
  EXPECT_EQ(called_for(called, "Certificate default/shop"),
            "us-east-1 acm DeleteCertificate " + arn + "\n");
  EXPECT_THAT(called, SizeIs(1));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop"));
  // Asked for again, it finds them.
  world.apply(kPublic);
  EXPECT_THAT(world.settle(), SizeIs(1));
  EXPECT_THAT(ready("shop"), StartsWith("True"));
}

TEST_F(ScenarioTest, ARetainedCertificateStaysWithoutOurTags) {
  world.apply(std::string(kAuthority) + "---" +
              with(kPrivate, "spec:\n", "spec:\n  deletionPolicy: Retain\n"));
  world.settle();
  arn = world.placement("internal").status.arn;
  world.remove(Kind::certificate, "internal");
  EXPECT_THAT(called_for(world.pass(minutes(10)), "Certificate default/internal"),
              StartsWith("us-east-1 acm RemoveTagsFromCertificate " + arn));
  EXPECT_FALSE(world.exists(Kind::certificate, "internal"));
  EXPECT_THAT(tags(), Contains(Pair("team", "platform")));
  EXPECT_THAT(tags(), Not(Contains(Key(StartsWith("certloop.dev/")))));
}

// PROTOCOLS 1: what does not carry our uid, read live, is not ours to delete.
TEST_F(ScenarioTest, ACertificateThatSomebodyElseMarkedAsTheirsIsNotDeleted) {
  make_imported();
  ASSERT_TRUE(world.acm()
                  .add_tags_to_certificate(
                      arn, {{std::string(ledger::kUidTag), "11111111-2222-3333-4444-555555555555"}})
                  .ok());
  world.remove(Kind::certificate, "legacy");
  EXPECT_THAT(world.pass(hours(1)), IsEmpty());
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
  EXPECT_THAT(ready("legacy"), StartsWith("False OwnershipUnproven"));
}

TEST_F(ScenarioTest, ACertificateWhoseTagsWereTakenAwayGetsThemBackBeforeItIsDeleted) {
  make_imported();
  ASSERT_TRUE(world.acm()
                  .remove_tags_from_certificate(
                      arn, {std::string(ledger::kUidTag), std::string(ledger::kOwnerTag)})
                  .ok());
  world.remove(Kind::certificate, "legacy");
  EXPECT_THAT(called_for(world.pass(hours(1)), "Certificate default/legacy"),
              AllOf(StartsWith("us-east-1 acm AddTagsToCertificate " + arn),
                    HasSubstr("us-east-1 acm DeleteCertificate " + arn)));
  EXPECT_THAT(certificates_in(world.aws), IsEmpty());
}

TEST_F(ScenarioTest, ACertificateThatSomebodyElseMarkedAsTheirsIsNotImportedOver) {
  make_imported();
  ASSERT_TRUE(world.acm()
                  .add_tags_to_certificate(
                      arn, {{std::string(ledger::kOwnerTag), "elsewhere/default/legacy"},
                            {std::string(ledger::kUidTag), "another"}})
                  .ok());
  world.apply(tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 2));
  EXPECT_THAT(world.pass(hours(1)), IsEmpty());
  EXPECT_THAT(ready("legacy"), HasSubstr("elsewhere/default/legacy"));
}

TEST_F(ScenarioTest, AnOldArnThatSomebodyElseMarkedAsTheirsIsNotDeleted) {
  make_private();
  ASSERT_TRUE(world.aws.set_in_use(arn, {kUser}).ok());
  world.pass(hours(1));
  world.apply(with(kPrivate, "  issuer:", "  keyAlgorithm: EC_secp384r1\n  issuer:"));
  world.pass(hours(1));
  ASSERT_TRUE(
      world.acm().add_tags_to_certificate(arn, {{std::string(ledger::kUidTag), "another"}}).ok());
  ASSERT_TRUE(world.aws.set_in_use(arn, {}).ok());
  world.keeps_to_plan = false;  // a plan looks at the current ARN only
  world.clear();
  world.pass(hours(30));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  EXPECT_THAT(certificates_in(world.aws), SizeIs(2));
}

TEST_F(ScenarioTest, WhatWasDeletedInAwsIsMadeAnew) {
  world.apply(std::string(kAuthority) + "---" + kPrivate + "---" + kPublic);
  make_imported();
  world.pass(minutes(10));  // a plan believes nothing that denies what was made a moment ago
  for (const auto& held : certificates_in(world.aws))
    ASSERT_TRUE(world.acm().delete_certificate(held.arn).ok());
  const Lines called = world.pass(minutes(30));
  EXPECT_EQ(text_of(called),
            "Certificate default/internal\n"
            "  us-east-1 acm RequestCertificate api.internal.example.com\n"
            "Certificate default/legacy\n"
            "  us-east-1 acm ImportCertificate legacy.example.com\n"
            "Certificate default/shop\n"
            "  us-east-1 acm RequestCertificate shop.example.com\n");
  for (const char* name : {"internal", "legacy", "shop"})
    EXPECT_THAT(ready(name), StartsWith("True"));
}

TEST_F(ScenarioTest, ACertificateIsAdoptedByItsArn) {
  world.apply(std::string(kAuthority) + "---" +
              with(kPrivate, "spec:\n", "spec:\n  deletionPolicy: Retain\n"));
  world.settle();
  arn = world.placement("internal").status.arn;
  world.remove(Kind::certificate, "internal");
  world.pass(minutes(10));
  world.apply(with(with(kPrivate, "{name: internal}", "{name: taken}"),
                   "  issuer:", "  arn: " + arn + "\n  issuer:"));
  EXPECT_THAT(called_for(world.settle(), "Certificate default/taken"),
              StartsWith("us-east-1 acm AddTagsToCertificate " + arn + " tag:certloop.dev/owner="));
  EXPECT_THAT(ready("taken"), StartsWith("True"));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
  EXPECT_EQ(tags().at(std::string(ledger::kOwnerTag)), "default/default/taken");
}

TEST_F(ScenarioTest, AfterALostStateWhatIsOursIsTakenOverOnceTheOperatorSaysSo) {
  world.apply(std::string(kAuthority) + "---" + kPrivate + "---" + kPublic);
  world.settle();
  for (const auto kind : {Kind::placement, Kind::certificate, Kind::certificate_authority})
    for (auto object : world.store->list({.kind = kind}).value().objects) {
      object.meta.finalizers.clear();
      ASSERT_TRUE(world.store->edit_metadata(object).ok());
      const auto gone = world.store->remove(object.key(), {});
      ASSERT_TRUE(gone.ok() || gone.error().code() == Code::not_found);
    }
  world.restart();
  world.clear();
  world.apply(std::string(kAuthority) + "---" + kPrivate + "---" + kPublic);
  EXPECT_THAT(world.pass(hours(3)), IsEmpty()) << "it may be another state's";
  EXPECT_THAT(ready("shop"), StartsWith("False ForeignUid"));
  world.policy.take_over_lost_state = true;
  world.restart();
  world.pass(hours(3));
  EXPECT_EQ(world.count("RequestCertificate") + world.count("CreateCertificateAuthority"), 0U);
  EXPECT_THAT(ready("shop"), StartsWith("True"));
  EXPECT_THAT(ready("internal"), StartsWith("True"));
}

TEST_F(ScenarioTest, WhatIsObservedOrSuspendedIsNeverChanged) {
  make_imported();
  for (const char* management : {"Observe", "Suspended"}) {
    world.apply(with(with(imported_spec(), "team: legacy", "team: other"), "spec:\n",
                     std::string("spec:\n  management: ") + management + "\n"));
    EXPECT_THAT(world.pass(hours(1)), IsEmpty()) << management;
    EXPECT_EQ(tags().at("team"), "legacy");
  }
  EXPECT_THAT(ready("legacy"), StartsWith("Unknown Suspended"));
  world.apply(with(imported_spec(), "team: legacy", "team: other"));
  EXPECT_THAT(world.pass(hours(1)), SizeIs(1));
}

TEST_F(ScenarioTest, WithADisabledAccountNothingIsPlannedAndNothingIsCalled) {
  make_imported();
  world.apply(with(kAccount, "scope: Account", "scope: Account\n  enabled: false"));
  world.apply(with(imported_spec(), "team: legacy", "team: other"));
  world.settle();
  world.clear();
  EXPECT_THAT(world.pass(hours(1)), IsEmpty());
  EXPECT_THAT(world.aws.calls(), IsEmpty());
}

// S22, S148: every call for a certificate goes to its own region, and no other call is made.
TEST_F(ScenarioTest, EveryCallForACertificateGoesToItsRegion) {
  const std::string abroad = with(with(kPublic, "{name: shop}", "{name: abroad}"),
                                  "region: us-east-1", "region: eu-west-1");
  world.apply(std::string(kPublic) + "---" + abroad);
  const Lines called = world.settle();
  // Both have the same names, so they share their record.
  EXPECT_EQ(called_for(called, "Certificate default/shop"),
            "us-east-1 acm RequestCertificate shop.example.com\n");
  EXPECT_EQ(called_for(called, "Certificate default/abroad"),
            "eu-west-1 acm RequestCertificate shop.example.com\n");
  world.pass(hours(26));  // the daily look, too
  std::map<std::string, int> regions;
  for (const auto& call : world.aws.calls()) {
    if (call.service != "acm") continue;
    ++regions[call.region];
    if (!call.arn.empty()) {
      EXPECT_THAT(call.arn, StartsWith("arn:aws:acm:" + call.region + ":")) << call.operation;
    }
  }
  EXPECT_THAT(regions, ElementsAre(Key("eu-west-1"), Key("us-east-1")));
}

}  // namespace
}  // namespace certloop::sim
