#pragma once
// An act that is decided on again right after it was carried out has had no effect that shows: AWS
// answers from a copy that lags, or somebody undoes it at once. It backs off like a failure
// (PROTOCOLS 0), or it would be repeated as fast as AWS answers.
#include <map>
#include <string>

#include "api/kind.h"
#include "base/mutex.h"
#include "loop/reconciler.h"

namespace certloop::frame {

// Remembers of each object what was done in its last pass. Thread-safe.
class Repetition {
 public:
  // What act() answered for what it has just done, in words that are the same for the same act:
  // Next::retry() where the pass before did that, too.
  loop::Next after(const api::Key& key, const std::string& act, const loop::Next& next);
  // The pass changed nothing, or came to nothing.
  void forget(const api::Key& key);

 private:
  Mutex mutex_;
  std::map<api::Key, std::string> last_ GUARDED_BY(mutex_);
};

}  // namespace certloop::frame
