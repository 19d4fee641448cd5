#include "api/condition.h"

#include <algorithm>

namespace certloop::api {

void set(Conditions& all, Condition next) {
  next.since = std::chrono::floor<std::chrono::seconds>(next.since);
  for (Condition& have : all) {
    if (have.type != next.type) continue;
    if (have.status == next.status) next.since = have.since;
    have = std::move(next);
    return;
  }
  all.push_back(std::move(next));
}

void remove(Conditions& all, std::string_view type) {
  std::erase_if(all, [&](const Condition& have) { return have.type == type; });
}

const Condition* find(const Conditions& all, std::string_view type) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Condition& have) { return have.type == type; });
  return found == all.end() ? nullptr : &*found;
}

bool is_true(const Conditions& all, std::string_view type) {
  const Condition* found = find(all, type);
  return found != nullptr && found->status == Truth::yes;
}

}  // namespace certloop::api
