#include "aws/circuit_breaker.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/timestamp.h"

namespace certloop::aws {
namespace {

constexpr int kFailures = 3;
constexpr Duration kFirstPause = std::chrono::minutes(1);
constexpr Duration kLongestPause = std::chrono::minutes(15);

}  // namespace

Result<void> CircuitBreaker::allow(const Circuit& circuit) {
  const Instant now = clock_.tick();
  Lock lock(mutex_);
  const auto found = states_.find(circuit);
  if (found == states_.end() || found->second.failures < kFailures) return {};
  State& state = found->second;
  if (now >= state.try_again) {
    // This caller tries for all; the others wait for its report, but not for ever.
    state.try_again = now + state.pause;
    state.trying = true;
    return {};
  }
  const Duration wait = state.try_again - now;
  return Error(Code::unavailable, words(circuit, state))
      .because("EndpointUnreachable")
      .after(wait)
      .not_sent();
}

void CircuitBreaker::succeeded(const Circuit& circuit) {
  Lock lock(mutex_);
  states_.erase(circuit);
}

Error CircuitBreaker::failed(const Circuit& circuit, const Error& error) {
  const Instant now = clock_.tick();
  Lock lock(mutex_);
  State& state = states_[circuit];
  if (state.failures == 0) state.since = clock_.now();
  // Calls that were under way when it opened report late: they say nothing new.
  const bool open = state.failures >= kFailures;
  if (!open || state.trying) {
    ++state.failures;
    state.cause = error.message();
    state.trying = false;
    if (state.failures < kFailures) return error;
    state.pause = open ? std::min<Duration>(state.pause * 2, kLongestPause) : kFirstPause;
    state.try_again = now + state.pause;
  }
  Error told = Error(error.code(), words(circuit, state)).because("EndpointUnreachable");
  return error.is_definite_refusal() ? std::move(told).not_sent() : told;
}

std::string CircuitBreaker::words(const Circuit& circuit, const State& state) {
  const std::string who = circuit.endpoint.empty()
                              ? "account " + circuit.account
                              : fmt::format("the accounts of namespace {} that use {}",
                                            circuit.account, printable(circuit.endpoint));
  return fmt::format(
      "{} in {} has not answered {} since {}: {}; it is tried again at least every {}",
      circuit.service, circuit.region, who, rfc3339(state.since), state.cause,
      human_duration(kLongestPause));
}

}  // namespace certloop::aws
