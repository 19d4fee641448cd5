// What somebody else chose for us: how long a file takes to open, how many certificates and names
// it holds, and what its names say. SECURITY, "Work on untrusted input is bounded".
#include <gmock/gmock.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <limits>

#include "base/text.h"
#include "certs.h"
#include "pki/chain.h"
#include "pki/csr.h"

namespace certloop::pki {
namespace {

using testing::HasSubstr;

constexpr int kMostIterations = std::numeric_limits<int>::max();
const Secret kPassphrase{"open sesame"};

template <class T, class Write>
std::string der_of(T* what, Write write) {
  unsigned char* bytes = nullptr;
  const int size = write(what, &bytes);
  std::string out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(bytes);
  return out;
}

std::string pem(const std::string& label, const std::string& der) {
  std::string out = "-----BEGIN " + label + "-----\n";
  const std::string text = to_base64(der);
  for (std::size_t i = 0; i < text.size(); i += 64) out += text.substr(i, 64) + "\n";
  return out + "-----END " + label + "-----\n";
}

// An algorithm that derives its key so often. Making it derives nothing.
X509_ALGOR* pbes2(int iterations) {
  return PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), iterations, nullptr, 0, nullptr, NID_hmacWithSHA256);
}

// What claims to be a private key under that algorithm.
X509_SIG* shroud(X509_ALGOR* algorithm) {
  X509_SIG* out = X509_SIG_new();
  X509_ALGOR* into = nullptr;
  ASN1_OCTET_STRING* bytes = nullptr;
  X509_SIG_getm(out, &into, &bytes);
  X509_ALGOR_copy(into, algorithm);
  X509_ALGOR_free(algorithm);
  const std::string zeros(64, '\0');
  ASN1_OCTET_STRING_set(bytes, reinterpret_cast<const unsigned char*>(zeros.data()), 64);
  return out;
}

// A file with these private keys, whose integrity code is right.
std::string file_with(const std::vector<X509_SIG*>& keys) {
  STACK_OF(PKCS12_SAFEBAG)* bags = sk_PKCS12_SAFEBAG_new_null();
  for (X509_SIG* key : keys) sk_PKCS12_SAFEBAG_push(bags, PKCS12_SAFEBAG_create0_pkcs8(key));
  STACK_OF(PKCS7)* parts = sk_PKCS7_new_null();
  sk_PKCS7_push(parts, PKCS12_pack_p7data(bags));
  PKCS12* file = PKCS12_init(NID_pkcs7_data);
  PKCS12_pack_authsafes(file, parts);
  PKCS12_set_mac(file, "open sesame", -1, nullptr, 0, 1, EVP_sha256());
  const std::string out = der_of(file, i2d_PKCS12);
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
  sk_PKCS7_pop_free(parts, PKCS7_free);
  PKCS12_free(file);
  return out;
}

std::string refusal_of(const std::string& file) {
  const auto bundle = bundle_from_pkcs12(Secret(file), kPassphrase);
  return bundle.ok() ? "accepted" : bundle.error().message();
}

TEST(Pkcs12Bounds, TheIntegrityCodeIsNotDerivedWithoutEnd) {
  const std::string whole = data("modern.p12");
  const auto* at = reinterpret_cast<const unsigned char*>(whole.data());
  PKCS12* file = d2i_PKCS12(nullptr, &at, static_cast<long>(whole.size()));
  ASSERT_NE(file, nullptr);
  const ASN1_INTEGER* iterations = nullptr;
  PKCS12_get0_mac(nullptr, nullptr, nullptr, &iterations, file);
  ASN1_INTEGER_set(const_cast<ASN1_INTEGER*>(iterations), kMostIterations);
  EXPECT_THAT(refusal_of(der_of(file, i2d_PKCS12)), HasSubstr("more than 1,000,000 iterations"));
  PKCS12_free(file);
}

