#include "aws/endpoints.h"

#include <set>

#include "published.h"

namespace certloop::aws {
namespace {

struct Rules {
  const char* file;
  const char* service;
};

// Every published case of the services we call, but for ACM's ACME operations, which live on a host
// of their own that we never ask.
class PublishedEndpoints : public testing::TestWithParam<Rules> {};

TEST_P(PublishedEndpoints, AreResolvedAsTheRulesSay) {
  const auto path = published("endpoints/" + std::string(GetParam().file) + ".json");
  SKIP_WITHOUT(path);
  int checked = 0;
  const nlohmann::json rules = read_json(path);
  for (const auto& test : rules["testCases"]) {
    const auto params = test.value("params", nlohmann::json::object());
    if (params.value("ServiceType", "") == "ACM-ACME") continue;
    SCOPED_TRACE(test.value("documentation", "") + " " + params.dump());
    ++checked;
    const auto endpoint =
        resolve_endpoint({GetParam().service, params.value("Region", ""),
                          params.value("UseFIPS", false), params.value("UseDualStack", false),
                          params.value("UseGlobalEndpoint", false), params.value("Endpoint", "")});
    const auto& expect = test["expect"];
    if (expect.contains("error")) {
      ASSERT_FALSE(endpoint.ok());
      EXPECT_EQ(endpoint.error().code(), Code::invalid);
      continue;
    }
    ASSERT_TRUE(endpoint.ok()) << endpoint.error().message();
    const std::string url = expect["endpoint"]["url"];
    EXPECT_EQ(endpoint->url.text(), url + "/");
    const auto properties = expect["endpoint"].value("properties", nlohmann::json::object());
    if (properties.contains("authSchemes")) {
      EXPECT_EQ(endpoint->signing_region, properties["authSchemes"][0].value("signingRegion", ""));
    } else if (params.contains("Region")) {
      EXPECT_EQ(endpoint->signing_region, params.value("Region", ""));
    }
    EXPECT_EQ(endpoint->signing_name, GetParam().service);
  }
  EXPECT_GE(checked, 26);
}

INSTANTIATE_TEST_SUITE_P(Services, PublishedEndpoints,
                         testing::Values(Rules{"acm", "acm"}, Rules{"acm-pca", "acm-pca"},
                                         Rules{"sts", "sts"}, Rules{"route53", "route53"},
                                         Rules{"resourcegroupstaggingapi", "tagging"}),
                         [](const auto& given) {
                           std::string name = given.param.file;
                           std::erase(name, '-');
                           return name;
                         });

TEST(Endpoints, KeepAnEndpointsOwnPathAndSignForAwsRegion) {
  const auto endpoint =
      resolve_endpoint({"acm", "eu-west-1", false, false, false, "http://localhost:4566/moto"});
  ASSERT_TRUE(endpoint.ok());
  EXPECT_EQ(endpoint->url.text(), "http://localhost:4566/moto");
  EXPECT_EQ(endpoint->signing_region, "eu-west-1");
  EXPECT_EQ(endpoint->signing_name, "acm");
}

TEST(Endpoints, RefuseARegionThatIsNoName) {
  for (const char* region : {"us-east-1.evil.example/", "US-EAST-1", "a b", "x@y"})
    EXPECT_EQ(resolve_endpoint({"acm", region, false, false, false, ""}).ok(), false) << region;
}

// As the rules of botocore 1.43 have it: one host and one signing region for each partition.
TEST(Endpoints, OfIamAreOneForEachPartition) {
  struct Case {
    const char *region, *url, *signing_region;
  };
  for (const Case& each :
       {Case{"us-east-1", "https://iam.amazonaws.com/", "us-east-1"},
        Case{"eu-west-1", "https://iam.amazonaws.com/", "us-east-1"},
        Case{"cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn/", "cn-north-1"},
        Case{"us-gov-east-1", "https://iam.us-gov.amazonaws.com/", "us-gov-west-1"},
        Case{"us-iso-west-1", "https://iam.us-iso-east-1.c2s.ic.gov/", "us-iso-east-1"},
        Case{"us-isob-east-1", "https://iam.us-isob-east-1.sc2s.sgov.gov/", "us-isob-east-1"},
        Case{"eu-isoe-west-1", "https://iam.eu-isoe-west-1.cloud.adc-e.uk/", "eu-isoe-west-1"},
        Case{"us-isof-east-1", "https://iam.us-isof-south-1.csp.hci.ic.gov/", "us-isof-south-1"},
        Case{"eusc-de-east-1", "https://iam.eusc-de-east-1.amazonaws.eu/", "eusc-de-east-1"}}) {
    const auto endpoint = resolve_endpoint({"iam", each.region, false, false, false, ""});
    ASSERT_TRUE(endpoint.ok()) << endpoint.error().message();
    EXPECT_EQ(endpoint->url.text(), each.url);
    EXPECT_EQ(endpoint->signing_region, each.signing_region);
    EXPECT_EQ(endpoint->signing_name, "iam");
    EXPECT_TRUE(is_service_host("iam", endpoint->url.host));
  }
  const auto custom =
      resolve_endpoint({"iam", "eu-west-1", false, false, false, "http://localhost:4599"});
  ASSERT_TRUE(custom.ok());
  EXPECT_EQ(custom->url.text(), "http://localhost:4599/");
  EXPECT_EQ(custom->signing_region, "us-east-1");
  EXPECT_FALSE(resolve_endpoint({"iam", "us-east-1", true, false, false, ""}).ok());
}

TEST(Endpoints, KnowPartitionsByTheirRegions) {
  EXPECT_EQ(partition_of("us-east-1"), "aws");
  EXPECT_EQ(partition_of("mx-central-1"), "aws");
  EXPECT_EQ(partition_of("cn-north-1"), "aws-cn");
  EXPECT_EQ(partition_of("us-gov-east-1"), "aws-us-gov");
  EXPECT_EQ(partition_of("us-iso-west-1"), "aws-iso");
  EXPECT_EQ(partition_of("us-isob-east-1"), "aws-iso-b");
  EXPECT_EQ(partition_of("eusc-de-east-1"), "aws-eusc");
}

TEST(Endpoints, TellAServicesOwnHostFromWhatMerelyEndsLikeIt) {
  EXPECT_TRUE(is_service_host("acm", "acm.eu-west-1.amazonaws.com"));
  EXPECT_TRUE(is_service_host("acm", "ACM-FIPS.us-east-1.amazonaws.com"));
  EXPECT_TRUE(is_service_host("acm", "acm.cn-north-1.amazonaws.com.cn"));
  EXPECT_TRUE(is_service_host("acm", "acm.us-east-1.api.aws"));
  EXPECT_TRUE(is_service_host("route53", "route53.amazonaws.com"));
  EXPECT_TRUE(is_service_host("route53", "route53.us-gov.amazonaws.com"));
  EXPECT_TRUE(is_service_host("sts", "sts.amazonaws.com"));
  for (const char* host :
       {"acm.s3.us-east-1.amazonaws.com", "bucket.s3.amazonaws.com", "sts.us-east-1.amazonaws.com",
        "acm.us-east-1.amazonaws.com.evil.example", "acm.us-east-1.amazonaws.com.cn",
        "amazonaws.com", "x.elb.us-east-1.amazonaws.com", "acm", ""})
    EXPECT_FALSE(is_service_host("acm", host)) << host;
}

}  // namespace
}  // namespace certloop::aws
