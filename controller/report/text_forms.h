#pragma once
// One tree, as JSON or YAML for people and programs. What a terminal would act upon (control
// characters, bidirectional overrides) is escaped in both, without changing what is read back.
// Pure functions; thread-safe.
#include <string>
#include <string_view>

namespace certloop::report {

// `json` is valid JSON in both.
std::string indented_json(std::string_view json);  // four spaces a level, as kubectl; line end
// Strings are quoted wherever YAML 1.1 or 1.2 would take them for something else.
std::string yaml_of(std::string_view json);

}  // namespace certloop::report
