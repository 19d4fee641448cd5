#pragma once
// Opaque page tokens: where the next page begins, bound to the parameters of the first.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace certloop::emulator {

struct PagePosition {
  std::string key;             // of the last row shown, in the order asked for
  std::uint64_t sequence = 0;  // of the last row shown
};

std::string page_token(const PagePosition& position, std::string_view parameters);
// Absent if the text is no token of ours or belongs to other parameters.
std::optional<PagePosition> parse_page_token(std::string_view token, std::string_view parameters);

}  // namespace certloop::emulator
