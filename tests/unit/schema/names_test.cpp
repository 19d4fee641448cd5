#include "schema/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/schema/objects.h"

namespace certloop::schema {
namespace {

using api::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> faults_of_name(const std::string& name) {
  return faults_of(Kind::certificate, "spec: {domainName: '" + name +
                                          "', accountRef: {name: p}, region: us-east-1, issuer: "
                                          "{amazon: {}}}");
}

std::string labels(std::size_t count, std::size_t length) {
  std::string name;
  for (std::size_t i = 0; i < count; ++i) name += std::string(length, 'a') + ".";
  return name + "com";
}

// S27; ACM's DomainNameString, and 64 octets for the common name.
TEST(DomainNames, AreTakenAsAcmTakesThem) {
  for (const std::string name : {"example.com", "*.example.com", "a-b.example.com", "EXAMPLE.com",
                                 "bücher.example", "xn--bcher-kva.example", "1.2.example.com"})
    EXPECT_THAT(faults_of_name(name), IsEmpty()) << name;
  EXPECT_THAT(faults_of_name(std::string(60, 'a') + ".com"), IsEmpty());
  for (const std::string name :
       {"localhost", "www.*.com", "*", "*.*.example.com", "a_b.example.com", "a b.example.com",
        "example.com/", "example..com", ".example.com", "example.c", "-a.example.com",
        "a-.example.com", "ab--c.example.com", "*example.com"})
    EXPECT_THAT(faults_of_name(name), ElementsAre(begins("spec.domainName: "))) << name;
}

TEST(DomainNames, AreRefusedInWords) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"localhost", "must have at least two labels"},
      {"www.*.com", "has a wildcard that is not the whole first part"},
      {"a_b.example.com", "contains an invalid DNS label: a_b"},
      {"example..com", "has an empty part between dots"},
      {"-a.example.com", "has a part that begins or ends with a hyphen: -a"},
      {"example.c", "ends in a part of a single character"},
  };
  for (const auto& [name, wrong] : rows)
    EXPECT_THAT(faults_of_name(name), ElementsAre(begins("spec.domainName: " + wrong))) << name;
}

TEST(DomainNames, AreMeasuredAsTheyStandInTheCertificate) {
  const std::string long_name = labels(4, 20);
  EXPECT_THAT(faults_of_name(long_name),
              ElementsAre(begins("spec.domainName: must have at most 64 octets, has 87; put a "
                                 "shorter name here, and this one into additionalNames")));
  // 30 characters, but more than 64 octets once they are A-labels.
  EXPECT_THAT(faults_of_name("äöüßäöüßäöüß.äöüßäöüßäöüß.äöüßäöüßäöüß.example"),
              ElementsAre(HasSubstr("must have at most 64 octets")));
  EXPECT_THAT(faults_of(Kind::certificate,
                        std::string(kCertificate) + "  additionalNames: ['" + long_name + "']\n"),
              IsEmpty());
  EXPECT_THAT(faults_of(Kind::certificate, std::string(kCertificate) + "  additionalNames: ['" +
                                               std::string(64, 'a') + ".com']\n"),
              ElementsAre(begins("spec.additionalNames[0]: has a part of more than 63 octets")));
}

// S28: the same name in other letters is no fault; what is asked for is the set.
TEST(DomainNames, MayDifferInLetterCaseOnly) {
  EXPECT_THAT(faults_of(Kind::certificate, std::string(kCertificate) +
                                               "  additionalNames: [A.example.com, a.example.com, "
                                               "Shop.example.com]\n"),
              IsEmpty());
}

struct Endpoint {
  const char* url;
  const char* service;
  bool allowed;
};

