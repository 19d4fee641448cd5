#include <gtest/gtest.h>

#include "emulated.h"

namespace certloop::emulator {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class AcmMigration : public ::testing::Test {
 protected:
  static EmulatorOptions with_zone() {
    EmulatorOptions options;
    options.zones = {"example.com"};
    return options;
  }

  void SetUp() override {
    arn = aws.request("www.example.com",
                      {{"ValidationMethod", "EMAIL"}, {"KeyAlgorithm", "EC_prime256v1"}});
    aws.control("POST", "/certificates", {{"arn", arn}, {"approve", true}});
    aws.pass(minutes(1));
    ASSERT_EQ(aws.describe(arn).at("Status"), "ISSUED");
  }
  std::string go_to_dns() {
    return aws
        .acm("UpdateCertificateOptions",
             {{"CertificateArn", arn}, {"Options", {{"ValidationMethod", "DNS"}}}})
        .code;
  }
  Json validations() {
    return aws.acm("ListCertificateDomainValidations", {{"CertificateArn", arn}})
        .json.at("DomainValidationSummaryList");
  }
  std::string method() {
    return aws.describe(arn).at("DomainValidationOptions")[0].at("ValidationMethod");
  }

  Emulated aws{with_zone()};
  std::string arn;
};

TEST_F(AcmMigration, EndsWhenTheRecordsStand) {
  const Json before = aws.describe(arn);
  EXPECT_FALSE(validations()[0].contains("RequestedValidationConfiguration"));
  EXPECT_EQ(go_to_dns(), "");
  const Json asked = validations()[0];
  EXPECT_EQ(asked.at("ActiveValidationConfiguration").at("ValidationMethod"), "EMAIL");
  const Json requested = asked.at("RequestedValidationConfiguration");
  EXPECT_EQ(requested.at("ValidationStatus"), "PENDING_VALIDATION");
  const Json record =
      requested.at("ValidationChallenge").at("DnsValidationChallenge").at("ResourceRecord");
  EXPECT_EQ(method(), "EMAIL");
  aws.put_record("example.com", record.at("Name"), "CNAME", record.at("Value"));
  aws.pass(minutes(5));
  EXPECT_EQ(method(), "DNS");
  EXPECT_EQ(aws.describe(arn).at("Serial"), before.at("Serial"));
  EXPECT_FALSE(validations()[0].contains("RequestedValidationConfiguration"));
  EXPECT_EQ(go_to_dns(), "InvalidStateException");
}

TEST_F(AcmMigration, IsForgottenAfterSeventyTwoHours) {
  EXPECT_EQ(go_to_dns(), "");
  aws.pass(hours(72) - seconds(1));
  EXPECT_EQ(go_to_dns(), "InvalidStateException");
  aws.pass(seconds(1));
  EXPECT_EQ(method(), "EMAIL");
  EXPECT_EQ(go_to_dns(), "");
}

TEST_F(AcmMigration, IsForIssuedPublicCertificatesOnly) {
  arn = aws.request("other.example.com", {{"ValidationMethod", "EMAIL"}});
  EXPECT_EQ(go_to_dns(), "InvalidStateException");
  arn = aws.acm("ImportCertificate", import_input(make_certificate({}))).json.at("CertificateArn");
  EXPECT_EQ(go_to_dns(), "InvalidStateException");
}

// By e-mail somebody must click; by the records it goes by itself.
TEST_F(AcmMigration, LetsAWaitingRenewalGoOn) {
  ASSERT_TRUE(aws.emulator.set_in_use(arn, {"arn:aws:x:eu-west-1:123456789012:y/z"}).ok());
  aws.pass(hours(24 * 160));
  EXPECT_EQ(aws.describe(arn).at("RenewalSummary").at("RenewalStatus"), "PENDING_VALIDATION");
  EXPECT_EQ(go_to_dns(), "");
  const Json record = validations()[0]
                          .at("RequestedValidationConfiguration")
                          .at("ValidationChallenge")
                          .at("DnsValidationChallenge")
                          .at("ResourceRecord");
  aws.put_record("example.com", record.at("Name"), "CNAME", record.at("Value"));
  aws.pass(minutes(5));
  EXPECT_EQ(aws.describe(arn).at("RenewalSummary").at("RenewalStatus"), "SUCCESS");
}

}  // namespace
}  // namespace certloop::emulator
