#pragma once
// Private to pki: key usages by ACM's words (KeyUsageName, ExtendedKeyUsageName in its model).
#include <optional>
#include <string>
#include <string_view>

namespace certloop::pki {

inline constexpr int kKeyUsageBits = 9;  // RFC 5280 section 4.2.1.3
std::string_view key_usage_name(int bit);
std::optional<int> key_usage_bit(std::string_view name);

std::string_view extended_key_usage_name(std::string_view oid);  // CUSTOM for an unknown one
// Words and dotted identifiers alike; nullopt for what is neither.
std::optional<std::string> extended_key_usage_oid(std::string_view name);

}  // namespace certloop::pki
