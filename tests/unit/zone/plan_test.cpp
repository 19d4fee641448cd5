#include "reconcilers/zone/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace certloop::zone {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};
const api::RecordUser kProd{"payments/prod", "123456789012"};

api::ValidationRecord record_for(const std::string& domain) {
  return {"_1234567890abcdef1234567890abcdef." + domain + ".", "CNAME",
          "_abcdef1234567890abcdef1234567890.abcdefghij.acm-validations.aws."};
}

Need need_for(const std::string& domain) { return {record_for(domain), {domain}, {kProd}}; }

aws::ResourceRecordSet set_of(const api::ValidationRecord& record, long ttl = 60) {
  return {record.name, record.type, ttl, {record.value}};
}

api::HostedZone a_zone() {
  api::HostedZone zone;
  zone.meta.space = "payments";
  zone.meta.name = "prod.z1";
  zone.spec.account_ref = {"prod", ""};
  zone.spec.id = "Z1";
  return zone;
}

std::vector<api::ZoneRecord> written(const std::vector<api::KeptRecord>& all) {
  std::vector<api::ZoneRecord> records(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) records[i].status = all[i];
  return records;
}

// What is planned where these records are known.
Plan plan_with(const std::vector<api::KeptRecord>& records, Observed observed, Time now) {
  observed.records = written(records);
  return plan(observed, now);
}

std::vector<api::KeptRecord> due_with(const std::vector<api::KeptRecord>& records,
                                      Observed observed, Time now) {
  observed.records = written(records);
  return due_for_removal(observed, now);
}

// Written by us, needed by nothing for eight days.
api::KeptRecord rested(const std::string& domain) {
  api::KeptRecord kept;
  kept.record = record_for(domain);
  kept.state = "InPlace";
  kept.created_by_us = true;
  kept.created = kNow - hours(24 * 400);
  kept.users = {kProd};
  kept.unneeded_since = kNow - hours(24 * 8);
  return kept;
}

Observed observed_with(std::vector<Need> needs) {
  Observed observed;
  observed.domain = "example.com.";
  observed.needs = std::move(needs);
  return observed;
}

TEST(ZonePlan, CreatesWhatIsMissingAndOverwritesNothing) {
  auto observed = observed_with({need_for("a.example.com"), need_for("b.example.com")});
  auto other = set_of(record_for("b.example.com"));
  other.values = {"somewhere.else."};
  observed.found[other.name] = other;
  const Plan todo = plan(observed, kNow);
  ASSERT_EQ(todo.changes.size(), 1U);
  EXPECT_EQ(todo.changes[0].action, "CREATE");
  EXPECT_EQ(todo.changes[0].record_set.name, record_for("a.example.com").name);
  ASSERT_EQ(todo.records.size(), 2U);
  EXPECT_EQ(todo.records[0].state, "Missing");
  EXPECT_EQ(todo.records[1].state, "Conflict");
  EXPECT_EQ(todo.records[1].found, "somewhere.else.");
}

TEST(ZonePlan, WritesOnlyValidationRecordsOfNamesThatAreAskedFor) {
  auto stray = need_for("a.example.com");
  stray.names = {};
  auto elsewhere = need_for("a.example.com");
  elsewhere.record.value = "evil.example.net.";
  const auto outside = need_for("a.example.org");
  for (const Need& need : {stray, elsewhere, outside}) {
    const Plan todo = plan(observed_with({need}), kNow);
    EXPECT_THAT(todo.changes, IsEmpty());
    EXPECT_EQ(todo.problems.size(), 1U);
  }
  auto wildcard = need_for("a.example.com");
  wildcard.names = {"*.A.example.com"};
  EXPECT_EQ(plan(observed_with({wildcard}), kNow).changes.size(), 1U);
}

// Route 53 takes 1,000 records and 32,000 characters of values at once.
TEST(ZonePlan, KeepsABatchWithinWhatRoute53Takes) {
  Observed observed = observed_with({});
  for (int i = 0; i < 1200; ++i)
    observed.needs.push_back(need_for("host" + std::to_string(i) + ".example.com"));
  std::size_t written = 0, batches = 0;
  for (; batches < 10; ++batches) {
    const Plan todo = plan(observed, kNow);
    if (todo.changes.empty()) break;
    std::size_t characters = 0;
    for (const auto& change : todo.changes) characters += change.record_set.values[0].size();
    EXPECT_LE(characters, 32000U);
    EXPECT_LE(todo.changes.size(), 1000U);
    written += todo.changes.size();
    observed = assume(std::move(observed), todo.changes);
  }
  EXPECT_EQ(written, 1200U);
  EXPECT_EQ(batches, 3U);
}

