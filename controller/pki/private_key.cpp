#include "pki/private_key.h"

#include <openssl/pem.h>

#include <cstring>

#include "pki/openssl.h"

namespace certloop::pki {
namespace {

Error not_a_key(const char* why) { return {Code::invalid, std::string("private key: ") + why}; }

struct Passphrase {
  const Secret& bytes;
  bool asked = false;
};

int give_passphrase(char* buffer, int size, int /*writing*/, void* data) {
  auto* passphrase = static_cast<Passphrase*>(data);
  passphrase->asked = true;
  const std::string_view bytes = passphrase->bytes.reveal();
  if (bytes.empty() || bytes.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, bytes.data(), bytes.size());
  return static_cast<int>(bytes.size());
}

// The key in PEM, encrypted if a passphrase is given. The encoder can only fail for want of memory
// or of the algorithms themselves; the text is then empty.
Secret encoded(const EVP_PKEY* key, const char* structure, const Secret* passphrase) {
  const ErrorScope scope;
  const Owner<OSSL_ENCODER_CTX> encoder(
      OSSL_ENCODER_CTX_new_for_pkey(key, EVP_PKEY_KEYPAIR, "PEM", structure, nullptr));
  if (!encoder) return {};
  if (passphrase != nullptr) {
    const std::string_view bytes = passphrase->reveal();
    if (OSSL_ENCODER_CTX_set_cipher(encoder.get(), "AES-256-CBC", nullptr) != 1 ||
        OSSL_ENCODER_CTX_set_passphrase(encoder.get(),
                                        reinterpret_cast<const unsigned char*>(bytes.data()),
                                        bytes.size()) != 1) {
      return {};
    }
  }
  unsigned char* data = nullptr;
  std::size_t size = 0;
  if (OSSL_ENCODER_to_data(encoder.get(), &data, &size) != 1) return {};
  Secret out(std::string_view(reinterpret_cast<char*>(data), size));
  OPENSSL_clear_free(data, size);
  return out;
}

Result<std::shared_ptr<const PrivateKey::Internals>> internals_of(KeyOwner key) {
  const auto algorithm = algorithm_of(key.get());
  if (!algorithm) return unsupported_key(key.get(), "private key");
  auto out = std::make_shared<PrivateKey::Internals>();
  out->algorithm = *algorithm;
  out->public_key_der = der_of([&](unsigned char** to) { return i2d_PUBKEY(key.get(), to); });
  out->key = std::move(key);
  if (out->public_key_der.empty()) return not_a_key("it has no public part");
  return std::shared_ptr<const PrivateKey::Internals>(std::move(out));
}

}  // namespace

PrivateKey::PrivateKey(std::shared_ptr<const Internals> internals)
    : internals_(std::move(internals)) {}

Result<PrivateKey> PrivateKey::generate(KeyAlgorithm algorithm) {
  const ErrorScope scope;
  const auto rsa = [](std::size_t bits) {
    return EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits);
  };
  const auto ec = [](const char* curve) {
    return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve);
  };
  KeyOwner key;
  switch (algorithm) {
    case KeyAlgorithm::rsa_1024: key.reset(rsa(1024)); break;
    case KeyAlgorithm::rsa_2048: key.reset(rsa(2048)); break;
    case KeyAlgorithm::rsa_3072: key.reset(rsa(3072)); break;
    case KeyAlgorithm::rsa_4096: key.reset(rsa(4096)); break;
    case KeyAlgorithm::ec_prime256v1: key.reset(ec("P-256")); break;
    case KeyAlgorithm::ec_secp384r1: key.reset(ec("P-384")); break;
    case KeyAlgorithm::ec_secp521r1: key.reset(ec("P-521")); break;
  }
  if (!key) return Error(Code::internal, "private key: OpenSSL could not generate one");
  return PrivateKey(TRY(internals_of(std::move(key))));
}

Result<PrivateKey> PrivateKey::from_pem(const Secret& pem, const Secret& passphrase) {
  const ErrorScope scope;
  const BioOwner in = reader_of(pem.reveal());
  Passphrase given{passphrase};
  KeyOwner key(PEM_read_bio_PrivateKey(in.get(), nullptr, &give_passphrase, &given));
  if (!key) {
    if (!given.asked) return not_a_key("not a private key in PEM (PKCS#8, PKCS#1 or SEC 1)");
    if (passphrase.empty()) return not_a_key("it is encrypted; give its passphrase");
    return not_a_key("the passphrase does not open it, or it is damaged");
  }
  return PrivateKey(TRY(internals_of(std::move(key))));
}

KeyAlgorithm PrivateKey::algorithm() const { return internals_->algorithm; }

Secret PrivateKey::to_pem() const {
  return encoded(internals_->key.get(), "PrivateKeyInfo", nullptr);
}

std::string PrivateKey::to_encrypted_pem(const Secret& passphrase) const {
  return std::string(
      encoded(internals_->key.get(), "EncryptedPrivateKeyInfo", &passphrase).reveal());
}

std::string PrivateKey::public_key_der() const { return internals_->public_key_der; }

}  // namespace certloop::pki
