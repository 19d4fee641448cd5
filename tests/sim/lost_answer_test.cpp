// Promise 2 where the network fails instead of the process: each call that changes AWS loses its
// answer once, and is made once all the same.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using emulator::Fault;

struct Scenario {
  std::string specs;
  std::size_t authorities = 0;
};

// "acm RequestCertificate" and how often it is made if nothing goes wrong.
std::map<std::pair<std::string, std::string>, int> calls_of(const Scenario& scenario) {
  World world;
  world.apply(scenario.specs);
  world.settle();
  std::map<std::pair<std::string, std::string>, int> calls;
  for (const auto& call : world.aws.mutating_calls()) ++calls[{call.service, call.operation}];
  return calls;
}

std::ptrdiff_t answers_lost(const World& world) {
  const auto calls = world.aws.mutating_calls();
  return std::count_if(calls.begin(), calls.end(), [](const auto& call) {
    return call.http_status == 0 || call.http_status == 500;
  });
}

void expect_one(World& world, const Scenario& scenario) {
  EXPECT_EQ(certificates_in(world.aws).size(), 1U);
  EXPECT_EQ(authorities_in(world.aws), scenario.authorities);
  for (const auto& placement : store::list<api::Placement>(*world.store).value()) {
    EXPECT_FALSE(placement.status.pending);
    EXPECT_THAT(world.condition(placement.status.conditions, "Ready"), testing::StartsWith("True"));
  }
  for (const auto& ca : store::list<api::CertificateAuthority>(*world.store).value())
    EXPECT_FALSE(ca.status.pending);
}

void lose_answer(World& world, const std::string& operation) {
  Fault fault;
  fault.operation = operation;
  fault.nth = 1;
  fault.kind = Fault::Kind::drop;
  world.aws.add_fault(fault);
}

void lose_every_answer(const Scenario& scenario) {
  const auto calls = calls_of(scenario);
  ASSERT_FALSE(calls.empty());
  for (const auto& [call, times] : calls)
    for (int nth = 1; nth <= times; ++nth)
      for (const auto kind : {Fault::Kind::drop, Fault::Kind::lost, Fault::Kind::crash}) {
        SCOPED_TRACE(fmt::format("{} {} number {}, fault {}", call.first, call.second, nth,
                                 static_cast<int>(kind)));
        World world;
        world.keeps_to_plan = false;
        Fault fault;
        fault.service = call.first;
        fault.operation = call.second;
        fault.nth = nth;
        fault.kind = kind;
        world.aws.add_fault(fault);
        world.apply(scenario.specs);
        world.settle(std::chrono::hours(2));
        world.pass(std::chrono::minutes(20));
        expect_one(world, scenario);
        EXPECT_EQ(answers_lost(world), 1);
      }
}

TEST(LostAnswer, APrivateCertificateAndItsAuthorityAreMadeOnceWhicheverAnswerIsLost) {  // S14, S37
  lose_every_answer({std::string(kAccount) + "---" + kAuthority + "---" + kPrivate, 1});
}

TEST(LostAnswer, APublicCertificateIsRequestedOnceWhicheverAnswerIsLost) {
  lose_every_answer({std::string(kAccount) + "---" + kPublic, 0});
}

TEST(LostAnswer, ACertificateIsImportedOnceWhicheverAnswerIsLost) {
  lose_every_answer({std::string(kAccount) + "---\n" +
                         tls_secret("legacy-tls", {"legacy.example.com"},
                                    std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}, 1) +
                         "---" + imported_spec(),
                     0});
}

// The deletion was carried out, so the ARN is gone; but so soon after our own import nothing that
// denies it is believed (PROTOCOLS 0). The place is not read over and over meanwhile.
TEST(LostAnswer, ADeletionRightAfterTheImportIsLookedForWithoutHaste) {
  World world;
  world.keeps_to_plan = false;  // that an answer is lost, no plan can know
  world.apply(std::string(kAccount) + "---\n" +
              tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) + "---" +
              imported_spec());
  world.pass(std::chrono::seconds(10));
  ASSERT_EQ(certificates_in(world.aws).size(), 1U);
  world.restart();
  lose_answer(world, "DeleteCertificate");
  world.remove(api::Kind::certificate, "legacy");
  world.clear();
  world.pass(std::chrono::minutes(2));
  EXPECT_LE(world.count("SearchCertificates"), 12U);
  EXPECT_LE(world.count("GetResources"), 12U);
  world.pass(std::chrono::minutes(3));
  EXPECT_FALSE(world.exists(api::Kind::certificate, "legacy"));
  EXPECT_EQ(world.count("DeleteCertificate"), 1U) << "the one whose answer was lost was enough";
}

TEST(LostAnswer, AnOldArnWhoseDeletionWasNotAnsweredIsForgottenWithinMinutes) {
  World world;
  world.keeps_to_plan = false;  // that an answer is lost, no plan can know
  std::string spec = kPrivate;
  spec += "  replacementGraceHours: 0\n";
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + spec);
  world.settle();
  lose_answer(world, "DeleteCertificate");
  const std::string name = "DB.internal.example.com";
  spec.replace(spec.find(name), name.size(), "other.internal.example.com");
  world.clear();
  world.apply(spec);
  world.pass(std::chrono::minutes(4));
  ASSERT_EQ(certificates_in(world.aws).size(), 1U) << "the old one was deleted";
  EXPECT_LE(world.count("SearchCertificates"), 12U);
  EXPECT_TRUE(world.placement("internal").status.previous.empty());
  EXPECT_THAT(world.condition(world.placement("internal").status.conditions, "InSync"),
              testing::StartsWith("True"));
}

// KINDS, management: Observe never acts, not even to settle what was begun under Enforce.
TEST(LostAnswer, ACallWithoutEffectIsNotSentAgainUnderObserve) {
  World world;
  world.keeps_to_plan = false;  // that an answer is lost, no plan can know
  Fault fault;
  fault.operation = "RequestCertificate";
  fault.nth = 1;
  fault.kind = Fault::Kind::crash;
  world.aws.add_fault(fault);
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.pass(std::chrono::seconds(10));
  ASSERT_TRUE(world.placement("shop").status.pending);
  std::string observed = kPublic;
  observed.insert(observed.find("  domainName"), "  management: Observe\n");
  world.apply(observed);
  world.pass(std::chrono::hours(3));
  EXPECT_EQ(certificates_in(world.aws).size(), 0U);
  EXPECT_FALSE(world.placement("shop").status.pending) << "the token's life is over";
  EXPECT_THAT(world.condition(world.placement("shop").status.conditions, "InSync"),
              testing::StartsWith("False Drift: Missing"));
}

TEST(LostAnswer, AnAuthorityIsNotAskedForAgainUnderObserve) {
  World world;
  world.keeps_to_plan = false;  // that an answer is lost, no plan can know
  Fault fault;
  fault.operation = "CreateCertificateAuthority";
  fault.nth = 1;
  fault.kind = Fault::Kind::crash;
  world.aws.add_fault(fault);
  world.apply(std::string(kAccount) + "---" + kAuthority);
  world.pass(std::chrono::seconds(10));
  ASSERT_TRUE(world.authority("root").status.pending);
  std::string observed = kAuthority;
  observed.insert(observed.find("  deletionPolicy"), "  management: Observe\n");
  world.apply(observed);
  world.pass(std::chrono::hours(3));
  EXPECT_EQ(authorities_in(world.aws), 0U);
  EXPECT_FALSE(world.authority("root").status.pending);
}

}  // namespace
}  // namespace certloop::sim
