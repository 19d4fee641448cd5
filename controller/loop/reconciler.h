#pragma once
// What the loop runs. A reconciler makes one kind of object true, one key at a time.
#include <optional>

#include "api/kind.h"
#include "base/result.h"

namespace certloop::loop {

// When to look at the key again if nothing changes. There are two answers only.
class Next {
 public:
  // The world is as it should be, or only a change can help.
  static Next on_change() { return Next(std::nullopt); }
  // Something is under way outside, or time itself will make a difference.
  static Next after(Duration wait) { return Next(wait); }

  std::optional<Duration> wait() const { return wait_; }

 private:
  explicit Next(std::optional<Duration> wait) : wait_(wait) {}
  std::optional<Duration> wait_;
};

// What a reconciler answers that was about to change something when the process was told to end.
inline Error is_stopping() {
  return Error(Code::cancelled, "not begun because the program is stopping").not_sent();
}

// reconcile() gets a key, never an event: it reads what is there now, does at most one thing that
// changes the world, writes down what it found, and returns. It never sleeps. It is called by one
// worker at a time for one key, by many for different keys. What its answer makes the loop do
// stands in controller.h, settle().
class Reconciler {
 public:
  virtual ~Reconciler() = default;
  virtual Result<Next> reconcile(const api::Key& key) = 0;
};

}  // namespace certloop::loop
