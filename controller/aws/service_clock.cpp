#include "aws/service_clock.h"

#include <chrono>

namespace certloop::aws {

Time ServiceClock::now_locked(Instant tick) const {
  return anchor_ ? anchor_->time + (tick - anchor_->tick) : local_.now();
}

Time ServiceClock::now() const {
  const Instant tick = local_.tick();
  const Lock lock(mutex_);
  return now_locked(tick);
}

void ServiceClock::learn(Time date) {
  const auto is_near = [date](Time time) {
    return std::chrono::abs(time - date) < kSkewThatMatters;
  };
  const Instant tick = local_.tick();
  const Time local = local_.now();
  const Lock lock(mutex_);
  const Time before = now_locked(tick);
  // A machine that has the time right has it more precisely than a Date says it.
  if (is_near(local))
    anchor_ = {local, tick};
  else if (!anchor_ || !is_near(before))
    anchor_ = {date, tick};
  shifted_ += now_locked(tick) - before;
}

Duration ServiceClock::shifted() const {
  const Lock lock(mutex_);
  return shifted_;
}

}  // namespace certloop::aws
