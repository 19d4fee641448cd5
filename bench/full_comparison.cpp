// Claim: a full comparison of 10,000 unchanged certificates of one account and region asks AWS at
// most 130 times: in proportion to pages, not certificates.
//
// The certificates are really requested, from a private CA of the emulated AWS, by the loop itself
// on a virtual clock. Then two fresh engines look at what stands: one as `certloop drift` does, one
// as a controller does that was started again. Time is real time of one thread, with the emulator
// answering in the same process; the memory is what an engine has on top of all that.
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "api/wire.h"
#include "aws/circuit_breaker.h"
#include "aws/rate_budget.h"
#include "emulator/emulator.h"
#include "main_store.h"
#include "reconcilers/engine.h"
#include "spec/load.h"
#include "store/seal.h"
#include "store/typed.h"
#include "tests/support/still_environment.h"
#include "tests/support/temporary_store.h"

namespace certloop {
namespace {

constexpr std::size_t kMostCalls = 130;
const Time kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

const char* const kBase = R"(
apiVersion: v1
kind: Secret
metadata: {name: prod-aws}
stringData: {secretAccessKey: test}
---
apiVersion: certloop.dev/v1alpha1
kind: Account
metadata: {name: prod}
spec:
  scope: Account
  regions: [us-east-1]
  authentication:
    accessKey: {accessKeyId: test, secretAccessKeyRef: {name: prod-aws, key: secretAccessKey}}
  endpointUrl: http://127.0.0.1:4599
---
apiVersion: certloop.dev/v1alpha1
kind: CertificateAuthority
metadata: {name: root}
spec:
  acmPca:
    accountRef: {name: prod}
    region: us-east-1
    type: ROOT
    keyAlgorithm: EC_prime256v1
    subject: {commonName: Root, organization: Example, country: NO}
    validityDays: 3650
)";

std::string certificate_spec(std::size_t number) {
  const std::string name = "shop-" + std::to_string(number);
  return "apiVersion: certloop.dev/v1alpha1\nkind: Certificate\nmetadata:\n  name: " + name +
         "\nspec:\n  domainName: " + name + ".example.com\n  additionalNames: [www." + name +
         ".example.com, api." + name +
         ".example.com]\n  accountRef: {name: prod}\n  region: us-east-1\n"
         "  issuer: {authority: {name: root}}\n  keyAlgorithm: EC_prime256v1\n"
         "  tags: {team: shop, stage: production}\n";
}

// Ends the program: there is nothing to measure after that.
[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "full_comparison: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result.ok()) fail(result.error().message());
  return std::move(*result);
}

emulator::EmulatorOptions roomy() {
  emulator::EmulatorOptions options;
  options.certificates_quota = 1'000'000;
  return options;
}

// One process's worth of certloop, beside the AWS that it works on.
class World {
 public:
  explicit World(std::size_t count) : count_(count), aws(roomy(), clock, random_), transport_(aws) {
    std::vector<Secret> keys;
    keys.emplace_back(std::string(store::AesSealer::kKeySize, 'k'));
    store = must(
        store::SqliteStore::open(directory_.path() / "state",
                                 {.clock = clock,
                                  .random = random_,
                                  .sealer = must(store::AesSealer::make(std::move(keys), random_)),
                                  .admission = admitted,
                                  .list_types = list_type}));
  }

  // An engine with nothing remembered. Where a read has to wait its turn, the clock moves on.
  std::unique_ptr<Engine> make_engine() {
    budget_ = std::make_unique<aws::RateBudget>(clock);
    connect::Edges edges{transport_, transport_, clock, random_, *budget_, breaker_, environment_};
    edges.pace = [this](Instant until) -> Result<void> {
      if (until > clock.tick()) clock.advance(until - clock.tick());
      return {};
    };
    return std::make_unique<Engine>(EngineEdges{*store, edges, Log::none()}, connect::Policy{});
  }

  // Requests all of them and waits until each is ready.
  void settle() {
    apply(kBase);
    for (std::size_t i = 0; i < count_; ++i) apply(certificate_spec(i));
    const auto engine = make_engine();
    const Time end = kStart + std::chrono::hours(20);
    Time look = clock.now();
    std::size_t ready = 0;
    while (ready < count_) {
      while (engine->step()) {
      }
      if (clock.now() >= look) {
        ready = count_ready();
        std::fprintf(stderr, "set-up: %zu of %zu certificates are ready\n", ready, count_);
        look = clock.now() + std::chrono::minutes(5);
      }
      const auto due = engine->next_due();
      if (ready < count_ && (!due || clock.now() >= end)) fail("the set-up does not settle");
      if (due) clock.advance(std::max<Duration>(*due - clock.tick(), Duration(1)));
    }
  }

  SimClock clock{kStart};

 private:
  SeededRandom random_{4711};
  test::TemporaryDirectory directory_;
  test::StillEnvironment environment_;
  const std::size_t count_;

 public:
  emulator::Emulator aws;
  std::unique_ptr<store::Store> store;

