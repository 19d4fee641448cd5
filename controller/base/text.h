#pragma once
// Small words about text that every layer uses. Pure functions; thread-safe.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certloop {

std::string lower(std::string_view text);      // ASCII only
std::string_view trim(std::string_view text);  // spaces, tabs, CR, LF at both ends
std::vector<std::string> split(std::string_view text, char separator);  // "" gives {""}
std::string join(const std::vector<std::string>& parts, std::string_view separator);

std::string to_hex(std::string_view bytes);  // lower case
std::optional<std::string> from_hex(std::string_view hex);

// RFC 4648 section 4, with padding. Decoding ignores white space and refuses everything else.
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

// RFC 3986: all but A-Z a-z 0-9 - _ . ~ become %XX. `keep` names further characters to leave.
std::string percent_encode(std::string_view text, std::string_view keep = {});
std::string percent_decode(std::string_view text);  // malformed escapes are left as they are

// A domain name as ACM and DNS compare it: lower case, IDNA A-labels (xn--), no trailing dot.
// A leading "*." stays. Text that is no domain name comes back lower-cased.
std::string normalized_domain(std::string_view name);

// Foreign text made safe to print on a terminal: control characters, escape sequences and
// bidirectional overrides become \xNN or \u{NNNN}; printable UTF-8 stays.
std::string printable(std::string_view text);

// The candidate nearest to `word` by edit distance, if it is near enough to be what was meant.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace certloop
