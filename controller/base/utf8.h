#pragma once
// UTF-8, character by character. Pure; thread-safe.
#include <cstdint>
#include <string_view>
#include <utility>

namespace certloop {

// The code point at the start of `text`, which is not empty, and its length in bytes; {0, 0} if it
// is not valid UTF-8.
std::pair<std::uint32_t, std::size_t> decode_utf8(std::string_view text);

}  // namespace certloop
