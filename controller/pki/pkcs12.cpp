#include <fmt/format.h>
#include <openssl/provider.h>

#include "pki/chain.h"
#include "pki/derivation.h"
#include "pki/openssl.h"

namespace certloop::pki {
namespace {

Error invalid(std::string_view why) { return {Code::invalid, fmt::format("PKCS#12: {}", why)}; }

// What stood in the file, as PEM: the keys of a library context must not outlive it.
struct Contents {
  std::string certificates;
  Secret key;
};

Secret key_pem(EVP_PKEY* key) {
  const Owner<OSSL_ENCODER_CTX> encoder(
      OSSL_ENCODER_CTX_new_for_pkey(key, EVP_PKEY_KEYPAIR, "PEM", "PrivateKeyInfo", nullptr));
  unsigned char* data = nullptr;
  std::size_t size = 0;
  if (!encoder || OSSL_ENCODER_to_data(encoder.get(), &data, &size) != 1) return {};
  Secret out(std::string_view(reinterpret_cast<char*>(data), size));
  OPENSSL_clear_free(data, size);
  return out;
}

std::string certificate_pem(X509* x509) {
  return pem_of("CERTIFICATE", der_of([&](unsigned char** to) { return i2d_X509(x509, to); }));
}

// OpenSSL wants a C string.
class CString {
 public:
  explicit CString(const Secret& secret) : bytes_(secret.reveal()) {}
  ~CString() { wipe(bytes_); }
  CString(const CString&) = delete;
  CString& operator=(const CString&) = delete;
  const char* get() const { return bytes_.c_str(); }

 private:
  std::string bytes_;
};

Error cannot_decrypt() {
  return {Code::unavailable,
          "PKCS#12: its encryption is not supported; make it anew with AES, as `openssl pkcs12 "
          "-export` of OpenSSL 3 does"};
}

// Opens one file bag by bag, as PKCS12_parse() does, but knows what each derivation of a key costs
// before it is made: what is encrypted inside may ask for as much again. Not thread-safe.
class Opener {
 public:
  Opener(std::string_view der, const Secret& passphrase)
      : der_(der), text_(passphrase), passphrase_(text_.get()), is_empty_(passphrase.empty()) {}

  // What a passphrase protects can only be opened with the algorithms of `library`. Error:
  // unavailable (it lacks one: ask again with another), invalid.
  Result<Contents> open(OSSL_LIB_CTX* library) {
    library_ = library;
    contents_ = {};
    certificates_ = 0;
    const BioOwner in = reader_of(der_);
    PKCS12* raw = PKCS12_init_ex(NID_pkcs7_data, library, nullptr);
    d2i_PKCS12_bio(in.get(), &raw);
    const Owner<PKCS12> file(raw);
    if (!file || PKCS12_mac_present(file.get()) != 1)
      return invalid("not a PKCS#12 file with a passphrase (RFC 7292)");
    if (!is_proven_) TRY(prove_passphrase(file.get()));
    const Owner<STACK_OF(PKCS7)> parts(PKCS12_unpack_authsafes(file.get()));
    if (!parts) return invalid("it is damaged");
    for (int i = 0; i < sk_PKCS7_num(parts.get()); ++i)
      TRY(add_part(sk_PKCS7_value(parts.get(), i)));
    if (contents_.key.empty()) return invalid("it holds no private key");
    return std::move(contents_);
  }

 private:
  // The integrity code is derived from the passphrase too. No passphrase at all is written as none
  // by some programs and as an empty one by others.
  Result<void> prove_passphrase(PKCS12* file) {
    const ASN1_INTEGER* iterations = nullptr;
    const X509_ALGOR* algorithm = nullptr;
    PKCS12_get0_mac(nullptr, &algorithm, nullptr, &iterations, file);
    const auto charge = [&]() -> Result<void> {
      TRY(budget_.take(iterations));
      return algorithm == nullptr ? Result<void>() : budget_.take_if_derives(algorithm);
    };
    if (is_empty_) {
      if (auto charged = charge(); !charged) return invalid(charged.error().message());
      is_proven_ = PKCS12_verify_mac(file, nullptr, 0) == 1;
      if (is_proven_) passphrase_ = nullptr;
    }
    if (is_proven_) return {};
    if (auto charged = charge(); !charged) return invalid(charged.error().message());
    is_proven_ = PKCS12_verify_mac(file, passphrase_, -1) == 1;
    if (!is_proven_) return invalid("the passphrase does not open it");
    return {};
  }

