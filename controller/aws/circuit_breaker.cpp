#include "aws/circuit_breaker.h"

#include <fmt/format.h>

#include <algorithm>

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
  return Error(Code::unavailable,
               fmt::format("{} in {} has not answered account {} {} times in a row; it is tried "
                           "again in {}",
                           circuit.service, circuit.region, circuit.account, state.failures,
                           human_duration(wait)))
      .because("EndpointUnreachable")
      .after(wait)
      .not_sent();
}

void CircuitBreaker::succeeded(const Circuit& circuit) {
  Lock lock(mutex_);
  states_.erase(circuit);
}

void CircuitBreaker::failed(const Circuit& circuit) {
  const Instant now = clock_.tick();
  Lock lock(mutex_);
  State& state = states_[circuit];
  // Calls that were under way when it opened report late: they say nothing new.
  const bool open = state.failures >= kFailures;
  if (open && !state.trying) return;
  if (++state.failures < kFailures) return;
  state.trying = false;
  state.pause = open ? std::min<Duration>(state.pause * 2, kLongestPause) : kFirstPause;
  state.try_again = now + state.pause;
}

}  // namespace certloop::aws
