#pragma once
// An X.509 certificate (RFC 5280). Parsed once, then immutable and valid; thread-safe.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "pki/key_algorithm.h"
#include "pki/names.h"

namespace certloop::pki {

class Certificate {
 public:
  // One certificate. Errors: invalid.
  static Result<Certificate> from_pem(std::string_view pem);
  static Result<Certificate> from_der(std::string_view der);

  const std::string& pem() const;
  const std::string& der() const;
  std::string serial() const;       // lower-case hex pairs with colons, as ACM shows: "03:e9"
  std::string fingerprint() const;  // SHA-256 of the DER, lower-case hex
  const DistinguishedName& subject() const;
  const DistinguishedName& issuer() const;
  const AlternativeNames& names() const;
  Time not_before() const;
  Time not_after() const;
  KeyAlgorithm key_algorithm() const;
  std::string signature_algorithm() const;  // AWS's word: "SHA256WITHRSA", "SHA384WITHECDSA"
  std::string public_key_der() const;       // SubjectPublicKeyInfo
  // ACM's words: DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, CERTIFICATE_SIGNING, CRL_SIGNING, ...
  const std::vector<std::string>& key_usages() const;
  bool has_key_usage_extension() const;
  // ACM's words (TLS_WEB_SERVER_AUTHENTICATION, ..., CUSTOM) beside the dotted object identifier.
  struct ExtendedKeyUsage {
    std::string name, oid;
    bool operator==(const ExtendedKeyUsage&) const = default;
  };
  const std::vector<ExtendedKeyUsage>& extended_key_usages() const;
  bool is_ca() const;
  std::optional<int> path_length() const;
  bool is_self_signed() const;  // subject = issuer and the signature verifies
  bool is_signed_by(const Certificate& issuer) const;  // the signature verifies under its key

  struct Internals;
  const Internals& internals() const { return *internals_; }

 private:
  explicit Certificate(std::shared_ptr<const Internals> internals);
  std::shared_ptr<const Internals> internals_;
};

}  // namespace certloop::pki
