#include "emulator/acm_pca_content.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "emulator/acm_pca_state.h"

namespace certloop::emulator {
namespace {

struct KeyUsage {
  const char* member;  // of Private CA's KeyUsage
  const char* word;    // ACM's
};
// In the order of RFC 5280's bits, section 4.2.1.3.
constexpr std::array<KeyUsage, 9> kKeyUsages = {{{"DigitalSignature", "DIGITAL_SIGNATURE"},
                                                 {"NonRepudiation", "NON_REPUDIATION"},
                                                 {"KeyEncipherment", "KEY_ENCIPHERMENT"},
                                                 {"DataEncipherment", "DATA_ENCIPHERMENT"},
                                                 {"KeyAgreement", "KEY_AGREEMENT"},
                                                 {"KeyCertSign", "CERTIFICATE_SIGNING"},
                                                 {"CRLSign", "CRL_SIGNING"},
                                                 {"EncipherOnly", "ENCIPHER_ONLY"},
                                                 {"DecipherOnly", "DECIPHER_ONLY"}}};

struct ExtendedUsage {
  const char* type;  // ExtendedKeyUsageType
  const char* oid;
};
constexpr ExtendedUsage kExtendedUsages[] = {
    {"SERVER_AUTH", "1.3.6.1.5.5.7.3.1"},
    {"CLIENT_AUTH", "1.3.6.1.5.5.7.3.2"},
    {"CODE_SIGNING", "1.3.6.1.5.5.7.3.3"},
    {"EMAIL_PROTECTION", "1.3.6.1.5.5.7.3.4"},
    {"TIME_STAMPING", "1.3.6.1.5.5.7.3.8"},
    {"OCSP_SIGNING", "1.3.6.1.5.5.7.3.9"},
    {"SMART_CARD_LOGIN", "1.3.6.1.4.1.311.20.2.2"},
    {"DOCUMENT_SIGNING", "1.3.6.1.4.1.311.10.3.12"},
    {"CERTIFICATE_TRANSPARENCY", "1.3.6.1.4.1.11129.2.4.4"}};

struct Freed {
  void operator()(BIO* object) const { BIO_free(object); }
  void operator()(X509_REQ* object) const { X509_REQ_free(object); }
  void operator()(ASN1_BIT_STRING* object) const { ASN1_BIT_STRING_free(object); }
  void operator()(EXTENDED_KEY_USAGE* object) const { EXTENDED_KEY_USAGE_free(object); }
  void operator()(STACK_OF(X509_EXTENSION) * object) const {
    sk_X509_EXTENSION_pop_free(object, X509_EXTENSION_free);
  }
};
template <class T>
using Owned = std::unique_ptr<T, Freed>;

std::string dotted(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  OBJ_obj2txt(text.data(), static_cast<int>(text.size()), object, 1);
  return text.data();
}

void read_usages(const std::string& csr_pem, RequestedContent& content) {
  const Owned<BIO> memory(BIO_new_mem_buf(csr_pem.data(), static_cast<int>(csr_pem.size())));
  const Owned<X509_REQ> csr(PEM_read_bio_X509_REQ(memory.get(), nullptr, nullptr, nullptr));
  if (!csr) return;
  const Owned<STACK_OF(X509_EXTENSION)> extensions(X509_REQ_get_extensions(csr.get()));
  if (!extensions) return;
  const Owned<ASN1_BIT_STRING> bits(static_cast<ASN1_BIT_STRING*>(
      X509V3_get_d2i(extensions.get(), NID_key_usage, nullptr, nullptr)));
  for (std::size_t bit = 0; bits && bit < kKeyUsages.size(); ++bit) {
    if (ASN1_BIT_STRING_get_bit(bits.get(), static_cast<int>(bit)) == 1) {
      content.key_usages.emplace_back(kKeyUsages[bit].word);
    }
  }
  const Owned<EXTENDED_KEY_USAGE> extended(static_cast<EXTENDED_KEY_USAGE*>(
      X509V3_get_d2i(extensions.get(), NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; extended && i < sk_ASN1_OBJECT_num(extended.get()); ++i) {
    content.extended_key_usages.push_back(dotted(sk_ASN1_OBJECT_value(extended.get(), i)));
  }
}

AwsError unsupported(std::string_view what) {
  return {"InvalidArgsException", fmt::format("ApiPassthrough: {} is not supported.", what)};
}

Answer<void> read_name(const Json& name, pki::AlternativeNames& into) {
  const auto take = [&](const char* member, std::vector<std::string>& list) {
    if (!name.contains(member)) return false;
    list.push_back(name.value(member, ""));
    return true;
  };
  if (take("DnsName", into.dns) || take("Rfc822Name", into.email) || take("IpAddress", into.ip) ||
      take("UniformResourceIdentifier", into.uri)) {
    return {};
  }
  return unsupported(
      "a subject alternative name other than DnsName, Rfc822Name, IpAddress and "
      "UniformResourceIdentifier");
}

Answer<std::string> usage_of(const Json& usage) {
  if (usage.contains("ExtendedKeyUsageObjectIdentifier")) {
    return usage.value("ExtendedKeyUsageObjectIdentifier", "");
  }
  const std::string type = usage.value("ExtendedKeyUsageType", "");
  for (const ExtendedUsage& known : kExtendedUsages) {
    if (type == known.type) return std::string(known.oid);
  }
  return unsupported(fmt::format("the extended key usage '{}'", type));
}

}  // namespace

RequestedContent content_of(const pki::CertificateSigningRequest& csr) {
  RequestedContent content{csr.subject(), csr.names(), {}, {}};
  read_usages(csr.pem(), content);
  return content;
}

Answer<RequestedContent> content_of(const Json& api) {
  RequestedContent content;
  content.subject = subject_of(api.value("Subject", Json::object()));
  const Json extensions = api.value("Extensions", Json::object());
  for (const auto& [name, value] : extensions.items()) {
    if (name == "KeyUsage") {
      for (const KeyUsage& usage : kKeyUsages) {
        if (value.value(usage.member, false)) content.key_usages.emplace_back(usage.word);
      }
    } else if (name == "ExtendedKeyUsage") {
      for (const Json& usage : value) content.extended_key_usages.push_back(TRY(usage_of(usage)));
    } else if (name == "SubjectAlternativeNames") {
      for (const Json& each : value) TRY(read_name(each, content.names));
    } else {
      return unsupported(name);
    }
  }
  return content;
}

}  // namespace certloop::emulator
