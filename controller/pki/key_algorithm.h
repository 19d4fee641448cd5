#pragma once
// The key algorithms of ACM and ACM PCA, by AWS's names.
#include <optional>
#include <string>
#include <string_view>

namespace certloop::pki {

enum class KeyAlgorithm {
  rsa_1024,
  rsa_2048,
  rsa_3072,
  rsa_4096,
  ec_prime256v1,
  ec_secp384r1,
  ec_secp521r1
};

// "RSA_2048", "EC_prime256v1": the enumeration's spelling, as requests carry it.
std::string_view name_of(KeyAlgorithm algorithm);
// Accepts the answers' spelling too: DescribeCertificate really says "RSA-2048" and
// "EC-prime256v1".
std::optional<KeyAlgorithm> key_algorithm_named(std::string_view name);
bool is_rsa(KeyAlgorithm algorithm);

}  // namespace certloop::pki
