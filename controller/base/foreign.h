#pragma once
// Text from outside, checked where it enters (SECURITY, "Every foreign string"), so that nothing
// behind can fail on it. Pure functions; thread-safe.
#include <string>
#include <string_view>

namespace certloop {

// Whether it may be kept as it is: UTF-8 without control characters, at most `most_bytes` long. For
// names, which are compared, and so must not be mended.
bool is_clean_text(std::string_view text, std::size_t most_bytes);

// Made fit for every renderer: valid UTF-8 of at most `most_bytes`. Bytes that are not UTF-8 and
// control characters but tab, line feed and carriage return become U+FFFD; what is too long is cut,
// with "..." at its end. Text that is fit comes back unchanged.
std::string foreign_text(std::string text, std::size_t most_bytes);

// As printable() of base/text.h, for text of several lines: line feeds and tabs stay.
std::string printable_lines(std::string_view text);

}  // namespace certloop
