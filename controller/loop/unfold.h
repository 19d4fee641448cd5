#pragma once
// Plays a planner forward without touching the world: what `certloop plan` prints (DESIGN 2).
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace certloop::loop {

inline constexpr std::size_t kUnfoldSteps = 50;

// Everything the loop would do from `observed` on, in order. `plan(observed)` answers something
// with `actions`, of which the loop would carry out the first; `assume(observed, action)` answers
// the Observed that a success of the action would lead to; `name_of(action)` names it in the error.
// All three are pure, and so is this.
// Error: internal (the plan does not end: an action does not change what made the plan ask for it;
// the message names the one that came most often).
template <class Observed, class Plan, class Assume, class NameOf>
auto unfold(Observed observed, const Plan& plan, const Assume& assume, const NameOf& name_of)
    -> Result<decltype(plan(observed).actions)> {
  decltype(plan(observed).actions) done;
  for (;;) {
    auto planned = plan(observed);
    if (planned.actions.empty()) return done;
    if (done.size() == kUnfoldSteps) break;
    done.push_back(std::move(planned.actions.front()));
    observed = assume(std::move(observed), done.back());
  }
  std::vector<std::string> names;
  for (const auto& action : done) names.emplace_back(name_of(action));
  const auto times = [&](const std::string& name) {
    return std::count(names.begin(), names.end(), name);
  };
  const auto most = std::max_element(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    return times(a) < times(b);
  });
  return Error(Code::internal, "the plan does not end: after " + std::to_string(kUnfoldSteps) +
                                   " steps it still asks for " + *most + " (" +
                                   std::to_string(times(*most)) + " times)");
}

}  // namespace certloop::loop
