#include "frame/repetition.h"

namespace certloop::frame {

loop::Next Repetition::after(const api::Key& key, const std::string& act, const loop::Next& next) {
  const Lock lock(mutex_);
  std::string& last = last_[key];
  if (last == act) return loop::Next::retry();
  last = act;
  return next;
}

void Repetition::forget(const api::Key& key) {
  const Lock lock(mutex_);
  last_.erase(key);
}

}  // namespace certloop::frame
