// Promise 2: nothing is issued twice or lost, however often the process is killed. A controller in
// a process of its own is killed after each write to its store and each answer of AWS, one point
// after the other, and started again.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "emulator/emulator.h"
#include "emulator/http_server.h"
#include "ledger/ownership.h"
#include "spec/load.h"
#include "store/typed.h"
#include "tests/sim/world.h"
#include "tests/support/sealed_state.h"
#include "tests/support/temporary_store.h"

namespace certloop {
namespace {

using nlohmann::json;

const Time kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

// What is applied, and what stands in AWS when it is done.
struct Scenario {
  std::string name;
  std::string specs;  // with the address that tests/sim/world.h names
  std::size_t authorities = 0;
};

Scenario private_scenario() {
  return {"private", std::string(sim::kAccount) + "---" + sim::kAuthority + "---" + sim::kPrivate,
          1};
}
Scenario public_scenario() {
  return {"public", std::string(sim::kAccount) + "---" + sim::kPublic, 0};
}
Scenario imported_scenario() {
  return {"imported",
          std::string(sim::kAccount) + "---\n" +
              sim::tls_secret("legacy-tls", {"legacy.example.com"}, kStart, 1) + "---" +
              sim::imported_spec(),
          0};
}

struct Ended {
  bool killed = false;
  std::string said;  // on standard output
};

// Runs the worker and waits for its end.
Ended run_worker(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), KILL_WORKER);
  std::vector<char*> words;
  for (auto& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  pid_t child = 0;
  const int failed = posix_spawn(&child, KILL_WORKER, &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed != 0) throw std::runtime_error("cannot start " KILL_WORKER);
  Ended ended;
  char buffer[256];
  for (ssize_t size = 0; (size = read(ends[0], buffer, sizeof buffer)) > 0;)
    ended.said.append(buffer, static_cast<std::size_t>(size));
  close(ends[0]);
  int status = 0;
  if (waitpid(child, &status, 0) != child) throw std::runtime_error("the worker is lost");
  ended.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (!ended.killed && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
    throw std::runtime_error(fmt::format("the worker ended with status {}", status));
  return ended;
}

// An AWS and a state directory of its own, in which controllers live and die.
class Installation {
 public:
  explicit Installation(const Scenario& scenario)
      : scenario_(scenario),
        aws_(with_zone(), clock_, random_),
        server_([this](const net::HttpRequest& request) { return aws_.handle(request); }, {}) {
    const auto started = server_.start();
    if (!started.ok()) throw std::runtime_error(started.error().message());
    const auto store = open();
    auto specs = scenario.specs;
    const std::string there = "http://127.0.0.1:4599";
    if (const auto at = specs.find(there); at != std::string::npos)
      specs.replace(at, there.size(), server_.url());
    auto loaded = spec::load_text(specs, "kill.yaml", {}).value();
    for (const auto& each : loaded) store->apply(each.object, {}).value();
  }

  Ended run(std::int64_t point) {
    const auto now = aws_.now().time_since_epoch().count();
    return run_worker({state(), server_.url(), std::to_string(now), std::to_string(++processes_),
                       std::to_string(point)});
  }
  void advance(Duration by) { aws_.advance(by); }

  void expect_exactly_one() {
    const json certificates = control("certificates").at("certificates");
    EXPECT_EQ(certificates.size(), 1U) << certificates.dump(2);
    for (const auto& held : certificates) {
      EXPECT_EQ(held.at("Status").get<std::string>(), "ISSUED");
      EXPECT_TRUE(held.at("Tags").contains(std::string(ledger::kOwnerTag))) << held.dump(2);
    }
    const json state = json::parse(aws_.dump().reveal());
    const json& authorities = state.at("services").at("acm-pca").at("authorities");
    EXPECT_EQ(authorities.size(), scenario_.authorities);
    // The CA's own certificate may be signed twice, the one exception; ACM's is signed once.
    for (const auto& ca : authorities) EXPECT_LE(ca.at("issued").size(), 3U);
    expect_recorded(certificates);
  }

 private:
  static emulator::EmulatorOptions with_zone() {
    emulator::EmulatorOptions options;
    options.zones = {"example.com"};
    return options;
  }
  std::string state() const { return (directory_.path() / "state").string(); }
  std::unique_ptr<store::SqliteStore> open() {
    return test::open_state(state(), clock_, random_).value();
  }
  json control(const std::string& what) {
    net::HttpRequest request;
    request.url = net::Url::parse(server_.url() + "/_certloop/" + what).value();
    return json::parse(aws_.handle(request).body);
  }

  // The state says what AWS holds, and that nothing is left to do.
  void expect_recorded(const json& certificates) {
    const auto store = open();
    for (const auto& certificate : store::list<api::Certificate>(*store).value())
      EXPECT_TRUE(api::is_true(certificate.status.conditions, "Ready"));
    for (const auto& placement : store::list<api::Placement>(*store).value()) {
      EXPECT_FALSE(placement.status.pending);
      EXPECT_EQ(placement.status.arn, certificates.at(0).at("CertificateArn").get<std::string>());
    }
    for (const auto& authority : store::list<api::CertificateAuthority>(*store).value()) {
      EXPECT_FALSE(authority.status.pending);
      EXPECT_EQ(authority.status.aws_status, "ACTIVE");
    }
  }

  const Scenario& scenario_;
  SimClock clock_{kStart};
  SeededRandom random_{4711};
  test::TemporaryDirectory directory_;
  emulator::Emulator aws_;
  emulator::HttpServer server_;
  int processes_ = 0;
};

// Kills the first controller at every point there is; the second comes `later`.
void walk(const Scenario& scenario, Duration later) {
  for (std::int64_t point = 1;; ++point) {
    SCOPED_TRACE(fmt::format("{}, killed at point {}", scenario.name, point));
    Installation installation(scenario);
    const Ended first = installation.run(point);
    if (first.killed) {
      installation.advance(later);
      const Ended second = installation.run(0);
      EXPECT_THAT(second.said, testing::StartsWith("settled"));
    } else {
      EXPECT_THAT(first.said, testing::StartsWith("settled"));
      EXPECT_GT(point, 20) << "so few points cannot be all of them";
    }
    installation.expect_exactly_one();
    if (!first.killed || testing::Test::HasFailure()) return;
  }
}

// Kills every controller, each a point later than the one before, until one lives to the end.
void kill_again_and_again(const Scenario& scenario) {
  Installation installation(scenario);
  std::int64_t point = 1;
  Ended last = installation.run(point);
  while (last.killed) last = installation.run(++point);
  EXPECT_GT(point, 5) << "hardly any controller died";
  EXPECT_THAT(last.said, testing::StartsWith("settled"));
  installation.expect_exactly_one();
}

// S14, S37, S38.
TEST(Kill, APrivateCertificateAndItsAuthorityAreMadeOnceWhereverTheControllerDies) {
  walk(private_scenario(), Duration(0));
}
TEST(Kill, APublicCertificateIsRequestedOnceWhereverTheControllerDies) {
  walk(public_scenario(), Duration(0));
}
TEST(Kill, ACertificateIsImportedOnceWhereverTheControllerDies) {
  walk(imported_scenario(), Duration(0));
}

// The tokens have lost their meaning by then.
TEST(Kill, APrivateCertificateAndItsAuthorityAreMadeOnceIfTheNextControllerComesAfterHours) {
  walk(private_scenario(), std::chrono::hours(3));
}
TEST(Kill, APublicCertificateIsRequestedOnceIfTheNextControllerComesAfterHours) {
  walk(public_scenario(), std::chrono::hours(3));
}
TEST(Kill, ACertificateIsImportedOnceIfTheNextControllerComesAfterHours) {
  walk(imported_scenario(), std::chrono::hours(3));
}

TEST(Kill, EverythingIsMadeOnceThoughEveryControllerDies) {
  kill_again_and_again(private_scenario());
  kill_again_and_again(public_scenario());
  kill_again_and_again(imported_scenario());
}

}  // namespace
}  // namespace certloop
