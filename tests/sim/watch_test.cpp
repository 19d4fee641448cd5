// What the controller says while it watches: after a restart, while AWS does not answer, and while
// its rights are too few to look. What stands in AWS serves all the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// The resource version of everything that users or the controller made.
std::map<std::string, std::string> versions(World& world) {
  std::map<std::string, std::string> all;
  for (const auto kind :
       {Kind::account, Kind::certificate_authority, Kind::certificate, Kind::placement})
    for (const auto& object : world.store->list({.kind = kind}).value().objects)
      all[text_of(object.key())] = object.meta.version;
  return all;
}

void make_private_one(World& world) {
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate);
  world.settle();
  world.pass(hours(2));
  ASSERT_THAT(world.condition(world.placement("internal").status.conditions, "Ready"),
              StartsWith("True"));
}

std::string ready(World& world) {
  return world.condition(world.certificate("internal").status.conditions, "Ready");
}

emulator::Fault no_answer() {
  emulator::Fault fault;
  fault.probability = 1;
  fault.kind = emulator::Fault::Kind::drop;
  return fault;
}

// As AWS says it of an identity without that right.
emulator::Fault denied(const std::string& operation) {
  emulator::Fault fault;
  fault.service = "acm";
  fault.operation = operation;
  fault.probability = 1;
  fault.error_code = "AccessDeniedException";
  fault.message = "User: u is not authorized to perform: acm:" + operation;
  return fault;
}

// S11: nor does any other object change, so that nobody is alarmed by a restart.
TEST(Watch, ARestartThatFindsNothingNewWritesNothing) {
  World world;
  make_private_one(world);
  const auto before = versions(world);
  world.restart();
  world.pass(minutes(30));
  EXPECT_EQ(versions(world), before);
}

TEST(Watch, ACertificateAndItsAuthorityStayReadyWhileAwsDoesNotAnswer) {
  World world;
  make_private_one(world);
  world.aws.add_fault(no_answer());
  world.pass(hours(1));
  const auto during = versions(world);
  world.pass(hours(29));
  EXPECT_EQ(versions(world), during) << "a long outage is written down once";
  EXPECT_THAT(ready(world), StartsWith("True"));
  const auto status = world.placement("internal").status;
  EXPECT_THAT(world.condition(status.conditions, "Reconciling"), StartsWith("True"));
  EXPECT_THAT(world.condition(status.conditions, "InSync"), StartsWith("Unknown"));
  const auto authority = world.authority("root").status;
  EXPECT_THAT(world.condition(authority.conditions, "Ready"), StartsWith("True"));
  EXPECT_THAT(world.condition(authority.conditions, "Reconciling"), StartsWith("True"));
  EXPECT_THAT(world.condition(authority.conditions, "InSync"), StartsWith("Unknown"));
  world.aws.clear_faults();
  world.pass(hours(2));
  const auto healed = world.placement("internal").status;
  EXPECT_THAT(world.condition(healed.conditions, "Reconciling"), StartsWith("False"));
  EXPECT_THAT(world.condition(healed.conditions, "InSync"), StartsWith("True"));
}

// What serves until it expires is not called ready beyond that only because nobody could look.
TEST(Watch, ACertificateThatCannotBeLookedAtIsNotReadyOnceItHasExpired) {
  World world;
  make_private_one(world);
  world.aws.add_fault(no_answer());
  world.clock.advance(hours(24 * 400));
  world.pass(hours(1));
  EXPECT_THAT(ready(world), StartsWith("False"));
}

TEST(Watch, AnEditOfTheAccountTakesNothingFromItsCertificates) {
  World world;
  make_private_one(world);
  const auto earlier = world.certificate("internal").status;
  const auto* const before = api::find(earlier.conditions, "Ready");
  ASSERT_NE(before, nullptr);
  world.apply(std::string(kAccount) + "  allowedNamespaces: [{names: [shop]}]\n");
  world.pass(hours(1));
  const auto status = world.certificate("internal").status;
  const auto* const after = api::find(status.conditions, "Ready");
  EXPECT_EQ(after->status, api::Truth::yes);
  EXPECT_EQ(after->since, before->since);
}

// S25: the denied action is named where the user looks, and it heals.
TEST(Watch, ARightThatTheBulkReadingLacksIsNamedByThePlacement) {
  World world;
  for (const char* operation : {"SearchCertificates", "ListCertificates"})
    world.aws.add_fault(denied(operation));
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate);
  world.settle();
  EXPECT_THAT(world.condition(world.certificate("internal").status.conditions, "Stalled"),
              StartsWith("True AccessDenied"));
  EXPECT_THAT(ready(world), HasSubstr("acm:SearchCertificates"));
  EXPECT_EQ(world.count("RequestCertificate"), 0U);
  world.aws.clear_faults();
  world.pass(hours(3));
  EXPECT_THAT(ready(world), StartsWith("True"));
  EXPECT_EQ(world.count("RequestCertificate"), 1U);
}

}  // namespace
}  // namespace certloop::sim
