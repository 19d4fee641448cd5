// Several controllers on one state, all told to act: what the lock normally forbids is safe too,
// because safety rests on the claim (PROTOCOLS 1).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "ledger/ownership.h"
#include "main_program.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"
#include "tests/support/faulty_store.h"
#include "tests/support/sealed_state.h"

namespace certloop::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Runs `after` when a call that changes something has had its effect and before anybody knows.
class WatchedTransport final : public net::Transport {
 public:
  explicit WatchedTransport(emulator::Emulator& aws) : aws_(aws) {}
  std::function<void(const net::HttpRequest&)> after;

  Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token stop) override {
    auto answer = aws_.send(request, std::move(stop));
    if (after) after(request);
    return answer;
  }

 private:
  emulator::EmulatorTransport aws_;
};

// A controller with a store of its own on the world's directory, as another process has it.
class Controller {
 public:
  Controller(World& world, std::uint64_t seed, std::set<api::Key> scope = {})
      : random_(seed),
        transport(world.aws),
        budget_(world.clock),
        breaker_(world.clock),
        behind_(test::open_state(world.directory.path() / "state", world.clock, random_).value()),
        store(*behind_) {
    connect::Edges edges{transport, transport, world.clock, random_,
                         budget_,   breaker_,  environment_};
    engine = std::make_unique<Engine>(EngineEdges{store, edges, Log::none()}, connect::Policy{},
                                      std::move(scope));
  }

 private:
  SeededRandom random_;

 public:
  WatchedTransport transport;

 private:
  test::StillEnvironment environment_;
  aws::RateBudget budget_;
  aws::CircuitBreaker breaker_;
  std::unique_ptr<store::SqliteStore> behind_;

 public:
  test::FaultyStore store;
  std::unique_ptr<Engine> engine;
};

void run_dry(Controller& one) {
  while (one.engine->step()) {
  }
}

bool is_settled(const store::Store& store) {
  for (const auto kind :
       {api::Kind::account, api::Kind::certificate_authority, api::Kind::certificate})
    for (const auto& object : store.list({.kind = kind}).value().objects)
      if (outcome_of(store, object.key()).value().state == cli::ReconcileResult::State::pending)
        return false;
  for (const auto& placement : store::list<api::Placement>(store).value())
    if (placement.status.pending) return false;
  for (const auto& authority : store::list<api::CertificateAuthority>(store).value())
    if (authority.status.pending) return false;
  return true;
}

Duration until_due(const World& world, const std::vector<Controller*>& all) {
  Duration least = minutes(1);
  for (const auto* each : all)
    if (const auto due = each->engine->next_due())
      // What is ready is due at the beginning of time.
      least = std::min<Duration>(least, std::max(*due, world.clock.tick()) - world.clock.tick());
  return std::max<Duration>(least, Duration(1));
}

// Lets the controllers step in an order that the seed chooses until all is settled, then for twenty
// minutes more.
void alternate(World& world, const std::vector<Controller*>& all, std::uint64_t seed) {
  SeededRandom order(seed);
  const Time end = world.clock.now() + std::chrono::hours(2);
  std::optional<Time> stop;
  while (world.clock.now() < stop.value_or(end)) {
    for (std::size_t idle = 0; idle < 4 * all.size();)
      idle = all[order.below(all.size())]->engine->step() ? 0 : idle + 1;
    if (!stop && is_settled(*world.store)) stop = world.clock.now() + minutes(20);
    world.clock.advance(until_due(world, all));
  }
  EXPECT_TRUE(stop) << "it did not settle in two hours";
}

std::string several() {
  std::string specs = std::string(kAccount) + "---" + kAuthority + "---" + kPrivate + "---" +
                      kPublic + "---\n" +
                      tls_secret("legacy-tls", {"legacy.example.com"},
                                 std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}, 1) +
                      "---" + imported_spec();
  for (int i = 0; i < 3; ++i)
    specs += fmt::format(R"(
---
apiVersion: certloop.dev/v1alpha1
kind: Certificate
metadata: {{name: extra-{0}}}
spec:
  domainName: extra-{0}.example.com
  accountRef: {{name: prod}}
  region: us-east-1
  issuer: {{amazon: {{}}}}
)",
                         i);
  return specs;
}
constexpr std::size_t kCertificates = 6;

// Every certificate stands once in ACM, and the state knows which it is.
void expect_one_each(World& world, std::size_t certificates) {
  std::map<std::string, std::string> arns;  // by the owner
  for (const auto& held : certificates_in(world.aws)) {
    const auto owner = held.tags.find(std::string(ledger::kOwnerTag));
    ASSERT_NE(owner, held.tags.end()) << held.arn;
    EXPECT_TRUE(arns.emplace(owner->second, held.arn).second) << "a second " << owner->second;
  }
  EXPECT_EQ(arns.size(), certificates);
  EXPECT_LE(authorities_in(world.aws), 1U);
  for (const auto& placement : store::list<api::Placement>(*world.store).value()) {
    EXPECT_FALSE(placement.status.pending) << placement.meta.name;
    EXPECT_THAT(world.condition(placement.status.conditions, "Ready"), testing::StartsWith("True"))
        << placement.meta.name;
    EXPECT_THAT(arns, testing::Contains(testing::Pair(testing::_, placement.status.arn)));
  }
}

