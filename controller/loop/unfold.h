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

// Repeats plan and assume from `observed` on; answers the Observed at which the plan ends.
// - `next(observed)` plans, notes what it likes, and answers the action that the loop would carry
//   out, as an optional: nothing where the plan ends;
// - `assume(observed, action)` answers the Observed that the action's success would lead to;
// - `name_of(action)` names it in the error.
// But for what `next` notes, all three are pure, and so is this.
// Error: internal (the plan does not end within kUnfoldSteps, because an action does not change
// what made the plan ask for it; the message names the one that came most often).
template <class Observed, class Next, class Assume, class NameOf>
Result<Observed> unfold(Observed observed, const Next& next, const Assume& assume,
                        const NameOf& name_of) {
  std::vector<std::string> names;
  while (auto action = next(std::as_const(observed))) {
    if (names.size() == kUnfoldSteps) {
      const auto times = [&](const std::string& name) {
        return std::count(names.begin(), names.end(), name);
      };
      const auto most =
          std::max_element(names.begin(), names.end(),
                           [&](const auto& a, const auto& b) { return times(a) < times(b); });
      return Error(Code::internal, "the plan does not end: after " + std::to_string(kUnfoldSteps) +
                                       " steps it still asks for " + *most + " (" +
                                       std::to_string(times(*most)) + " times)");
    }
    names.emplace_back(name_of(*action));
    observed = assume(std::move(observed), *action);
  }
  return observed;
}

}  // namespace certloop::loop
