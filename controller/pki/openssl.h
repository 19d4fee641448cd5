#pragma once
// Private to pki's .cpp files: an owner for each OpenSSL type and the few conversions they share.
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "pki/certificate.h"
#include "pki/key_algorithm.h"
#include "pki/private_key.h"

namespace certloop::pki {

struct Free {
  void operator()(BIO* p) const { BIO_free_all(p); }
  void operator()(BIGNUM* p) const { BN_clear_free(p); }
  void operator()(BN_CTX* p) const { BN_CTX_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_REQ* p) const { X509_REQ_free(p); }
  void operator()(X509_NAME* p) const { X509_NAME_free(p); }
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
  void operator()(STACK_OF(X509) * p) const { sk_X509_pop_free(p, X509_free); }
  void operator()(STACK_OF(X509_EXTENSION) * p) const {
    sk_X509_EXTENSION_pop_free(p, X509_EXTENSION_free);
  }
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
  void operator()(GENERAL_NAME* p) const { GENERAL_NAME_free(p); }
  void operator()(BASIC_CONSTRAINTS* p) const { BASIC_CONSTRAINTS_free(p); }
  void operator()(AUTHORITY_KEYID* p) const { AUTHORITY_KEYID_free(p); }
  void operator()(EXTENDED_KEY_USAGE* p) const { EXTENDED_KEY_USAGE_free(p); }
  void operator()(CRL_DIST_POINTS* p) const { CRL_DIST_POINTS_free(p); }
  void operator()(DIST_POINT* p) const { DIST_POINT_free(p); }
  void operator()(AUTHORITY_INFO_ACCESS* p) const { AUTHORITY_INFO_ACCESS_free(p); }
  void operator()(ACCESS_DESCRIPTION* p) const { ACCESS_DESCRIPTION_free(p); }
  void operator()(ASN1_OBJECT* p) const { ASN1_OBJECT_free(p); }
  // Integers, times, octet, bit, IA5 and UTF-8 strings are all this one struct.
  void operator()(ASN1_STRING* p) const { ASN1_STRING_free(p); }
  void operator()(PKCS12* p) const { PKCS12_free(p); }
  void operator()(PKCS8_PRIV_KEY_INFO* p) const { PKCS8_PRIV_KEY_INFO_free(p); }
  void operator()(X509_SIG* p) const { X509_SIG_free(p); }
  void operator()(STACK_OF(PKCS7) * p) const { sk_PKCS7_pop_free(p, PKCS7_free); }
  void operator()(STACK_OF(PKCS12_SAFEBAG) * p) const {
    sk_PKCS12_SAFEBAG_pop_free(p, PKCS12_SAFEBAG_free);
  }
  void operator()(OSSL_ENCODER_CTX* p) const { OSSL_ENCODER_CTX_free(p); }
  void operator()(OSSL_LIB_CTX* p) const { OSSL_LIB_CTX_free(p); }
};
template <class T>
using Owner = std::unique_ptr<T, Free>;

using BioOwner = Owner<BIO>;
using KeyOwner = Owner<EVP_PKEY>;
using X509Owner = Owner<X509>;
using RequestOwner = Owner<X509_REQ>;
using NameOwner = Owner<X509_NAME>;
using GeneralNamesOwner = Owner<GENERAL_NAMES>;

// OpenSSL's functions leave their complaints in a queue of the thread, where a later call takes
// them for its own: an encoder fails because of what some parser met long ago. So the queue is
// emptied before and after each piece of work; scopes may nest.
class ErrorScope {
 public:
  ErrorScope() { ERR_clear_error(); }
  ~ErrorScope() { ERR_clear_error(); }
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

struct PrivateKey::Internals {
  KeyOwner key;
  KeyAlgorithm algorithm{};
  std::string public_key_der;
};

struct Certificate::Internals {
  X509Owner x509;
  std::string pem, der;
  DistinguishedName subject, issuer;
  AlternativeNames names;
  Time not_before{}, not_after{};
  KeyAlgorithm key_algorithm{};
  std::vector<std::string> key_usages;
  bool has_key_usage = false;
  std::vector<ExtendedKeyUsage> extended_key_usages;
  bool is_ca = false;
  std::optional<int> path_length;
};

// Reads the bytes, which must outlive it. Nothing larger than this is read at all.
inline constexpr std::size_t kMaxInput = std::size_t{16} * 1024 * 1024;
BioOwner reader_of(std::string_view bytes);

// More than this in one bundle is nothing that a server could send (SECURITY, "Work on untrusted
// input is bounded"): each is compared with each.
inline constexpr std::size_t kMaxCertificates = 20;
// Of one certificate or request: alternative names; attributes of a distinguished name. ACM takes
// at most 100 alternative names.
inline constexpr int kMaxNames = 100;

// The algorithm of a key that ACM knows too; nullopt for every other.
std::optional<KeyAlgorithm> algorithm_of(const EVP_PKEY* key);
// What is wrong with a key for which algorithm_of() gave nothing.
Error unsupported_key(const EVP_PKEY* key, std::string_view subject);

std::string bytes_of(const ASN1_STRING* text);
// nullopt for what is no valid time.
std::optional<Time> time_of(const ASN1_TIME* time);

// One PEM block with this label ("CERTIFICATE") around the bytes.
std::string pem_of(const char* label, std::string_view der);

// What an i2d function writes: der_of([&](unsigned char** out) { return i2d_PUBKEY(key, out); }).
template <class Write>
std::string der_of(Write write) {
  const int size = write(nullptr);
  if (size <= 0) return {};
  std::string out(static_cast<std::size_t>(size), '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  write(&to);
  return out;
}

}  // namespace certloop::pki
