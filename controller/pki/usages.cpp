#include "pki/usages.h"

#include <algorithm>
#include <array>
#include <utility>

namespace certloop::pki {
namespace {

constexpr std::array<std::string_view, kKeyUsageBits> kKeyUsages = {
    "DIGITAL_SIGNATURE", "NON_REPUDIATION", "KEY_ENCIPHERMENT",
    "DATA_ENCIPHERMENT", "KEY_AGREEMENT",   "CERTIFICATE_SIGNING",
    "CRL_SIGNING",       "ENCIPHER_ONLY",   "DECIPHER_ONLY"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kExtended = {{
    {"TLS_WEB_SERVER_AUTHENTICATION", "1.3.6.1.5.5.7.3.1"},
    {"TLS_WEB_CLIENT_AUTHENTICATION", "1.3.6.1.5.5.7.3.2"},
    {"CODE_SIGNING", "1.3.6.1.5.5.7.3.3"},
    {"EMAIL_PROTECTION", "1.3.6.1.5.5.7.3.4"},
    {"IPSEC_END_SYSTEM", "1.3.6.1.5.5.7.3.5"},
    {"IPSEC_TUNNEL", "1.3.6.1.5.5.7.3.6"},
    {"IPSEC_USER", "1.3.6.1.5.5.7.3.7"},
    {"TIME_STAMPING", "1.3.6.1.5.5.7.3.8"},
    {"OCSP_SIGNING", "1.3.6.1.5.5.7.3.9"},
    {"ANY", "2.5.29.37.0"},
}};

bool is_dotted(std::string_view text) {
  return text.find('.') != std::string_view::npos &&
         text.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::string_view key_usage_name(int bit) { return kKeyUsages.at(static_cast<std::size_t>(bit)); }

std::optional<int> key_usage_bit(std::string_view name) {
  const auto* found = std::find(kKeyUsages.begin(), kKeyUsages.end(), name);
  if (found == kKeyUsages.end()) return std::nullopt;
  return static_cast<int>(found - kKeyUsages.begin());
}

std::string_view extended_key_usage_name(std::string_view oid) {
  for (const auto& [name, known] : kExtended)
    if (known == oid) return name;
  return "CUSTOM";
}

std::optional<std::string> extended_key_usage_oid(std::string_view name) {
  for (const auto& [known, oid] : kExtended)
    if (known == name) return std::string(oid);
  if (is_dotted(name)) return std::string(name);
  return std::nullopt;
}

}  // namespace certloop::pki
