#pragma once
// Names in certificates: distinguished names and subject alternative names. Plain values.
#include <string>
#include <utility>
#include <vector>

namespace certloop::pki {

// Attributes in the order they are encoded. Types by their short names: CN, O, OU, C, ST, L,
// serialNumber; others as dotted object identifiers.
struct DistinguishedName {
  std::vector<std::pair<std::string, std::string>> attributes;

  std::string get(const std::string& type) const;  // the first; empty if there is none
  std::string text() const;  // "C=AU,ST=Some-State,CN=localhost", as ACM prints
  bool empty() const { return attributes.empty(); }
  bool operator==(const DistinguishedName&) const = default;
};

struct AlternativeNames {
  std::vector<std::string> dns, email, ip, uri;  // as in the certificate, in order
  // Kinds that nothing here makes, as they are to be shown: "directoryName CN=web", "otherName
  // 1.3.6.1.4.1.311.20.2.3", "registeredID 1.2.3".
  std::vector<std::string> other = {};
  bool empty() const {
    return dns.empty() && email.empty() && ip.empty() && uri.empty() && other.empty();
  }
  bool operator==(const AlternativeNames&) const = default;
};

}  // namespace certloop::pki
