#pragma once
// Spares workers the wait for an endpoint that does not answer. After three calls in a row to one
// (account, region, service) without any response it refuses further ones for 1 minute; then one
// call may try, and if that fails too the pause doubles, up to 15 minutes. Thread-safe.
//
// A response of any status is a success here: throttling and service errors have their own ways.
#include <map>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"

namespace certloop::aws {

// What breaks together. The account is named as people know it: "payments/prod". Where accounts
// name an endpoint of their own, all of a namespace that name the same break together, and
// `account` is the namespace: else each of a thousand would hold a worker until it had found out by
// itself.
struct Circuit {
  std::string account, region, service, endpoint = {};
  auto operator<=>(const Circuit&) const = default;
};

class CircuitBreaker {
 public:
  explicit CircuitBreaker(const Clock& clock) : clock_(clock) {}

  // May a call be made now? Whoever is told yes reports how it went; one that never does keeps
  // others waiting for one more pause at most.
  // Error: unavailable, reason EndpointUnreachable (not now; retry_after() says when).
  Result<void> allow(const Circuit& circuit) EXCLUDES(mutex_);

  // A response came.
  void succeeded(const Circuit& circuit) EXCLUDES(mutex_);
  // None came: refused, reset, timed out, no such host, no TLS. Answers what to tell the caller:
  // the error itself, or once the circuit is open, since when and why there is no answer. Those
  // words stay the same for as long as the trouble does, so that a status that quotes them does
  // too.
  Error failed(const Circuit& circuit, const Error& error) EXCLUDES(mutex_);

 private:
  struct State {
    int failures = 0;     // in a row
    Time since{};         // the first of them
    std::string cause;    // the message of the last
    Duration pause{0};    // the present one; zero while closed
    Instant try_again{};  // the end of the pause
    bool trying = false;  // one caller is out to see
  };

  static std::string words(const Circuit& circuit, const State& state);

  const Clock& clock_;
  Mutex mutex_;
  std::map<Circuit, State> states_ GUARDED_BY(mutex_);  // only those with failures
};

}  // namespace certloop::aws
