#include "reconcilers/zone/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certloop::zone {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const std::string kZone = "payments/prod.z1";

api::ZoneRecord record(const std::string& name, const std::string& state = "InPlace",
                       const std::string& zone = kZone) {
  const api::Key key = api::zone_record_key(zone, name);
  api::ZoneRecord record;
  record.meta.space = key.space;
  record.meta.name = key.name;
  record.spec = {zone.substr(zone.find('/') + 1), name};
  record.status.record = {name, "CNAME", "_v.abc.acm-validations.aws."};
  record.status.state = state;
  return record;
}

TEST(Records, AreFoundByZoneAndName) {
  Records records;
  records.note(record("_a.example.com."));
  records.note(record("_b.example.com."));
  records.note(record("_a.example.com.", "InPlace", "payments/other.z2"));
  EXPECT_EQ(records.count(kZone), 2U);
  EXPECT_THAT(records.of(kZone), SizeIs(2));
  EXPECT_THAT(records.of(kZone, {"_b.example.com.", "_c.example.com."}), SizeIs(1));
  EXPECT_EQ(zone_of(record("_a.example.com.").key()), kZone);
  // DNS knows no case.
  EXPECT_EQ(api::zone_record_key(kZone, "_A.Example.com."), record("_a.example.com.").key());
}

TEST(Records, FollowWhatIsWritten) {
  Records records;
  records.note(record("_a.example.com.", "Conflict"));
  EXPECT_EQ(records.in_trouble(kZone, 10).count, 1U);
  auto again = record("_a.example.com.");
  again.status.unneeded_since = Time{};
  records.note(again);
  EXPECT_EQ(records.in_trouble(kZone, 10).count, 0U);
  EXPECT_EQ(records.unneeded(kZone, 10).count, 1U);
  EXPECT_EQ(records.find(again.key())->status, again.status);
  records.forget(again.key());
  EXPECT_EQ(records.count(kZone), 0U);
  EXPECT_EQ(records.unneeded(kZone, 10).count, 0U);
  EXPECT_FALSE(records.find(again.key()));
}

TEST(Records, NameTheFirstAndCountAll) {
  Records records;
  for (const char* name : {"_c.example.com.", "_a.example.com.", "_b.example.com."})
    records.note(record(name, "Conflict"));
  // Refused as one of a batch: nothing is known against it yet.
  records.note(record("_d.example.com.", "Refused"));
  const auto some = records.in_trouble(kZone, 2);
  EXPECT_EQ(some.count, 3U);
  ASSERT_THAT(some.first, SizeIs(2));
  EXPECT_EQ(some.first[0].record.name, "_a.example.com.");
  EXPECT_EQ(some.first[1].record.name, "_b.example.com.");
}

TEST(Records, WhatCarriesAnothersNameIsNoneOfOurs) {
  Records records;
  auto stray = record("_a.example.com.");
  stray.spec.name = "_b.example.com.";
  records.note(stray);
  EXPECT_THAT(records.of(kZone), IsEmpty());
}

}  // namespace
}  // namespace certloop::zone
