#include "loop/work_queue.h"

#include <utility>

namespace certloop::loop {

WorkQueue::Lease::Lease(Lease&& other) noexcept
    : queue_(std::exchange(other.queue_, nullptr)),
      held_(other.held_),
      key_(other.key_),
      failures_(other.failures_),
      outcome_(other.outcome_),
      after_(other.after_),
      kind_(other.kind_) {}

WorkQueue::Lease::~Lease() {
  if (queue_ != nullptr) queue_->give_back(*this);
}

void WorkQueue::sleep(std::condition_variable_any& changed, Mutex& mutex,
                      std::optional<Instant> until) {
  if (until)
    changed.wait_until(mutex, *until);
  else
    changed.wait(mutex);
}

WorkQueue::WorkQueue(const Clock& clock, Schedule::Options options, Wait wait)
    : clock_(clock), wait_(std::move(wait)), schedule_(options) {}

void WorkQueue::add(const api::Key& key, const Request& request) {
  const Instant now = clock_.tick();
  Lock lock(mutex_);
  schedule_.add(key, now, request);
  wake_one();
}

std::optional<WorkQueue::Lease> WorkQueue::try_take() {
  Lock lock(mutex_);
  Schedule::Held* const held = take_due();
  if (held == nullptr) return std::nullopt;
  return Lease(*this, *held);
}

std::optional<WorkQueue::Lease> WorkQueue::take(std::stop_token stop) {
  if (stop.stop_requested()) return std::nullopt;
  if (auto lease = try_take()) return lease;
  // Takes the lock, so that no worker misses it between looking at the token and falling asleep.
  std::stop_callback wake_all(stop, [this] { wake(); });
  Lock lock(mutex_);
  for (;;) {
    if (stop.stop_requested()) return std::nullopt;
    if (Schedule::Held* const held = take_due()) return Lease(*this, *held);
    ++sleepers_;
    wait_(changed_, mutex_, schedule_.next_due());
    --sleepers_;
  }
}

Schedule::Held* WorkQueue::take_due() {
  Schedule::Held* const held = schedule_.take(clock_.tick());
  // Whoever sleeps may be waiting for the time of this very key: the next time must have a waiter.
  if (held != nullptr && sleepers_ > 0 && schedule_.next_due()) changed_.notify_one();
  return held;
}

void WorkQueue::give_back(const Lease& lease) {
  const Instant now = clock_.tick();
  Lock lock(mutex_);
  switch (lease.outcome_) {
    case Lease::Outcome::none: break;
    case Lease::Outcome::forget: schedule_.forget(*lease.held_); break;
    case Lease::Outcome::again:
      schedule_.forget(*lease.held_);
      schedule_.again(*lease.held_, lease.after_, now);
      break;
    case Lease::Outcome::wait_turn: schedule_.again(*lease.held_, lease.after_, now); break;
    case Lease::Outcome::retry:
      schedule_.retry(*lease.held_, lease.kind_, now, lease.after_);
      break;
  }
  schedule_.done(*lease.held_, now);
  wake_one();
}

void WorkQueue::wake_one() {
  if (sleepers_ > 0) changed_.notify_one();
}

std::optional<Instant> WorkQueue::next_due() const {
  Lock lock(mutex_);
  return schedule_.next_due();
}

Schedule::Counts WorkQueue::counts() const {
  Lock lock(mutex_);
  return schedule_.counts();
}

void WorkQueue::wake() {
  Lock lock(mutex_);
  changed_.notify_all();
}

}  // namespace certloop::loop
