#include "store/change_signal.h"

#include <algorithm>

namespace certloop::store {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{25};
// Threads come and go; forgetting one only wakes it once too often.
constexpr std::size_t kMostThreads = 1024;

}  // namespace

void ChangeSignal::announce() {
  // Taking the lock orders this after a waiter's look and before its sleep is interrupted.
  Lock lock(mutex_);
  changed_.notify_all();
}

void ChangeSignal::look() {
  const auto version = connection_.data_version();
  const bool failed = !version.ok() || !is_intact_();
  const bool moved = version.ok() && *version != data_version_;
  if (!moved && failed == failed_) return;
  if (version.ok()) data_version_ = *version;
  failed_ = failed;
  ++changes_;
}

void ChangeSignal::wait(Duration most, const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + most;
  const auto self = std::this_thread::get_id();
  Lock lock(mutex_);
  for (;;) {
    look();
    const auto seen = seen_.find(self);
    if (seen == seen_.end() || seen->second != changes_) break;
    const auto now = std::chrono::steady_clock::now();
    if (stop.stop_requested() || now >= deadline) break;
    const auto until =
        std::min<std::chrono::steady_clock::time_point>(now + kBetweenLooks, deadline);
    changed_.wait_until(mutex_, stop, until, [] { return false; });
  }
  if (seen_.size() > kMostThreads) seen_.clear();
  seen_[self] = changes_;
}

}  // namespace certloop::store
