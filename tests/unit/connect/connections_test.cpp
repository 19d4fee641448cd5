#include "connect/connections.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "tests/support/still_environment.h"
#include "tests/support/temporary_store.h"

namespace certloop::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Time kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

// Refuses everything, and remembers where it was to go.
class Nowhere final : public net::Transport {
 public:
  Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token) override {
    hosts.push_back(request.url.host);
    if (is_silent) return Error(Code::unavailable, "timed out");
    return net::HttpResponse{400, {}, R"({"__type":"ValidationException","message":"no"})"};
  }
  std::vector<std::string> hosts;
  bool is_silent = false;
};

class ConnectionsTest : public testing::Test {
 protected:
  ConnectionsTest() {
    account.meta.space = "payments";
    account.meta.name = "prod";
    account.meta.uid = "1";
    account.spec.regions = {"us-east-1", "eu-west-1"};
    account.spec.authentication.default_chain = true;
    environment.variables = {{"AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"},
                             {"AWS_SECRET_ACCESS_KEY", "secret"}};
  }

  Result<std::shared_ptr<Connection>> open() {
    connections = std::make_unique<Connections>(edges(), Policy{});
    return connections->open(*store, account);
  }
  Edges edges() { return {transport, transport, clock, random, budget, breaker, environment}; }

  // Where a call of each service goes.
  std::vector<std::string> hosts() {
    const auto connection = open();
    if (!connection.ok()) {
      ADD_FAILURE() << connection.error().message();
      return {};
    }
    transport.hosts.clear();
    (void)(*connection)->acm("eu-west-1").describe_certificate("arn:aws:acm:x");
    (void)(*connection)->acm_pca("eu-west-1").list_tags("arn:aws:acm-pca:x");
    (void)(*connection)->sts("eu-west-1").get_caller_identity();
    (void)(*connection)->route53().list_hosted_zones();
    return transport.hosts;
  }

  // The same by the published rules.
  static std::vector<std::string> ruled(bool fips, bool dual_stack) {
    std::vector<std::string> hosts;
    for (const auto* service : {"acm", "acm-pca", "sts", "route53"}) {
      const std::string region = std::string(service) == "route53" ? "us-east-1" : "eu-west-1";
      hosts.push_back(
          aws::resolve_endpoint({service, region, fips, dual_stack, false}).value().url.host);
    }
    return hosts;
  }

  SimClock clock{kStart};
  SeededRandom random{1};
  test::TemporaryStore store;
  Nowhere transport;
  aws::RateBudget budget{clock};
  aws::CircuitBreaker breaker{clock};
  test::StillEnvironment environment;
  api::Account account;
  std::unique_ptr<Connections> connections;  // outlives what it opened
};

TEST_F(ConnectionsTest, CallsGoToTheHostsThatTheEnvironmentAsksFor) {
  EXPECT_EQ(hosts(), ruled(false, false));
  environment.variables["AWS_USE_FIPS_ENDPOINT"] = "true";
  EXPECT_EQ(hosts(), ruled(true, false));
  EXPECT_EQ(hosts()[0], "acm-fips.eu-west-1.amazonaws.com");
  environment.variables["AWS_USE_DUALSTACK_ENDPOINT"] = "True";
  EXPECT_EQ(hosts(), ruled(true, true));
  environment.variables["AWS_USE_FIPS_ENDPOINT"] = "false";
  EXPECT_EQ(hosts(), ruled(false, true));
  EXPECT_EQ(hosts()[0], "acm.eu-west-1.api.aws");
}

