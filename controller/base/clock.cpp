#include "base/clock.h"

namespace certloop {

Time SystemClock::now() const {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

Instant SystemClock::tick() const {
  return std::chrono::floor<Duration>(std::chrono::steady_clock::now());
}

Time SimClock::now() const {
  Lock lock(mutex_);
  return now_;
}

Instant SimClock::tick() const {
  Lock lock(mutex_);
  return tick_;
}

void SimClock::advance(Duration by) {
  Lock lock(mutex_);
  now_ += by;
  tick_ += by;
}

void SimClock::advance_to(Time time) {
  Lock lock(mutex_);
  if (time <= now_) return;
  tick_ += time - now_;
  now_ = time;
}

}  // namespace certloop
