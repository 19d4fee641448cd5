#pragma once
// Wakes those who wait for the database to change, whoever changed it. Thread-safe.
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "store/sqlite.h"

namespace certloop::store {

class ChangeSignal {
 public:
  // `is_intact` says whether the connection still leads to where others write; asked under a lock.
  ChangeSignal(Connection connection, std::function<bool()> is_intact)
      : connection_(std::move(connection)), is_intact_(std::move(is_intact)) {}

  // A transaction of this process has just been committed.
  void announce();

  // Returns once something was committed after this thread's last wait() returned: what is written
  // between two waits is never slept over. The first wait of a thread returns at once. Other
  // processes are noticed by asking SQLite 40 times a second. When SQLite can be asked no more, or
  // the database is no longer what others see, that counts as one change: the next operation says
  // why.
  void wait(Duration most, const std::stop_token& stop);

 private:
  void look() REQUIRES(mutex_);

  Mutex mutex_;
  std::condition_variable_any changed_;
  Connection connection_ GUARDED_BY(mutex_);
  const std::function<bool()> is_intact_;
  std::int64_t data_version_ GUARDED_BY(mutex_) = 0;
  bool failed_ GUARDED_BY(mutex_) = false;
  std::uint64_t changes_ GUARDED_BY(mutex_) = 0;  // noticed so far
  std::map<std::thread::id, std::uint64_t> seen_ GUARDED_BY(mutex_);
};

}  // namespace certloop::store
