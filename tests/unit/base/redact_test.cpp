#include "base/redact.h"

#include <gtest/gtest.h>

namespace certloop {
namespace {

TEST(Redacted, HidesUserInformationInUrls) {
  EXPECT_EQ(redacted("Unsupported proxy syntax in 'http://user:pass@[bad'"),
            "Unsupported proxy syntax in 'http://***@[bad'");
  EXPECT_EQ(redacted("proxy user:pa@ss@host:3128 refused"), "proxy ***@host:3128 refused");
  EXPECT_EQ(redacted("https://user:pa/ss@host/path"), "https://***@host/path");
  EXPECT_EQ(redacted("https://host/path?a=b"), "https://host/path?a=b");
}

TEST(Redacted, HidesHeaders) {
  EXPECT_EQ(redacted("Authorization: AWS4-HMAC-SHA256 Credential=AKID/20260101, Signature=ab12\nx"),
            "Authorization: ***\nx");
  EXPECT_EQ(redacted("got authorization=Basic dXNlcjpw"), "got authorization=***");
  EXPECT_EQ(redacted("x-amz-security-token:IQoJb3Jp\nhost:acm"),
            "x-amz-security-token:***\nhost:acm");
  EXPECT_EQ(redacted("Cookie: a=b; c=d"), "Cookie: ***");
  EXPECT_EQ(redacted("Bearer abc.def is expired"), "Bearer *** is expired");
  EXPECT_EQ(redacted("?X-Amz-Signature=0a1b&X-Amz-Date=2026"),
            "?X-Amz-Signature=***&X-Amz-Date=2026");
}

TEST(Redacted, HidesTheValuesOfSecretFields) {
  EXPECT_EQ(redacted(R"({"secretAccessKey": "hun\"ter2", "region": "x"})"),
            R"({"secretAccessKey": "***", "region": "x"})");
  EXPECT_EQ(redacted("password = hunter2, user=bob"), "password = ***, user=bob");
  EXPECT_EQ(redacted(R"(last read: '{\"SessionToken\":\"abc\",')"),
            R"(last read: '{\"SessionToken\":\"***",')");
  EXPECT_EQ(redacted("Value 'hunter2' at 'passphrase' failed to satisfy constraint"),
            "Value '***' at 'passphrase' failed to satisfy constraint");
  EXPECT_EQ(redacted("Value 'x' at 'domainName' failed"), "Value 'x' at 'domainName' failed");
}

TEST(Redacted, HidesKeysAndTokensByTheirForm) {
  EXPECT_EQ(redacted("a -----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY----- b"),
            "a *** b");
  EXPECT_EQ(redacted("a -----BEGIN PRIVATE KEY-----\nAAAA"), "a ***");
  EXPECT_EQ(redacted("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY is unknown"),
            "key *** is unknown");
  EXPECT_EQ(redacted("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc rejected"),
            "token *** rejected");
}

// What people need in order to act.
TEST(Redacted, LeavesTheRest) {
  for (const char* text :
       {"User: arn:aws:sts::111122223333:assumed-role/Admin/alice@example.com is not authorized to "
        "perform: acm:DescribeCertificate",
        "The security token included in the request is invalid",
        "Authorization header requires 'Signature' parameter",
        "Secret default/shop-tls: not found; create it",
        "arn:aws:acm:us-east-1:111122223333:certificate/ea0e1b7c-0000-4000-8000-0123456789ab",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "Could not resolve host: acm.eu-central-1.amazonaws.com",
        "-----BEGIN CERTIFICATE-----", "mail to bob@example.com",
        "_x1.shop.example.com CNAME _y2.acm-validations.aws.", "", "'", "password", "token:"})
    EXPECT_EQ(redacted(text), text);
}

TEST(Redacted, CutsWhatIsTooLongWithoutHalvingAWord) {
  const std::string words = redacted(std::string(9000, ' ') + "http://user:pass@host");
  EXPECT_LT(words.size(), 8300u);
  const std::string url = "http://user:pass" + std::string(9000, 'x') + "@host";
  EXPECT_EQ(redacted(url), "...");
}

TEST(SecretName, IsToldByItsParts) {
  for (const char* name : {"secretAccessKey", "AWS_SESSION_TOKEN", "Proxy-Authorization",
                           "private_key", "passphrase", "externalAccountBindingSecret"})
    EXPECT_TRUE(is_secret_name(name)) << name;
  for (const char* name : {"secretRef", "secretName", "region", "domainName", "accessKeyId",
                           "secretAccessKeyRef", "keyAlgorithm"})
    EXPECT_FALSE(is_secret_name(name)) << name;
}

}  // namespace
}  // namespace certloop
