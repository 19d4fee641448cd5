#include "pki/private_key.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "certs.h"
#include "pki/csr.h"

namespace certloop::pki {
namespace {

const Secret kPassphrase{"open sesame"};

Result<PrivateKey> read(const std::string& name, const Secret& passphrase = {}) {
  return PrivateKey::from_pem(Secret(data(name)), passphrase);
}

TEST(PrivateKey, ReadsOneKeyInAllItsForms) {
  const std::string expected = read("rsa.pkcs8.pem").value().public_key_der();
  EXPECT_EQ(read("rsa.pkcs1.pem").value().public_key_der(), expected);
  EXPECT_EQ(read("rsa.encrypted.pem", kPassphrase).value().public_key_der(), expected);
  EXPECT_EQ(read("rsa.pkcs1.encrypted.pem", kPassphrase).value().public_key_der(), expected);
}

TEST(PrivateKey, TellsTheAlgorithm) {
  EXPECT_EQ(read("rsa.pkcs8.pem").value().algorithm(), KeyAlgorithm::rsa_2048);
  EXPECT_EQ(read("ec.parameters.pem").value().algorithm(), KeyAlgorithm::ec_prime256v1);
  EXPECT_EQ(read("ec384.pkcs8.pem").value().algorithm(), KeyAlgorithm::ec_secp384r1);
  EXPECT_EQ(read("ec521.pkcs8.pem").value().algorithm(), KeyAlgorithm::ec_secp521r1);
}

TEST(PrivateKey, FindsTheKeyBehindCertificates) {
  const auto key = PrivateKey::from_pem(Secret(data("leaf.pem") + data("ec.parameters.pem")));
  EXPECT_EQ(key.value().algorithm(), KeyAlgorithm::ec_prime256v1);
}

// As a fuzzer found it: an empty line inside a certificate makes PEM take what stands before for
// headers. The key behind it was read by another way then, into a form that nothing could write.
TEST(PrivateKey, BehindADamagedCertificateCanBeWrittenAndReadAgain) {
  std::string text = data("leaf.pem");
  text.insert(text.find('\n', 200), "\n");
  const auto key = PrivateKey::from_pem(Secret(text + data("ec384.pkcs8.pem")));
  ASSERT_TRUE(key.ok()) << key.error().message();
  EXPECT_FALSE(key->to_pem().empty());
  const auto again = PrivateKey::from_pem(key->to_pem());
  ASSERT_TRUE(again.ok()) << again.error().message();
  EXPECT_EQ(again->public_key_der(), key->public_key_der());
}

TEST(PrivateKey, RefusesKeysThatAcmDoesNotTake) {
  for (const char* name : {"ed25519.pem", "secp256k1.pem", "rsa1536.pem"}) {
    const auto key = read(name);
    ASSERT_FALSE(key.ok()) << name;
    EXPECT_EQ(key.error().code(), Code::invalid) << name;
  }
  EXPECT_NE(read("rsa1536.pem").error().message().find("RSA of 1536 bits"), std::string::npos);
}

TEST(PrivateKey, TellsAMissingPassphraseFromAWrongOne) {
  for (const char* name : {"rsa.encrypted.pem", "rsa.pkcs1.encrypted.pem"}) {
    EXPECT_NE(read(name).error().message().find("it is encrypted"), std::string::npos) << name;
    const auto wrong = read(name, Secret("guess"));
    EXPECT_EQ(wrong.error().code(), Code::invalid);
    EXPECT_NE(wrong.error().message().find("does not open it"), std::string::npos) << name;
  }
}

// S2: what was given as a key stands in no message, whatever is wrong with it.
TEST(PrivateKey, ErrorsHoldNothingOfTheInput) {
  const std::string whole = data("rsa.pkcs8.pem");
  const std::string inside = whole.substr(40, 20);
  for (const std::string& text :
       {inside, whole.substr(0, 200), "-----BEGIN PRIVATE KEY-----\n" + inside + "\n",
        "-----BEGIN " + inside + "-----\nAAAA\n-----END " + inside + "-----\n"}) {
    const auto key = PrivateKey::from_pem(Secret(text), Secret(inside));
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().message().find(inside), std::string::npos) << key.error().message();
  }
}

TEST(PrivateKey, EveryAlgorithmSurvivesTheWayToPemAndBack) {
  for (const auto algorithm :
       {KeyAlgorithm::rsa_1024, KeyAlgorithm::rsa_2048, KeyAlgorithm::ec_prime256v1,
        KeyAlgorithm::ec_secp384r1, KeyAlgorithm::ec_secp521r1}) {
    const PrivateKey key = new_key(algorithm);
    EXPECT_EQ(key.algorithm(), algorithm);
    const Secret plain = key.to_pem();
    EXPECT_TRUE(plain.reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    EXPECT_EQ(PrivateKey::from_pem(plain).value().public_key_der(), key.public_key_der());
    const std::string sealed = key.to_encrypted_pem(kPassphrase);
    EXPECT_TRUE(sealed.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    EXPECT_FALSE(PrivateKey::from_pem(Secret(sealed)).ok());
    EXPECT_EQ(PrivateKey::from_pem(Secret(sealed), kPassphrase).value().public_key_der(),
              key.public_key_der());
  }
}

// OpenSSL's encoders take an error that somebody else left in the thread's queue for their own.
TEST(PrivateKey, IsNotDisturbedByAnErrorThatSomebodyElseLeft) {
  ERR_raise(ERR_LIB_X509V3, X509V3_R_INVALID_CERTIFICATE);
  const PrivateKey key = read("ec.parameters.pem").value();
  EXPECT_TRUE(PrivateKey::from_pem(key.to_pem()).ok());
  ERR_raise(ERR_LIB_X509V3, X509V3_R_INVALID_CERTIFICATE);
  EXPECT_FALSE(key.to_encrypted_pem(kPassphrase).empty());
  ERR_raise(ERR_LIB_X509V3, X509V3_R_INVALID_CERTIFICATE);
  EXPECT_TRUE(issue(template_for(key, "web.example"), key, {}).ok());
  ERR_clear_error();
}

// A certificate whose extension is damaged inside, as a fuzzer found it: looking at it left such an
// error behind.
TEST(Certificate, LeavesNoErrorBehind) {
  const PrivateKey key = new_key();
  Template what = template_for(key, "web.example");
  what.crl_urls = {"http://crl.example/"};
  std::string der = issue(what, key, {}).value().der();
  const auto url = der.find("http://crl.example/");
  ASSERT_NE(url, std::string::npos);
  der[url - 4] = 'p';  // The tag of the distribution point's name.
  const auto certificate = Certificate::from_der(der);
  ASSERT_TRUE(certificate.ok());
  ERR_clear_error();
  static_cast<void>(certificate->signature_algorithm());
  static_cast<void>(certificate->is_self_signed());
  static_cast<void>(certificate->public_key_der());
  static_cast<void>(certificate->serial());
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(KeyAlgorithm, AcceptsBothOfAwsSpellings) {
  EXPECT_EQ(name_of(KeyAlgorithm::rsa_3072), "RSA_3072");
  EXPECT_EQ(key_algorithm_named("RSA_2048"), KeyAlgorithm::rsa_2048);
  EXPECT_EQ(key_algorithm_named("RSA-2048"), KeyAlgorithm::rsa_2048);
  EXPECT_EQ(key_algorithm_named("EC-prime256v1"), KeyAlgorithm::ec_prime256v1);
  EXPECT_EQ(key_algorithm_named("RSA_512"), std::nullopt);
  EXPECT_TRUE(is_rsa(KeyAlgorithm::rsa_4096));
  EXPECT_FALSE(is_rsa(KeyAlgorithm::ec_prime256v1));
}

TEST(Csr, SaysWhatItWasMadeFrom) {
  const PrivateKey key = new_key();
  const DistinguishedName subject{{{"C", "DE"}, {"O", "Bücher"}, {"CN", "bücher.example"}}};
  AlternativeNames names;
  names.dns = {"bücher.example", "*.example.org"};
  names.ip = {"192.0.2.1", "2001:db8::1"};
  const auto made = CertificateSigningRequest::create(key, subject, names);
  const auto read_back = CertificateSigningRequest::from_pem(made.value().pem());
  EXPECT_EQ(read_back.value().subject(), subject);
  names.dns[0] = "xn--bcher-kva.example";
  EXPECT_EQ(read_back.value().names(), names);
  EXPECT_EQ(read_back.value().public_key_der(), key.public_key_der());
  EXPECT_EQ(read_back.value().key_algorithm(), KeyAlgorithm::ec_prime256v1);
}

TEST(Csr, ReadsOneMadeByAnotherProgram) {
  const auto request = CertificateSigningRequest::from_pem(data("request.pem"));
  EXPECT_EQ(request.value().subject().text(), "C=DE,CN=bücher.example");
  EXPECT_EQ(request.value().names().dns,
            (std::vector<std::string>{"xn--bcher-kva.example", "www.example.org"}));
}

TEST(Csr, RefusesAForgedSignatureAndWhatIsNoRequest) {
  const auto forged = CertificateSigningRequest::from_pem(data("request.forged.pem"));
  EXPECT_NE(forged.error().message().find("signature does not verify"), std::string::npos);
  EXPECT_EQ(CertificateSigningRequest::from_pem(data("leaf.pem")).error().code(), Code::invalid);
  EXPECT_EQ(CertificateSigningRequest::from_pem("").error().code(), Code::invalid);
}

TEST(Csr, NamesWhatCannotBeEncoded) {
  const PrivateKey key = new_key();
  const auto message = [&](const DistinguishedName& subject, const AlternativeNames& names) {
    const auto made = CertificateSigningRequest::create(key, subject, names);
    return made.ok() ? std::string("accepted") : made.error().message();
  };
  EXPECT_NE(message({{{"CN", std::string(65, 'a')}}}, {}).find("value of CN"), std::string::npos);
  EXPECT_NE(message({{{"nonsense", "x"}}}, {}).find("attribute type nonsense"), std::string::npos);
  EXPECT_NE(message({{{"CN", "a"}}}, {{"ok.example", "not ok"}, {}, {}, {}}).find("DNS name 2"),
            std::string::npos);
  EXPECT_NE(message({{{"CN", "a"}}}, {{}, {}, {"1.2.3"}, {}}).find("IP name 1"), std::string::npos);
  EXPECT_EQ(message({{{"1.2.3.4", "x"}, {"CN", "a"}}}, {}), "accepted");
}

}  // namespace
}  // namespace certloop::pki
