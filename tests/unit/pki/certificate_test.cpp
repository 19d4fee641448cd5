#include "pki/certificate.h"

#include <algorithm>

#include "base/text.h"
#include "certs.h"
#include "pki/issue.h"

namespace certloop::pki {
namespace {

Certificate read(const std::string& name) { return Certificate::from_pem(data(name)).value(); }

TEST(Certificate, ReadsEverythingOfOneMadeByAnotherProgram) {
  const Certificate leaf = read("leaf.pem");
  EXPECT_EQ(leaf.serial(), "03:e9");
  EXPECT_EQ(leaf.subject().text(),
            "C=AU,ST=Some-State,L=Some-Locality,O=Example Org,OU=Testing,CN=localhost");
  EXPECT_EQ(leaf.issuer().text(), "O=Example Trust,CN=Example Issuing");
  EXPECT_EQ(leaf.subject().get("CN"), "localhost");
  EXPECT_EQ(leaf.names().dns, (std::vector<std::string>{"localhost", "*.xn--bcher-kva.example"}));
  EXPECT_EQ(leaf.names().email, std::vector<std::string>{"a@example.org"});
  EXPECT_EQ(leaf.names().ip, (std::vector<std::string>{"127.0.0.1", "2001:db8::1"}));
  EXPECT_EQ(leaf.names().uri, std::vector<std::string>{"spiffe://example.org/web"});
  EXPECT_EQ(leaf.key_algorithm(), KeyAlgorithm::ec_prime256v1);
  EXPECT_EQ(leaf.signature_algorithm(), "SHA256WITHECDSA");
  EXPECT_EQ(leaf.key_usages(),
            (std::vector<std::string>{"DIGITAL_SIGNATURE", "NON_REPUDIATION", "KEY_ENCIPHERMENT"}));
  EXPECT_EQ(leaf.extended_key_usages(), (std::vector<Certificate::ExtendedKeyUsage>{
                                            {"TLS_WEB_SERVER_AUTHENTICATION", "1.3.6.1.5.5.7.3.1"},
                                            {"CUSTOM", "1.3.6.1.4.1.99999.1"}}));
  EXPECT_FALSE(leaf.is_ca());
  EXPECT_EQ(leaf.fingerprint().size(), 64U);
}

TEST(Certificate, ReadsDatesAfter2049) {  // RFC 5280: GeneralizedTime from 2050 on.
  const Certificate leaf = read("leaf.pem");
  EXPECT_EQ(rfc3339(leaf.not_before()), "2024-01-02T03:04:05Z");
  EXPECT_EQ(rfc3339(leaf.not_after()), "2056-07-08T09:10:11Z");
}

TEST(Certificate, ReadsAuthorities) {
  const Certificate root = read("root.pem"), intermediate = read("intermediate.pem");
  EXPECT_TRUE(root.is_ca());
  EXPECT_EQ(root.path_length(), std::nullopt);
  EXPECT_EQ(intermediate.path_length(), 0);
  EXPECT_EQ(root.key_usages(), (std::vector<std::string>{"CERTIFICATE_SIGNING", "CRL_SIGNING"}));
  EXPECT_EQ(intermediate.signature_algorithm(), "SHA256WITHRSA");
  EXPECT_TRUE(root.is_self_signed());
  EXPECT_FALSE(intermediate.is_self_signed());
  EXPECT_TRUE(intermediate.is_signed_by(root));
  EXPECT_FALSE(root.is_signed_by(intermediate));
}

TEST(Certificate, ReadsOneWithHardlyAnExtension) {
  const Certificate plain = read("plain.pem");
  EXPECT_EQ(plain.subject().text(), "CN=plain.example,O=Smith\\, Jones");
  EXPECT_EQ(plain.subject().get("O"), "Smith, Jones");
  EXPECT_EQ(plain.serial(), "7f:ff:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12");
  EXPECT_FALSE(plain.has_key_usage_extension());
  EXPECT_TRUE(plain.names().empty());
}

TEST(Certificate, PemAndDerAreTheSameCertificate) {
  const std::string pem = data("leaf.pem");
  const Certificate leaf = Certificate::from_pem(pem).value();
  EXPECT_EQ(leaf.pem(), pem);
  EXPECT_EQ(Certificate::from_der(leaf.der()).value().fingerprint(), leaf.fingerprint());
}

TEST(Certificate, RefusesWhatIsNotExactlyOneCertificate) {
  EXPECT_FALSE(Certificate::from_pem("").ok());
  EXPECT_FALSE(Certificate::from_pem("hello").ok());
  EXPECT_FALSE(Certificate::from_pem(data("rsa.pkcs8.pem")).ok());
  EXPECT_FALSE(Certificate::from_der("").ok());
  const std::string pem = data("leaf.pem");
  EXPECT_FALSE(Certificate::from_pem(pem.substr(0, pem.size() / 2)).ok());
  const std::string der = Certificate::from_pem(pem).value().der();
  EXPECT_FALSE(Certificate::from_der(der + "x").ok());
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_FALSE(Certificate::from_der(der.substr(0, size)).ok()) << size;
  const auto two = Certificate::from_pem(pem + data("root.pem"));
  EXPECT_NE(two.error().message().find("2 certificates where one is expected"), std::string::npos);
}

TEST(Issue, SaysWhatTheTemplateSays) {
  const PrivateKey root_key = new_key(KeyAlgorithm::ec_secp384r1), key = new_key();
  const Certificate root = issue(authority_for(root_key, "Root"), root_key, {}).value();
  Template what = template_for(key, "web.example");
  what.subject = {{{"C", "DE"}, {"O", "Ünlü"}, {"CN", "web.example"}}};
  what.names = {{"web.example", "*.web.example"}, {"a@b.example"}, {"10.0.0.1", "::1"}, {"urn:a"}};
  what.not_after = at("2060-01-01T00:00:00Z");
  what.key_usages = {"DIGITAL_SIGNATURE", "DECIPHER_ONLY", "KEY_AGREEMENT"};
  what.extended_key_usages = {"TLS_WEB_SERVER_AUTHENTICATION", "IPSEC_USER", "1.2.3.4"};
  what.digest = "SHA384";
  what.crl_urls = {"http://crl.example/1.crl"};
  what.ocsp_urls = {"http://ocsp.example/"};
  const Certificate made = issue(what, root_key, root).value();
  EXPECT_EQ(made.subject(), what.subject);
  EXPECT_EQ(made.issuer(), root.subject());
  EXPECT_EQ(made.names(), what.names);
  EXPECT_EQ(made.serial(), "03:e9");
  EXPECT_EQ(made.not_before(), what.not_before);
  EXPECT_EQ(made.not_after(), what.not_after);
  EXPECT_EQ(made.public_key_der(), what.public_key_der);
  EXPECT_EQ(made.signature_algorithm(), "SHA384WITHECDSA");
  EXPECT_EQ(made.key_usages(),
            (std::vector<std::string>{"DIGITAL_SIGNATURE", "KEY_AGREEMENT", "DECIPHER_ONLY"}));
  EXPECT_EQ(made.extended_key_usages(), (std::vector<Certificate::ExtendedKeyUsage>{
                                            {"TLS_WEB_SERVER_AUTHENTICATION", "1.3.6.1.5.5.7.3.1"},
                                            {"IPSEC_USER", "1.3.6.1.5.5.7.3.7"},
                                            {"CUSTOM", "1.2.3.4"}}));
  EXPECT_TRUE(made.is_signed_by(root));
  EXPECT_FALSE(made.is_ca());
  for (const std::string& url : {what.crl_urls[0], what.ocsp_urls[0]})
    EXPECT_NE(made.der().find(url), std::string::npos) << url;
}

TEST(Issue, EveryExtendedKeyUsageHasAWordAndAnIdentifier) {
  const PrivateKey key = new_key();
  Template what = template_for(key, "web.example");
  what.extended_key_usages = {"TLS_WEB_SERVER_AUTHENTICATION",
                              "TLS_WEB_CLIENT_AUTHENTICATION",
                              "CODE_SIGNING",
                              "EMAIL_PROTECTION",
                              "TIME_STAMPING",
                              "OCSP_SIGNING",
                              "IPSEC_END_SYSTEM",
                              "IPSEC_TUNNEL",
                              "IPSEC_USER",
                              "ANY"};
  const Certificate made = issue(what, key, {}).value();
  std::vector<std::string> words;
  for (const auto& usage : made.extended_key_usages()) words.push_back(usage.name);
  EXPECT_EQ(words, what.extended_key_usages);
}

TEST(Issue, MakesAuthoritiesThatSignAuthorities) {
  const PrivateKey root_key = new_key(), key = new_key();
  const Certificate root = issue(authority_for(root_key, "Root"), root_key, {}).value();
  Template what = authority_for(key, "Issuing");
  what.path_length = 0;
  const Certificate made = issue(what, root_key, root).value();
  EXPECT_TRUE(root.is_self_signed());
  EXPECT_TRUE(made.is_ca());
  EXPECT_EQ(made.path_length(), 0);
}

TEST(Issue, SignsWithRsa) {
  const PrivateKey key = new_key(KeyAlgorithm::rsa_2048);
  Template what = template_for(key, "web.example");
  what.digest = "SHA512";
  EXPECT_EQ(issue(what, key, {}).value().signature_algorithm(), "SHA512WITHRSA");
}

TEST(Issue, AnEmptySubjectMakesTheNamesCritical) {
  const PrivateKey key = new_key();
  Template what = template_for(key, "web.example");
  what.subject = {};
  // id-ce-subjectAltName followed by BOOLEAN TRUE.
  const std::string critical("\x55\x1d\x11\x01\x01\xff", 6);
  EXPECT_NE(issue(what, key, {}).value().der().find(critical), std::string::npos);
  what.subject = {{{"CN", "web.example"}}};
  EXPECT_EQ(issue(what, key, {}).value().der().find(critical), std::string::npos);
}

TEST(Issue, RefusesWhatCannotBeEncoded) {
  const PrivateKey key = new_key(), other = new_key();
  const auto refused = [&](auto change) {
    Template what = template_for(key, "web.example");
    change(what);
    const auto made = issue(what, key, {});
    return !made.ok() && made.error().code() == Code::invalid;
  };
  EXPECT_FALSE(refused([](Template&) {}));
  EXPECT_TRUE(refused([](Template& t) { t.serial = ""; }));
  EXPECT_TRUE(refused([](Template& t) { t.serial = std::string(3, '\0'); }));
  EXPECT_TRUE(refused([](Template& t) { t.serial = std::string(20, '\xff'); }));
  EXPECT_TRUE(refused([](Template& t) { t.not_after = t.not_before - Duration(1000); }));
  EXPECT_TRUE(refused([](Template& t) { t.digest = "MD5"; }));
  EXPECT_TRUE(refused([](Template& t) { t.key_usages = {"NONSENSE"}; }));
  EXPECT_TRUE(refused([](Template& t) { t.extended_key_usages = {"NONSENSE"}; }));
  EXPECT_TRUE(refused([](Template& t) { t.public_key_der = "x"; }));
  EXPECT_TRUE(refused([](Template& t) { t.path_length = 1; }));
  EXPECT_TRUE(refused([&](Template& t) { t.public_key_der = other.public_key_der(); }));
  EXPECT_TRUE(refused([](Template& t) { t.names.dns = {std::string("a\0b", 3)}; }));
  EXPECT_TRUE(refused([](Template& t) { t.subject = {{{"C", "Germany"}}}; }));
}

TEST(Issue, RefusesAKeyThatIsNotTheIssuers) {
  const PrivateKey root_key = new_key(), key = new_key();
  const Certificate root = issue(authority_for(root_key, "Root"), root_key, {}).value();
  EXPECT_FALSE(issue(template_for(key, "web.example"), key, root).ok());
}

}  // namespace
}  // namespace certloop::pki