 private:
  void apply(const std::string& yaml) {
    for (const auto& each : must(spec::load_text(yaml, "specs.yaml", {})))
      must(store->apply(each.object, {.manager = "bench"}));
  }

  std::size_t count_ready() const {
    const auto all = must(store::list<api::Certificate>(*store));
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& one) {
      return api::is_true(one.status.conditions, "Ready");
    }));
  }

  emulator::EmulatorTransport transport_;
  std::unique_ptr<aws::RateBudget> budget_;
  aws::CircuitBreaker breaker_{clock};
};

double allocated_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// What one piece of work costs, printed as lines "<label>.<what> <number>", which run.sh reads.
class Measured {
 public:
  Measured(World& world, std::string label) : world_(world), label_(std::move(label)) {
    world_.aws.clear_calls();
    virtual_ = world_.clock.now();
    processor_ = processor_seconds();
    begun_ = std::chrono::steady_clock::now();
  }

  // Whether the calls are few enough.
  bool print(std::size_t certificates) const {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun_;
    const double processor = processor_seconds() - processor_;
    const std::chrono::duration<double> paced = world_.clock.now() - virtual_;
    std::map<std::string, std::size_t> calls;
    const auto all = world_.aws.calls();
    for (const auto& call : all) ++calls[call.service + "." + call.operation];
    say("certificates", static_cast<double>(certificates));
    for (const auto& [operation, times] : calls)
      say("calls." + operation, static_cast<double>(times));
    say("calls", static_cast<double>(all.size()));
    say("wall_seconds", wall.count());
    say("processor_seconds", processor);
    say("waiting_for_rates_seconds", paced.count());
    if (all.size() <= kMostCalls) return true;
    std::fprintf(stderr, "full_comparison: %s made %zu calls; at most %zu are claimed\n",
                 label_.c_str(), all.size(), kMostCalls);
    return false;
  }

  // How often a reconciler was asked about an object: what work there is beside the calls.
  void print_runs(std::uint64_t runs, std::size_t certificates) const {
    say("runs_per_certificate", static_cast<double>(runs) / static_cast<double>(certificates));
  }

  // What the engine holds: what is free once it is gone. Resident memory itself would tell less:
  // the emulated AWS lies between, and pages that hold some of both stay.
  void print_memory(std::unique_ptr<Engine> engine, std::size_t certificates) const {
    const double before = allocated_bytes();
    engine.reset();
    say("allocated_bytes_per_certificate",
        (before - allocated_bytes()) / static_cast<double>(certificates));
  }

 private:
  void say(const std::string& what, double number) const {
    std::printf("%s.%s %.10g\n", label_.c_str(), what.c_str(), number);
    std::fflush(stdout);
  }

  World& world_;
  const std::string label_;
  double processor_ = 0;
  Time virtual_{};
  std::chrono::steady_clock::time_point begun_;
};

// What `certloop drift` does. Fails if anything differs, or was not looked at.
bool compare(World& world, std::size_t count) {
  const auto engine = world.make_engine();
  const Measured measured(world, "drift");
  const Survey survey = must(engine->survey({}));
  const bool few = measured.print(count);
  std::size_t seen = 0;
  for (const auto& finding : survey.findings) {
    if (finding.error) fail(text_of(finding.object) + ": " + finding.error->message());
    if (!finding.differences.empty() || !finding.steps.empty())
      fail(text_of(finding.object) + " is not unchanged: " + finding.message);
    if (finding.object.kind == api::Kind::certificate && !finding.arn.empty()) ++seen;
  }
  if (seen != count) fail(std::to_string(seen) + " certificates were compared");
  return few;
}

// What a controller does that is started on them: until nothing is due within a minute.
bool restart(World& world, std::size_t count) {
  const Measured measured(world, "restart");
  auto engine = world.make_engine();
  for (;;) {
    while (engine->step()) {
    }
    const auto due = engine->next_due();
    if (!due || *due - world.clock.tick() > std::chrono::minutes(1)) break;
    world.clock.advance(std::max<Duration>(*due - world.clock.tick(), Duration(1)));
  }
  const bool few = measured.print(count);
  measured.print_runs(engine->counts().runs, count);
  if (!world.aws.mutating_calls().empty()) fail("the restarted controller changed something");
  measured.print_memory(std::move(engine), count);
  return few;
}

}  // namespace
}  // namespace certloop

int main(int argc, char** argv) {
  std::size_t count = 10'000;
  if (argc == 3 && std::string(argv[1]) == "--certificates") {
    count = std::strtoul(argv[2], nullptr, 10);
  } else if (argc != 1) {
    std::fprintf(stderr, "usage: full_comparison [--certificates N]\n");
    return 2;
  }
  if (count == 0) certloop::fail("--certificates: give a number above 0");
  certloop::World world(count);
  world.settle();
  const bool few = certloop::compare(world, count);
  return certloop::restart(world, count) && few ? 0 : 1;
}
