// Managed renewal: when, of what, and what stops it. AWS-documented windows and eligibility.
#include <gtest/gtest.h>

#include "base/text.h"
#include "emulated.h"
#include "pki/certificate.h"

namespace certloop::emulator {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

const Json kSmallKey = {{"KeyAlgorithm", "EC_prime256v1"}};
const std::string kBalancer =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1";

EmulatorOptions with_zone() {
  EmulatorOptions options;
  options.zones = {"example.com"};
  return options;
}

Time not_after(Emulated& aws, const std::string& arn) {
  const double value = aws.describe(arn).at("NotAfter");
  return Time(Duration(static_cast<std::int64_t>(value * 1000)));
}

void pass_until(Emulated& aws, Time time) { aws.pass(time - aws.emulator.now()); }

std::string private_certificate(Emulated& aws, const std::string& authority) {
  const std::string arn = aws.acm("RequestCertificate", {{"DomainName", "db.corp.internal"},
                                                         {"KeyAlgorithm", "EC_prime256v1"},
                                                         {"CertificateAuthorityArn", authority}})
                              .json.at("CertificateArn");
  aws.pass(seconds(5));
  return arn;
}

void permit(Emulated& aws, const std::string& authority) {
  const Outcome done = aws.pca(
      "CreatePermission", {{"CertificateAuthorityArn", authority},
                           {"Principal", "acm.amazonaws.com"},
                           {"Actions", {"IssueCertificate", "GetCertificate", "ListPermissions"}}});
  ASSERT_TRUE(done.ok()) << done.response.body;
}

Outcome export_of(Emulated& aws, const std::string& arn) {
  return aws.acm("ExportCertificate",
                 {{"CertificateArn", arn}, {"Passphrase", to_base64("open sesame")}});
}

TEST(AcmRenewal, LeavesUnusedCertificatesToExpire) {
  Emulated aws(with_zone());
  const std::string arn = aws.issued("www.example.com", kSmallKey);
  const Time expiry = not_after(aws, arn);
  pass_until(aws, expiry - seconds(1));
  EXPECT_EQ(aws.describe(arn).at("Status"), "ISSUED");
  EXPECT_FALSE(aws.describe(arn).contains("RenewalSummary"));
  aws.pass(seconds(1));
  EXPECT_EQ(aws.describe(arn).at("Status"), "EXPIRED");
}

TEST(AcmRenewal, RenewsUsedCertificatesFortyFiveDaysBefore) {
  Emulated aws(with_zone());
  const std::string arn = aws.issued("www.example.com", kSmallKey);
  const Json before = aws.describe(arn);
  ASSERT_TRUE(aws.emulator.set_in_use(arn, {kBalancer}).ok());
  EXPECT_EQ(aws.describe(arn).at("RenewalEligibility"), "ELIGIBLE");
  EXPECT_EQ(aws.describe(arn).at("InUseBy")[0], kBalancer);
  const Time window = not_after(aws, arn) - days(45);
  pass_until(aws, window - seconds(1));
  EXPECT_FALSE(aws.describe(arn).contains("RenewalSummary"));
  aws.pass(seconds(1));
  EXPECT_EQ(aws.describe(arn).at("RenewalSummary").at("RenewalStatus"), "PENDING_AUTO_RENEWAL");
  EXPECT_EQ(aws.describe(arn).at("Serial"), before.at("Serial"));
  aws.pass(seconds(10));
  const Json after = aws.describe(arn);
  EXPECT_EQ(after.at("RenewalSummary").at("RenewalStatus"), "SUCCESS");
  EXPECT_EQ(after.at("CertificateArn"), arn);
  EXPECT_NE(after.at("Serial"), before.at("Serial"));
  EXPECT_GT(not_after(aws, arn), window + days(197));
}

TEST(AcmRenewal, RenewsAgainAndAgainInOneLeap) {
  Emulated aws(with_zone());
  const std::string arn = aws.issued("www.example.com", kSmallKey);
  ASSERT_TRUE(aws.emulator.set_in_use(arn, {kBalancer}).ok());
  aws.pass(days(3 * 365));
  EXPECT_EQ(aws.describe(arn).at("Status"), "ISSUED");
  EXPECT_GT(not_after(aws, arn), aws.emulator.now());
}

TEST(AcmRenewal, WaitsForARecordThatIsGone) {
  Emulated aws(with_zone());
  const std::string arn = aws.issued("www.example.com", kSmallKey);
  ASSERT_TRUE(aws.emulator.set_in_use(arn, {kBalancer}).ok());
  const Json record = aws.describe(arn).at("DomainValidationOptions")[0].at("ResourceRecord");
  aws.put_record("example.com", record.at("Name"), "CNAME", record.at("Value"), "DELETE");
  const Time expiry = not_after(aws, arn);
  pass_until(aws, expiry - days(30));
  const Json waiting = aws.describe(arn);
  EXPECT_EQ(waiting.at("RenewalSummary").at("RenewalStatus"), "PENDING_VALIDATION");
  EXPECT_EQ(waiting.at("RenewalSummary").at("DomainValidationOptions")[0].at("ValidationStatus"),
            "PENDING_VALIDATION");
  EXPECT_EQ(waiting.at("Status"), "ISSUED");
  aws.put_record("example.com", record.at("Name"), "CNAME", record.at("Value"));
  aws.pass(hours(1));
  EXPECT_EQ(aws.describe(arn).at("RenewalSummary").at("RenewalStatus"), "SUCCESS");
  EXPECT_GT(not_after(aws, arn), expiry);
}

TEST(AcmRenewal, FailsAtExpiryIfTheRecordNeverComesBack) {
  Emulated aws(with_zone());
  const std::string arn = aws.issued("www.example.com", kSmallKey);
  ASSERT_TRUE(aws.emulator.set_in_use(arn, {kBalancer}).ok());
  const Json record = aws.describe(arn).at("DomainValidationOptions")[0].at("ResourceRecord");
  aws.put_record("example.com", record.at("Name"), "CNAME", record.at("Value"), "DELETE");
  pass_until(aws, not_after(aws, arn));
  EXPECT_EQ(aws.describe(arn).at("Status"), "EXPIRED");
  EXPECT_EQ(aws.describe(arn).at("RenewalSummary").at("RenewalStatus"), "FAILED");
}

TEST(AcmRenewal, CountsAnExportUntilTheNextRenewalOnly) {
  Emulated aws(with_zone());
  const std::string arn = aws.issued(
      "www.example.com", {{"KeyAlgorithm", "EC_prime256v1"}, {"Options", {{"Export", "ENABLED"}}}});
  EXPECT_EQ(aws.describe(arn).at("RenewalEligibility"), "INELIGIBLE");
  ASSERT_TRUE(export_of(aws, arn).ok());
  EXPECT_EQ(aws.describe(arn).at("RenewalEligibility"), "ELIGIBLE");
  const Time first = not_after(aws, arn);
  pass_until(aws, first - days(44));
  const Time second = not_after(aws, arn);
  EXPECT_GT(second, first);
  EXPECT_EQ(aws.describe(arn).at("RenewalEligibility"), "INELIGIBLE");
  pass_until(aws, second);
  EXPECT_EQ(aws.describe(arn).at("Status"), "EXPIRED");
}

TEST(AcmRenewal, RenewsPrivateCertificatesSixtyDaysBeforeIfPermitted) {
  Emulated aws;
  const std::string authority = aws.root_authority();
  const std::string arn = private_certificate(aws, authority);
  ASSERT_TRUE(aws.emulator.set_in_use(arn, {kBalancer}).ok());
  const Time expiry = not_after(aws, arn);
  pass_until(aws, expiry - days(60) + hours(1));
  const Json refused = aws.describe(arn).at("RenewalSummary");
  EXPECT_EQ(refused.at("RenewalStatus"), "FAILED");
  EXPECT_EQ(refused.at("RenewalStatusReason"), "PCA_ACCESS_DENIED");
  permit(aws, authority);
  aws.pass(days(1));
  EXPECT_EQ(aws.describe(arn).at("RenewalSummary").at("RenewalStatus"), "SUCCESS");
  EXPECT_GT(not_after(aws, arn), expiry);
}

TEST(AcmRenewal, RenewsOnRequestOnlyExportedPrivateCertificates) {
  Emulated aws(with_zone());
  const std::string authority = aws.root_authority();
  permit(aws, authority);
  const auto renew = [&](const std::string& arn) {
    return aws.acm("RenewCertificate", {{"CertificateArn", arn}});
  };
  EXPECT_EQ(renew(aws.issued("www.example.com", kSmallKey)).code, "ValidationException");
  const std::string arn = private_certificate(aws, authority);
  EXPECT_EQ(renew(arn).code, "ValidationException");
  const Outcome exported = export_of(aws, arn);
  ASSERT_TRUE(exported.ok());
  EXPECT_TRUE(renew(arn).ok());
  EXPECT_EQ(renew(arn).code, "RequestInProgressException");
  aws.pass(seconds(5));
  const Json after = aws.describe(arn);
  EXPECT_EQ(after.at("RenewalSummary").at("RenewalStatus"), "SUCCESS");
  const auto old = pki::Certificate::from_pem(exported.json.at("Certificate").get<std::string>());
  const auto fresh = pki::Certificate::from_pem(aws.acm("GetCertificate", {{"CertificateArn", arn}})
                                                    .json.at("Certificate")
                                                    .get<std::string>());
  ASSERT_TRUE(old.ok() && fresh.ok());
  EXPECT_NE(old->serial(), fresh->serial());
  EXPECT_NE(old->public_key_der(), fresh->public_key_der());
  EXPECT_EQ(renew(arn).code, "ValidationException");  // not exported since
}

}  // namespace
}  // namespace certloop::emulator
