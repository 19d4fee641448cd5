#pragma once
// What certloop does for its users, each as a scenario that the walk disturbs.
#include <vector>

#include "tests/walk/play.h"

namespace certloop::walk {

const std::vector<Scenario>& scenarios();

}  // namespace certloop::walk
