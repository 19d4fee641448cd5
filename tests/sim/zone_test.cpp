// Hosted zones: how many records one may hold, when it comes and goes, and what depends on it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/sim/hand.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const char* const kZone = "example.com.";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

std::vector<api::HostedZone> zones_in(World& world) {
  return store::list<api::HostedZone>(*world.store).value();
}
std::vector<api::ZoneRecord> records_in(World& world) {
  return store::list<api::ZoneRecord>(*world.store).value();
}
std::string ready_of(World& world, const std::string& certificate) {
  return world.condition(world.placement(certificate).status.conditions, "Ready");
}

api::ValidationRecord record_of(const std::string& domain) {
  return {"_1234567890abcdef1234567890abcdef." + domain + ".", "CNAME",
          "_abcdef1234567890abcdef1234567890.abcdefghij.acm-validations.aws."};
}

// Placements that ask for records, and that nothing else happens to: 100 names each, as many as ACM
// takes.
void ask_for_records(World& world, int count) {
  constexpr int kNames = 100;
  const std::string zone = "default/prod." + lower(Hand(world.aws, world.clock).zone(kZone));
  for (int first = 0; first < count; first += kNames) {
    api::Placement placement;
    placement.meta.space = "default";
    placement.meta.name = fmt::format("many{}.prod.us-east-1", first);
    placement.spec.account_ref.name = "prod";
    placement.spec.region = "us-east-1";
    placement.spec.management = api::Management::suspended;
    placement.spec.issuer.amazon.emplace();
    placement.status.arn =
        fmt::format("arn:aws:acm:us-east-1:123456789012:certificate/many{}", first);
    for (int i = first; i < first + kNames; ++i) {
      const std::string name = fmt::format("host{}.example.com", i);
      (i == first ? placement.spec.domain_name
                  : placement.spec.additional_names.emplace_back()) = name;
      placement.status.validation.push_back(
          {name, "DNS", "PENDING_VALIDATION", record_of(name), zone});
    }
    ASSERT_TRUE(world.store->create(api::write(placement)).ok());
  }
  const auto slash = zone.find('/');
  api::HostedZone object;
  object.meta.space = "default";
  object.meta.name = zone.substr(slash + 1);
  object.spec.account_ref.name = "prod";
  object.spec.id = Hand(world.aws, world.clock).zone(kZone);
  ASSERT_TRUE(world.store->create(api::write(object)).ok());
}

// The status of one object would have passed 256 KiB at 865 names.
TEST(HostedZone, HoldsTwoThousandRecordsAndWatchesThem) {
  World world;
  world.keeps_to_plan = false;
  Hand hand(world.aws, world.clock);
  world.apply(kAccount);
  world.settle();
  std::map<std::string, std::size_t> operations;
  world.before_store = [&](const std::string& operation) -> Result<void> {
    ++operations[operation];
    return {};
  };
  ask_for_records(world, 2000);
  world.pass(minutes(20));
  EXPECT_EQ(hand.records(kZone), 2000U);
  ASSERT_THAT(zones_in(world), SizeIs(1));
  EXPECT_THAT(records_in(world), SizeIs(2000));
  EXPECT_THAT(world.condition(zones_in(world)[0].status.conditions, "Ready"),
              StartsWith("True RecordsKept"));
  EXPECT_EQ(zones_in(world)[0].spec.domain, kZone);
  EXPECT_LT(zones_in(world)[0].meta.generation, 4);
  // One write for each record.
  EXPECT_LT(operations["create"], 2020U);
  EXPECT_LT(operations["update_status"], 100U);
  // It is watched: what somebody takes away comes back, and nothing else is written.
  operations.clear();
  world.clear();
  const auto one = record_of("host1234.example.com");
  hand.change(kZone, "DELETE", one.name, one.value);
  world.pass(hours(1));
  EXPECT_EQ(hand.records(kZone), 2000U);
  EXPECT_EQ(world.count("ChangeResourceRecordSets"), 2U);  // one of them by hand
  EXPECT_LT(operations["create"] + operations["update_status"], 20U);
  // Another process finds all of it again.
  world.restart();
  world.clear();
  world.pass(hours(1));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
  EXPECT_EQ(hand.records(kZone), 2000U);
}

TEST(HostedZone, NamesItselfByItsDomainInConflicts) {
  World world;
  world.keeps_to_plan = false;
  Hand hand(world.aws, world.clock);
  // The token of a domain is the same for all certificates of the account.
  aws::RequestCertificate request;
  request.domain_name = "shop.example.com";
  request.validation_method = "DNS";
  const auto acm = hand.acm("us-east-1");
  const auto arn = acm->request_certificate(request).value();
  world.clock.advance(minutes(1));
  const auto record =
      *acm->describe_certificate(arn).value().domain_validation_options.front().resource_record;
  hand.change(kZone, "CREATE", record.name, "elsewhere.example.net.");
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.pass(minutes(20));
  EXPECT_THAT(ready_of(world, "shop"), StartsWith("False RecordConflict"));
  EXPECT_THAT(ready_of(world, "shop"), HasSubstr("zone example.com (Z"));
  EXPECT_THAT(ready_of(world, "shop"), HasSubstr("elsewhere.example.net."));
  hand.change(kZone, "DELETE", record.name, "elsewhere.example.net.");
  world.pass(hours(1));
  EXPECT_THAT(ready_of(world, "shop"), StartsWith("True"));
}

