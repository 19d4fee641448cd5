#pragma once
// Who may include whom (layers.txt).
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/rules.h"
#include "tests/tidy/source.h"

namespace certloop::tidy {

using Layers = std::map<std::string, std::set<std::string>>;

Layers parse_layers(std::string_view text);

// A folder that depends on itself by way of others: such a table forbids nothing.
std::vector<std::string> circles(const Layers& layers);

// "aws" for controller/aws/acm.h, "reconcilers" for reconcilers/zone/plan.cpp; empty for main.cpp,
// tests and benchmarks, which may include everything.
std::string layer_of(std::string_view path);

// Includes that go anywhere but downward, from one reconciler to another, or to a folder that the
// table does not know.
std::vector<Finding> check_includes(const Source& source, const Layers& layers);

// For a CMakeLists.txt: what stands after USES must be in the table.
std::vector<Finding> check_uses(const Source& cmake, const Layers& layers);

}  // namespace certloop::tidy
