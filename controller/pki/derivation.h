#pragma once
// Private to pki: what it costs to open something that a passphrase protects, known before any of
// it is spent. The numbers stand in the file, so whoever wrote the file chose them.
#include <cstdint>

#include "base/result.h"
#include "pki/openssl.h"

namespace certloop::pki {

// One for each file. Not thread-safe.
class DerivationBudget {
 public:
  // Takes what this algorithm (PBES1, PBES2, PKCS#12's, PBMAC1; PBKDF2 or scrypt within) costs.
  // Errors: invalid (more than is left; parameters that cannot be read).
  Result<void> take(const X509_ALGOR* algorithm);
  Result<void> take(const ASN1_INTEGER* iterations);  // null: one
  // The same for an algorithm that may be a bare digest, which costs nothing.
  Result<void> take_if_derives(const X509_ALGOR* algorithm);

 private:
  Result<void> take(std::uint64_t iterations);
  std::uint64_t left_ = 1'000'000;  // below a second, whatever the algorithm
};

}  // namespace certloop::pki
