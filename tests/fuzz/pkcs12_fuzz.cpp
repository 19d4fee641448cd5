// PKCS#12 files. A changed file is given a right integrity code first: otherwise nothing of it but
// the code would ever be looked at.
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <memory>

#include "base/timestamp.h"
#include "pki/chain.h"
#include "pki/issue.h"
#include "tests/fuzz/seeds.h"

namespace certloop::pki {
namespace {

constexpr const char* kPassphrase = "open sesame";

struct Free {
  void operator()(PKCS12* file) const { PKCS12_free(file); }
  void operator()(X509* x509) const { X509_free(x509); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
template <class T>
using Owner = std::unique_ptr<T, Free>;

Owner<PKCS12> file_in(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  return Owner<PKCS12>(d2i_PKCS12(nullptr, &at, static_cast<long>(der.size())));
}

std::string der_of(PKCS12* file) {
  unsigned char* bytes = nullptr;
  const int size = i2d_PKCS12(file, &bytes);
  std::string out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size > 0 ? size : 0));
  OPENSSL_free(bytes);
  return out;
}

std::string with_right_code(std::string_view der) {
  const auto file = file_in(der);
  if (!file || PKCS12_set_mac(file.get(), kPassphrase, -1, nullptr, 8, 1, EVP_sha256()) != 1)
    return std::string(der);
  return der_of(file.get());
}

std::string seed(int key_algorithm, int certificate_algorithm) {
  const PrivateKey key = PrivateKey::generate(KeyAlgorithm::ec_prime256v1).value();
  Template what;
  what.serial = "\x03";
  what.subject = {{{"CN", "web.example"}}};
  what.names.dns = {"web.example"};
  what.public_key_der = key.public_key_der();
  what.not_before = parse_rfc3339("2026-01-01T00:00:00Z").value();
  what.not_after = parse_rfc3339("2060-01-01T00:00:00Z").value();
  const std::string der = issue(what, key, {}).value().der();
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const Owner<X509> x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  const Secret pem = key.to_pem();
  const Owner<BIO> in(
      BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())));
  const Owner<EVP_PKEY> own(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  const Owner<PKCS12> file(PKCS12_create(kPassphrase, "web", own.get(), x509.get(), nullptr,
                                         key_algorithm, certificate_algorithm, 1, 1, 0));
  return der_of(file.get());
}

std::vector<std::string> seeds() {
  return {seed(0, 0), seed(-1, -1),
          seed(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And3_Key_TripleDES_CBC)};
}

}  // namespace
}  // namespace certloop::pki

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  certloop::fuzz::write_seeds(*argc, *argv, certloop::pki::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace certloop;
  static const Secret passphrase(pki::kPassphrase);
  const std::string file = pki::with_right_code(fuzz::text_of(data, size));
  const auto bundle = pki::bundle_from_pkcs12(Secret(file), passphrase);
  if (!bundle) {
    fuzz::require(bundle.error().code() == Code::invalid);
    return 0;
  }
  fuzz::require(pki::bundle_from_pem(bundle->leaf.pem(), bundle->key.to_pem()).ok());
  return 0;
}
