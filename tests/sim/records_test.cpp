// Validation records from their first need to their removal (PROTOCOLS 4).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/hand.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const char* const kZone = "example.com.";

// A public certificate was issued, and its record stands in the zone.
struct Kept {
  explicit Kept(emulator::EmulatorOptions options = {})
      : world(std::move(options)), hand(world.aws, world.clock) {
    world.apply(std::string(kAccount) + "---" + kPublic);
    world.settle();
    const auto placement = world.placement("shop");
    record = *placement.status.validation.front().record;
    EXPECT_EQ(hand.records(kZone), 1U);
  }

  // The certificate goes; from now on nothing of ours needs the record.
  void remove_certificate() {
    world.remove(Kind::certificate, "shop");
    world.pass(minutes(20));
    EXPECT_THAT(certificates_in(world.aws), IsEmpty());
    EXPECT_EQ(hand.records(kZone), 1U);
    world.clear();
    world.keeps_to_plan = false;  // what comes due by the time alone stands in no plan of today
  }

  api::HostedZone zone() {
    auto zones = store::list<api::HostedZone>(*world.store).value();
    EXPECT_EQ(zones.size(), 1U);
    return zones.front();
  }
  // What is known of the records of the zone.
  std::vector<api::ZoneRecord> known() {
    return store::list<api::ZoneRecord>(*world.store).value();
  }
  std::string why_it_stays() { return world.condition(zone().status.conditions, "Unneeded"); }

  World world;
  Hand hand;
  api::ValidationRecord record;
};

TEST(Records, ARecordThatNothingNeedsGoesAfterSevenDays) {
  Kept kept;
  kept.remove_certificate();
  kept.world.pass(days(6));
  EXPECT_EQ(kept.hand.records(kZone), 1U);
  EXPECT_THAT(kept.why_it_stays(), HasSubstr("it is removed from"));
  EXPECT_THAT(kept.world.planned_calls(), IsEmpty());
  kept.world.pass(days(1) + hours(1));
  EXPECT_EQ(kept.hand.records(kZone), 0U);
  EXPECT_THAT(kept.world.mutating_calls(), ElementsAre("route53 ChangeResourceRecordSets"));
  EXPECT_THAT(kept.known(), IsEmpty());
  EXPECT_THAT(store::list<api::HostedZone>(*kept.world.store).value(), IsEmpty());
  // Every region was read, and only once.
  EXPECT_GE(kept.world.aws.calls().size(), 32U);
  kept.world.clear();
  kept.world.pass(hours(12));
  for (const auto& call : kept.world.aws.calls())
    EXPECT_THAT(call.region, testing::AnyOf("us-east-1", "eu-west-1"));
}

TEST(Records, ThePlanAndTheDriftReportShowARemovalAsTheLoopDoesIt) {
  Kept kept;
  kept.remove_certificate();
  kept.world.clock.advance(days(8));
  const auto survey = kept.world.survey();
  std::vector<api::Step> steps;
  std::vector<api::Difference> differences;
  for (const auto& finding : survey.findings) {
    steps.insert(steps.end(), finding.steps.begin(), finding.steps.end());
    differences.insert(differences.end(), finding.differences.begin(), finding.differences.end());
  }
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].subject, kept.record.name);
  EXPECT_EQ(steps[0].details.at("action"), "DELETE");
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0].drift_class, api::DriftClass::extra);
  EXPECT_THAT(kept.world.mutating_calls(), IsEmpty());
  kept.world.pass(hours(1));
  EXPECT_THAT(kept.world.mutating_calls(), ElementsAre("route53 ChangeResourceRecordSets"));
  EXPECT_EQ(kept.hand.records(kZone), 0U);
}

