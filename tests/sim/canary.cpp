#include "tests/sim/canary.h"

#include <algorithm>
#include <stdexcept>

#include "base/text.h"

namespace certloop::sim {
namespace {

// Base64 of the bytes as it looks behind `before` other bytes: without the characters at either end
// that neighbours have a part in.
std::string inner_base64(const std::string& bytes, std::size_t before) {
  const std::string text = to_base64(std::string(before, 'x') + bytes);
  const std::size_t first = (before * 8 + 5) / 6;
  const std::size_t last = (before + bytes.size()) * 8 / 6;
  return text.substr(first, last - first);
}

}  // namespace

void Canary::guard(const std::string& secret) {
  if (secret.size() < 8) throw std::invalid_argument("too short: it would be found anywhere");
  needles_.push_back(secret);
  needles_.push_back(to_hex(secret));
  for (std::size_t before = 0; before < 3; ++before) {
    std::string text = inner_base64(secret, before);
    needles_.push_back(text);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    needles_.push_back(std::move(text));  // RFC 4648, section 5
  }
}

void Canary::guard_pem(const std::string& pem) {
  std::string bytes;
  for (const auto& line : split(pem, '\n')) {
    if (line.empty() || line.starts_with("-----")) continue;
    bytes += line;
    if (line.size() >= 16) guard(std::string(line));
  }
  guard(from_base64(bytes).value());
}

std::optional<std::string> Canary::found_in(std::string_view text) const {
  for (const auto& needle : needles_)
    if (text.find(needle) != std::string_view::npos) return needle;
  return std::nullopt;
}

}  // namespace certloop::sim
