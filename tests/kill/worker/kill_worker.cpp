// A controller in a process of its own, which kills itself where it is told to.
//
//   kill_worker STATE EMULATOR_URL NOW SEED POINT
//
// NOW is virtual time in milliseconds since 1970. After the POINTth write to the store or answer of
// AWS the process sends itself SIGKILL; 0: it lives. It works on virtual time, which it moves, for
// itself and for the emulator, to whatever is due next, until everything is settled and nothing has
// happened for twenty minutes after. Then it prints "settled" or "unsettled" and how many points it
// passed.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "main_program.h"
#include "net/curl_transport.h"
#include "reconcilers/engine.h"
#include "store/typed.h"
#include "tests/support/faulty_store.h"
#include "tests/support/sealed_state.h"
#include "tests/support/still_environment.h"

namespace certloop {
namespace {

// How long virtually until everything must be settled, and how long it must stay so: longer than
// the fifteen minutes after which a lost call is made anew.
constexpr Duration kMost = std::chrono::hours(2);
constexpr Duration kAfterwards = std::chrono::minutes(20);

// Counts, and ends the process at the point it was made for.
class KillPoint {
 public:
  explicit KillPoint(std::int64_t point) : point_(point) {}
  void pass() {
    if (++passed_ == point_) raise(SIGKILL);
  }
  std::int64_t passed() const { return passed_; }

 private:
  const std::int64_t point_;
  std::int64_t passed_ = 0;
};

class CountingTransport final : public net::Transport {
 public:
  CountingTransport(net::Transport& behind, KillPoint& point) : behind_(behind), point_(point) {}
  Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token stop) override {
    auto answer = behind_.send(request, std::move(stop));
    point_.pass();
    return answer;
  }

 private:
  net::Transport& behind_;
  KillPoint& point_;
};

// This process's clock and the emulator's, moved together.
class Moving {
 public:
  Moving(SimClock& clock, net::Transport& transport, net::Url emulator)
      : clock_(clock), transport_(transport), emulator_(std::move(emulator)) {
    emulator_.path = "/_certloop/clock";
  }

  Result<void> to(Instant until) {
    const Duration by = until - clock_.tick();
    if (by <= Duration(0)) return {};
    net::HttpRequest request;
    request.method = "POST";
    request.url = emulator_;
    request.body = fmt::format("{{\"advanceSeconds\": {}.{:03}5}}", by.count() / 1000,
                               by.count() % 1000);  // the half is cut off there
    const auto answer = TRY(transport_.send(request));
    if (answer.status != 200) return Error(Code::internal, "the emulator's clock did not move");
    clock_.advance(by);
    return {};
  }

 private:
  SimClock& clock_;
  net::Transport& transport_;
  net::Url emulator_;
};

template <class T>
Result<bool> has_open_call(const store::Store& store) {
  for (const auto& object : TRY(store::list<T>(store)))
    if (object.status.pending) return true;
  return false;
}

Result<bool> is_settled(const store::Store& store) {
  for (const auto kind :
       {api::Kind::account, api::Kind::certificate_authority, api::Kind::certificate})
    for (const auto& object : TRY(store.list({.kind = kind})).objects)
      if (TRY(outcome_of(store, object.key())).state == cli::ReconcileResult::State::pending)
        return false;
  return !TRY(has_open_call<api::Placement>(store)) &&
         !TRY(has_open_call<api::CertificateAuthority>(store));
}

// Works until everything has been settled for a while; false if that takes too long.
Result<bool> settle(Engine& engine, const store::Store& store, const SimClock& clock,
                    Moving& time) {
  const Instant end = clock.tick() + kMost;
  std::optional<Instant> since;
  for (;;) {
    while (engine.step()) {
    }
    const Instant now = clock.tick();
    if (!TRY(is_settled(store)))
      since.reset();
    else if (!since)
      since = now;
    if (since && now >= *since + kAfterwards) return true;
    if (now >= end) return false;
    const Instant due = engine.next_due().value_or(end);
    const Instant most = since ? *since + kAfterwards : end;
    TRY(time.to(std::clamp(due, now + Duration(1), std::max(most, now + Duration(1)))));
  }
}

Result<bool> run(const std::vector<std::string>& arguments, KillPoint& point) {
  const auto number = [&](std::size_t at) { return std::stoll(arguments.at(at)); };
  SimClock clock{Time(Duration(number(2)))};
  SeededRandom random(static_cast<std::uint64_t>(number(3)));
  const auto state = TRY(test::open_state(arguments.at(0), clock, random));
  test::FaultyStore store(*state);
  store.after = [&](const std::string& operation) -> Result<void> {
    if (operation != "get" && operation != "list" && operation != "watch") point.pass();
    return {};
  };
  net::CurlTransport curl;
  CountingTransport transport(curl, point);
  Moving time(clock, curl, TRY(net::Url::parse(arguments.at(1))));
  const test::StillEnvironment environment;
  aws::RateBudget budget(clock);
  aws::CircuitBreaker breaker(clock);
  connect::Edges edges{transport, transport, clock, random, budget, breaker, environment};
  edges.pace = [&](Instant until) { return time.to(until); };
  Engine engine(EngineEdges{store, edges, Log::none()}, connect::Policy{});
  return settle(engine, store, clock, time);
}

int main_of(const std::vector<std::string>& arguments) {
  if (arguments.size() != 5) {
    fmt::print(stderr, "usage: kill_worker STATE EMULATOR_URL NOW SEED POINT\n");
    return 2;
  }
  KillPoint point(std::stoll(arguments.at(4)));
  const auto settled = run(arguments, point);
  if (!settled.ok()) {
    fmt::print(stderr, "kill_worker: {}\n", settled.error().message());
    return 2;
  }
  fmt::print("{} {}\n", *settled ? "settled" : "unsettled", point.passed());
  return 0;
}

}  // namespace
}  // namespace certloop

int main(int argc, char** argv) {
  return certloop::main_of(std::vector<std::string>(argv + 1, argv + argc));
}
