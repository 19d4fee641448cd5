#include <fmt/format.h>
#include <openssl/provider.h>

#include "pki/chain.h"
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

// The parser wants a C string.
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

Result<Contents> open(const Secret& der, const Secret& passphrase, OSSL_LIB_CTX* library) {
  const BioOwner in = reader_of(der.reveal());
  PKCS12* raw = PKCS12_init_ex(NID_pkcs7_data, library, nullptr);
  d2i_PKCS12_bio(in.get(), &raw);
  const Owner<PKCS12> file(raw);
  if (!file || PKCS12_mac_present(file.get()) != 1)
    return invalid("not a PKCS#12 file with a passphrase (RFC 7292)");
  const CString text(passphrase);
  const bool opens = PKCS12_verify_mac(file.get(), text.get(), -1) == 1 ||
                     (passphrase.empty() && PKCS12_verify_mac(file.get(), nullptr, 0) == 1);
  if (!opens) return invalid("the passphrase does not open it");
  EVP_PKEY* key = nullptr;
  X509* leaf = nullptr;
  STACK_OF(X509)* others = nullptr;
  if (PKCS12_parse(file.get(), text.get(), &key, &leaf, &others) != 1) {
    return Error(Code::unavailable,
                 "PKCS#12: its encryption is not supported; make it anew with "
                 "AES, as `openssl pkcs12 -export` of OpenSSL 3 does");
  }
  const KeyOwner own_key(key);
  const X509Owner own_leaf(leaf);
  const Owner<STACK_OF(X509)> own_others(others);
  if (!own_key) return invalid("it holds no private key");
  Contents out{leaf == nullptr ? "" : certificate_pem(leaf), key_pem(key)};
  for (int i = 0; others != nullptr && i < sk_X509_num(others); ++i)
    out.certificates += certificate_pem(sk_X509_value(others, i));
  return out;
}

// Windows and older tools encrypt with RC2, which OpenSSL 3 keeps in a provider of its own.
Result<Contents> open_legacy(const Secret& der, const Secret& passphrase) {
  const Owner<OSSL_LIB_CTX> library(OSSL_LIB_CTX_new());
  const auto unload = [](OSSL_PROVIDER* p) { OSSL_PROVIDER_unload(p); };
  const std::unique_ptr<OSSL_PROVIDER, decltype(unload)> modern(
      OSSL_PROVIDER_load(library.get(), "default"), unload);
  const std::unique_ptr<OSSL_PROVIDER, decltype(unload)> legacy(
      OSSL_PROVIDER_load(library.get(), "legacy"), unload);
  return open(der, passphrase, library.get());
}

}  // namespace

Result<Bundle> bundle_from_pkcs12(const Secret& der, const Secret& passphrase) {
  const ErrorScope scope;
  auto contents = open(der, passphrase, nullptr);
  if (!contents && contents.error().code() == Code::unavailable)
    contents = open_legacy(der, passphrase);
  if (!contents) return Error(Code::invalid, contents.error().message());
  return bundle_from_pem(contents->certificates, contents->key);
}

}  // namespace certloop::pki
