#pragma once
// Finds values in texts that write them another way: with other line breaks and indentation, or
// escaped as JSON and YAML do, even several times over. Immutable; thread-safe.
#include <string>
#include <string_view>
#include <vector>

namespace certloop::store {

class ShownIn {
 public:
  // Values shorter than four characters occur by chance in any text and are not looked for. Of a
  // value of several lines, each line that is long enough to be its own is looked for too.
  explicit ShownIn(const std::vector<std::string>& values);

  // Whether any of the values shows in the text.
  bool any_in(std::string_view text) const;

 private:
  std::vector<std::string> needles_;  // without white space
};

}  // namespace certloop::store