// A state that an earlier version wrote: the zone's status holds its records.
TEST(HostedZone, TakesItsRecordsOverFromAnEarlierVersion) {
  World world;
  world.keeps_to_plan = false;
  Hand hand(world.aws, world.clock);
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  auto zone = zones_in(world).at(0);
  const auto now = records_in(world);
  ASSERT_THAT(now, SizeIs(1));
  zone.status.records = {now[0].status};
  ASSERT_TRUE(now[0].status.created_by_us);
  ASSERT_TRUE(world.store->update_status(api::write(zone)).ok());
  ASSERT_TRUE(world.store->remove(now[0].key(), {}).ok());
  world.restart();
  EXPECT_THAT(world.planned_calls(), IsEmpty());
  world.pass(minutes(40));
  EXPECT_THAT(zones_in(world).at(0).status.records, IsEmpty());
  const auto moved = records_in(world);
  ASSERT_THAT(moved, SizeIs(1));
  EXPECT_EQ(moved[0].status, now[0].status);
  EXPECT_EQ(moved[0].key(), now[0].key());
  // Ours to remove, still.
  world.remove(Kind::certificate, "shop");
  world.pass(days(7) + hours(2));
  EXPECT_EQ(hand.records(kZone), 0U);
}

TEST(HostedZone, GoesWithItsLastRecord) {
  World world;
  world.keeps_to_plan = false;
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  EXPECT_THAT(zones_in(world), SizeIs(1));
  world.remove(Kind::certificate, "shop");
  world.pass(days(6));
  EXPECT_THAT(zones_in(world), SizeIs(1));
  world.pass(days(1) + hours(1));
  EXPECT_THAT(zones_in(world), IsEmpty());
  EXPECT_THAT(records_in(world), IsEmpty());
  // It comes back with the next certificate that needs it.
  world.apply(kPublic);
  world.settle();
  EXPECT_THAT(ready_of(world, "shop"), StartsWith("True"));
  EXPECT_THAT(zones_in(world), SizeIs(1));
  EXPECT_THAT(records_in(world), SizeIs(1));
}

TEST(HostedZone, GoesWithItsAccountOnceNoCertificateNeedsIt) {
  World world;
  world.keeps_to_plan = false;
  Hand hand(world.aws, world.clock);
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  world.remove(Kind::certificate, "shop");
  world.pass(minutes(20));
  world.remove(Kind::account, "prod");
  world.pass(minutes(20));
  EXPECT_FALSE(world.exists(Kind::account, "prod"));
  EXPECT_THAT(zones_in(world), IsEmpty());
  EXPECT_THAT(records_in(world), IsEmpty());
  // Seven days have not passed: the record is left, and that is said.
  EXPECT_EQ(hand.records(kZone), 1U);
  std::string events;
  for (const auto& event : world.store->list({.kind = Kind::event}).value().objects)
    events += event.body.text();
  EXPECT_THAT(events, HasSubstr("RecordsLeft"));
}

std::string of_another_zone(std::string spec) {
  spec = replaced(std::move(spec), "shop.example.com", "shop.elsewhere.net");
  return replaced(std::move(spec), "*.shop.example.com", "*.shop.elsewhere.net");
}

TEST(WithoutRoute53, ACertificateWaitsWithTheCauseAndTheRecordAndCanBeDeleted) {
  World world;
  world.keeps_to_plan = false;
  world.apply(std::string(kAccount) + "---" + of_another_zone(kPublic));
  world.aws.deny({"*", "route53:*"});
  world.pass(hours(1));
  EXPECT_THAT(ready_of(world, "shop"), StartsWith("False AccessDenied"));
  EXPECT_THAT(ready_of(world, "shop"), HasSubstr("Account default/prod cannot be read"));
  const auto record = *world.placement("shop").status.validation.at(0).record;
  EXPECT_THAT(ready_of(world, "shop"), HasSubstr(record.name + " CNAME " + record.value));
  world.remove(Kind::certificate, "shop");
  world.pass(hours(6));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop"));
  EXPECT_THAT(certificates_in(world.aws), IsEmpty());
}

TEST(WithoutRoute53, ACertificateGoesOnByItselfOnceTheRightIsGranted) {
  World world;
  world.keeps_to_plan = false;
  world.aws.deny({"*", "route53:*"});
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.pass(hours(1));
  EXPECT_THAT(ready_of(world, "shop"), StartsWith("False AccessDenied"));
  world.aws.clear_denials();
  world.pass(minutes(30));
  EXPECT_THAT(ready_of(world, "shop"), StartsWith("True"));
  EXPECT_EQ(world.count("RequestCertificate"), 1U);
}