TEST(Pkcs12Bounds, NoKeyIsDerivedWithoutEnd) {
  // Whoever may write a Secret may write forty of them: each has to be cheap.
  EXPECT_THAT(refusal_of(file_with({shroud(pbes2(1'000'001))})),
              HasSubstr("more than 1,000,000 iterations"));
  EXPECT_THAT(refusal_of(file_with({shroud(pbes2(kMostIterations))})),
              HasSubstr("more than 1,000,000 iterations"));
  EXPECT_THAT(refusal_of(file_with({shroud(PKCS5_pbe_set(NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
                                                         kMostIterations, nullptr, 0))})),
              HasSubstr("more than 1,000,000 iterations"));
  // scrypt: as often as OpenSSL's bound on its memory permits.
  EXPECT_THAT(refusal_of(file_with({shroud(PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0,
                                                                 nullptr, 1 << 15, 1, 100'000))})),
              HasSubstr("more than 1,000,000 iterations"));
}

TEST(Pkcs12Bounds, EncryptedPartsAreNotDerivedWithoutEnd) {
  const PrivateKey key = new_key();
  const Certificate leaf = issue(template_for(key, "web.example"), key, {}).value();
  const std::string der = leaf.der();
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  X509* x509 = d2i_X509(nullptr, &at, static_cast<long>(der.size()));
  STACK_OF(PKCS12_SAFEBAG)* bags = nullptr;
  PKCS12_add_cert(&bags, x509);
  PKCS7* part = PKCS12_pack_p7encdata(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, "open sesame", -1,
                                      nullptr, 0, 1, bags);
  ASSERT_NE(part, nullptr);
  X509_ALGOR_free(part->d.encrypted->enc_data->algorithm);
  part->d.encrypted->enc_data->algorithm = pbes2(kMostIterations);
  STACK_OF(PKCS7)* parts = sk_PKCS7_new_null();
  sk_PKCS7_push(parts, part);
  PKCS12* file = PKCS12_init(NID_pkcs7_data);
  PKCS12_pack_authsafes(file, parts);
  PKCS12_set_mac(file, "open sesame", -1, nullptr, 0, 1, EVP_sha256());
  EXPECT_THAT(refusal_of(der_of(file, i2d_PKCS12)), HasSubstr("more than 1,000,000 iterations"));
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
  sk_PKCS7_pop_free(parts, PKCS7_free);
  PKCS12_free(file);
  X509_free(x509);
}

TEST(PrivateKeyBounds, AnEncryptedKeyIsNotDerivedWithoutEnd) {
  X509_SIG* sealed = shroud(pbes2(kMostIterations));
  const std::string text = pem("ENCRYPTED PRIVATE KEY", der_of(sealed, i2d_X509_SIG));
  X509_SIG_free(sealed);
  const auto key = PrivateKey::from_pem(Secret(text), kPassphrase);
  ASSERT_FALSE(key.ok());
  EXPECT_THAT(key.error().message(), HasSubstr("more than 1,000,000 iterations"));
}

// Whatever is accepted can be read again and does what it says: a damaged number would be found out
// only when the key is used.
TEST(PrivateKey, WhosePartsDoNotBelongTogetherIsRefused) {
  for (const auto algorithm :
       {KeyAlgorithm::rsa_2048, KeyAlgorithm::ec_prime256v1, KeyAlgorithm::ec_secp521r1}) {
    const Secret whole = new_key(algorithm).to_pem();
    std::string text(whole.reveal());
    text = text.substr(text.find('\n') + 1);
    const std::string der = from_base64(text.substr(0, text.find("-----END"))).value();
    for (std::size_t i = 60; i < der.size(); i += 16) {
      std::string damaged = der;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
      const auto key = PrivateKey::from_pem(Secret(pem("PRIVATE KEY", damaged)));
      if (!key.ok()) continue;
      EXPECT_TRUE(PrivateKey::from_pem(key->to_pem()).ok()) << "byte " << i;
      EXPECT_TRUE(issue(template_for(*key, "web.example"), *key, {}).value().is_self_signed())
          << "byte " << i;
    }
  }
}

// Each CA could have issued each: 14 seconds for 200, when all were tried at each step.
TEST(BundleBounds, ManyCertificatesOfOneSubject) {
  const PrivateKey key = new_key(), leaf_key = new_key();
  const Certificate root = issue(authority_for(key, "Same"), key, {}).value();
  Template what = template_for(leaf_key, "web.example");
  std::string text = issue(what, key, root).value().pem();
  Template authority = authority_for(key, "Same");
  for (int i = 1; i < 20; ++i) {
    authority.serial = std::string(1, static_cast<char>(i));
    text += issue(authority, key, root).value().pem();
  }
  EXPECT_TRUE(bundle_from_pem(text, leaf_key.to_pem()).ok());
  const auto more = bundle_from_pem(text + root.pem(), leaf_key.to_pem());
  ASSERT_FALSE(more.ok());
  EXPECT_THAT(more.error().message(), HasSubstr("more than 20 certificates"));
}

TEST(NameBounds, ACertificateForTooManyNamesIsRefused) {
  const PrivateKey key = new_key();
  Template what = template_for(key, "web.example");
  for (int i = 1; i < 100; ++i) what.names.dns.push_back(std::to_string(i) + ".example");
  EXPECT_TRUE(issue(what, key, {}).ok());
  what.names.dns.emplace_back("one.more.example");
  const auto refused = issue(what, key, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("101 names, ACM takes at most 100"));
}

// Such a name once ended every report in JSON and YAML.
TEST(NameBounds, AlternativeNamesThatAreNoTextAreRefused) {
  const PrivateKey key = new_key();
  const std::string der = issue(template_for(key, "web.example"), key, {}).value().der();
  const auto name = der.rfind("web.example");
  for (const char bad : {'\xff', '\n', '\0', '\x1b'}) {
    std::string changed = der;
    changed[name] = bad;
    const auto certificate = Certificate::from_der(changed);
    ASSERT_FALSE(certificate.ok());
    EXPECT_THAT(certificate.error().message(), HasSubstr("alternative names"));
  }
}

// Kinds that nothing here makes are names all the same: whoever limits names must see them.
TEST(NameBounds, AlternativeNamesOfOtherKindsAreTold) {
  const PrivateKey key = new_key();
  std::string der = issue(template_for(key, "web.example"), key, {}).value().der();
  der[der.rfind("web.example") - 2] = '\x88';  // registeredID instead of dNSName
  const auto certificate = Certificate::from_der(der);
  ASSERT_TRUE(certificate.ok()) << certificate.error().message();
  ASSERT_EQ(certificate->names().other.size(), 1U);
  EXPECT_TRUE(certificate->names().other[0].starts_with("registeredID "));
  EXPECT_FALSE(certificate->names().empty());
}

// The subject of a certificate is shown even if it is nonsense.
TEST(NameBounds, SubjectsThatAreNoTextAreShownInHexadecimal) {
  const PrivateKey key = new_key();
  const std::string der = issue(template_for(key, "web.example"), key, {}).value().der();
  for (const char bad : {'\n', '\x1b', '\x7f'}) {
    std::string changed = der;
    changed[der.find("web.example")] = bad;  // of the issuer, which stands first
    const auto certificate = Certificate::from_der(changed);
    ASSERT_TRUE(certificate.ok()) << certificate.error().message();
    EXPECT_TRUE(certificate->issuer().get("CN").starts_with("#")) << certificate->issuer().text();
  }
}

}  // namespace
}  // namespace certloop::pki
