#pragma once
// Hashes, by OpenSSL. Pure functions; thread-safe.
#include <string>
#include <string_view>

namespace certloop {

std::string sha256(std::string_view bytes);      // 32 bytes
std::string sha256_hex(std::string_view bytes);  // 64 characters, lower case
std::string sha1_hex(std::string_view bytes);    // for what names things by SHA-1, never for safety
std::string hmac_sha256(std::string_view key, std::string_view bytes);  // 32 bytes

}  // namespace certloop
