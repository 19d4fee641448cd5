#pragma once
// A private key. Parsed once, then immutable; safe to share between threads.
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "pki/key_algorithm.h"

namespace certloop::pki {

class PrivateKey {
 public:
  // From the operating system's randomness.
  static Result<PrivateKey> generate(KeyAlgorithm algorithm);
  // PKCS#8 (also encrypted, with the passphrase), PKCS#1 or SEC 1 PEM.
  // Errors: invalid (not a key, wrong or missing passphrase, unsupported algorithm). No error text
  // holds any part of the input.
  static Result<PrivateKey> from_pem(const Secret& pem, const Secret& passphrase = {});

  KeyAlgorithm algorithm() const;
  Secret to_pem() const;                                         // PKCS#8, unencrypted
  std::string to_encrypted_pem(const Secret& passphrase) const;  // PKCS#8, PBES2 AES-256-CBC
  std::string public_key_der() const;                            // SubjectPublicKeyInfo

  struct Internals;
  const Internals& internals() const { return *internals_; }

 private:
  explicit PrivateKey(std::shared_ptr<const Internals> internals);
  std::shared_ptr<const Internals> internals_;
};

}  // namespace certloop::pki
