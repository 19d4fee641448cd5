#pragma once
// Private to this folder: on which lines the faults of an object stand.
#include <string>
#include <string_view>
#include <vector>

#include "schema/node.h"

namespace certloop::spec {

// For each path, as schema::Fault has them, the line of what stands there; or, for what is missing,
// of what should hold it. Looks only into what the paths lead through: the tree may be large, and
// so may be its keys. Pure.
std::vector<int> lines_of(const schema::Node& root, const std::vector<std::string_view>& paths);

}  // namespace certloop::spec