TEST(Records, ACertificateOfOthersWithTheDomainInAnyRegionKeepsIt) {
  Kept kept;
  kept.remove_certificate();
  aws::RequestCertificate request;
  request.domain_name = "*.shop.example.com";
  request.validation_method = "DNS";
  const auto acm = kept.hand.acm("ap-northeast-3");
  const auto arn = acm->request_certificate(request).value();
  kept.world.pass(days(9));
  EXPECT_EQ(kept.hand.records(kZone), 1U);
  EXPECT_THAT(kept.why_it_stays(), HasSubstr(arn + " is for shop.example.com"));
  // Asked again once a day, not more.
  kept.world.clear();
  kept.world.pass(days(2));
  EXPECT_LE(kept.world.count("SearchCertificates"), 2U * 24 * 12 * 2 + 2 * 34);
  ASSERT_TRUE(acm->delete_certificate(arn).ok());
  kept.world.pass(days(1) + hours(1));
  EXPECT_EQ(kept.hand.records(kZone), 0U);
}

TEST(Records, ARecordWhoseValueWasChangedStays) {
  Kept kept;
  kept.remove_certificate();
  kept.hand.change(kZone, "UPSERT", kept.record.name, "elsewhere.example.net.");
  kept.world.clear();
  kept.world.pass(days(9));
  EXPECT_EQ(kept.hand.records(kZone), 1U);
  EXPECT_THAT(kept.world.mutating_calls(), IsEmpty());
  EXPECT_THAT(kept.why_it_stays(), HasSubstr("its value was changed to elsewhere.example.net."));
}

TEST(Records, ARecordThatChangesAtTheLastMomentIsRefusedByRoute53AndStays) {
  Kept kept;
  kept.remove_certificate();
  // Between the look and the removal somebody gives it another value.
  bool armed = true;
  kept.world.transport.before = [&](const net::HttpRequest& request) -> Result<void> {
    if (!armed || request.body.find("<Action>DELETE</Action>") == std::string::npos) return {};
    armed = false;
    kept.hand.change(kZone, "UPSERT", kept.record.name, "elsewhere.example.net.");
    return {};
  };
  kept.world.pass(days(9));
  EXPECT_FALSE(armed);
  EXPECT_EQ(kept.hand.records(kZone), 1U);
  EXPECT_THAT(kept.world.mutating_calls(),
              testing::Contains("route53 ChangeResourceRecordSets refused"));
  EXPECT_THAT(kept.known(), IsEmpty());  // it is not ours any more
}

TEST(Records, ARecordThatWeDidNotCreateStays) {
  World world;
  Hand hand(world.aws, world.clock);
  // The account's token for the domain is the same for all its certificates: a tool wrote it first.
  aws::RequestCertificate request;
  request.domain_name = "shop.example.com";
  request.validation_method = "DNS";
  const auto acm = hand.acm("us-east-1");
  const auto arn = acm->request_certificate(request).value();
  world.clock.advance(minutes(1));
  const auto record =
      *acm->describe_certificate(arn).value().domain_validation_options.front().resource_record;
  hand.change(kZone, "CREATE", record.name, record.value);
  world.clock.advance(minutes(5));
  ASSERT_TRUE(acm->delete_certificate(arn).ok());
  world.clear();
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.keeps_to_plan = false;  // which token ACM will give, a plan cannot know
  world.settle();
  EXPECT_THAT(world.mutating_calls(), ElementsAre("acm RequestCertificate"));
  world.remove(Kind::certificate, "shop");
  world.pass(days(9));
  EXPECT_EQ(hand.records(kZone), 1U);
  EXPECT_THAT(store::list<api::ZoneRecord>(*world.store).value(), IsEmpty());
}

TEST(Records, ARegionThatCannotBeReadKeepsItUntilItCan) {
  Kept kept;
  kept.remove_certificate();
  kept.world.transport.before = [](const net::HttpRequest& request) -> Result<void> {
    const auto signature = net::header(request.headers, "Authorization").value_or("");
    if (signature.find("/sa-east-1/acm/") == std::string::npos) return {};
    return Error(Code::unavailable, "no route to that region");
  };
  kept.world.pass(days(9));
  EXPECT_EQ(kept.hand.records(kZone), 1U);
  EXPECT_THAT(kept.why_it_stays(), HasSubstr("region sa-east-1 of Account default/prod"));
  kept.world.transport.before = nullptr;
  kept.world.pass(days(1) + hours(1));
  EXPECT_EQ(kept.hand.records(kZone), 0U);
}

