// Nothing is believed on one answer (PROTOCOLS 0). Each scenario is played once undisturbed; the
// emulator's call log then says which answers AWS gave, and the scenario is played again for each
// of them and each way to spoil it: absent, denied, throttled, odd, lost on the way, cut, a listing
// that lags, an answer from before. In the end the world must be the same: one certificate for each
// spec, ready, nothing bought twice, nothing left behind, and a neighbour's things as they were.
//
// A scenario or a call that is added is walked without being listed anywhere.
//
//   CERTLOOP_LONG=1       some cases of each stage, operation and way; else a few of each scenario
//   CERTLOOP_SEED=7       other ones
//   CERTLOOP_CASE='acm DescribeCertificate 3 absent'   this case alone, with certloop's log
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <set>
#include <thread>

#include "base/mutex.h"
#include "tests/walk/points.h"
#include "tests/walk/scenarios.h"

namespace certloop::walk {

// GoogleTest would print its bytes.
void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

namespace {

constexpr std::size_t kSample = 8;  // cases of a scenario
constexpr std::size_t kAlike = 4;   // cases of a stage, operation and way in the long run
constexpr std::size_t kMostFindingsShown = 20;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}
bool is_long() { return !variable("CERTLOOP_LONG").empty(); }

struct Figures {
  std::size_t scenarios = 0, cases = 0, possible = 0, reads = 0, faults = 0;
};

class Totals : public testing::Environment {
 public:
  static Figures& figures() {
    static Figures all;
    return all;
  }
  void TearDown() override {
    const Figures& all = figures();
    if (all.scenarios < 2) return;
    std::cout << fmt::format(
        "walk: {} scenarios, {} cases of {}, {} reads varied, {} faults found\n", all.scenarios,
        all.cases, all.possible, all.reads, all.faults);
  }
};
[[maybe_unused]] const auto* const kTotals = testing::AddGlobalTestEnvironment(new Totals);

std::vector<Case> chosen(const Course& course, std::size_t& possible) {
  const std::string seed = variable("CERTLOOP_SEED"), one = variable("CERTLOOP_CASE");
  auto cases = cases_of(course);
  possible = cases.size();
  const std::size_t alike = one.empty() ? kAlike : cases.size();
  cases = shuffled(std::move(cases), seed.empty() ? 1 : std::stoull(seed), alike);
  if (!one.empty())
    std::erase_if(cases, [&](const Case& each) { return each.name() != one; });
  else if (!is_long() && cases.size() > kSample)
    cases.resize(kSample);
  return cases;
}

// Plays each case in a world of its own; what went wrong, by the case's name.
std::map<std::string, std::string> play_all(const Scenario& scenario, const Course& right,
                                            const std::vector<Case>& cases) {
  Mutex mutex;
  std::map<std::string, std::string> findings;
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t at = next++; at < cases.size(); at = next++) {
      Play play(scenario, right, cases[at].disturbance);
      std::string found = play.run();
      if (!variable("CERTLOOP_CASE").empty()) std::cout << play.world().log_text;
      if (found.empty()) continue;
      Lock lock(mutex);
      findings.emplace(cases[at].name(), std::move(found));
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned more = 1; is_long() && more < std::thread::hardware_concurrency(); ++more)
    threads.emplace_back(work);
  work();
  threads.clear();
  return findings;
}

class Walk : public testing::TestWithParam<Scenario> {};

TEST_P(Walk, EndsAsIfUndisturbed) {
  const Scenario& scenario = GetParam();
  Play undisturbed(scenario);
  ASSERT_EQ(undisturbed.run(), "");
  const Course& right = undisturbed.course();
  Figures here;
  const auto cases = chosen(right, here.possible);
  const auto begun = std::chrono::steady_clock::now();
  const auto findings = play_all(scenario, right, cases);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;

  std::set<std::pair<std::string, int>> reads;
  for (const auto& each : cases)
    if (each.reads) reads.emplace(each.operation, each.nth);
  here.cases = cases.size();
  here.reads = reads.size();
  here.faults = findings.size();
  std::cout << fmt::format(
      "walk of {}: {} cases of {}, {} reads varied, {} faults found, {:.1f} s\n", scenario.name,
      here.cases, here.possible, here.reads, here.faults, took.count());
  Figures& all = Totals::figures();
  ++all.scenarios;
  all.cases += here.cases;
  all.possible += here.possible;
  all.reads += here.reads;
  all.faults += here.faults;
  std::size_t shown = 0;
  for (const auto& [name, found] : findings)
    if (++shown <= kMostFindingsShown)
      ADD_FAILURE() << scenario.name << ", " << name << ":\n" << found;
  EXPECT_EQ(findings.size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Walk, testing::ValuesIn(scenarios()),
                         [](const auto& scenario) { return scenario.param.name; });

}  // namespace
}  // namespace certloop::walk
