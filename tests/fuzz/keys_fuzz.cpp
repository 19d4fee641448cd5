// Private keys as PEM, plain and encrypted.
#include "pki/private_key.h"
#include "tests/fuzz/seeds.h"

namespace certloop::pki {
namespace {

const Secret& passphrase() {
  static const Secret words("open sesame");
  return words;
}

std::vector<std::string> seeds() {
  std::vector<std::string> out;
  for (const auto algorithm :
       {KeyAlgorithm::rsa_1024, KeyAlgorithm::ec_prime256v1, KeyAlgorithm::ec_secp521r1}) {
    const PrivateKey key = PrivateKey::generate(algorithm).value();
    out.emplace_back(key.to_pem().reveal());
    out.push_back(key.to_encrypted_pem(passphrase()));
  }
  return out;
}

}  // namespace
}  // namespace certloop::pki

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  certloop::fuzz::write_seeds(*argc, *argv, certloop::pki::seeds());
  return 0;
}

// Whatever was accepted can be written, read again, and is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace certloop;
  const auto key = pki::PrivateKey::from_pem(Secret(fuzz::text_of(data, size)), pki::passphrase());
  if (!key) {
    fuzz::require(key.error().code() == Code::invalid);
    return 0;
  }
  const auto again = pki::PrivateKey::from_pem(key->to_pem());
  fuzz::require(again.ok() && again->public_key_der() == key->public_key_der());
  return 0;
}
