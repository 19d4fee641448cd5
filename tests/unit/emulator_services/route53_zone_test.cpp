#include "emulator/route53_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/route53_value.h"

namespace certloop::emulator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RecordSet record(const std::string& name, const std::string& type, std::vector<std::string> values,
                 long ttl = 300) {
  RecordSet set;
  set.name = name;
  set.type = type;
  set.ttl = ttl;
  set.values = std::move(values);
  return set;
}

Zone example_zone() {
  Zone zone;
  zone.name = "example.com.";
  zone.seed(record("example.com.", "NS", {"ns-1.awsdns-01.com."}, 172800));
  zone.seed(
      record("example.com.", "SOA", {"ns-1.awsdns-01.com. a.b. 1 7200 900 1209600 86400"}, 900));
  return zone;
}

TEST(Route53Zone, CreatesWhatWasNotThere) {
  Zone zone = example_zone();
  const RecordSet set = record("_a.example.com.", "CNAME", {"_b.acm-validations.aws."});
  EXPECT_THAT(zone.apply({{"CREATE", set}}), IsEmpty());
  ASSERT_EQ(zone.sets_of("_a.example.com.", "CNAME").size(), 1U);
  EXPECT_EQ(zone.sets_of("_a.example.com.", "CNAME")[0]->values, set.values);
}

TEST(Route53Zone, RefusesToCreateWhatIsThere) {
  Zone zone = example_zone();
  const RecordSet set = record("a.example.com.", "A", {"192.0.2.1"});
  ASSERT_THAT(zone.apply({{"CREATE", set}}), IsEmpty());
  EXPECT_THAT(zone.apply({{"CREATE", set}}),
              ElementsAre("Tried to create resource record set [name='a.example.com.', type='A'] "
                          "but it already exists"));
}

TEST(Route53Zone, DeletesOnlyWhatMatchesExactly) {
  Zone zone = example_zone();
  ASSERT_THAT(zone.apply({{"CREATE", record("a.example.com.", "A", {"192.0.2.1", "192.0.2.2"})}}),
              IsEmpty());
  const std::string mismatch =
      "Tried to delete resource record set [name='a.example.com.', type='A'] but the values "
      "provided do not match the current values";
  EXPECT_THAT(zone.apply({{"DELETE", record("a.example.com.", "A", {"192.0.2.1"})}}),
              ElementsAre(mismatch));
  EXPECT_THAT(
      zone.apply({{"DELETE", record("a.example.com.", "A", {"192.0.2.1", "192.0.2.2"}, 60)}}),
      ElementsAre(mismatch));
  // The order of the values does not matter.
  EXPECT_THAT(zone.apply({{"DELETE", record("a.example.com.", "A", {"192.0.2.2", "192.0.2.1"})}}),
              IsEmpty());
  EXPECT_THAT(zone.apply({{"DELETE", record("a.example.com.", "A", {"192.0.2.2", "192.0.2.1"})}}),
              ElementsAre("Tried to delete resource record set [name='a.example.com.', type='A'] "
                          "but it was not found"));
}

TEST(Route53Zone, AppliesAllChangesOrNone) {
  Zone zone = example_zone();
  const auto problems =
      zone.apply({{"CREATE", record("a.example.com.", "A", {"192.0.2.1"})},
                  {"CREATE", record("b.example.org.", "A", {"192.0.2.1"})},
                  {"CREATE", record("example.com.", "CNAME", {"elsewhere.example."})}});
  EXPECT_THAT(problems,
              ElementsAre("RRSet with DNS name b.example.org. is not permitted in zone "
                          "example.com.",
                          "RRSet of type CNAME with DNS name example.com. is not permitted at "
                          "apex in zone example.com."));
  EXPECT_EQ(zone.records().size(), 2U);
}

TEST(Route53Zone, LetsNothingStandBesideACname) {
  Zone zone = example_zone();
  ASSERT_THAT(zone.apply({{"CREATE", record("a.example.com.", "A", {"192.0.2.1"})},
                          {"CREATE", record("c.example.com.", "CNAME", {"x.example."})}}),
              IsEmpty());
  EXPECT_THAT(zone.apply({{"CREATE", record("a.example.com.", "CNAME", {"x.example."})}}),
              ElementsAre("RRSet of type CNAME with DNS name a.example.com. is not permitted as it "
                          "conflicts with other records with the same DNS name in zone "
                          "example.com."));
  EXPECT_THAT(zone.apply({{"CREATE", record("c.example.com.", "A", {"192.0.2.1"})}}),
              ElementsAre("RRSet of type A with DNS name c.example.com. is not permitted because a "
                          "conflicting RRSet of type CNAME with the same DNS name already exists "
                          "in zone example.com."));
}

