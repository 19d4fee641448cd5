#pragma once
// Private to this folder: what a .certloopignore says.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace certloop::spec {

// The patterns of a .gitignore: one a line; "#" begins a comment; "!" takes back; "/" at the end
// means directories only; "/" anywhere else ties the pattern to the top; "*" and "?" stop at "/",
// "**" does not. The last pattern that matches decides. Immutable; thread-safe.
class IgnoreRules {
 public:
  IgnoreRules() = default;
  // Error: invalid, naming the line (too many patterns, or one too long).
  static Result<IgnoreRules> parse(std::string_view text);

  // `path` is relative to the top, with "/" between names. What is in an ignored directory is
  // for the caller to skip: it need not ask.
  bool ignores(std::string_view path, bool is_directory) const;

 private:
  struct Rule {
    std::vector<std::string> names;  // between the slashes
    bool takes_back = false, only_directories = false;
  };
  std::vector<Rule> rules_;
};

}  // namespace certloop::spec
