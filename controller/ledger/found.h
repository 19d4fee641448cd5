#pragma once
// What stands in AWS against what a spec says, in words: all that is told where nothing will be
// done about it (management Observe). Pure functions.
#include <string>
#include <vector>

#include "api/difference.h"

namespace certloop::ledger {

// "spec.tags.team is web, the spec says shop; ..."; empty: nothing differs.
std::string as_found(const std::vector<api::Difference>& differences);

}  // namespace certloop::ledger