  Result<void> add_part(PKCS7* part) {
    Owner<STACK_OF(PKCS12_SAFEBAG)> bags;
    const int type = OBJ_obj2nid(part->type);
    if (type == NID_pkcs7_data) {
      bags.reset(PKCS12_unpack_p7data(part));
      if (!bags) return invalid("it is damaged");
    } else if (type == NID_pkcs7_encrypted) {
      if (part->d.encrypted == nullptr || part->d.encrypted->enc_data == nullptr)
        return invalid("it is damaged");
      TRY(charge(part->d.encrypted->enc_data->algorithm));
      bags.reset(PKCS12_unpack_p7encdata(part, passphrase_, -1));
      if (!bags) return cannot_decrypt();
    }
    return add_bags(bags.get(), 0);
  }

  Result<void> charge(const X509_ALGOR* algorithm) {
    if (auto charged = budget_.take(algorithm); !charged)
      return invalid(charged.error().message());
    return {};
  }

  Result<void> add_bags(const STACK_OF(PKCS12_SAFEBAG) * bags, int depth) {
    if (depth > kMaxDepth) return invalid("its bags are nested too deeply");
    for (int i = 0; bags != nullptr && i < sk_PKCS12_SAFEBAG_num(bags); ++i) {
      const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(bags, i);
      switch (PKCS12_SAFEBAG_get_nid(bag)) {
        case NID_keyBag: TRY(add_key(PKCS12_SAFEBAG_get0_p8inf(bag))); break;
        case NID_pkcs8ShroudedKeyBag: TRY(add_shrouded_key(bag)); break;
        case NID_certBag: TRY(add_certificate(bag)); break;
        case NID_safeContentsBag:
          TRY(add_bags(PKCS12_SAFEBAG_get0_safes(bag), depth + 1));
          break;
        default: break;
      }
    }
    return {};
  }

  // The first key counts, as everywhere.
  Result<void> add_key(const PKCS8_PRIV_KEY_INFO* info) {
    if (!contents_.key.empty()) return {};
    const KeyOwner key(info == nullptr ? nullptr : EVP_PKCS82PKEY_ex(info, library_, nullptr));
    if (key) contents_.key = key_pem(key.get());
    if (contents_.key.empty()) return invalid("its private key is damaged or not supported");
    return {};
  }

  Result<void> add_shrouded_key(const PKCS12_SAFEBAG* bag) {
    if (!contents_.key.empty()) return {};
    const X509_ALGOR* algorithm = nullptr;
    X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, nullptr);
    TRY(charge(algorithm));
    const Owner<PKCS8_PRIV_KEY_INFO> info(
        PKCS12_decrypt_skey_ex(bag, passphrase_, -1, library_, nullptr));
    if (!info) return cannot_decrypt();
    return add_key(info.get());
  }

  Result<void> add_certificate(const PKCS12_SAFEBAG* bag) {
    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate) return {};
    if (++certificates_ > kMaxCertificates)
      return invalid(fmt::format("it holds more than {} certificates; leave out what does not "
                                 "belong to the chain",
                                 kMaxCertificates));
    const X509Owner x509(PKCS12_SAFEBAG_get1_cert(bag));
    if (!x509) return invalid(fmt::format("its certificate {} is damaged", certificates_));
    contents_.certificates += certificate_pem(x509.get());
    return {};
  }

  static constexpr int kMaxDepth = 8;

  const std::string_view der_;
  const CString text_;
  const char* passphrase_;  // null: none at all
  const bool is_empty_;
  bool is_proven_ = false;
  OSSL_LIB_CTX* library_ = nullptr;
  DerivationBudget budget_;
  std::size_t certificates_ = 0;
  Contents contents_;
};

// Windows and older tools encrypt with RC2, which OpenSSL 3 keeps in a provider of its own.
Result<Contents> open_legacy(Opener& opener) {
  const Owner<OSSL_LIB_CTX> library(OSSL_LIB_CTX_new());
  const auto unload = [](OSSL_PROVIDER* p) { OSSL_PROVIDER_unload(p); };
  const std::unique_ptr<OSSL_PROVIDER, decltype(unload)> modern(
      OSSL_PROVIDER_load(library.get(), "default"), unload);
  const std::unique_ptr<OSSL_PROVIDER, decltype(unload)> legacy(
      OSSL_PROVIDER_load(library.get(), "legacy"), unload);
  return opener.open(library.get());
}

}  // namespace

Result<Bundle> bundle_from_pkcs12(const Secret& der, const Secret& passphrase) {
  const ErrorScope scope;
  Opener opener(der.reveal(), passphrase);
  auto contents = opener.open(nullptr);
  if (!contents && contents.error().code() == Code::unavailable) contents = open_legacy(opener);
  if (!contents) return Error(Code::invalid, contents.error().message());
  return bundle_from_pem(contents->certificates, contents->key);
}

}  // namespace certloop::pki