TEST(Route53Zone, ReplacesByDeletingAndCreatingInOneBatch) {
  Zone zone = example_zone();
  ASSERT_THAT(zone.apply({{"CREATE", record("a.example.com.", "A", {"192.0.2.1"})}}), IsEmpty());
  EXPECT_THAT(zone.apply({{"DELETE", record("a.example.com.", "A", {"192.0.2.1"})},
                          {"CREATE", record("a.example.com.", "CNAME", {"x.example."})}}),
              IsEmpty());
  EXPECT_EQ(zone.sets_of("a.example.com.", "CNAME").size(), 1U);
  EXPECT_TRUE(zone.sets_of("a.example.com.", "A").empty());
}

TEST(Route53Zone, RefusesTwoChangesOfOneSet) {
  Zone zone = example_zone();
  EXPECT_THAT(zone.apply({{"UPSERT", record("a.example.com.", "A", {"192.0.2.1"})},
                          {"UPSERT", record("a.example.com.", "A", {"192.0.2.2"})}}),
              ElementsAre("The request contains an invalid set of changes for a resource record "
                          "set 'A a.example.com.'"));
}

TEST(Route53Zone, KeepsItsSoaAndNs) {
  Zone zone = example_zone();
  EXPECT_THAT(
      zone.apply({{"DELETE", record("example.com.", "NS", {"ns-1.awsdns-01.com."}, 172800)}}),
      ElementsAre("A HostedZone must contain at least one NS record for the zone itself."));
  EXPECT_EQ(zone.records().size(), 2U);
}

TEST(Route53Zone, LeavesAnUnchangedSetAsOldAsItIs) {
  Zone zone = example_zone();
  RecordSet set = record("a.example.com.", "A", {"192.0.2.1"});
  set.in_sync_at = Time(Duration(1000));
  ASSERT_THAT(zone.apply({{"UPSERT", set}}), IsEmpty());
  set.in_sync_at = Time(Duration(2000));
  ASSERT_THAT(zone.apply({{"UPSERT", set}}), IsEmpty());
  EXPECT_EQ(zone.sets_of("a.example.com.", "A")[0]->in_sync_at, Time(Duration(1000)));
  set.values = {"192.0.2.2"};
  ASSERT_THAT(zone.apply({{"UPSERT", set}}), IsEmpty());
  EXPECT_EQ(zone.sets_of("a.example.com.", "A")[0]->in_sync_at, Time(Duration(2000)));
}

TEST(Route53Zone, KeepsWeightedSetsApartByTheirIdentifiers) {
  Zone zone = example_zone();
  RecordSet one = record("a.example.com.", "A", {"192.0.2.1"});
  one.set_identifier = "one";
  one.routing.weight = 1;
  RecordSet two = one;
  two.set_identifier = "two";
  EXPECT_THAT(zone.apply({{"CREATE", one}, {"CREATE", two}}), IsEmpty());
  EXPECT_EQ(zone.sets_of("a.example.com.", "A").size(), 2U);
  EXPECT_EQ(zone.apply({{"CREATE", record("a.example.com.", "A", {"192.0.2.3"})}}).size(), 1U);
}

TEST(Route53Value, KnowsTheGrammarOfEachType) {
  EXPECT_EQ(record_value_problem("A", "192.0.2.1"), "");
  EXPECT_EQ(record_value_problem("A", "999.0.2.1"),
            "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)");
  EXPECT_EQ(record_value_problem("AAAA", "2001:db8::1"), "");
  EXPECT_NE(record_value_problem("AAAA", "192.0.2.1"), "");
  EXPECT_EQ(record_value_problem("TXT", "\"a b\" \"c\\\"d\""), "");
  EXPECT_EQ(record_value_problem("TXT", "a b"),
            "InvalidCharacterString (Value should be enclosed in quotation marks)");
  EXPECT_EQ(record_value_problem("TXT", "\"" + std::string(256, 'a') + "\""),
            "CharacterStringTooLong (Value is too long)");
  EXPECT_EQ(record_value_problem("CAA", "0 issue \"amazon.com\""), "");
  EXPECT_NE(record_value_problem("CAA", "0 issue amazon.com"), "");
  EXPECT_EQ(record_value_problem("MX", "10 mail.example.com"), "");
  EXPECT_NE(record_value_problem("MX", "mail.example.com"), "");
  EXPECT_EQ(record_value_problem("SRV", "1 10 443 a.example.com"), "");
  EXPECT_NE(record_value_problem("SRV", "1 10 70000 a.example.com"), "");
  EXPECT_EQ(record_value_problem("CNAME", "a b"), "RRDATANotSingleField (Value contains spaces)");
}

}  // namespace
}  // namespace certloop::emulator
