#pragma once
// The only door to time: nothing else in the tree asks the system for it or sleeps (tests/tidy).
#include <chrono>

#include "base/mutex.h"

namespace certloop {

using Duration = std::chrono::milliseconds;
// Wall time, UTC: shown to people, compared with notAfter, signed into requests.
using Time = std::chrono::sys_time<Duration>;
// Monotonic time: for intervals, timeouts and the work queue.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// Implementations are safe for concurrent use.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual Instant tick() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
  Instant tick() const override;
};

// Stands still until told to move: what tests, the simulation and the emulator's virtual time use.
class SimClock final : public Clock {
 public:
  explicit SimClock(Time start) : now_(start) {}

  Time now() const override;
  Instant tick() const override;
  void advance(Duration by);
  void advance_to(Time time);  // never backwards

 private:
  mutable Mutex mutex_;
  Time now_ GUARDED_BY(mutex_);
  Instant tick_ GUARDED_BY(mutex_){};
};

}  // namespace certloop