TEST(Records, AnOptInRegionThatIsNotEnabledHoldsNoCertificateAndOthersMustBeRead) {
  {
    emulator::EmulatorOptions options;
    options.disabled_regions = {"me-south-1", "ap-east-1"};
    Kept kept(std::move(options));
    kept.remove_certificate();
    kept.world.pass(days(8));
    EXPECT_EQ(kept.hand.records(kZone), 0U);
  }
  {
    emulator::EmulatorOptions options;
    options.disabled_regions = {"us-west-1"};  // always on: something else is wrong
    Kept kept(std::move(options));
    kept.remove_certificate();
    kept.world.pass(days(8));
    EXPECT_EQ(kept.hand.records(kZone), 1U);
    EXPECT_THAT(kept.why_it_stays(), HasSubstr("region us-west-1"));
  }
}

TEST(Records, APlacementThatIsPendingKeepsIt) {
  Kept kept;
  kept.remove_certificate();
  // A request that cannot be made yet, for the account does not list the region.
  const std::string again = R"(
apiVersion: certloop.dev/v1alpha1
kind: Certificate
metadata: {name: again}
spec:
  domainName: again.example.com
  accountRef: {name: prod}
  region: us-west-2
  issuer: {amazon: {}}
)";
  kept.world.apply(again + "  additionalNames: [shop.example.com]\n");
  kept.world.pass(days(9));
  EXPECT_EQ(kept.hand.records(kZone), 1U);
  EXPECT_THAT(kept.why_it_stays(), HasSubstr("is for shop.example.com"));
  kept.world.apply(again);
  kept.world.pass(days(1) + hours(1));
  EXPECT_EQ(kept.hand.records(kZone), 0U);
}

TEST(Records, AnAccountThatIsGoneKeepsIt) {
  Kept kept;
  const auto before = kept.zone();
  kept.remove_certificate();
  // Another Account keeps the zone by now; the one that needed the record is no more.
  auto known = kept.known();
  ASSERT_EQ(known.size(), 1U);
  known[0].status.users = {{"default/former", "210987654321"}};
  ASSERT_TRUE(kept.world.store->update_status(api::write(known[0])).ok());
  kept.world.pass(days(9));
  EXPECT_EQ(kept.hand.records(kZone), 1U);
  EXPECT_THAT(kept.why_it_stays(), HasSubstr("Account default/former not found"));
}

TEST(Records, ARecordIsNeededAgainBeforeItsTimeIsUp) {
  Kept kept;
  kept.remove_certificate();
  kept.world.pass(days(5));
  kept.world.apply(kPublic);
  kept.world.settle();
  EXPECT_THAT(kept.world.mutating_calls(), ElementsAre("acm RequestCertificate"));
  EXPECT_EQ(kept.why_it_stays(), "absent");
  kept.world.remove(Kind::certificate, "shop");
  kept.world.pass(days(5));
  EXPECT_EQ(kept.hand.records(kZone), 1U);
  kept.world.pass(days(3));
  EXPECT_EQ(kept.hand.records(kZone), 0U);
}

// Certificates by the number, in one zone, each with a name and a record of its own.
std::string many(int count) {
  std::string specs = kAccount;
  for (int i = 0; i < count; ++i)
    specs += fmt::format(R"(---
apiVersion: certloop.dev/v1alpha1
kind: Certificate
metadata: {{name: host{0}}}
spec:
  domainName: host{0}.example.com
  accountRef: {{name: prod}}
  region: us-east-1
  issuer: {{amazon: {{}}}}
)",
                         i);
  return specs;
}

