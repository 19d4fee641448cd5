#pragma once
// The schedule as threads use it: with a lock, a clock, and workers that wait. Thread-safe.
#include <condition_variable>
#include <functional>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/mutex.h"
#include "loop/schedule.h"

namespace certloop::loop {

class WorkQueue {
 public:
  // A key in one worker's hands, given back when this goes out of scope. Belongs to one thread.
  class Lease {
   public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    const api::Key& key() const { return *key_; }
    int failures() const { return failures_; }  // before this run, since the key last succeeded

    // What becomes of the key once it is given back. If nothing is said, it is queued again only if
    // it was added meanwhile, and its failures stand.
    void forget() { outcome_ = Outcome::forget; }
    void again(Duration after) {
      outcome_ = Outcome::again;
      after_ = after;
    }
    // It could not even be tried: due after this long, and its failures stand.
    void wait_turn(Duration after) {
      outcome_ = Outcome::wait_turn;
      after_ = after;
    }
    // It failed: due after its back-off, and no sooner than after `least`.
    void retry(Backoff kind, Duration least = Duration{0}) {
      outcome_ = Outcome::retry;
      kind_ = kind;
      after_ = least;
    }

   private:
    friend class WorkQueue;
    enum class Outcome { none, forget, again, wait_turn, retry };
    // With the queue's mutex held.
    Lease(WorkQueue& queue, Schedule::Held& held)
        : queue_(&queue), held_(&held), key_(held.key), failures_(held.failures) {}

    WorkQueue* queue_;
    Schedule::Held* held_;  // for the queue, under its mutex
    const api::Key* key_;   // stays where it is for as long as it is held
    int failures_;
    Outcome outcome_ = Outcome::none;
    Duration after_{0};
    Backoff kind_ = Backoff::normal;
  };

  // How a worker lets time pass: returns when `changed` is notified or, if there is a time, when
  // that has come; earlier does no harm. Called with the mutex held, which it gives up meanwhile.
  using Wait = std::function<void(std::condition_variable_any& changed, Mutex& mutex,
                                  std::optional<Instant> until)>;
  // What a program does: sleeps on the steady clock. Tests pass a Wait that moves a SimClock.
  static void sleep(std::condition_variable_any& changed, Mutex& mutex,
                    std::optional<Instant> until);

  explicit WorkQueue(const Clock& clock, Schedule::Options options = {}, Wait wait = sleep);

  void add(const api::Key& key, const Request& request = {}) EXCLUDES(mutex_);

  // The next due key, waiting for one if need be; nothing once stop is requested.
  std::optional<Lease> take(std::stop_token stop) EXCLUDES(mutex_);
  // The next due key, or nothing. Never waits.
  std::optional<Lease> try_take() EXCLUDES(mutex_);

  // When try_take() will find something.
  std::optional<Instant> next_due() const EXCLUDES(mutex_);
  Schedule::Counts counts() const EXCLUDES(mutex_);
  // Makes waiting workers look at the clock again: for those who move a SimClock.
  void wake() EXCLUDES(mutex_);

 private:
  void give_back(const Lease& lease) EXCLUDES(mutex_);
  Schedule::Held* take_due() REQUIRES(mutex_);
  void wake_one() REQUIRES(mutex_);

  const Clock& clock_;
  const Wait wait_;
  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  Schedule schedule_ GUARDED_BY(mutex_);
  int sleepers_ GUARDED_BY(mutex_) = 0;
};

}  // namespace certloop::loop
