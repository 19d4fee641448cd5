#include "emulator/page_token.h"

#include <charconv>

#include "base/digest.h"
#include "base/text.h"

namespace certloop::emulator {

namespace {

std::string digest_of(std::string_view text) { return sha256_hex(text).substr(0, 16); }

}  // namespace

std::string page_token(const PagePosition& position, std::string_view parameters) {
  const std::string body =
      digest_of(parameters) + ' ' + std::to_string(position.sequence) + ' ' + to_hex(position.key);
  return to_base64(digest_of(body) + ' ' + body);
}

std::optional<PagePosition> parse_page_token(std::string_view token, std::string_view parameters) {
  const auto text = from_base64(token);
  if (!text) return std::nullopt;
  const std::vector<std::string> parts = split(*text, ' ');
  if (parts.size() != 4 || parts[1] != digest_of(parameters)) return std::nullopt;
  if (parts[0] != digest_of(parts[1] + ' ' + parts[2] + ' ' + parts[3])) return std::nullopt;
  PagePosition position;
  const auto key = from_hex(parts[3]);
  const std::string& number = parts[2];
  const auto parsed =
      std::from_chars(number.data(), number.data() + number.size(), position.sequence);
  if (!key || parsed.ec != std::errc()) return std::nullopt;
  position.key = *key;
  return position;
}

}  // namespace certloop::emulator
