#include "pki/key_algorithm.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace certloop::pki {
namespace {

constexpr std::array<std::pair<KeyAlgorithm, std::string_view>, 7> kNames = {{
    {KeyAlgorithm::rsa_1024, "RSA_1024"},
    {KeyAlgorithm::rsa_2048, "RSA_2048"},
    {KeyAlgorithm::rsa_3072, "RSA_3072"},
    {KeyAlgorithm::rsa_4096, "RSA_4096"},
    {KeyAlgorithm::ec_prime256v1, "EC_prime256v1"},
    {KeyAlgorithm::ec_secp384r1, "EC_secp384r1"},
    {KeyAlgorithm::ec_secp521r1, "EC_secp521r1"},
}};

}  // namespace

std::string_view name_of(KeyAlgorithm algorithm) {
  for (const auto& [value, name] : kNames)
    if (value == algorithm) return name;
  return {};
}

std::optional<KeyAlgorithm> key_algorithm_named(std::string_view name) {
  std::string wanted(name);
  std::replace(wanted.begin(), wanted.end(), '-', '_');
  for (const auto& [value, known] : kNames)
    if (known == wanted) return value;
  return std::nullopt;
}

bool is_rsa(KeyAlgorithm algorithm) { return algorithm <= KeyAlgorithm::rsa_4096; }

}  // namespace certloop::pki
