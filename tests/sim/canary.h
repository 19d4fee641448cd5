#pragma once
// Looks for a secret wherever it must not be, in every form it could have leaked in.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certloop::sim {

class Canary {
 public:
  // The bytes as they are, in hex, and in base64 wherever in a longer text they
  // stood. At least eight bytes.
  void guard(const std::string& secret);
  // Likewise the lines of a PEM document between its marks, and the bytes that they encode.
  void guard_pem(const std::string& pem);

  // What of it stands in the text, none: nothing.
  std::optional<std::string> found_in(std::string_view text) const;

 private:
  std::vector<std::string> needles_;
};

}  // namespace certloop::sim
