#pragma once
// For commands, which want an answer rather than another try: waits where the account's request
// rate says that it is not our turn. The loop never does; there the key comes back.
#include <algorithm>
#include <functional>

#include "base/clock.h"
#include "base/result.h"

namespace certloop::aws {

// Sleeps, or says why not (the process ends, the time is up). Absent: nothing is waited for.
using WaitForTurn = std::function<Result<void>(Duration)>;

inline constexpr int kMostTurnsWaitedFor = 100;
// What needs several turns takes the first ones again at each try: so it waits for one more each
// time, until it finds as many as it needs. More than these no bucket is asked to hold.
inline constexpr int kMostTurnsSaved = 8;

// What `ask` answers once it is its turn. Errors: its own; that of `wait`; throttled, after a
// hundred turns that it took from others or others from it.
template <class Ask>
auto patiently(const WaitForTurn& wait, const Ask& ask) -> decltype(ask()) {
  for (int waits = 0;; ++waits) {
    auto answer = ask();
    if (answer.ok() || answer.error().code() != Code::throttled || !wait ||
        waits >= kMostTurnsWaitedFor)
      return answer;
    const auto retry = answer.error().retry_after();
    const Duration turn = retry ? Duration(*retry) : std::chrono::seconds(1);
    const auto waited = wait(std::max<Duration>(turn * std::min(waits + 1, kMostTurnsSaved),
                                                std::chrono::milliseconds(1)));
    if (!waited.ok()) return waited.error();
  }
}

}  // namespace certloop::aws