TEST(ZonePlan, RemovesARecordOfOursWithTheValueAndTimeToLiveThatItHas) {
  const std::vector<api::KeptRecord> kept = {rested("a.example.com")};
  auto observed = observed_with({});
  const auto set = set_of(record_for("a.example.com"), 777);
  observed.found[set.name] = set;
  observed.objections[set.name] = {};
  EXPECT_EQ(due_with(kept, observed, kNow).size(), 1U);
  const Plan todo = plan_with(kept, observed, kNow);
  ASSERT_EQ(todo.changes.size(), 1U);
  EXPECT_EQ(todo.changes[0].action, "DELETE");
  EXPECT_EQ(todo.changes[0].record_set, set);
  ASSERT_EQ(todo.differences.size(), 1U);
  EXPECT_EQ(todo.differences[0].drift_class, api::DriftClass::extra);
  const auto steps = steps_of(a_zone(), todo.changes);
  EXPECT_EQ(steps[0].because, "Deleted");
  const Plan after = plan_with(kept, assume(observed, todo.changes), kNow);
  EXPECT_THAT(after.changes, IsEmpty());
  EXPECT_THAT(after.records, IsEmpty());
}

struct Case {
  std::string why;
  std::function<void(api::KeptRecord&, Observed&)> change;
  std::string says;  // in the status; empty: nothing is remembered of it
};

TEST(ZonePlan, InDoubtARecordStays) {
  const std::string name = record_for("a.example.com").name;
  const std::vector<Case> cases = {
      {"we did not create it", [](auto& kept, auto&) { kept.created_by_us = false; }, ""},
      {"it is gone", [&](auto&, auto& observed) { observed.found.clear(); }, ""},
      {"it has another value",
       [&](auto&, auto& observed) { observed.found[name].values = {"x.example.net."}; },
       "its value was changed to x.example.net."},
      {"it has a second value",
       [&](auto&, auto& observed) { observed.found[name].values.push_back("x.example.net."); },
       "its value was changed"},
      {"six days are not seven",
       [](auto& kept, auto&) { kept.unneeded_since = kNow - hours(24 * 6); },
       "it is removed from 2026-11-22T00:00:00Z on"},
      {"it has just become unneeded", [](auto& kept, auto&) { kept.unneeded_since.reset(); },
       "it is removed from 2026-11-28T00:00:00Z on"},
      {"nobody has looked", [](auto&, auto& observed) { observed.objections.clear(); },
       "has not been read yet"},
      {"somebody objects",
       [&](auto&, auto& observed) { observed.objections[name] = {"arn:x is for a.example.com"}; },
       "arn:x is for a.example.com"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.why);
    auto kept = rested("a.example.com");
    auto observed = observed_with({});
    observed.found[name] = set_of(kept.record);
    observed.objections[name] = {};
    each.change(kept, observed);
    const Plan todo = plan_with({kept}, observed, kNow);
    EXPECT_THAT(todo.changes, IsEmpty());
    EXPECT_THAT(todo.differences, IsEmpty());
    ASSERT_EQ(todo.records.size(), each.says.empty() ? 0U : 1U);
    for (const auto& record : todo.records)
      EXPECT_THAT(record.stays_because, HasSubstr(each.says));
  }
}

TEST(ZonePlan, AsksAboutARecordOnceADayOnly) {
  auto kept = rested("a.example.com");
  auto observed = observed_with({});
  observed.found[kept.record.name] = set_of(kept.record);
  observed.objections[kept.record.name] = {"no"};
  const Plan todo = plan_with({kept}, observed, kNow);
  ASSERT_EQ(todo.records.size(), 1U);
  EXPECT_EQ(todo.records[0].checked, kNow);
  observed.objections.clear();
  EXPECT_THAT(due_with(todo.records, observed, kNow + hours(23)), IsEmpty());
  EXPECT_EQ(plan_with(todo.records, observed, kNow + hours(23)).records[0].stays_because, "no");
  EXPECT_EQ(due_with(todo.records, observed, kNow + hours(24)).size(), 1U);
}

