#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "emulated.h"
#include "emulator/acm_words.h"
#include "pki/chain.h"

namespace certloop::emulator {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

EmulatorOptions with_zone() {
  EmulatorOptions options;
  options.zones = {"example.com"};
  return options;
}

std::vector<std::string> numbered(int count) {
  std::vector<std::string> names;
  for (int at = 0; at < count; ++at) names.push_back("n" + std::to_string(at) + ".example.com");
  return names;
}

TEST(AcmRequest, TellsNamesAndRecordsOnlyAfterAWhile) {
  Emulated aws(with_zone());
  const std::string arn = aws.request("www.example.com");
  const Json first = aws.describe(arn);
  EXPECT_EQ(first.at("Status"), "PENDING_VALIDATION");
  EXPECT_FALSE(first.contains("DomainName"));
  EXPECT_FALSE(first.contains("DomainValidationOptions"));
  aws.pass(Duration(1500));
  const Json second = aws.describe(arn);
  EXPECT_EQ(second.at("DomainName"), "www.example.com");
  EXPECT_FALSE(second.at("DomainValidationOptions")[0].contains("ResourceRecord"));
  aws.pass(Duration(500));
  const Json record = aws.describe(arn).at("DomainValidationOptions")[0].at("ResourceRecord");
  EXPECT_EQ(record.at("Type"), "CNAME");
  EXPECT_TRUE(record.at("Name").get<std::string>().ends_with(".www.example.com."));
  EXPECT_TRUE(record.at("Value").get<std::string>().ends_with(".acm-validations.aws."));
}

TEST(AcmRequest, IssuesOnceTheRecordsStandInPublicDns) {
  Emulated aws(with_zone());
  const std::string arn =
      aws.request("www.example.com", {{"SubjectAlternativeNames", {"api.example.com"}}});
  aws.pass(hours(1));
  EXPECT_EQ(aws.describe(arn).at("Status"), "PENDING_VALIDATION");
  aws.put_validation_records(arn);
  aws.pass(minutes(2));
  const Json issued = aws.describe(arn);
  EXPECT_EQ(issued.at("Status"), "ISSUED");
  EXPECT_EQ(issued.at("KeyAlgorithm"), "RSA-2048");
  EXPECT_EQ(issued.at("DomainValidationOptions")[1].at("ValidationStatus"), "SUCCESS");
  EXPECT_EQ(issued.at("RenewalEligibility"), "INELIGIBLE");

  const Json got = aws.acm("GetCertificate", {{"CertificateArn", arn}}).json;
  const auto leaf = pki::Certificate::from_pem(got.at("Certificate").get<std::string>());
  ASSERT_TRUE(leaf.ok());
  EXPECT_THAT(leaf->names().dns, ElementsAre("www.example.com", "api.example.com"));
  EXPECT_EQ(leaf->not_after() - leaf->not_before(), days(198) - seconds(1));
  const auto chain = pki::certificates_from_pem(got.at("CertificateChain").get<std::string>());
  ASSERT_TRUE(chain.ok());
  ASSERT_EQ(chain->size(), 2u);
  EXPECT_EQ(chain->front().subject().get("O"), "Amazon");
  EXPECT_TRUE(pki::verify_chain(*leaf, {chain->front()}, {chain->back()}, aws.emulator.now()).ok());
}

TEST(AcmRequest, IsIssuedAtTheSameTimeHoweverOftenItIsLookedAt) {
  Emulated watched(with_zone()), left_alone(with_zone());
  const auto arn_of = [](Emulated& aws) {
    const std::string arn = aws.request("www.example.com", {{"KeyAlgorithm", "EC_prime256v1"}});
    aws.pass(seconds(10));
    aws.put_validation_records(arn);
    return arn;
  };
  const std::string first = arn_of(watched), second = arn_of(left_alone);
  for (int second_by_second = 0; second_by_second < 300; ++second_by_second) {
    watched.pass(seconds(1));
    watched.describe(first);
  }
  left_alone.pass(days(100));
  EXPECT_EQ(watched.describe(first).at("IssuedAt"), left_alone.describe(second).at("IssuedAt"));
}

TEST(AcmRequest, SharesOneRecordBetweenWildcardBaseAndRegions) {
  Emulated aws(with_zone());
  const auto records = [&](const std::string& arn) {
    std::set<std::string> all;
    const Json options = aws.describe(arn).at("DomainValidationOptions");
    for (const Json& option : options) {
      all.insert(option.at("ResourceRecord").dump());
    }
    return all;
  };
  const std::string here =
      aws.request("example.com", {{"SubjectAlternativeNames", {"*.example.com"}}});
  aws.region = "us-east-1";
  const std::string there = aws.request("*.example.com");
  aws.pass(seconds(5));
  const auto there_records = records(there);
  aws.region = "eu-west-1";
  EXPECT_EQ(records(here).size(), 1u);
  EXPECT_EQ(records(here), there_records);
  const std::string again = aws.request("example.com");
  aws.pass(seconds(5));
  EXPECT_EQ(records(again), there_records);
}

TEST(AcmRequest, TimesOutAfterSeventyTwoHours) {
  Emulated aws(with_zone());
  const std::string arn = aws.request("www.example.com");
  aws.pass(hours(72) - seconds(1));
  EXPECT_EQ(aws.describe(arn).at("Status"), "PENDING_VALIDATION");
  aws.pass(seconds(1));
  EXPECT_EQ(aws.describe(arn).at("Status"), "VALIDATION_TIMED_OUT");
  aws.put_validation_records(arn);
  aws.pass(hours(1));
  EXPECT_EQ(aws.describe(arn).at("Status"), "VALIDATION_TIMED_OUT");
}

TEST(AcmRequest, FailsForNamesThatNobodyMayHave) {
  Emulated aws(with_zone());
  const auto reason = [&](const std::string& name) {
    const std::string arn = aws.request(name);
    aws.pass(seconds(10));
    const Json certificate = aws.describe(arn);
    return certificate.at("Status").get<std::string>() + ' ' +
           certificate.value("FailureReason", "");
  };
  EXPECT_EQ(reason("www.nowhere.invalid"), "FAILED INVALID_PUBLIC_DOMAIN");
  EXPECT_EQ(reason("www.cloudfront.net"), "FAILED DOMAIN_NOT_ALLOWED");
  EXPECT_EQ(reason("unverified.example.com"), "FAILED ADDITIONAL_VERIFICATION_REQUIRED");
  EXPECT_EQ(reason("www.example.com"), "PENDING_VALIDATION ");
}

TEST(AcmRequest, FailsWhereCaaForbidsAmazon) {
  Emulated aws(with_zone());
  aws.put_record("example.com", "example.com", "CAA", "0 issue \"letsencrypt.org\"");
  const auto status = [&](const std::string& name) {
    const std::string arn = aws.request(name);
    aws.pass(seconds(5));
    aws.put_validation_records(arn);
    aws.pass(minutes(5));
    return aws.describe(arn);
  };
  const Json refused = status("www.example.com");
  EXPECT_EQ(refused.at("Status"), "FAILED");
  EXPECT_EQ(refused.at("FailureReason"), "CAA_ERROR");
  aws.put_record("example.com", "open.example.com", "CAA", "0 issue \"amazon.com\"");
  EXPECT_EQ(status("open.example.com").at("Status"), "ISSUED");
}

TEST(AcmRequest, GoesByEmailUnlessToldOtherwise) {
  Emulated aws(with_zone());
  const std::string arn =
      aws.acm("RequestCertificate",
              {{"DomainName", "www.example.com"},
               {"DomainValidationOptions",
                {{{"DomainName", "www.example.com"}, {"ValidationDomain", "example.com"}}}}})
          .json.at("CertificateArn");
  aws.pass(seconds(5));
  const Json option = aws.describe(arn).at("DomainValidationOptions")[0];
  EXPECT_EQ(option.at("ValidationMethod"), "EMAIL");
  EXPECT_EQ(option.at("ValidationDomain"), "example.com");
  EXPECT_EQ(option.at("ValidationEmails")[0], "admin@example.com");
  EXPECT_TRUE(aws.acm("ResendValidationEmail", {{"CertificateArn", arn},
                                                {"Domain", "www.example.com"},
                                                {"ValidationDomain", "www.example.com"}})
                  .ok());
  EXPECT_EQ(aws.control("POST", "/certificates", {{"arn", arn}, {"approve", true}}).status, 200);
  aws.pass(seconds(5));
  EXPECT_EQ(aws.describe(arn).at("Status"), "ISSUED");
}

TEST(AcmRequest, ReturnsTheSameCertificateForATokenWhateverElseIsAsked) {
  Emulated aws(with_zone());
  const std::string arn = aws.request("a.example.com", {{"IdempotencyToken", "token1"}});
  EXPECT_EQ(aws.request("b.example.com", {{"IdempotencyToken", "token1"}}), arn);
  EXPECT_EQ(aws.request("a.example.com",
                        {{"IdempotencyToken", "token1"},
                         {"CertificateAuthorityArn",
                          "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/none"}}),
            arn);
  EXPECT_NE(aws.request("a.example.com", {{"IdempotencyToken", "token2"}}), arn);
  aws.pass(hours(1) - seconds(1));
  EXPECT_EQ(aws.request("a.example.com", {{"IdempotencyToken", "token1"}}), arn);
  aws.pass(seconds(1));
  EXPECT_NE(aws.request("a.example.com", {{"IdempotencyToken", "token1"}}), arn);
}

TEST(AcmRequest, CountsNamesAndCertificates) {
  EmulatorOptions options;
  options.certificates_quota = 3;
  Emulated aws(options);
  const auto ask = [&](const std::string& name, const std::vector<std::string>& more) {
    return aws.acm(
        "RequestCertificate",
        {{"DomainName", name}, {"ValidationMethod", "DNS"}, {"SubjectAlternativeNames", more}});
  };
  const Outcome many = ask("example.com", numbered(10));
  EXPECT_EQ(many.code, "LimitExceededException");
  EXPECT_EQ(many.message, "Certificate has too many domains.");
  EXPECT_TRUE(ask("n0.example.com", numbered(10)).ok());  // a name given twice counts once
  const std::string second = aws.request("second.example.com");
  aws.request("third.example.com");
  EXPECT_EQ(ask("fourth.example.com", {"x.example.com"}).code, "LimitExceededException");
  aws.acm("DeleteCertificate", {{"CertificateArn", second}});
  EXPECT_TRUE(ask("fourth.example.com", {"x.example.com"}).ok());
}

TEST(AcmRequest, CountsDeletedCertificatesForAYear) {
  EmulatorOptions options;
  options.certificates_quota = 2;
  Emulated aws(options);
  const auto come_and_go = [&] {
    const Outcome made = aws.acm("RequestCertificate", {{"DomainName", "a.example.com"}});
    if (made.ok()) aws.acm("DeleteCertificate", made.json);
    return made.code;
  };
  for (int times = 0; times < 4; ++times) EXPECT_EQ(come_and_go(), "");
  EXPECT_EQ(come_and_go(), "LimitExceededException");
  aws.pass(days(365));
  EXPECT_EQ(come_and_go(), "");
}

TEST(AcmRequest, RefusesParametersInAmazonsWords) {
  Emulated aws;
  const auto refusal = [&](Json input) {
    const Outcome outcome = aws.acm("RequestCertificate", input);
    EXPECT_EQ(outcome.status, 400) << input;
    return outcome.code + ": " + outcome.message;
  };
  EXPECT_EQ(refusal(Json::object()),
            "ValidationException: 1 validation error detected: Value null at 'domainName' failed "
            "to satisfy constraint: Member must not be null");
  EXPECT_THAT(refusal({{"DomainName", "not a domain"}}),
              HasSubstr("Value 'not a domain' at 'domainName' failed to satisfy constraint: Member "
                        "must satisfy regular expression pattern: "));
  EXPECT_THAT(refusal({{"DomainName", "a.example.com"},
                       {"IdempotencyToken", "with space"},
                       {"KeyAlgorithm", "RSA_512"}}),
              HasSubstr("2 validation errors detected: "));
  EXPECT_THAT(refusal({{"DomainName", "a.example.com"}, {"KeyAlgorithm", "RSA_4096"}}),
              HasSubstr("InvalidParameterException: "));
  EXPECT_THAT(refusal({{"DomainName", std::string(54, 'a') + ".example.com"}}),
              HasSubstr("The first domain name can be no longer than 64 bytes."));
  EXPECT_THAT(refusal({{"DomainName", "ab--c.example.com"}}),
              HasSubstr("InvalidParameterException: "));
  EXPECT_THAT(
      refusal({{"DomainName", "a.example.com"}, {"Tags", {{{"Key", "aws:x"}, {"Value", "1"}}}}}),
      HasSubstr("InvalidTagException: "));
  EXPECT_THAT(refusal({{"DomainName", "a.example.com"},
                       {"DomainValidationOptions",
                        {{{"DomainName", "a.example.com"}, {"ValidationDomain", "other.org"}}}}}),
              HasSubstr("InvalidDomainValidationOptionsException: "));
  EXPECT_TRUE(aws.acm("ListCertificates").json.at("CertificateSummaryList").empty());
}

TEST(AcmRequest, IssuesPrivateCertificatesThroughTheAuthority) {
  Emulated aws;
  const std::string authority = aws.root_authority();
  const std::string arn = aws.acm("RequestCertificate", {{"DomainName", "db.corp.internal"},
                                                         {"KeyAlgorithm", "EC_prime256v1"},
                                                         {"CertificateAuthorityArn", authority}})
                              .json.at("CertificateArn");
  EXPECT_EQ(aws.describe(arn).at("Status"), "PENDING_VALIDATION");
  EXPECT_EQ(aws.acm("GetCertificate", {{"CertificateArn", arn}}).code,
            "RequestInProgressException");
  const Time requested = aws.emulator.now();
  aws.pass(seconds(5));
  const Json issued = aws.describe(arn);
  ASSERT_EQ(issued.at("Status"), "ISSUED") << issued;
  EXPECT_EQ(issued.at("Type"), "PRIVATE");
  EXPECT_EQ(issued.at("CertificateAuthorityArn"), authority);
  EXPECT_FALSE(issued.contains("DomainValidationOptions"));
  const Json got = aws.acm("GetCertificate", {{"CertificateArn", arn}}).json;
  const auto leaf = pki::Certificate::from_pem(got.at("Certificate").get<std::string>());
  ASSERT_TRUE(leaf.ok());
  EXPECT_EQ(leaf->not_after(), requested + seconds(1) + days(395));
  const auto root = pki::certificates_from_pem(got.at("CertificateChain").get<std::string>());
  ASSERT_TRUE(root.ok());
  EXPECT_TRUE(leaf->is_signed_by(root->back()));
}

TEST(AcmRequest, FailsWhenTheAuthorityDoesNotIssue) {
  Emulated aws;
  const std::string authority = aws.root_authority();
  const auto reason = [&](const std::string& ca) {
    const std::string arn = aws.acm("RequestCertificate", {{"DomainName", "db.corp.internal"},
                                                           {"KeyAlgorithm", "EC_prime256v1"},
                                                           {"CertificateAuthorityArn", ca}})
                                .json.at("CertificateArn");
    aws.pass(seconds(5));
    const Json certificate = aws.describe(arn);
    EXPECT_EQ(certificate.at("Status"), "FAILED");
    return certificate.value("FailureReason", "");
  };
  EXPECT_EQ(reason("arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/"
                   "11111111-1111-1111-1111-111111111111"),
            "PCA_RESOURCE_NOT_FOUND");
  aws.pca("UpdateCertificateAuthority",
          {{"CertificateAuthorityArn", authority}, {"Status", "DISABLED"}});
  EXPECT_EQ(reason(authority), "PCA_INVALID_STATE");
  aws.pca("UpdateCertificateAuthority",
          {{"CertificateAuthorityArn", authority}, {"Status", "ACTIVE"}});
  aws.pass(days(9 * 365 + 100));
  EXPECT_EQ(reason(authority), "PCA_INVALID_DURATION");
}

}  // namespace
}  // namespace certloop::emulator
