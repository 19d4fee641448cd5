#pragma once
// Making certificates: what the local CA, the emulator and the tests sign with.
#include <optional>
#include <string>
#include <vector>

#include "pki/certificate.h"
#include "pki/names.h"
#include "pki/private_key.h"

namespace certloop::pki {

// What the new certificate says. Extensions come in the usual profile of RFC 5280: subject and
// authority key identifiers always, basicConstraints critical for CAs.
struct Template {
  std::string serial;  // up to 20 bytes, big-endian, positive
  DistinguishedName subject;
  std::string public_key_der;  // SubjectPublicKeyInfo
  AlternativeNames names;
  Time not_before{};
  Time not_after{};
  bool is_ca = false;
  std::optional<int> path_length;
  std::vector<std::string> key_usages;           // ACM's words; empty: no such extension
  std::vector<std::string> extended_key_usages;  // ACM's words or dotted object identifiers
  std::string digest = "SHA256";                 // SHA256, SHA384, SHA512
  std::vector<std::string> crl_urls, ocsp_urls;
};

// Signed by the issuer's key; `issuer` absent makes it self-signed.
// Errors: invalid (a field that cannot be encoded).
Result<Certificate> issue(const Template& what, const PrivateKey& issuer_key,
                          const std::optional<Certificate>& issuer);

}  // namespace certloop::pki