TEST(ZonePlan, ANeededRecordIsNeverDueAndForgetsThatItWasNot) {
  const std::vector<api::KeptRecord> kept = {rested("a.example.com")};
  auto need = need_for("a.example.com");
  need.users = {{"payments/other", "210987654321"}};
  auto observed = observed_with({need});
  observed.found[need.record.name] = set_of(need.record);
  observed.objections[need.record.name] = {};
  EXPECT_THAT(due_with(kept, observed, kNow), IsEmpty());
  const Plan todo = plan_with(kept, observed, kNow);
  EXPECT_THAT(todo.changes, IsEmpty());
  ASSERT_EQ(todo.records.size(), 1U);
  EXPECT_FALSE(todo.records[0].unneeded_since);
  EXPECT_TRUE(todo.records[0].created_by_us);
  EXPECT_THAT(todo.records[0].users, ElementsAre(need.users[0], kProd));
  // Nor if the need itself is refused: its certificate may be on its way to other names.
  observed.needs[0].names = {};
  EXPECT_THAT(due_with(kept, observed, kNow), IsEmpty());
  EXPECT_EQ(plan_with(kept, observed, kNow).records.size(), 1U);
}

TEST(ZonePlan, WhatOthersPutBackIsTheirs) {
  auto kept = rested("a.example.com");
  kept.unneeded_since.reset();
  auto observed = observed_with({need_for("a.example.com")});
  const Plan missing = plan_with({kept}, observed, kNow);
  ASSERT_EQ(missing.records.size(), 1U);
  EXPECT_FALSE(missing.records[0].created_by_us);
  observed.found[kept.record.name] = set_of(kept.record);
  EXPECT_FALSE(plan_with(missing.records, observed, kNow).records[0].created_by_us);
}

TEST(ZonePlan, OneRefusedNameKeepsNoOtherWaiting) {
  api::KeptRecord bad;
  bad.record = record_for("bad.example.com");
  bad.state = "Refused";
  auto worse = bad;
  worse.record = record_for("worse.example.com");
  auto observed = observed_with(
      {need_for("bad.example.com"), need_for("good.example.com"), need_for("worse.example.com")});
  std::vector<api::KeptRecord> kept = {bad, worse};
  const auto names = [&](Time now) {
    std::vector<std::string> all;
    for (const auto& change : plan_with(kept, observed, now).changes)
      all.push_back(change.record_set.name);
    return all;
  };
  EXPECT_THAT(names(kNow), ElementsAre(record_for("good.example.com").name));
  observed.found[record_for("good.example.com").name] = set_of(record_for("good.example.com"));
  EXPECT_THAT(names(kNow), ElementsAre(bad.record.name));
  kept[0].checked = kNow;
  kept[0].found = "Route 53 says no";
  EXPECT_THAT(names(kNow), ElementsAre(worse.record.name));
  kept[1].checked = kNow;
  EXPECT_THAT(names(kNow), IsEmpty());
  EXPECT_EQ(plan_with(kept, observed, kNow).records[0].found, "Route 53 says no");
  EXPECT_THAT(names(kNow + minutes(30)), ElementsAre(bad.record.name));
}

TEST(ZonePlan, CreatesBeforeItRemoves) {
  const std::vector<api::KeptRecord> kept = {rested("a.example.com")};
  auto observed = observed_with({need_for("b.example.com")});
  observed.found[record_for("a.example.com").name] = set_of(record_for("a.example.com"));
  observed.objections[record_for("a.example.com").name] = {};
  const Plan todo = plan_with(kept, observed, kNow);
  ASSERT_EQ(todo.changes.size(), 1U);
  EXPECT_EQ(todo.changes[0].action, "CREATE");
  const auto next = plan_with(kept, assume(observed, todo.changes), kNow).changes;
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].action, "DELETE");
}

TEST(ZonePlan, OnlyLooksWhereItMayNotAct) {
  const std::vector<api::KeptRecord> kept = {rested("a.example.com")};
  auto observed = observed_with({need_for("b.example.com")});
  observed.management = api::Management::observe;
  observed.found[record_for("a.example.com").name] = set_of(record_for("a.example.com"));
  EXPECT_THAT(due_with(kept, observed, kNow), IsEmpty());
  const Plan todo = plan_with(kept, observed, kNow);
  EXPECT_THAT(todo.changes, IsEmpty());
  EXPECT_EQ(todo.differences.size(), 1U);
}

}  // namespace
}  // namespace certloop::zone
