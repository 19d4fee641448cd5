#pragma once
// A certificate signing request, PKCS#10 (RFC 2986). Parsed once, then immutable; thread-safe.
#include <string>

#include "base/result.h"
#include "pki/names.h"
#include "pki/private_key.h"

namespace certloop::pki {

class CertificateSigningRequest {
 public:
  // Signed with the key, SHA-256.
  static Result<CertificateSigningRequest> create(const PrivateKey& key,
                                                  const DistinguishedName& subject,
                                                  const AlternativeNames& names);
  // Errors: invalid (not a CSR, or its signature does not verify).
  static Result<CertificateSigningRequest> from_pem(std::string_view pem);

  const std::string& pem() const { return pem_; }
  const DistinguishedName& subject() const { return subject_; }
  const AlternativeNames& names() const { return names_; }
  const std::string& public_key_der() const { return public_key_der_; }
  KeyAlgorithm key_algorithm() const { return key_algorithm_; }

 private:
  CertificateSigningRequest() = default;
  std::string pem_;
  DistinguishedName subject_;
  AlternativeNames names_;
  std::string public_key_der_;
  KeyAlgorithm key_algorithm_{};
};

}  // namespace certloop::pki
