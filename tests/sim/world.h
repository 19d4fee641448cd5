#pragma once
// The whole program on a virtual clock: the engine, a real SQLite store, and the emulated AWS in
// process. Nothing sleeps; the same seed gives the same run.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/wire.h"
#include "aws/circuit_breaker.h"
#include "aws/rate_budget.h"
#include "base/log.h"
#include "base/random.h"
#include "emulator/emulator.h"
#include "reconcilers/engine.h"
#include "store/typed.h"
#include "tests/sim/foretold.h"
#include "tests/support/faulty_store.h"
#include "tests/support/still_environment.h"
#include "tests/support/temporary_store.h"

namespace certloop::sim {

// Lets a test look at each request just before it arrives and at each answer just before it is
// read, and lose either on the way.
class WatchedTransport final : public net::Transport {
 public:
  explicit WatchedTransport(emulator::Emulator& aws) : inner_(aws) {}

  // Asked before each request: an error is answered instead of carrying it. It may do anything
  // else in the meantime.
  std::function<Result<void>(const net::HttpRequest&)> before;
  // Given each answer of AWS; answers what arrives of it.
  std::function<Result<net::HttpResponse>(const net::HttpRequest&, net::HttpResponse)> after;

  Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token stop) override {
    if (before) TRY(before(request));
    auto answer = TRY(inner_.send(request, std::move(stop)));
    if (after) return after(request, std::move(answer));
    return answer;
  }

 private:
  emulator::EmulatorTransport inner_;
};

// The clock of the machine that certloop runs on: AWS's, unless it is set wrong.
class LocalClock final : public Clock {
 public:
  explicit LocalClock(const Clock& right) : right_(right) {}
  Time now() const override { return right_.now() + ahead; }
  Instant tick() const override { return right_.tick(); }

  Duration ahead{0};

 private:
  const Clock& right_;
};

class World {
 public:
  using StoreHook = std::function<Result<void>(const std::string& operation)>;

  explicit World(emulator::EmulatorOptions options = {});

  // Applies the documents; fails the test on any fault.
  void apply(const std::string& yaml);
  // Likewise, but answers the faults instead.
  Result<void> try_apply(const std::string& yaml);
  void remove(api::Kind kind, const std::string& name);

  // Steps the loop, moving the clock to whatever is due next, until every object that users made is
  // settled, or so much virtual time has passed. Answers what AWS was asked to change.
  // Expects that this is what a plan has said beforehand, unless `keeps_to_plan` is switched off.
  Lines settle(Duration most = std::chrono::minutes(30));
  // Steps for that long whether settled or not. Otherwise as settle().
  Lines pass(Duration time);
  bool is_settled();
  // A new process on the same state.
  void restart();
  // A new process on an empty state, as after the loss of the disk.
  void lose_state();

  api::Certificate certificate(const std::string& name);
  api::Placement placement(const std::string& certificate);
  api::CertificateAuthority authority(const std::string& name);
  api::Account account(const std::string& name);
  bool exists(api::Kind kind, const std::string& name);
  // "True Issued: ...": how a condition stands.
  std::string condition(const api::Conditions& conditions, const std::string& type);

  // The mutating calls of the log since the last clear(), sorted: "acm RequestCertificate".
  std::vector<std::string> mutating_calls() const;
  // Those that the unfolded plan says, likewise.
  std::vector<std::string> planned_calls(std::vector<api::Object> wanted = {},
                                         std::vector<api::Key> removed = {});
  Survey survey(SurveyRequest request = {});
  std::vector<api::Object> objects(const std::string& yaml);

  // What ACM holds of this account and region, as the emulator knows it.
  std::size_t count(const std::string& operation) const;  // of successful calls
  void clear() { aws.clear_calls(); }

  // What somebody does in AWS without us.
  aws::Acm& acm(const std::string& region = "us-east-1");
  aws::AcmPca& acm_pca(const std::string& region = "us-east-1");

  // Switched off where answers are lost or AWS fails what it was asked: no plan foretells that. Not
  // looked at either while one of the hooks below is set.
  bool keeps_to_plan = true;
  SimClock clock;
  LocalClock local{clock};
  SeededRandom random;
  emulator::Emulator aws;
  WatchedTransport transport;
  std::string log_text;
  connect::Policy policy;              // of the next process: restart() and lose_state() begin one
  test::StillEnvironment environment;  // for accounts with defaultChain
  test::TemporaryDirectory directory;
  std::unique_ptr<store::Store> store;
  // Seen by the engine before and after each operation on the store (tests/support/faulty_store.h).
  StoreHook before_store, after_store;
  std::stop_source stop;  // of the process; restart() begins a new one

 private:
  std::unique_ptr<Engine> make_engine();
  connect::Edges edges();
  template <class Run>
  Lines foretold(const Run& run);

  Log log_;
  aws::RateBudget budget_;
  aws::CircuitBreaker breaker_;
  std::unique_ptr<test::FaultyStore> watched_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<connect::Connections> by_hand_;
};

// An Account "prod" in us-east-1 with its Secret; a root CA "root"; and certificates.
extern const char* const kAccount;
extern const char* const kAuthority;
extern const char* const kPrivate;  // "internal", by "root"
extern const char* const kPublic;   // "shop", by DNS in example.com
// "legacy", imported from Secret "legacy-tls", and that Secret, freshly issued for these names.
std::string imported_spec();
std::string tls_secret(const std::string& name, const std::vector<std::string>& names, Time now,
                       int serial, const std::string& key_algorithm = "EC_prime256v1");

}  // namespace certloop::sim
