#pragma once
// Several certificates: bundles as people keep them, and chains as verifiers want them.
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "pki/certificate.h"
#include "pki/private_key.h"

namespace certloop::pki {

// Every certificate in the text, in order; other PEM blocks are skipped. Errors: invalid.
Result<std::vector<Certificate>> certificates_from_pem(std::string_view pem);

// A leaf with its key and what stands between it and its root.
struct Bundle {
  Certificate leaf;
  std::vector<Certificate> chain;  // chain[i] was issued by chain[i + 1]; without leaf and root
  PrivateKey key;
  std::string chain_pem() const;
};

// Sorts what people put into a kubernetes.io/tls Secret or one PEM file: finds the leaf by its key,
// orders the chain whatever its order was, drops the root and what does not belong.
// Errors: invalid (no certificate belongs to the key; not yet or no longer valid at `now` is not an
// error here).
Result<Bundle> bundle_from_pem(std::string_view certificates, const Secret& key_pem);
// The same from PKCS#12 (RFC 7292).
Result<Bundle> bundle_from_pkcs12(const Secret& der, const Secret& passphrase);

// SHA-256 over the fingerprints of the chain in its order, lower-case hex: whether two deliveries
// carry the same chain. Self-signed certificates do not count, for some keep the root and some drop
// it.
std::string digest_of(const std::vector<Certificate>& chain);

// Whether the chain leads from leaf to a self-signed root (or, without one, to `chain`'s last
// certificate, if partial chains are acceptable) with valid signatures, dates at `now`, CA flags
// and path lengths; OpenSSL's verifier. Errors: invalid, with the verifier's reason and the subject
// of the certificate at fault.
Result<void> verify_chain(const Certificate& leaf, const std::vector<Certificate>& chain,
                          const std::vector<Certificate>& roots, Time now);

// Whether it leads to a root of the machine's trust store (SSL_CERT_FILE, /etc/ssl/certs).
bool is_publicly_trusted(const Certificate& leaf, const std::vector<Certificate>& chain, Time now);

}  // namespace certloop::pki
