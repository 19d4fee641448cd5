#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "emulated.h"

namespace certloop::emulator {
namespace {

using std::chrono::hours;
using ::testing::HasSubstr;

std::string import(Emulated& aws, const Json& input) {
  const Outcome outcome = aws.acm("ImportCertificate", input);
  EXPECT_TRUE(outcome.ok()) << outcome.response.body;
  return outcome.json.value("CertificateArn", "");
}

Json with(Json input, const std::string& member, const Json& value) {
  input[member] = value;
  return input;
}

TEST(AcmImport, HoldsWhatItWasGiven) {
  Emulated aws;
  const Material material = make_certificate({});
  const std::string arn = import(aws, import_input(material));
  const Json certificate = aws.describe(arn);
  EXPECT_EQ(certificate.at("Status"), "ISSUED");
  EXPECT_EQ(certificate.at("Type"), "IMPORTED");
  EXPECT_EQ(certificate.at("Serial"), "03:e9");
  EXPECT_EQ(certificate.at("KeyAlgorithm"), "EC-prime256v1");
  EXPECT_EQ(certificate.at("Issuer"), "Example Org");
  EXPECT_EQ(certificate.at("Subject"), "O=Example Org,CN=imported.example.com");
  EXPECT_EQ(certificate.at("ImportedAt"), certificate.at("CreatedAt"));
  EXPECT_EQ(aws.acm("GetCertificate", {{"CertificateArn", arn}}).json.at("Certificate"),
            material.certificate.pem());
  aws.pass(hours(24 * 90));
  EXPECT_EQ(aws.describe(arn).at("Status"), "EXPIRED");
}

TEST(AcmImport, MakesANewCertificateEveryTime) {
  Emulated aws;
  const Json input = import_input(make_certificate({}));
  EXPECT_NE(import(aws, input), import(aws, input));
}

TEST(AcmImport, RefusesWhatDoesNotFitTogether) {
  Emulated aws;
  const Material one = make_certificate({}), other = make_certificate({});
  const auto refusal = [&](const Json& input) {
    const Outcome outcome = aws.acm("ImportCertificate", input);
    EXPECT_EQ(outcome.status, 400);
    EXPECT_EQ(outcome.code, "ValidationException") << outcome.message;
    return outcome.message;
  };
  const Json good = import_input(one);
  EXPECT_THAT(refusal(with(good, "PrivateKey", to_base64(other.key.to_pem().reveal()))),
              HasSubstr("does not match"));
  EXPECT_THAT(refusal(with(good, "Certificate", to_base64("garbage"))), HasSubstr("PEM"));
  EXPECT_THAT(refusal(with(good, "PrivateKey", to_base64("garbage"))), HasSubstr("private key"));
  EXPECT_THAT(
      refusal(with(good, "PrivateKey", to_base64(one.key.to_encrypted_pem(Secret("open sesame"))))),
      HasSubstr("unencrypted"));
  EXPECT_THAT(refusal(with(good, "Certificate",
                           to_base64(one.certificate.pem() + other.certificate.pem()))),
              HasSubstr("more than one certificate"));
  EXPECT_THAT(refusal(with(good, "PrivateKey", to_base64(std::string(5121, 'x')))),
              HasSubstr("*** Sensitive Data Redacted *** at 'privateKey' failed to satisfy "
                        "constraint: Member must have length less than or equal to 5120"));
  EXPECT_THAT(refusal(with(good, "CertificateChain", to_base64(other.certificate.pem()))),
              HasSubstr("The index within the chain of the invalid certificate is: 0"));
  EXPECT_THAT(refusal({{"Certificate", good.at("Certificate")}}), HasSubstr("'privateKey'"));
  Wish wish;
  wish.not_after = kStart - hours(1);
  EXPECT_THAT(refusal(import_input(make_certificate(wish))), HasSubstr("not valid at this time"));
  wish.not_before = kStart + hours(1);
  wish.not_after = kStart + hours(48);
  EXPECT_THAT(refusal(import_input(make_certificate(wish))), HasSubstr("not valid at this time"));
  EXPECT_TRUE(aws.acm("SearchCertificates").json.at("Results").empty());
}

TEST(AcmImport, TakesAChainInOrder) {
  Emulated aws;
  Wish authority;
  authority.common_name = "Root";
  authority.names = {};
  authority.is_ca = true;
  authority.key_usages = {"CERTIFICATE_SIGNING"};
  authority.extended_key_usages = {};
  const Material root = make_certificate(authority);
  authority.common_name = "Middle";
  const Material middle = make_certificate(authority, &root);
  const Material leaf = make_certificate({}, &middle);
  const std::string right = middle.certificate.pem() + root.certificate.pem();
  const std::string wrong = root.certificate.pem() + middle.certificate.pem();
  const std::string arn =
      import(aws, with(import_input(leaf), "CertificateChain", to_base64(right)));
  EXPECT_EQ(aws.acm("GetCertificate", {{"CertificateArn", arn}}).json.at("CertificateChain"),
            right);
  EXPECT_EQ(
      aws.acm("ImportCertificate", with(import_input(leaf), "CertificateChain", to_base64(wrong)))
          .code,
      "ValidationException");
  EXPECT_TRUE(aws.acm("ImportCertificate", import_input(leaf)).ok());
}

TEST(AcmImport, ReplacesACertificateUnderItsArn) {
  Emulated aws;
  const std::string arn = import(
      aws, with(import_input(make_certificate({})), "Tags", {{{"Key", "team"}, {"Value", "web"}}}));
  ASSERT_TRUE(aws.emulator.set_in_use(arn, {"arn:aws:x:eu-west-1:123456789012:y/z"}).ok());
  const Json before = aws.describe(arn);
  aws.pass(hours(1));
  Wish wish;
  wish.names = {"imported.example.com", "more.example.com"};
  wish.key_usages = {"DIGITAL_SIGNATURE", "KEY_AGREEMENT"};
  const Json fresh = with(import_input(make_certificate(wish)), "CertificateArn", arn);
  EXPECT_EQ(import(aws, fresh), arn);
  const Json after = aws.describe(arn);
  EXPECT_EQ(after.at("SubjectAlternativeNames").size(), 2u);
  EXPECT_EQ(after.at("InUseBy"), before.at("InUseBy"));
  EXPECT_EQ(after.at("CreatedAt"), before.at("CreatedAt"));
  EXPECT_NE(after.at("ImportedAt"), before.at("ImportedAt"));
  EXPECT_EQ(aws.acm("ListTagsForCertificate", {{"CertificateArn", arn}}).json.at("Tags").size(),
            1u);
}

TEST(AcmImport, KeepsKeyTypeUsagesAndAName) {
  Emulated aws;
  Wish original;
  original.key_usages = {"DIGITAL_SIGNATURE", "KEY_AGREEMENT"};
  original.extended_key_usages = {"TLS_WEB_SERVER_AUTHENTICATION", "TLS_WEB_CLIENT_AUTHENTICATION"};
  const std::string arn = import(aws, import_input(make_certificate(original)));
  const auto again = [&](const Wish& wish) {
    return aws
        .acm("ImportCertificate", with(import_input(make_certificate(wish)), "CertificateArn", arn))
        .message;
  };
  Wish wish = original;
  wish.algorithm = pki::KeyAlgorithm::ec_secp384r1;
  EXPECT_THAT(again(wish), HasSubstr("key type and size"));
  wish = original;
  wish.key_usages = {"DIGITAL_SIGNATURE"};
  EXPECT_THAT(again(wish), HasSubstr("lacks the key usage KEY_AGREEMENT"));
  wish = original;
  wish.extended_key_usages = {"TLS_WEB_CLIENT_AUTHENTICATION"};
  EXPECT_THAT(again(wish), HasSubstr("lacks the extended key usage TLS_WEB_SERVER"));
  wish = original;
  wish.common_name = "other.example.com";
  wish.names = {"other.example.com"};
  EXPECT_THAT(again(wish), HasSubstr("at least one of the domain names"));
  wish = original;
  wish.extended_key_usages = {"TLS_WEB_SERVER_AUTHENTICATION"};
  EXPECT_EQ(again(wish), "");  // client authentication may go
  const Outcome tagged = aws.acm(
      "ImportCertificate", with(with(import_input(make_certificate(wish)), "CertificateArn", arn),
                                "Tags", {{{"Key", "a"}, {"Value", "b"}}}));
  EXPECT_EQ(tagged.code, "InvalidParameterException");
}

TEST(AcmImport, ReplacesOnlyImportedCertificates) {
  Emulated aws;
  const std::string arn = aws.request("imported.example.com");
  const Json input = with(import_input(make_certificate({})), "CertificateArn", arn);
  EXPECT_EQ(aws.acm("ImportCertificate", input).code, "ValidationException");
  const Json absent = with(input, "CertificateArn",
                           "arn:aws:acm:eu-west-1:123456789012:certificate/"
                           "11111111-1111-1111-1111-111111111111");
  EXPECT_EQ(aws.acm("ImportCertificate", absent).code, "ResourceNotFoundException");
}

TEST(AcmImport, CountsImports) {
  EmulatorOptions options;
  options.certificates_quota = 1;
  Emulated aws(options);
  const Json input = import_input(make_certificate({}));
  const std::string arn = import(aws, input);
  EXPECT_EQ(aws.acm("ImportCertificate", input).code, "LimitExceededException");
  EXPECT_TRUE(aws.acm("ImportCertificate", with(input, "CertificateArn", arn)).ok());
}

}  // namespace
}  // namespace certloop::emulator
