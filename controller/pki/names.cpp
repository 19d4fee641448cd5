#include "pki/names.h"

#include <string_view>

namespace certloop::pki {

std::string DistinguishedName::get(const std::string& type) const {
  for (const auto& [name, value] : attributes)
    if (name == type) return value;
  return {};
}

// A value could itself hold ",CN=": RFC 4514's escapes keep the text unambiguous.
std::string DistinguishedName::text() const {
  constexpr std::string_view kSpecial = ",+\"\\<>;";
  std::string out;
  for (const auto& [name, value] : attributes) {
    if (!out.empty()) out += ',';
    out += name + '=';
    for (const char c : value) {
      if (kSpecial.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

}  // namespace certloop::pki
