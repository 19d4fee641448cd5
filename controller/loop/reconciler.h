#pragma once
// What the loop runs. A reconciler makes one kind of object true, one key at a time.
#include <cstdint>

#include "api/kind.h"
#include "base/clock.h"
#include "base/result.h"

namespace certloop::loop {

// When to look at the key again if nothing changes. Nothing rests for ever but what does not exist:
// a change may have been missed, and what only a change could help may have healed unseen.
class Next {
 public:
  enum class Kind : std::uint8_t { on_change, stalled, after, retry, gone };

  // The world is as it should be. Looked at again after the long resync (controller.h).
  static Next on_change() { return Next(Kind::on_change, Duration{0}); }
  // Only a change of the spec, or of what it refers to, can help as far as is known. Looked at
  // again within the hour.
  static Next stalled() { return Next(Kind::stalled, Duration{0}); }
  // Something is under way outside, or time itself will make a difference.
  static Next after(Duration wait) { return Next(Kind::after, wait); }
  // Nothing is wrong that an error would tell, but it did not help either: AWS refused what may
  // succeed later, or an effect does not show yet. Backs off as after a failure, 500 ms doubling to
  // 15 min, and counts as one.
  static Next retry() { return Next(Kind::retry, Duration{0}); }
  // No such object exists (any more): the key is forgotten.
  static Next gone() { return Next(Kind::gone, Duration{0}); }

  Kind kind() const { return kind_; }
  Duration wait() const { return wait_; }  // of after()

 private:
  Next(Kind kind, Duration wait) : kind_(kind), wait_(wait) {}
  Kind kind_;
  Duration wait_;
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
