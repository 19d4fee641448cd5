#pragma once
// The house rules that a program can check. Each is a pure function from a file to what is wrong
// with it; rules_test.cpp shows each one a sample that it must refuse.
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source.h"

namespace certloop::tidy {

struct Finding {
  std::string rule;
  std::string path;
  int line = 0;
  std::string what;
  bool operator==(const Finding&) const = default;
};
std::string text_of(const Finding& finding);  // "path:line: rule: what"

inline constexpr int kMostLines = 500;
inline constexpr int kMostFunctionLines = 70;
inline constexpr int kMostColumns = 100;

// Names that must not be used, by the rule that says so: clock, sleep, chance, environment, mutex,
// macro. Only what is outside comments and strings counts.
std::vector<Finding> check_banned_names(const Source& source);

// heavy-header: a third-party header in one of ours makes every file pay for it. What is private to
// one folder and needs nlohmann or fmt is named *_json.h; json_fwd.hpp costs nothing.
std::vector<Finding> check_heavy_headers(const Source& source);

// file-length, function-length, columns.
std::vector<Finding> check_lengths(const Source& source);

// later: words that promise what may never come.
std::vector<Finding> check_promises(const Source& source);

// header: begins with #pragma once and a comment that says what it is for.
std::vector<Finding> check_header_start(const Source& source);

// All of the above.
std::vector<Finding> check(const Source& source);

// Functions of a C++ file, by the lines of their opening and closing braces.
struct Function {
  int first = 0, last = 0;
};
std::vector<Function> functions_of(const Source& source);

// What excuses a finding, each with its reason (exceptions.txt).
struct Exception {
  std::string rule, path, reason;
};
std::vector<Exception> parse_exceptions(std::string_view text);

// The findings that no exception excuses, and the exceptions that excuse nothing or give no reason.
std::vector<Finding> unexcused(const std::vector<Finding>& findings,
                               const std::vector<Exception>& exceptions);

}  // namespace certloop::tidy