// SECURITY, "Credentials and endpoints".
TEST(Endpoints, AreLoopbackOrAwssOwnHost) {
  const std::vector<Endpoint> rows = {
      {"http://127.0.0.1:4599", "", true},
      {"http://127.8.9.10", "acm", true},
      {"http://localhost:4599/", "", true},
      {"http://[::1]:4599", "", true},
      {"https://acm.us-east-1.amazonaws.com", "acm", true},
      {"https://acm.us-east-1.amazonaws.com", "", true},
      {"https://acm-fips.us-east-1.amazonaws.com", "acm", true},
      {"https://acm.eu-west-1.api.aws", "acm", true},
      {"https://acm.cn-north-1.amazonaws.com.cn", "acm", true},
      {"https://route53.amazonaws.com", "route53", true},
      {"https://vpce-0123-ab.acm-pca.eu-west-1.vpce.amazonaws.com", "acm-pca", true},
      {"https://ACM.us-east-1.AMAZONAWS.com", "acm", true},
      {"https://acm.us-east-1.amazonaws.com:443", "acm", true},
      {"https://acm.us-east-1.amazonaws.com:8443", "acm", false},
      // Another service's host, and hosts below the same suffix that belong to anybody.
      {"https://sts.us-east-1.amazonaws.com", "acm", false},
      {"https://acm-pca.us-east-1.amazonaws.com", "acm", false},
      {"https://bucket.s3.amazonaws.com", "", false},
      {"https://acm.s3.us-east-1.amazonaws.com", "acm", false},
      {"https://lb-1.us-east-1.elb.amazonaws.com", "", false},
      {"https://vpce-1.vpce-svc-1.us-east-1.vpce.amazonaws.com", "", false},
      {"https://amazonaws.com", "", false},
      {"https://acm.us-east-1.amazonaws.com.evil.example", "acm", false},
      {"https://evilamazonaws.com", "", false},
      // Plain http, and what hides another host.
      {"http://acm.us-east-1.amazonaws.com", "acm", false},
      {"http://example.com", "", false},
      {"http://127.0.0.1@evil.example", "", false},
      {"http://127.0.0.1.evil.example", "", false},
      {"http://127.1", "", false},
      {"http://0x7f.0.0.1", "", false},
      {"http://127.0.0.1:0", "", false},
      {"http://127.0.0.1:99999", "", false},
      {"http://127.0.0.1:80x", "", false},
      {"http://127.0.0.1/path", "", false},
      {"http://169.254.169.254", "", false},
      {"http://[::ffff:127.0.0.1]", "", false},
      {"ftp://127.0.0.1", "", false},
      {"127.0.0.1", "", false},
      {"http://", "", false},
  };
  for (const Endpoint& row : rows)
    EXPECT_EQ(endpoint_fault(row.url, row.service, {}).empty(), row.allowed)
        << row.url << " " << row.service << ": " << endpoint_fault(row.url, row.service, {});
}

TEST(Endpoints, AreWhatTheOperatorAllows) {
  const std::vector<std::string> allowed = {"emulator.test:4599", "aws.test:443"};
  EXPECT_EQ(endpoint_fault("https://emulator.test:4599", "acm", allowed), "");
  EXPECT_EQ(endpoint_fault("https://AWS.test", "", allowed), "");
  EXPECT_NE(endpoint_fault("https://emulator.test", "", allowed), "");
  EXPECT_THAT(endpoint_fault("http://emulator.test:4599", "", allowed), HasSubstr("must be https"));
}

TEST(Endpoints, AreCheckedWhereAnAccountNamesThem) {
  const std::string account = std::string(kAccount) +
                              "  endpointUrl: http://example.com\n"
                              "  endpoints: {acm: 'https://emulator.test:1', sts: "
                              "'http://127.0.0.1:1'}\n";
  EXPECT_THAT(faults_of(Kind::account, account),
              testing::UnorderedElementsAre(begins("spec.endpointUrl: must be https"),
                                            begins("spec.endpoints.acm: must not be called")));
  EXPECT_THAT(faults_of(Kind::account, account, {}, {"emulator.test:1"}),
              ElementsAre(begins("spec.endpointUrl: must be https")));
  EXPECT_THAT(faults_of(Kind::account, std::string(kAccount) + "  endpoints: {s3: 'http://a'}\n"),
              ElementsAre(begins("spec.endpoints.s3: unknown field")));
}

// An escape spells what the file itself may not hold.
TEST(Text, HoldsNoControlCharactersOutsideSecrets) {
  EXPECT_THAT(faults_of(Kind::certificate,
                        std::string(kCertificate) + "  tags: {team: \"a\\u001b[2Jb\"}\n"),
              ElementsAre(begins("spec.tags.team: must not hold control characters")));
  EXPECT_THAT(faults_of(Kind::secret, "type: Opaque\nstringData: {a: \"x\\u001by\"}\n"), IsEmpty());
}

}  // namespace
}  // namespace certloop::schema
