#include "frame/problem.h"

#include <algorithm>
#include <array>

namespace certloop::frame {

Problem problem_of(const connect::Refusal& refusal) {
  static constexpr std::array kOfSpecs = {"ReferenceNotFound", "ReferenceNotAllowed",
                                          "AccountDisabled", "OtherController",
                                          "RegionNotInAccount"};
  const bool of_specs =
      std::find(kOfSpecs.begin(), kOfSpecs.end(), refusal.reason) != kOfSpecs.end();
  return {refusal.reason, refusal.message, refusal.stalled, !of_specs};
}

}  // namespace certloop::frame