struct Cost {
  std::size_t listings = 0, reads = 0, record_reads = 0, changes = 0;
};

Cost cost_of(int count) {
  World world;
  Cost cost;
  world.before_store = [&](const std::string& operation) -> Result<void> {
    if (operation == "list") ++cost.listings;
    if (operation == "get") ++cost.reads;
    return {};
  };
  world.apply(many(count));
  world.settle(hours(2));
  EXPECT_TRUE(world.is_settled());
  EXPECT_EQ(Hand(world.aws, world.clock).records(kZone), static_cast<std::size_t>(count));
  cost.record_reads = world.count("ListResourceRecordSets");
  cost.changes = world.count("ChangeResourceRecordSets");
  return cost;
}

TEST(Records, WhatAZoneCostsIsInProportionToWhatChanges) {
  const Cost some = cost_of(10), more = cost_of(40);
  EXPECT_LE(more.listings, some.listings + 10);
  EXPECT_LE(more.reads, some.reads * 5);
  EXPECT_LE(more.record_reads, some.record_reads * 5);
  EXPECT_LE(more.changes, 40U);
}

// S168: the record serves later renewals too, so it is put back for as long as the certificate
// lives.
TEST(Records, ARecordThatSomebodyTakesAwayIsRestoredWhileTheCertificateLives) {
  Kept kept;
  kept.world.pass(days(2));
  EXPECT_EQ(kept.hand.records(kZone), 1U);
  kept.hand.change(kZone, "DELETE", kept.record.name, kept.record.value);
  EXPECT_EQ(kept.hand.records(kZone), 0U);
  EXPECT_THAT(kept.world.planned_calls(), ElementsAre("route53 ChangeResourceRecordSets"));
  kept.world.pass(hours(1));
  EXPECT_EQ(kept.hand.records(kZone), 1U);
  kept.world.restart();
  kept.world.pass(hours(1));
  EXPECT_EQ(kept.hand.records(kZone), 1U);
}

// S168, S163, S167: where no zone of ours holds the name, the request waits and says what to add;
// it goes on by itself once somebody has added it. One record serves the wildcard and its base.
TEST(Records, WithoutAZoneTheRequestWaitsAndSaysWhatToAdd) {
  emulator::EmulatorOptions options;
  options.keys.push_back({"210987654321", "dns", Secret("dns"), ""});
  options.keys.push_back({"123456789012", "test", Secret("test"), ""});
  World world(std::move(options));  // example.com is the other account's
  Hand others(world.aws, world.clock, "dns");
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.pass(hours(2));
  const auto waiting = world.placement("shop");
  ASSERT_EQ(waiting.status.validation.size(), 2U);
  ASSERT_TRUE(waiting.status.validation[0].record);
  const auto record = *waiting.status.validation[0].record;
  EXPECT_EQ(record.type, "CNAME");
  EXPECT_EQ(waiting.status.validation[1].record, record);
  EXPECT_EQ(waiting.status.validation[0].hosted_zone, "");
  EXPECT_EQ(waiting.status.validation[0].status, "PENDING_VALIDATION");
  const auto ready = world.condition(waiting.status.conditions, "Ready");
  EXPECT_THAT(ready, StartsWith("False RecordsNeeded"));
  EXPECT_THAT(ready,
              HasSubstr("create this CNAME yourself: " + record.name + " CNAME " + record.value));
  EXPECT_THAT(ready, Not(HasSubstr(" and ")));  // one record, said once
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              HasSubstr(record.name + " CNAME " + record.value));
  EXPECT_THAT(world.mutating_calls(), ElementsAre("acm RequestCertificate"));

  others.change(kZone, "CREATE", record.name, record.value);
  world.pass(minutes(10));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("True Issued"));
  EXPECT_EQ(world.count("RequestCertificate"), 1U);
}

}  // namespace
}  // namespace certloop::sim
