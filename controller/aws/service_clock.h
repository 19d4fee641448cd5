#pragma once
// AWS's time. What AWS has stamped (notAfter, createdAt), and what is compared with that (graces,
// windows of recovery, the age of a reading), is judged by AWS's clock as its answers show it, for
// the clock of the machine may be wrong by hours, or be put right while we run.
#include <optional>

#include "base/clock.h"
#include "base/mutex.h"

namespace certloop::aws {

// By how much a clock may be wrong before it matters. AWS itself accepts requests that are wrong by
// five minutes; an answer's Date is older by its way and cut to the second.
inline constexpr Duration kSkewThatMatters = std::chrono::minutes(4);

// The local clock, until an answer of AWS shows that it is wrong. Safe for concurrent use.
class ServiceClock final : public Clock {
 public:
  explicit ServiceClock(const Clock& local) : local_(local) {}

  Time now() const override EXCLUDES(mutex_);
  Instant tick() const override { return local_.tick(); }

  // The Date of an answer that has just arrived, from a host that is AWS's own or that the operator
  // has chosen: never from one that an Account names, for its owner could move everybody's time.
  void learn(Time date) EXCLUDES(mutex_);
  // By how much learn() has moved now() so far, all in all.
  Duration shifted() const EXCLUDES(mutex_);

 private:
  // From here on time passes by the monotonic clock: that of the machine may be put forward or back
  // at any moment.
  struct Anchor {
    Time time;
    Instant tick;
  };
  Time now_locked(Instant tick) const REQUIRES(mutex_);

  const Clock& local_;
  mutable Mutex mutex_;
  std::optional<Anchor> anchor_ GUARDED_BY(mutex_);
  Duration shifted_ GUARDED_BY(mutex_){0};
};

}  // namespace certloop::aws