TEST(WithoutRoute53, ACertificateThatIsIssuedServes) {
  World world;
  world.keeps_to_plan = false;
  Hand hand(world.aws, world.clock);
  const auto acm = hand.acm("us-east-1");
  aws::RequestCertificate request;
  request.domain_name = "shop.example.com";
  request.subject_alternative_names = {"shop.example.com"};
  request.validation_method = "DNS";
  request.key_algorithm = "RSA_2048";
  const std::string arn = acm->request_certificate(request).value();
  world.clock.advance(seconds(10));
  const auto record =
      *acm->describe_certificate(arn).value().domain_validation_options.at(0).resource_record;
  hand.change(kZone, "CREATE", record.name, record.value);
  world.clock.advance(minutes(10));
  ASSERT_EQ(acm->describe_certificate(arn).value().status, "ISSUED");
  world.aws.deny({"*", "route53:*"});
  const std::string spec =
      replaced(kPublic, "additionalNames: [\"*.shop.example.com\"]\n  ", "");
  world.apply(std::string(kAccount) + "---" + replaced(spec, "spec:", "spec:\n  arn: " + arn));
  world.pass(hours(1));
  EXPECT_THAT(ready_of(world, "shop"), StartsWith("True"));
  EXPECT_THAT(world.condition(world.placement("shop").status.conditions, "InSync"),
              StartsWith("True"));
}

// The first zone that is made by hand gets the id that the spec names.
TEST(NamedZone, ThatIsMissingIsLookedForAgain) {
  World world;
  world.keeps_to_plan = false;
  const std::string id = Hand(world.aws, world.clock).zone(kZone);
  const std::string spec =
      replaced(kPublic, "amazon: {}",
               "amazon: {hostedZones: [{accountRef: {name: dns}, id: " + id + "}]}");
  world.apply(std::string(kAccount) + "---" + spec);
  world.pass(hours(1));
  EXPECT_THAT(ready_of(world, "shop"), StartsWith("False ReferenceNotFound"));
  // The account of the zone comes later.
  std::string other = kAccount;
  for (const auto& [from, to] :
       {std::pair{"{name: prod-aws}", "{name: dns-aws}"}, std::pair{"{name: prod}", "{name: dns}"},
        std::pair{"{name: prod-aws, key", "{name: dns-aws, key"}})
    other = replaced(other, from, to);
  world.apply(other);
  world.pass(hours(1));
  EXPECT_THAT(ready_of(world, "shop"), StartsWith("True"));
  EXPECT_EQ(world.count("RequestCertificate"), 1U);
}

TEST(NamedZone, ThatDoesNotExistIsNamedAndTheCertificateCanBeDeleted) {
  World world;
  world.keeps_to_plan = false;
  const std::string spec = replaced(
      kPublic, "amazon: {}", "amazon: {hostedZones: [{accountRef: {name: prod}, id: Z0NOTTHERE}]}");
  world.apply(std::string(kAccount) + "---" + spec);
  world.pass(hours(1));
  EXPECT_THAT(ready_of(world, "shop"), StartsWith("False HostedZoneNotFound"));
  EXPECT_THAT(ready_of(world, "shop"), HasSubstr("Z0NOTTHERE"));
  world.remove(Kind::certificate, "shop");
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop"));
  EXPECT_THAT(certificates_in(world.aws), IsEmpty());
}

TEST(NamedZone, ThatIsCorrectedIsUsed) {
  World world;
  world.keeps_to_plan = false;
  const std::string wrong = replaced(
      kPublic, "amazon: {}", "amazon: {hostedZones: [{accountRef: {name: prod}, id: Z0NOTTHERE}]}");
  world.apply(std::string(kAccount) + "---" + wrong);
  world.pass(hours(1));
  const std::string id = Hand(world.aws, world.clock).zone(kZone);
  world.apply(replaced(wrong, "Z0NOTTHERE", id));
  world.pass(minutes(30));
  EXPECT_THAT(ready_of(world, "shop"), StartsWith("True"));
}

// Two zones hold the name: a parent that was named first, and the child that is right.
TEST(NamedZone, AChoiceIsMadeAgainWhenTheSpecChanges) {
  emulator::EmulatorOptions options;
  options.zones = {"shop.example.com"};
  World world(std::move(options));
  world.keeps_to_plan = false;
  Hand hand(world.aws, world.clock);
  const auto naming = [&](const std::string& zone) {
    return replaced(kPublic, "amazon: {}",
                    "amazon: {hostedZones: [{accountRef: {name: prod}, id: " + hand.zone(zone) +
                        "}]}");
  };
  world.apply(std::string(kAccount) + "---" + naming(kZone));
  world.settle();
  EXPECT_EQ(hand.records(kZone), 1U);
  EXPECT_EQ(hand.records("shop.example.com."), 0U);
  world.apply(naming("shop.example.com."));
  world.pass(hours(1));
  EXPECT_EQ(hand.records("shop.example.com."), 1U);
  // The record that is not asked for in the parent any more goes in its time.
  world.pass(days(8));
  EXPECT_EQ(hand.records("shop.example.com."), 1U);
  EXPECT_EQ(hand.records(kZone), 0U);
}

}  // namespace
}  // namespace certloop::sim
