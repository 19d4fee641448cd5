#pragma once
// Runs reconcilers on the keys of a queue: by step() in simulations and one-shot commands, by run()
// with threads. What an outcome makes the loop do stands in one place, settle():
//
// | reconcile() answers            | the key                                                     |
// |--------------------------------|-------------------------------------------------------------|
// | Next::on_change()              | is due after the resync: 6 h, and up to 90 min more         |
// | Next::stalled(), invalid,      | is due after 30 min to 1 h                                  |
// |   cancelled                    |                                                             |
// | Next::after(d)                 | is due after d                                              |
// | Next::gone()                   | is forgotten                                                |
// | conflict, already_exists       | is due after 5 ms, doubling to 1 min: somebody was first    |
// | the same, answered by a        | is due after 500 ms, doubling to 15 min                     |
// |   service; Next::retry();      |                                                             |
// |   not_found, throttled,        |                                                             |
// |   unavailable, internal        |                                                             |
// | denied, exhausted              | is due after 1 min, doubling to 1 h                         |
// | an error with retry_after()    |                                                             |
// |   of ours (a rate budget, a    | is due after just that, at most 15 min; its failures before |
// |   circuit breaker)             | stand, so that the next real one continues their sequence   |
// |   from a service               | as its code says, but not before that time (at most 15 min) |
// | an exception                   | as internal, and counted apart                              |
//
// A change at any time makes the key due at once. Nothing rests for ever, for a change may be
// missed, and what stalls may heal where nobody tells us (a permission, a quota, a zone). The times
// are spread by key, so that the keys of a large state do not wake together: 100,000 that rest cost
// four looks a second, and a look at what is settled costs no call to AWS.
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "base/log.h"
#include "loop/reconciler.h"
#include "loop/work_queue.h"

namespace certloop::loop {

// Thread-safe, but for serve().
class Controller {
 public:
  struct Counts {
    std::uint64_t runs = 0;        // ended, well or not
    std::uint64_t exceptions = 0;  // among the internal ones
    std::map<Code, std::uint64_t> errors;
    std::size_t failing = 0;  // keys whose last run failed
    int busy = 0;             // workers in a reconciler now
  };

  Controller(WorkQueue& queue, Log& log) : queue_(queue), log_(log) {}

  // Sets who reconciles a kind; before the first step. The reconciler must outlive this object.
  void serve(api::Kind kind, Reconciler& reconciler) { reconcilers_[kind] = &reconciler; }

  // Sets whose failures are not logged, because somebody who asked for them tells; before the first
  // step. Called from any worker.
  void hush(std::function<bool(const api::Key&)> told) { told_ = std::move(told); }

  // Reconciles one due key. False if none is due.
  bool step();

  // Runs `workers` threads until stop is requested; returns when the last run has ended. Whatever
  // is thrown in a thread ends the run of that key only. Where the system refuses further threads,
  // those that there are do the work, and the calling thread with them. From the
  // request on no run begins; reconcilers that know the same token begin no call that changes
  // anything, and answer `cancelled`. Longest: one call's timeout.
  void run(std::stop_token stop, int workers);

  Counts counts() const EXCLUDES(mutex_);

 private:
  void work(const std::stop_token& stop) noexcept;
  void run_one(WorkQueue::Lease lease);
  Result<Next> reconcile(const api::Key& key);
  void settle(WorkQueue::Lease& lease, const Result<Next>& outcome);
  void settle_failure(WorkQueue::Lease& lease, const Error& error);
  int turns_to_pass(const api::Key& key, const Error& error) EXCLUDES(mutex_);
  void note(const api::Key& key, const Result<Next>& outcome) EXCLUDES(mutex_);

  WorkQueue& queue_;
  Log& log_;
  std::map<api::Kind, Reconciler*> reconcilers_;
  std::function<bool(const api::Key&)> told_;
  mutable Mutex mutex_;
  Counts counts_ GUARDED_BY(mutex_);
  // The hash of what was last logged for a key that fails: said again only if it changes.
  std::unordered_map<api::Key, std::size_t> complaints_ GUARDED_BY(mutex_);
  // How often in a row a key came at its turn and was sent away again.
  std::unordered_map<api::Key, int> sent_away_ GUARDED_BY(mutex_);
};

}  // namespace certloop::loop
