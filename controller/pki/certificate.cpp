#include "pki/certificate.h"

#include <fmt/format.h>

#include <array>

#include "base/digest.h"
#include "base/text.h"
#include "pki/chain.h"
#include "pki/name_encoding.h"
#include "pki/openssl.h"
#include "pki/usages.h"

namespace certloop::pki {
namespace {

Error invalid(std::string_view why) { return {Code::invalid, fmt::format("certificate: {}", why)}; }

// The decoded extension; null if there is none. Errors: invalid (malformed, or there twice).
template <class T>
Result<Owner<T>> extension(const X509* x509, int nid) {
  int critical = 0;
  Owner<T> out(static_cast<T*>(X509_get_ext_d2i(x509, nid, &critical, nullptr)));
  if (!out && critical != -1)
    return invalid(fmt::format("its extension {} is malformed", OBJ_nid2sn(nid)));
  return out;
}

Result<void> read_usages(Certificate::Internals& out) {
  const auto bits = TRY(extension<ASN1_BIT_STRING>(out.x509.get(), NID_key_usage));
  out.has_key_usage = bits != nullptr;
  for (int bit = 0; bits && bit < kKeyUsageBits; ++bit)
    if (ASN1_BIT_STRING_get_bit(bits.get(), bit) == 1)
      out.key_usages.emplace_back(key_usage_name(bit));
  const auto extended = TRY(extension<EXTENDED_KEY_USAGE>(out.x509.get(), NID_ext_key_usage));
  if (extended && sk_ASN1_OBJECT_num(extended.get()) > kMaxNames)
    return invalid(fmt::format("it has more than {} extended key usages", kMaxNames));
  for (int i = 0; extended && i < sk_ASN1_OBJECT_num(extended.get()); ++i) {
    std::array<char, 256> text{};
    OBJ_obj2txt(text.data(), static_cast<int>(text.size()), sk_ASN1_OBJECT_value(extended.get(), i),
                1);
    out.extended_key_usages.push_back(
        {std::string(extended_key_usage_name(text.data())), text.data()});
  }
  return {};
}

Result<void> read_extensions(Certificate::Internals& out) {
  TRY(read_usages(out));
  const auto names = TRY(extension<GENERAL_NAMES>(out.x509.get(), NID_subject_alt_name));
  if (names) out.names = TRY(decode(names.get()));
  const auto basic = TRY(extension<BASIC_CONSTRAINTS>(out.x509.get(), NID_basic_constraints));
  if (!basic) return {};
  out.is_ca = basic->ca != 0;
  if (basic->pathlen == nullptr) return {};
  const long length = ASN1_INTEGER_get(basic->pathlen);
  if (length < 0 || length > 1000) return invalid("its path length is out of range");
  out.path_length = static_cast<int>(length);
  return {};
}

bool signature_verifies(const X509* x509, EVP_PKEY* key) {
  const ErrorScope scope;
  // X509_verify only reads, but its signature predates const.
  return key != nullptr && X509_verify(const_cast<X509*>(x509), key) == 1;
}

}  // namespace

Certificate::Certificate(std::shared_ptr<const Internals> internals)
    : internals_(std::move(internals)) {}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  std::vector<Certificate> found = TRY(certificates_from_pem(pem));
  if (found.empty()) return invalid("no certificate in PEM");
  if (found.size() > 1) {
    return invalid(
        fmt::format("{} certificates where one is expected; put the others into the "
                    "chain",
                    found.size()));
  }
  return std::move(found.front());
}

Result<Certificate> Certificate::from_der(std::string_view der) {
  const ErrorScope scope;
  if (der.size() > kMaxInput) return invalid("larger than any certificate");
  auto out = std::make_shared<Internals>();
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  out->x509.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!out->x509 || at != end) return invalid("not an X.509 certificate in DER");
  const X509* x509 = out->x509.get();
  EVP_PKEY* key = X509_get0_pubkey(x509);
  const auto algorithm = algorithm_of(key);
  if (!algorithm) return unsupported_key(key, "certificate");
  const auto not_before = time_of(X509_get0_notBefore(x509));
  const auto not_after = time_of(X509_get0_notAfter(x509));
  if (!not_before || !not_after) return invalid("its dates are malformed");
  out->der = std::string(der);
  out->pem = pem_of("CERTIFICATE", der);
  out->subject = TRY(decode(X509_get_subject_name(x509)));
  out->issuer = TRY(decode(X509_get_issuer_name(x509)));
  out->not_before = *not_before;
  out->not_after = *not_after;
  out->key_algorithm = *algorithm;
  TRY(read_extensions(*out));
  return Certificate(std::move(out));
}

const std::string& Certificate::pem() const { return internals_->pem; }
const std::string& Certificate::der() const { return internals_->der; }

std::string Certificate::serial() const {
  const std::string hex = to_hex(bytes_of(X509_get0_serialNumber(internals_->x509.get())));
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    if (i > 0) out += ':';
    out += hex.substr(i, 2);
  }
  return out;
}

std::string Certificate::fingerprint() const { return sha256_hex(internals_->der); }
const DistinguishedName& Certificate::subject() const { return internals_->subject; }
const DistinguishedName& Certificate::issuer() const { return internals_->issuer; }
const AlternativeNames& Certificate::names() const { return internals_->names; }
Time Certificate::not_before() const { return internals_->not_before; }
Time Certificate::not_after() const { return internals_->not_after; }
KeyAlgorithm Certificate::key_algorithm() const { return internals_->key_algorithm; }

std::string Certificate::signature_algorithm() const {
  const ErrorScope scope;
  const X509* x509 = internals_->x509.get();
  int digest = NID_undef, key = NID_undef;
  // The X509 is only read; the flags behind this call are computed under OpenSSL's own lock.
  X509_get_signature_info(const_cast<X509*>(x509), &digest, &key, nullptr, nullptr);
  std::string out =
      digest == NID_undef ? OBJ_nid2sn(X509_get_signature_nid(x509)) : OBJ_nid2sn(digest);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (digest == NID_undef) return out;
  if (key == NID_rsaEncryption) return out + "WITHRSA";
  if (key == NID_rsassaPss) return out + "WITHRSAPSS";
  if (key == NID_X9_62_id_ecPublicKey) return out + "WITHECDSA";
  return out;
}

std::string Certificate::public_key_der() const {
  return der_of([&](unsigned char** to) {
    return i2d_X509_PUBKEY(X509_get_X509_PUBKEY(internals_->x509.get()), to);
  });
}

const std::vector<std::string>& Certificate::key_usages() const { return internals_->key_usages; }
bool Certificate::has_key_usage_extension() const { return internals_->has_key_usage; }
const std::vector<Certificate::ExtendedKeyUsage>& Certificate::extended_key_usages() const {
  return internals_->extended_key_usages;
}
bool Certificate::is_ca() const { return internals_->is_ca; }
std::optional<int> Certificate::path_length() const { return internals_->path_length; }

bool Certificate::is_self_signed() const {
  const X509* x509 = internals_->x509.get();
  return X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0 &&
         signature_verifies(x509, X509_get0_pubkey(x509));
}

bool Certificate::is_signed_by(const Certificate& issuer) const {
  return signature_verifies(internals_->x509.get(),
                            X509_get0_pubkey(issuer.internals_->x509.get()));
}

}  // namespace certloop::pki