TEST(Concurrency, TwoControllersThatStepInAnyOrderMakeOneCertificateEach) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    World world;
    Controller one(world, 1), other(world, 2);
    world.apply(several());
    alternate(world, {&one, &other}, seed);
    expect_one_each(world, kCertificates);
    EXPECT_EQ(authorities_in(world.aws), 1U);
  }
}

TEST(Concurrency, AnotherControllerMayWorkBetweenAnyTwoStepsOfOne) {
  World world;
  Controller one(world, 1), other(world, 2);
  const auto let_the_other_work = [&](const std::string& operation) -> Result<void> {
    if (operation == "update_status" || operation == "create") run_dry(other);
    return {};
  };
  one.store.before = let_the_other_work;
  one.store.after = let_the_other_work;
  one.transport.after = [&](const net::HttpRequest&) { run_dry(other); };
  world.apply(several());
  alternate(world, {&one, &other}, 1);
  expect_one_each(world, kCertificates);
  EXPECT_EQ(authorities_in(world.aws), 1U);
}

// The answer is there, but the process stands still before it can write it down; the other recovers
// the call meanwhile. After twenty minutes everything that could be waited for has passed.
void stand_still(const std::string& operation, Duration how_long) {
  SCOPED_TRACE(operation);
  World world;
  Controller one(world, 1), other(world, 2);
  bool stood = false;
  one.transport.after = [&](const net::HttpRequest& request) {
    const auto target = net::header(request.headers, "X-Amz-Target");
    if (stood || !target || !target->ends_with("." + operation)) return;
    stood = true;
    for (const Time end = world.clock.now() + how_long; world.clock.now() < end;) {
      run_dry(other);
      world.clock.advance(std::min<Duration>(until_due(world, {&other}), end - world.clock.now()));
    }
  };
  world.apply(several());
  for (const Time end = world.clock.now() + minutes(10);
       world.clock.now() < end && (run_dry(one), !stood);)
    world.clock.advance(until_due(world, {&one}));
  ASSERT_TRUE(stood);
  alternate(world, {&one, &other}, 1);
  expect_one_each(world, kCertificates);
  EXPECT_EQ(authorities_in(world.aws), 1U);
}

TEST(Concurrency, AControllerThatStoodStillFindsItsCallSettledByAnother) {
  for (const auto* operation :
       {"RequestCertificate", "ImportCertificate", "CreateCertificateAuthority"}) {
    stand_still(operation, seconds(20));
    stand_still(operation, minutes(20));
  }
}

TEST(Concurrency, TwoControllersOnThreadsMakeOneCertificateEachAndLoseNoEdit) {
  World world;
  Controller one(world, 1), other(world, 2);
  world.apply(several());
  {
    std::jthread first([&](std::stop_token stop) { one.engine->run(stop, 2, 1); });
    std::jthread second([&](std::stop_token stop) { other.engine->run(stop, 2, 1); });
    const Time end = world.clock.now() + std::chrono::hours(1);
    for (int edit = 0; world.clock.now() < end; ++edit) {
      // A user edits meanwhile.
      if (edit < 10)
        world.apply(fmt::format(R"(
apiVersion: certloop.dev/v1alpha1
kind: Certificate
metadata: {{name: extra-0, labels: {{edit: "{0}"}}}}
spec:
  domainName: extra-0.example.com
  accountRef: {{name: prod}}
  region: us-east-1
  issuer: {{amazon: {{}}}}
  tags: {{edit: "{0}"}}
)",
                                edit));
      world.store->wait_for_change(Duration(20), {});
      if (edit > 10 && is_settled(*world.store)) break;
      world.clock.advance(seconds(1));
    }
  }
  expect_one_each(world, kCertificates);
  EXPECT_EQ(authorities_in(world.aws), 1U);
  EXPECT_EQ(world.certificate("extra-0").meta.labels.at("edit"), "9");
  for (const auto& held : certificates_in(world.aws))
    if (held.domain == "extra-0.example.com") {
      EXPECT_EQ(held.tags.at("edit"), "9");
    }
}

TEST(Concurrency, AOneShotWithAScopeWorksBesideAWholeController) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE(seed);
    World world;
    world.apply(several());
    Controller whole(world, 1);
    Controller one_shot(world, 2, {{api::Kind::certificate, "default", "shop"}});
    one_shot.engine->enqueue({api::Kind::certificate, "default", "shop"});
    alternate(world, {&whole, &one_shot}, seed);
    expect_one_each(world, kCertificates);
  }
}

TEST(Concurrency, AOneShotMakesWhatIsInItsScopeAndNothingElse) {
  World world;
  world.apply(several());
  Controller one_shot(
      world, 2,
      {{api::Kind::certificate, "default", "shop"}, {api::Kind::account, "default", "prod"}});
  const auto settled = [&] {
    return outcome_of(*world.store, {api::Kind::certificate, "default", "shop"}).value().state !=
           cli::ReconcileResult::State::pending;
  };
  for (const Time end = world.clock.now() + minutes(30);
       world.clock.now() < end && (run_dry(one_shot), !settled());)
    world.clock.advance(until_due(world, {&one_shot}));
  const auto held = certificates_in(world.aws);
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held.front().domain, "shop.example.com");
  EXPECT_EQ(authorities_in(world.aws), 0U);
}

}  // namespace
}  // namespace certloop::sim