// Each would hold a worker for the time of three calls, and who writes YAML can make a thousand.
TEST_F(ConnectionsTest, AServerThatHangsIsFoundOutOnceForAllAccountsOfANamespaceThatNameIt) {
  transport.is_silent = true;
  account.spec.endpoint_url = "http://127.0.0.1:9";
  connections = std::make_unique<Connections>(edges(), Policy{});
  const auto call_as = [&](const std::string& space, const std::string& name) {
    account.meta.space = space;
    account.meta.name = account.meta.uid = name;
    const auto connection = connections->open(*store, account);
    ASSERT_TRUE(connection.ok()) << connection.error().message();
    (void)(*connection)->sts("us-east-1").get_caller_identity();
  };
  for (int i = 0; i < 50; ++i) call_as("evil", "k" + std::to_string(i));
  EXPECT_EQ(transport.hosts.size(), 3U);
  call_as("payments", "prod");
  EXPECT_GT(transport.hosts.size(), 3U) << "other namespaces find out by themselves";
}

TEST_F(ConnectionsTest, TheProfileAsksWhereItsIdentityIsUsed) {
  environment.files["/home/nobody/.aws/config"] =
      "[default]\nuse_fips_endpoint = true\n"
      "[profile other]\nuse_dualstack_endpoint = true\n"
      "aws_access_key_id = AKIAOTHER\naws_secret_access_key = s\n";
  EXPECT_EQ(hosts(), ruled(true, false));
  environment.variables["AWS_USE_FIPS_ENDPOINT"] = "false";  // wins over the profile
  EXPECT_EQ(hosts(), ruled(false, false));
  environment.variables.erase("AWS_USE_FIPS_ENDPOINT");
  account.spec.authentication = {};
  account.spec.authentication.profile = "other";
  EXPECT_EQ(hosts(), ruled(false, true));
}

TEST_F(ConnectionsTest, AnAccountWithItsOwnKeyFollowsTheEnvironmentOnly) {
  environment.files["/home/nobody/.aws/config"] = "[default]\nuse_fips_endpoint = true\n";
  api::Object secret;
  secret.kind = api::Kind::secret;
  secret.meta.space = "payments";
  secret.meta.name = "key";
  secret.body = *api::Document::parse(R"({"data":{"k":"c2VjcmV0"},"type":"Opaque"})");
  ASSERT_TRUE(store->create(secret).ok());
  account.spec.authentication = {};
  account.spec.authentication.access_key = api::AccessKey{"AKIAEXAMPLE", {"key", "k"}, {}};
  EXPECT_EQ(hosts(), ruled(false, false));
  environment.variables["AWS_USE_FIPS_ENDPOINT"] = "true";
  EXPECT_EQ(hosts(), ruled(true, false));
}

TEST_F(ConnectionsTest, ARoleIsAssumedAtSuchAHostToo) {
  environment.variables["AWS_USE_FIPS_ENDPOINT"] = "true";
  account.spec.assume_role = api::AssumeRole{"arn:aws:iam::123456789012:role/certloop", "", ""};
  const auto connection = open();
  ASSERT_TRUE(connection.ok());
  EXPECT_FALSE((*connection)->acm("eu-west-1").describe_certificate("arn:aws:acm:x").ok());
  ASSERT_FALSE(transport.hosts.empty());
  EXPECT_EQ(transport.hosts.front(), "sts-fips.us-east-1.amazonaws.com");
}

TEST_F(ConnectionsTest, ProfilesThatCannotBeReadAreNotPassedOver) {
  environment.files["/home/nobody/.aws/config"] = "[default\nuse_fips_endpoint = true\n";
  const auto opened = open();
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message(), HasSubstr("config"));
}

// What AWS says of a region that is not enabled it also says of a token that is not good there.
TEST_F(ConnectionsTest, OnlyCredentialsOfKnownOriginAreValidInEveryRegion) {
  EXPECT_FALSE((*open())->valid_in_every_region());
  account.spec.assume_role = api::AssumeRole{"arn:aws:iam::123456789012:role/certloop", "", ""};
  EXPECT_TRUE((*open())->valid_in_every_region());
  account.spec.endpoints["sts"] = "https://sts.amazonaws.com";
  EXPECT_FALSE((*open())->valid_in_every_region());
}

}  // namespace
}  // namespace certloop::connect
