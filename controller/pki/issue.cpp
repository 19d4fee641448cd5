#include "pki/issue.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "pki/name_encoding.h"
#include "pki/openssl.h"
#include "pki/usages.h"

namespace certloop::pki {
namespace {

Error invalid(std::string_view why) {
  return {Code::invalid, fmt::format("new certificate: {}", why)};
}

Result<void> add(X509* to, int nid, void* value, bool critical) {
  if (X509_add1_ext_i2d(to, nid, value, critical ? 1 : 0, X509V3_ADD_APPEND) != 1)
    return invalid(fmt::format("extension {} cannot be encoded", OBJ_nid2sn(nid)));
  return {};
}

Result<void> set_serial(X509* to, const std::string& serial) {
  const Owner<ASN1_INTEGER> number(ASN1_INTEGER_new());
  std::string_view bytes = serial;
  while (!bytes.empty() && bytes.front() == '\0') bytes.remove_prefix(1);
  const bool sign_bit = !bytes.empty() && (bytes.front() & 0x80) != 0;
  if (bytes.empty() || bytes.size() + (sign_bit ? 1 : 0) > 20) {
    return invalid(
        "the serial must be a positive number that encodes in at most 20 bytes "
        "(RFC 5280 section 4.1.2.2)");
  }
  ASN1_STRING_set(number.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (X509_set_serialNumber(to, number.get()) != 1) return invalid("the serial cannot be encoded");
  return {};
}

Result<void> set_dates(X509* to, const Template& what) {
  constexpr Time kFirst = Time(std::chrono::sys_days(std::chrono::year(1950) / 1 / 1));
  constexpr Time kEnd = Time(std::chrono::sys_days(std::chrono::year(10000) / 1 / 1));
  if (what.not_before < kFirst || what.not_after >= kEnd || what.not_after < what.not_before)
    return invalid("its dates must be in order and between the years 1950 and 9999");
  const auto encoded = [](Time time) {
    return Owner<ASN1_TIME>(ASN1_TIME_set(
        nullptr, std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count()));
  };
  const auto from = encoded(what.not_before), until = encoded(what.not_after);
  if (!from || !until || X509_set1_notBefore(to, from.get()) != 1 ||
      X509_set1_notAfter(to, until.get()) != 1) {
    return invalid("its dates cannot be encoded");
  }
  return {};
}

Owner<ASN1_STRING> octets(std::string_view bytes) {
  Owner<ASN1_STRING> out(ASN1_OCTET_STRING_new());
  ASN1_STRING_set(out.get(), bytes.data(), static_cast<int>(bytes.size()));
  return out;
}

// RFC 5280 section 4.2.1.2, method 1.
std::string key_identifier(const X509* of) {
  if (const ASN1_OCTET_STRING* own = X509_get0_subject_key_id(const_cast<X509*>(of)))
    return bytes_of(own);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  X509_pubkey_digest(of, EVP_sha1(), digest.data(), &size);
  return {reinterpret_cast<char*>(digest.data()), size};
}

Result<void> add_identifiers(X509* to, const X509* issuer) {
  const auto own = octets(key_identifier(to));
  TRY(add(to, NID_subject_key_identifier, own.get(), false));
  const Owner<AUTHORITY_KEYID> authority(AUTHORITY_KEYID_new());
  authority->keyid = octets(key_identifier(issuer)).release();
  return add(to, NID_authority_key_identifier, authority.get(), false);
}

Result<void> add_basic_constraints(X509* to, const Template& what) {
  if (!what.is_ca && what.path_length) return invalid("a path length is for CAs only");
  const Owner<BASIC_CONSTRAINTS> basic(BASIC_CONSTRAINTS_new());
  basic->ca = what.is_ca ? 0xff : 0;
  if (what.path_length) {
    if (*what.path_length < 0) return invalid("the path length is negative");
    basic->pathlen = ASN1_INTEGER_new();
    ASN1_INTEGER_set(basic->pathlen, *what.path_length);
  }
  return add(to, NID_basic_constraints, basic.get(), what.is_ca);
}

Result<void> add_usages(X509* to, const Template& what) {
  if (!what.key_usages.empty()) {
    const Owner<ASN1_STRING> bits(ASN1_BIT_STRING_new());
    for (const std::string& name : what.key_usages) {
      const auto bit = key_usage_bit(name);
      if (!bit) return invalid(fmt::format("unknown key usage {}", printable(name)));
      ASN1_BIT_STRING_set_bit(bits.get(), *bit, 1);
    }
    TRY(add(to, NID_key_usage, bits.get(), true));
  }
  if (what.extended_key_usages.empty()) return {};
  const Owner<EXTENDED_KEY_USAGE> usages(EXTENDED_KEY_USAGE_new());
  for (const std::string& name : what.extended_key_usages) {
    const auto oid = extended_key_usage_oid(name);
    Owner<ASN1_OBJECT> object(oid ? OBJ_txt2obj(oid->c_str(), 1) : nullptr);
    if (!object) return invalid(fmt::format("unknown extended key usage {}", printable(name)));
    sk_ASN1_OBJECT_push(usages.get(), object.release());
  }
  return add(to, NID_ext_key_usage, usages.get(), false);
}

// A list of one URI, as CRL distribution points and OCSP locations hold it.
Result<GeneralNamesOwner> location(const std::string& url) {
  return encode(AlternativeNames{{}, {}, {}, {url}});
}

Result<void> add_locations(X509* to, const Template& what) {
  if (!what.crl_urls.empty()) {
    const Owner<CRL_DIST_POINTS> points(CRL_DIST_POINTS_new());
    for (const std::string& url : what.crl_urls) {
      GeneralNamesOwner names = TRY(location(url));
      Owner<DIST_POINT> point(DIST_POINT_new());
      point->distpoint = DIST_POINT_NAME_new();
      point->distpoint->type = 0;  // fullName
      point->distpoint->name.fullname = names.release();
      sk_DIST_POINT_push(points.get(), point.release());
    }
    TRY(add(to, NID_crl_distribution_points, points.get(), false));
  }
  if (what.ocsp_urls.empty()) return {};
  const Owner<AUTHORITY_INFO_ACCESS> access(AUTHORITY_INFO_ACCESS_new());
  for (const std::string& url : what.ocsp_urls) {
    const GeneralNamesOwner names = TRY(location(url));
    Owner<ACCESS_DESCRIPTION> description(ACCESS_DESCRIPTION_new());
    description->method = OBJ_nid2obj(NID_ad_OCSP);
    GENERAL_NAME_free(description->location);
    description->location = sk_GENERAL_NAME_pop(names.get());
    sk_ACCESS_DESCRIPTION_push(access.get(), description.release());
  }
  return add(to, NID_info_access, access.get(), false);
}

Result<void> add_names(X509* to, const Template& what) {
  const GeneralNamesOwner names = TRY(encode(what.names));
  // RFC 5280 section 4.2.1.6: critical where the subject says nothing.
  if (names) TRY(add(to, NID_subject_alt_name, names.get(), what.subject.empty()));
  return {};
}

Result<const EVP_MD*> digest_named(const std::string& name) {
  if (name == "SHA256") return EVP_sha256();
  if (name == "SHA384") return EVP_sha384();
  if (name == "SHA512") return EVP_sha512();
  return invalid("the digest must be SHA256, SHA384 or SHA512");
}

Result<KeyOwner> subject_key(const Template& what) {
  const auto* at = reinterpret_cast<const unsigned char*>(what.public_key_der.data());
  KeyOwner key(d2i_PUBKEY(nullptr, &at, static_cast<long>(what.public_key_der.size())));
  if (!key) return invalid("its public key is not a SubjectPublicKeyInfo");
  return key;
}

}  // namespace

Result<Certificate> issue(const Template& what, const PrivateKey& issuer_key,
                          const std::optional<Certificate>& issuer) {
  const ErrorScope scope;
  const EVP_MD* digest = TRY(digest_named(what.digest));
  EVP_PKEY* signing_key = issuer_key.internals().key.get();
  const KeyOwner key = TRY(subject_key(what));
  const X509Owner x509(X509_new());
  if (!x509 || X509_set_version(x509.get(), X509_VERSION_3) != 1 ||
      X509_set_pubkey(x509.get(), key.get()) != 1) {
    return invalid("its public key cannot be encoded");
  }
  const NameOwner subject = TRY(encode(what.subject));
  const X509* authority = issuer ? issuer->internals().x509.get() : x509.get();
  if (EVP_PKEY_eq(X509_get0_pubkey(authority), signing_key) != 1)
    return invalid("the signing key is not the issuer's");
  X509_set_subject_name(x509.get(), subject.get());
  X509_set_issuer_name(x509.get(), X509_get_subject_name(authority));
  TRY(set_serial(x509.get(), what.serial));
  TRY(set_dates(x509.get(), what));
  TRY(add_basic_constraints(x509.get(), what));
  TRY(add_usages(x509.get(), what));
  TRY(add_identifiers(x509.get(), authority));
  TRY(add_names(x509.get(), what));
  TRY(add_locations(x509.get(), what));
  if (X509_sign(x509.get(), signing_key, digest) <= 0)
    return invalid("it cannot be signed with this key");
  return Certificate::from_der(
      der_of([&](unsigned char** to) { return i2d_X509(x509.get(), to); }));
}

}  // namespace certloop::pki
