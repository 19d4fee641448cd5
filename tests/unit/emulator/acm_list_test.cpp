#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "emulated.h"

namespace certloop::emulator {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Json kAllKeyTypes = {"RSA_1024",      "RSA_2048",     "RSA_3072",    "RSA_4096",
                           "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"};

EmulatorOptions generous() {
  EmulatorOptions options;
  options.certificates_quota = 100000;
  options.names_quota = 100;
  return options;
}

std::vector<std::string> domains(const Json& rows) {
  std::vector<std::string> names;
  for (const Json& row : rows) names.push_back(row.at("DomainName"));
  return names;
}

std::vector<std::string> found(Emulated& aws, const Json& input) {
  const Outcome outcome = aws.acm("SearchCertificates", input);
  EXPECT_TRUE(outcome.ok()) << outcome.response.body;
  std::vector<std::string> names;
  if (!outcome.ok()) return names;
  for (const Json& row : outcome.json.at("Results")) {
    names.push_back(row.at("X509Attributes").at("Subject").at("CommonName"));
  }
  return names;
}

std::vector<std::string> filtered(Emulated& aws, const Json& statement) {
  return found(aws, {{"FilterStatement", statement}, {"SortOrder", "ASCENDING"}});
}

Json metadata(const std::string& member, const Json& value) {
  return {{"Filter", {{"AcmCertificateMetadataFilter", {{member, value}}}}}};
}
Json x509(const std::string& member, const Json& value) {
  return {{"Filter", {{"X509AttributeFilter", {{member, value}}}}}};
}
Json compare(const std::string& value, const std::string& how) {
  return {{"Value", value}, {"ComparisonOperator", how}};
}

TEST(AcmList, HidesMostKeyTypesUnlessAsked) {
  Emulated aws;
  aws.request("rsa.example.com");
  aws.request("ec.example.com", {{"KeyAlgorithm", "EC_prime256v1"}});
  Wish wish;
  wish.algorithm = pki::KeyAlgorithm::rsa_3072;
  ASSERT_TRUE(aws.acm("ImportCertificate", import_input(make_certificate(wish))).ok());
  const auto listed = [&](const Json& input) {
    return domains(aws.acm("ListCertificates", input).json.at("CertificateSummaryList"));
  };
  EXPECT_THAT(listed(Json::object()), ElementsAre("rsa.example.com"));
  EXPECT_THAT(listed({{"Includes", {{"keyTypes", {"EC_prime256v1"}}}}}),
              ElementsAre("ec.example.com"));
  EXPECT_THAT(listed({{"Includes", {{"keyTypes", kAllKeyTypes}}}}),
              ElementsAre("rsa.example.com", "ec.example.com", "imported.example.com"));
  EXPECT_THAT(
      listed({{"CertificateStatuses", {"ISSUED"}}, {"Includes", {{"keyTypes", kAllKeyTypes}}}}),
      ElementsAre("imported.example.com"));
  EXPECT_THAT(listed({{"CertificateKeyPairOrigins", {"AWS_MANAGED"}}}),
              ElementsAre("rsa.example.com"));
  EXPECT_THAT(found(aws, {{"SortOrder", "ASCENDING"}}),
              ElementsAre("rsa.example.com", "ec.example.com", "imported.example.com"));
}

TEST(AcmList, PagesThroughEverythingOnce) {
  Emulated aws(generous());
  std::vector<std::string> all;
  for (int at = 0; at < 23; ++at) {
    all.push_back("n" + std::to_string(at) + ".example.com");
    aws.request(all.back());
  }
  const auto pages = [&](Json input) {
    std::vector<std::string> names;
    for (int page = 0; page < 10; ++page) {
      const Json answer = aws.acm("ListCertificates", input).json;
      for (const std::string& name : domains(answer.at("CertificateSummaryList"))) {
        names.push_back(name);
      }
      if (!answer.contains("NextToken")) return names;
      input["NextToken"] = answer.at("NextToken");
    }
    return names;
  };
  EXPECT_EQ(pages({{"MaxItems", 5}}), all);
  EXPECT_EQ(pages({{"MaxItems", 23}}), all);
  std::vector<std::string> backwards(all.rbegin(), all.rend());
  EXPECT_EQ(pages({{"MaxItems", 7}, {"SortBy", "CREATED_AT"}, {"SortOrder", "DESCENDING"}}),
            backwards);
}

TEST(AcmList, RefusesForeignTokensAndHalfAnOrder) {
  Emulated aws;
  aws.request("a.example.com");
  aws.request("b.example.com");
  const Json first = aws.acm("ListCertificates", {{"MaxItems", 1}}).json;
  EXPECT_EQ(aws.acm("ListCertificates", {{"NextToken", "abc"}}).code, "InvalidArgsException");
  EXPECT_EQ(aws.acm("ListCertificates",
                    {{"NextToken", first.at("NextToken")}, {"CertificateStatuses", {"ISSUED"}}})
                .code,
            "InvalidArgsException");
  EXPECT_EQ(aws.acm("SearchCertificates", {{"NextToken", first.at("NextToken")}}).code,
            "ValidationException");
  EXPECT_EQ(aws.acm("ListCertificates", {{"SortBy", "CREATED_AT"}}).code, "InvalidArgsException");
  EXPECT_EQ(aws.acm("ListCertificates", {{"MaxItems", 1001}}).code, "ValidationException");
  EXPECT_EQ(aws.acm("ListCertificates", {{"CertificateStatuses", {"SLEEPING"}}}).code,
            "ValidationException");
  EXPECT_EQ(aws.acm("SearchCertificates", {{"MaxResults", 501}}).code, "ValidationException");
}

TEST(AcmList, ShowsAHundredNames) {
  Emulated aws;
  Wish wish;
  wish.algorithm = pki::KeyAlgorithm::rsa_2048;
  wish.names.clear();
  for (int at = 0; at < 100; ++at) {
    wish.names.push_back("n" + std::to_string(at) + ".example.com");
  }
  wish.common_name = wish.names.front();
  ASSERT_TRUE(aws.acm("ImportCertificate", import_input(make_certificate(wish))).ok());
  const Json row = aws.acm("ListCertificates").json.at("CertificateSummaryList")[0];
  EXPECT_EQ(row.at("SubjectAlternativeNameSummaries").size(), 100u);
  EXPECT_FALSE(row.at("HasAdditionalSubjectAlternativeNames").get<bool>());
  const Json found_row = aws.acm("SearchCertificates").json.at("Results")[0];
  EXPECT_EQ(found_row.at("X509Attributes").at("SubjectAlternativeNames").size(), 100u);
}

TEST(AcmSearch, FiltersByEveryAttribute) {
  EmulatorOptions options;
  options.zones = {"example.com"};
  Emulated aws(options);
  const std::string web = aws.issued("web.example.com", {{"KeyAlgorithm", "EC_prime256v1"}});
  Wish wish;
  wish.common_name = "Imported";
  wish.names = {"shop.example.org"};
  wish.key_usages = {"KEY_AGREEMENT"};
  wish.extended_key_usages = {"CODE_SIGNING"};
  aws.acm("ImportCertificate", import_input(make_certificate(wish)));
  aws.request("mail.example.com", {{"Options", {{"Export", "ENABLED"}}}});
  ASSERT_TRUE(aws.emulator.set_in_use(web, {"arn:aws:x:eu-west-1:123456789012:y/z"}).ok());
  const double end = aws.describe(web).at("NotAfter");

  const auto is = [&](const Json& statement) { return filtered(aws, statement); };
  const auto web_only = ElementsAre("web.example.com");
  const auto imported_only = ElementsAre("Imported");
  const auto mail_only = ElementsAre("mail.example.com");
  EXPECT_THAT(is({{"Filter", {{"CertificateArn", web}}}}), web_only);
  EXPECT_THAT(is(metadata("Status", "PENDING_VALIDATION")), mail_only);
  EXPECT_THAT(is(metadata("Type", "IMPORTED")), imported_only);
  EXPECT_THAT(is(metadata("InUse", true)), web_only);
  EXPECT_THAT(is(metadata("ExportOption", "ENABLED")), mail_only);
  EXPECT_THAT(is(metadata("Exported", true)), IsEmpty());
  EXPECT_THAT(is(metadata("ManagedBy", "CLOUDFRONT")), IsEmpty());
  EXPECT_THAT(is(metadata("RenewalStatus", "SUCCESS")), IsEmpty());
  EXPECT_THAT(is(metadata("ValidationMethod", "DNS")),
              ElementsAre("web.example.com", "mail.example.com"));
  EXPECT_THAT(is(x509("Subject", {{"CommonName", compare("IMPORT", "CONTAINS")}})), imported_only);
  EXPECT_THAT(is(x509("SubjectAlternativeName", {{"DnsName", compare("example.org", "EQUALS")}})),
              IsEmpty());
  EXPECT_THAT(is(x509("SubjectAlternativeName", {{"DnsName", compare("example.org", "CONTAINS")}})),
              imported_only);
  EXPECT_THAT(is(x509("ExtendedKeyUsage", "CODE_SIGNING")), imported_only);
  EXPECT_THAT(is(x509("KeyUsage", "DIGITAL_SIGNATURE")), web_only);
  EXPECT_THAT(is(x509("KeyAlgorithm", "RSA_2048")), mail_only);
  EXPECT_THAT(is(x509("SerialNumber", "03:e9")), imported_only);
  EXPECT_THAT(is(x509("NotAfter", {{"Start", end}, {"End", end}})), web_only);
  EXPECT_THAT(is(x509("NotBefore", {{"Start", end}})), IsEmpty());
  EXPECT_THAT(is({{"Not", metadata("Type", "IMPORTED")}}),
              ElementsAre("web.example.com", "mail.example.com"));
  EXPECT_THAT(is({{"Or", {metadata("InUse", true), metadata("Type", "IMPORTED")}}}),
              ElementsAre("web.example.com", "Imported"));
  EXPECT_THAT(is({{"And", {metadata("InUse", true), metadata("Type", "IMPORTED")}}}), IsEmpty());
}

TEST(AcmSearch, RefusesBrokenStatements) {
  Emulated aws;
  const auto refusal = [&](const Json& statement) {
    return aws.acm("SearchCertificates", {{"FilterStatement", statement}}).code;
  };
  const std::string refused = "ValidationException";
  EXPECT_EQ(refusal(Json::object()), refused);
  EXPECT_EQ(refusal({{"And", Json::array()}}), refused);
  EXPECT_EQ(refusal({{"And", Json(std::vector<Json>(16, metadata("InUse", true)))}}), refused);
  EXPECT_EQ(refusal({{"Xor", Json::array()}}), refused);
  EXPECT_EQ(refusal({{"Filter", {{"CertificateArn", "x"}}}}), refused);
  EXPECT_EQ(refusal(metadata("Status", "ASLEEP")), refused);
  EXPECT_EQ(refusal(metadata("Colour", "red")), refused);
  EXPECT_EQ(refusal(x509("SerialNumber", "zz")), refused);
  EXPECT_EQ(refusal(x509("Subject", {{"CommonName", compare("", "EQUALS")}})), refused);
  Json both = metadata("InUse", true);
  both.update({{"Not", metadata("InUse", true)}});
  EXPECT_EQ(refusal(both), refused);
}

TEST(AcmSearch, SortsAndPagesByEveryKey) {
  Emulated aws(generous());
  std::multiset<std::string> all;
  for (int at = 0; at < 12; ++at) {
    const std::string name = "n" + std::to_string(at * 7 % 12) + ".example.com";
    aws.request(name, at % 2 == 0 ? Json::object() : Json{{"KeyAlgorithm", "EC_prime256v1"}});
    all.insert(name);
    aws.pass(seconds(1));
  }
  for (const char* key :
       {"CREATED_AT", "NOT_AFTER", "STATUS", "RENEWAL_STATUS", "EXPORTED", "IN_USE", "NOT_BEFORE",
        "KEY_ALGORITHM", "TYPE", "CERTIFICATE_ARN", "COMMON_NAME", "REVOKED_AT",
        "RENEWAL_ELIGIBILITY", "ISSUED_AT", "MANAGED_BY", "EXPORT_OPTION", "VALIDATION_METHOD",
        "IMPORTED_AT", "CERTIFICATE_KEY_PAIR_ORIGIN"}) {
    for (const char* order : {"ASCENDING", "DESCENDING"}) {
      Json input = {{"SortBy", key}, {"SortOrder", order}, {"MaxResults", 5}};
      std::multiset<std::string> seen;
      for (int page = 0; page < 5; ++page) {
        const Json answer = aws.acm("SearchCertificates", input).json;
        for (const Json& row : answer.at("Results")) {
          seen.insert(row.at("X509Attributes").at("Subject").at("CommonName"));
        }
        if (!answer.contains("NextToken")) break;
        input["NextToken"] = answer.at("NextToken");
      }
      EXPECT_EQ(seen, all) << key << ' ' << order;
    }
  }
  std::vector<std::string> sorted(all.begin(), all.end());
  EXPECT_EQ(found(aws, {{"SortBy", "COMMON_NAME"}, {"SortOrder", "ASCENDING"}}), sorted);
}

TEST(AcmSearch, SkipsNothingWhenRowsGoBetweenPages) {
  Emulated aws(generous());
  std::vector<std::string> arns;
  for (int at = 0; at < 6; ++at)
    arns.push_back(aws.request("n" + std::to_string(at) + ".example.com"));
  Json input = {{"MaxResults", 2}};  // newest first
  const Json first = aws.acm("SearchCertificates", input).json;
  EXPECT_EQ(first.at("Results")[1].at("CertificateArn"), arns[4]);
  aws.acm("DeleteCertificate", {{"CertificateArn", arns[4]}});
  aws.acm("DeleteCertificate", {{"CertificateArn", arns[3]}});
  aws.request("newer.example.com");
  input["NextToken"] = first.at("NextToken");
  const Json second = aws.acm("SearchCertificates", input).json;
  EXPECT_EQ(second.at("Results")[0].at("CertificateArn"), arns[2]);
  EXPECT_EQ(second.at("Results")[1].at("CertificateArn"), arns[1]);
}

// Not a benchmark: it fails when a request costs by the number of certificates held, not when the
// machine is slow.
TEST(AcmSearch, CostsByPagesNotByCertificates) {
  Emulated aws(generous());
  const auto took = [](auto work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::steady_clock::now() - begin;
  };
  const auto request_many = [&](int from, int to) {
    for (int at = from; at < to; ++at) aws.request("n" + std::to_string(at) + ".example.com");
  };
  const auto first = took([&] { request_many(0, 400); });
  request_many(400, 3600);
  const auto last = took([&] { request_many(3600, 4000); });
  EXPECT_LT(last, 5 * first);
  Json input = {{"MaxResults", 500}};
  std::size_t rows = 0, pages = 0;
  for (;;) {
    const Json answer = aws.acm("SearchCertificates", input).json;
    rows += answer.at("Results").size();
    ++pages;
    if (!answer.contains("NextToken")) break;
    input["NextToken"] = answer.at("NextToken");
  }
  EXPECT_EQ(rows, 4000u);
  EXPECT_EQ(pages, 8u);
}

}  // namespace
}  // namespace certloop::emulator
