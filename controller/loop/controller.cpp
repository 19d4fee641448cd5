#include "loop/controller.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

namespace certloop::loop {
namespace {

// How loud a failure is: what a person must mend is a warning, what is our own fault an error.
Level level_of(Code code) { return code == Code::internal ? Level::error : Level::warning; }

// The least rest after a failure, whatever wait it carries.
constexpr Duration kLeastRest = std::chrono::milliseconds(5);

// A turn is good for one call. A run that needs two of a kind uses its turn up for the first and is
// sent away again, for ever if it comes back at once: so from the fourth time on it lets turns
// pass, up to this many, and finds as many calls saved up.
constexpr int kPatience = 3;
constexpr int kMostTurnsPassed = 8;

// What must change for a failure to be said again. Where the error knows when to come back, its
// message does too, and differs each time.
std::size_t news_of(const Error& error) {
  return std::hash<std::string>()(error.retry_after() ? error.reason() : error.message());
}

// Part of normal life: somebody wrote first, it is not this key's turn, or the process is ending.
bool is_no_news(const Error& error) {
  return error.code() == Code::conflict || error.code() == Code::cancelled ||
         (error.code() == Code::throttled && error.retry_after());
}

}  // namespace

bool Controller::step() {
  auto lease = queue_.try_take();
  if (!lease) return false;
  run_one(std::move(*lease));
  return true;
}

void Controller::run(std::stop_token stop, int workers) {
  std::vector<std::jthread> threads;
  threads.reserve(static_cast<std::size_t>(workers));
  for (int i = 0; i < workers; ++i)
    threads.emplace_back([this, stop] {
      while (auto lease = queue_.take(stop)) run_one(std::move(*lease));
    });
}

void Controller::run_one(WorkQueue::Lease lease) {
  {
    Lock lock(mutex_);
    ++counts_.busy;
  }
  const Result<Next> outcome = reconcile(lease.key());
  note(lease.key(), outcome);
  settle(lease, outcome);
}

Result<Next> Controller::reconcile(const api::Key& key) {
  const auto found = reconcilers_.find(key.kind);
  if (found == reconcilers_.end())
    return Error(Code::internal, "nothing here reconciles " + api::text_of(key));
  std::string what;
  try {
    return found->second->reconcile(key);
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {
    what = "of an unknown type";
  }
  Lock lock(mutex_);
  ++counts_.exceptions;
  return Error(Code::internal, "an exception left the reconciler: " + what);
}

void Controller::settle(WorkQueue::Lease& lease, const Result<Next>& outcome) {
  if (outcome.ok()) {
    if (const auto wait = outcome->wait())
      lease.again(*wait);
    else
      lease.forget();
    return;
  }
  if (const auto wait = outcome.error().retry_after())
    return lease.again(std::max<Duration>(*wait, kLeastRest) * turns_to_pass(lease.key(), outcome));
  switch (outcome.error().code()) {
    case Code::invalid: return lease.forget();
    case Code::conflict:
    case Code::already_exists: return lease.retry(Backoff::fast);
    case Code::not_found:
    case Code::throttled:
    case Code::unavailable:
    case Code::internal: return lease.retry(Backoff::normal);
    case Code::denied:
    case Code::exhausted: return lease.retry(Backoff::slow);
    case Code::cancelled: return;
  }
}

// How many turns the key waits for: one, unless it was sent away too often.
int Controller::turns_to_pass(const api::Key& key, const Result<Next>& outcome) {
  if (outcome.error().code() != Code::throttled) return 1;
  Lock lock(mutex_);
  return std::clamp(++sent_away_[key] - kPatience + 1, 1, kMostTurnsPassed);
}

// Counts the run and logs what is new about it.
void Controller::note(const api::Key& key, const Result<Next>& outcome) {
  bool news = false;
  {
    Lock lock(mutex_);
    --counts_.busy;
    ++counts_.runs;
    if (outcome.ok() || outcome.error().code() != Code::throttled) sent_away_.erase(key);
    if (outcome.ok()) {
      news = complaints_.erase(key) > 0;
    } else {
      ++counts_.errors[outcome.error().code()];
      if (is_no_news(outcome.error())) return;
      const std::size_t complaint = news_of(outcome.error());
      const auto [known, fresh] = complaints_.try_emplace(key, complaint);
      news = fresh || std::exchange(known->second, complaint) != complaint;
    }
  }
  if (!news || (told_ && told_(key))) return;
  if (outcome.ok())
    log_.info(api::text_of(key) + " has recovered", {{"object", api::text_of(key)}});
  else
    log_.write(level_of(outcome.error().code()),
               api::text_of(key) + ": " + outcome.error().message(),
               {{"object", api::text_of(key)},
                {"code", std::string(name_of(outcome.error().code()))},
                {"reason", outcome.error().reason()}});
}

Controller::Counts Controller::counts() const {
  Lock lock(mutex_);
  Counts counts = counts_;
  counts.failing = complaints_.size();
  return counts;
}

}  // namespace certloop::loop
