#pragma once
// Two texts line by line, as `diff -u` shows them. Pure; thread-safe.
#include <string>

namespace certloop::cli {

// Empty if the texts are equal. `from` and `to` name them in the first two lines.
std::string unified_diff(const std::string& from_name, const std::string& from,
                         const std::string& to_name, const std::string& to);

}  // namespace certloop::cli
