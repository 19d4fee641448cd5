#include "loop/controller.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/last_catch.h"

namespace certloop::loop {
namespace {

// How loud a failure is: what a person must mend is a warning, what is our own fault an error.
Level level_of(Code code) { return code == Code::internal ? Level::error : Level::warning; }

// The least and the longest rest after an error that says itself when to come back: a wrong or
// hostile time must neither cost a busy loop nor put a key to sleep.
constexpr Duration kLeastRest = std::chrono::milliseconds(5);
constexpr Duration kLongestToldRest = std::chrono::minutes(15);

constexpr Duration kResync = std::chrono::hours(6);
constexpr Duration kResyncSpread = std::chrono::minutes(90);
constexpr Duration kStalledRest = std::chrono::minutes(30);
constexpr Duration kStalledSpread = std::chrono::minutes(30);

// The same for a key at every run, and spread evenly over the keys.
Duration spread(const api::Key& key, Duration least, Duration width) {
  constexpr Duration::rep kSteps = 1024;
  const std::size_t step = (std::hash<api::Key>()(key) * 0x9e3779b97f4a7c15ULL) >> 54U;
  return least + width * static_cast<Duration::rep>(step) / kSteps;
}

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
  for (int i = 0; i < workers; ++i) {
    try {
      threads.emplace_back([this, stop] { work(stop); });
    } catch (const std::system_error& error) {
      log_.error("running with fewer workers than " + std::to_string(workers) + ": " +
                 error.what());
      return work(stop);
    }
  }
}

void Controller::work(const std::stop_token& stop) noexcept {
  bool ended = false;
  while (!ended)
    with_last_catch(
        [&] {
          while (auto lease = queue_.take(stop)) run_one(std::move(*lease));
          ended = true;
        },
        [&](const std::string& what) { log_.error("a worker's run was cut short: " + what); });
}

void Controller::run_one(WorkQueue::Lease lease) {
  // Whatever is thrown from here on, the key comes back.
  lease.retry(Backoff::normal);
  {
    Lock lock(mutex_);
    ++counts_.busy;
  }
  const Result<Next> outcome = reconcile(lease.key());
  settle(lease, outcome);
  note(lease.key(), outcome);
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
  if (!outcome.ok()) return settle_failure(lease, outcome.error());
  switch (outcome->kind()) {
    case Next::Kind::on_change: return lease.again(spread(lease.key(), kResync, kResyncSpread));
    case Next::Kind::stalled:
      return lease.again(spread(lease.key(), kStalledRest, kStalledSpread));
    case Next::Kind::after: return lease.again(outcome->wait());
    case Next::Kind::retry: return lease.retry(Backoff::normal);
    case Next::Kind::gone: return lease.forget();
  }
}

void Controller::settle_failure(WorkQueue::Lease& lease, const Error& error) {
  const auto told = error.retry_after();
  const Duration wait =
      told ? std::clamp<Duration>(*told, kLeastRest, kLongestToldRest) : Duration{0};
  const bool by_service = error.answer().has_value();
  if (told && !by_service)
    return lease.wait_turn(
        std::min<Duration>(wait * turns_to_pass(lease.key(), error), kLongestToldRest));
  switch (error.code()) {
    case Code::conflict:
    case Code::already_exists:
      return lease.retry(by_service ? Backoff::normal : Backoff::fast, wait);
    case Code::not_found:
    case Code::throttled:
    case Code::unavailable:
    case Code::internal: return lease.retry(Backoff::normal, wait);
    case Code::denied:
    case Code::exhausted: return lease.retry(Backoff::slow, wait);
    case Code::invalid:
    case Code::cancelled: return lease.again(spread(lease.key(), kStalledRest, kStalledSpread));
  }
}

// How many turns the key waits for: one, unless it was sent away too often.
int Controller::turns_to_pass(const api::Key& key, const Error& error) {
  if (error.code() != Code::throttled) return 1;
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
