#include "pki/private_key.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <cstring>

#include "pki/derivation.h"
#include "pki/openssl.h"
#include "pki/pem.h"

namespace certloop::pki {
namespace {

Error not_a_key(const std::string& why) { return {Code::invalid, "private key: " + why}; }

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

// d2i of one type over the whole of the bytes.
template <class T, class Read>
Owner<T> whole(std::string_view der, Read read) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  Owner<T> out(read(nullptr, &at, static_cast<long>(der.size())));
  if (at != end) out.reset();
  return out;
}

Error wrong_passphrase(const Secret& passphrase) {
  return passphrase.empty() ? not_a_key("it is encrypted; give its passphrase")
                            : not_a_key("the passphrase does not open it, or it is damaged");
}

// Whether the private part belongs to the public one, by arithmetic alone: primes are not tested.
bool is_whole_rsa(const EVP_PKEY* key) {
  const auto number = [key](const char* name) {
    BIGNUM* out = nullptr;
    EVP_PKEY_get_bn_param(key, name, &out);
    return Owner<BIGNUM>(out);
  };
  const auto n = number(OSSL_PKEY_PARAM_RSA_N), e = number(OSSL_PKEY_PARAM_RSA_E),
             d = number(OSSL_PKEY_PARAM_RSA_D), p = number(OSSL_PKEY_PARAM_RSA_FACTOR1),
             q = number(OSSL_PKEY_PARAM_RSA_FACTOR2);
  const Owner<BN_CTX> context(BN_CTX_new());
  const Owner<BIGNUM> made(BN_new()), less(BN_new());
  if (!n || !e || !d || !p || !q || !context || !made || !less) return false;
  if (BN_mul(made.get(), p.get(), q.get(), context.get()) != 1 || BN_cmp(made.get(), n.get()) != 0)
    return false;
  for (const BIGNUM* prime : {p.get(), q.get()}) {
    if (BN_sub(less.get(), prime, BN_value_one()) != 1 || BN_is_zero(less.get()) ||
        BN_mod_mul(made.get(), d.get(), e.get(), less.get(), context.get()) != 1 ||
        BN_is_one(made.get()) != 1)
      return false;
  }
  return true;
}

bool is_whole(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return is_whole_rsa(key);
  const Owner<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key, nullptr));
  return context && EVP_PKEY_private_check(context.get()) == 1 &&
         EVP_PKEY_pairwise_check(context.get()) == 1;
}

Result<KeyOwner> key_from_pkcs8(const PKCS8_PRIV_KEY_INFO* info) {
  KeyOwner key(info == nullptr ? nullptr : EVP_PKCS82PKEY(info));
  if (!key) return not_a_key("its PEM block holds no key that is whole and supported");
  return key;
}

// What it takes to open it is known before the passphrase is tried.
Result<KeyOwner> open_pkcs8(std::string_view der, const Secret& passphrase) {
  const auto shroud = whole<X509_SIG>(der, d2i_X509_SIG);
  if (!shroud) return not_a_key("its PEM block is damaged");
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(shroud.get(), &algorithm, nullptr);
  DerivationBudget budget;
  if (const auto taken = budget.take(algorithm); !taken.ok())
    return not_a_key(taken.error().message());
  if (passphrase.empty()) return wrong_passphrase(passphrase);
  const std::string_view bytes = passphrase.reveal();
  const Owner<PKCS8_PRIV_KEY_INFO> info(
      PKCS8_decrypt(shroud.get(), bytes.data(), static_cast<int>(bytes.size())));
  if (!info) return wrong_passphrase(passphrase);
  return key_from_pkcs8(info.get());
}

Result<KeyOwner> key_in(PemBlock& block, const Secret& passphrase) {
  if (block.label() == PEM_STRING_PKCS8) return open_pkcs8(block.bytes(), passphrase);
  Passphrase given{passphrase};
  if (!block.decrypt(&give_passphrase, &given))
    return given.asked ? wrong_passphrase(passphrase) : not_a_key("its PEM block is damaged");
  if (block.label() == PEM_STRING_PKCS8INF)
    return key_from_pkcs8(
        whole<PKCS8_PRIV_KEY_INFO>(block.bytes(), d2i_PKCS8_PRIV_KEY_INFO).get());
  // The label names the type; one that OpenSSL does not know is skipped.
  const int type = block.label() == PEM_STRING_RSA ? EVP_PKEY_RSA : EVP_PKEY_EC;
  auto key = whole<EVP_PKEY>(block.bytes(), [type](EVP_PKEY** into, auto** at, long size) {
    return d2i_PrivateKey(type, into, at, size);
  });
  if (!key)
    return given.asked ? wrong_passphrase(passphrase)
                       : not_a_key("its PEM block holds no key that is whole and supported");
  return key;
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
  for (;;) {
    PemBlock block;
    if (block.read(in.get()) != PemBlock::Read::block)
      return not_a_key("not a private key in PEM (PKCS#8, PKCS#1 or SEC 1)");
    if (!block.is_private_key()) continue;
    KeyOwner key = TRY(key_in(block, passphrase));
    auto found = TRY(internals_of(std::move(key)));
    // Damaged numbers would be taken here and fail wherever the key is used or read again.
    if (!is_whole(found->key.get()))
      return not_a_key("its private part does not belong to its public part; it is damaged");
    return PrivateKey(std::move(found));
  }
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
