#include "emulator/tagging.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "authority_bench.h"

namespace certloop::emulator {
namespace {

using testing::ElementsAre;

std::string certificate_arn(int number) {
  return fmt::format("arn:aws:acm:eu-west-1:123456789012:certificate/{:04}", number);
}

struct TaggingTest : testing::Test, AuthorityBench {
  TaggingService tagging{bench.world};

  Outcome ask(const std::string& operation, const Json& input) {
    return bench.send(tagging, "ResourceGroupsTaggingAPI_20170126." + operation, input);
  }

  void index(int number, Tags tags) {
    bench.world.tags.set(
        {certificate_arn(number), "acm:certificate", kAccount, "eu-west-1", std::move(tags)},
        bench.now);
  }

  std::vector<std::string> found(const Json& input) {
    std::vector<std::string> arns;
    const Json output = ask("GetResources", input).json;
    for (const Json& mapping : output["ResourceTagMappingList"]) {
      arns.push_back(mapping["ResourceARN"]);
    }
    return arns;
  }
};

TEST_F(TaggingTest, ShowsWhatHasOrHadTags) {
  index(1, {{"a", "1"}});
  index(2, {});  // never tagged
  index(3, {{"a", "1"}});
  index(3, {});  // tagged once
  const Json output = ask("GetResources", Json::object()).json;
  EXPECT_EQ(output["PaginationToken"], "");
  ASSERT_EQ(output["ResourceTagMappingList"].size(), 2U);
  EXPECT_EQ(output["ResourceTagMappingList"][0],
            Json::parse(R"({"ResourceARN": "arn:aws:acm:eu-west-1:123456789012:certificate/0001",
                            "Tags": [{"Key": "a", "Value": "1"}]})"));
  EXPECT_EQ(output["ResourceTagMappingList"][1]["Tags"], Json::array());
}

TEST_F(TaggingTest, FiltersByTypeAndByTags) {
  index(1, {{"team", "a"}, {"env", "prod"}});
  index(2, {{"team", "b"}, {"env", "prod"}});
  index(3, {{"team", "c"}, {"env", "test"}});
  Json input = order("ROOT", "Root");
  input["Tags"] = Json::parse(R"([{"Key": "team", "Value": "a"}])");
  const std::string authority = create(input);
  EXPECT_THAT(found({{"ResourceTypeFilters", {"acm:certificate"}}}),
              ElementsAre(certificate_arn(1), certificate_arn(2), certificate_arn(3)));
  EXPECT_THAT(found({{"ResourceTypeFilters", {"acm-pca:certificate-authority"}}}),
              ElementsAre(authority));
  EXPECT_EQ(found({{"ResourceTypeFilters", {"acm", "acm-pca"}}}).size(), 4U);
  // OR of a key's values, AND of the keys.
  EXPECT_THAT(found(Json::parse(R"({"TagFilters": [{"Key": "team", "Values": ["a", "b"]},
                                                   {"Key": "env", "Values": ["prod"]}]})")),
              ElementsAre(certificate_arn(1), certificate_arn(2)));
  EXPECT_THAT(found(Json::parse(R"({"TagFilters": [{"Key": "env"}]})")).size(), 3U);
}

TEST_F(TaggingTest, APageHoldsAHundred) {
  for (int i = 0; i < 250; ++i) index(i, {{"a", "1"}});
  std::set<std::string> seen;
  std::vector<std::size_t> sizes;
  std::string token;
  do {
    const Json output = ask("GetResources", {{"PaginationToken", token}}).json;
    sizes.push_back(output["ResourceTagMappingList"].size());
    for (const Json& mapping : output["ResourceTagMappingList"]) {
      seen.insert(mapping["ResourceARN"].get<std::string>());
    }
    token = output["PaginationToken"];
    // That the last one shown is deleted between pages must not end the listing.
    if (sizes.size() == 1) bench.world.tags.erase(certificate_arn(99), bench.now);
  } while (!token.empty());
  EXPECT_THAT(sizes, ElementsAre(100U, 100U, 50U));
  EXPECT_EQ(seen.size(), 250U);
}

TEST_F(TaggingTest, APageTokenLivesFifteenMinutes) {
  for (int i = 0; i < 3; ++i) index(i, {{"a", "1"}});
  const auto page = [&](const std::string& token) {
    return ask("GetResources", {{"ResourcesPerPage", 1}, {"PaginationToken", token}});
  };
  const std::string token = page("").json["PaginationToken"];
  bench.advance(std::chrono::minutes(15));
  const Outcome second = page(token);
  EXPECT_EQ(second.error, "");
  bench.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(page(token).error, "PaginationTokenExpiredException");
  // Going on does not renew it.
  EXPECT_EQ(page(second.json["PaginationToken"]).error, "PaginationTokenExpiredException");
  EXPECT_EQ(page("junk").error, "InvalidParameterException");
}

TEST_F(TaggingTest, AListOfArnsGoesWithNothingElse) {
  index(1, {{"a", "1"}});
  index(2, {{"a", "1"}});
  EXPECT_THAT(found({{"ResourceARNList", {certificate_arn(2)}}}), ElementsAre(certificate_arn(2)));
  const Outcome refused = ask("GetResources", {{"ResourceARNList", {certificate_arn(2)}},
                                               {"ResourceTypeFilters", {"acm:certificate"}}});
  EXPECT_EQ(refused.error, "InvalidParameterException");
  EXPECT_TRUE(refused.json.contains("Message"));
}

TEST_F(TaggingTest, TagsThroughTheServiceThatOwnsTheResource) {
  const std::string authority = create(order("ROOT", "Root"));
  const std::string queue = "arn:aws:sqs:eu-west-1:123456789012:queue";
  const Outcome done = ask("TagResources", {{"ResourceARNList", {authority, queue}},
                                            {"Tags", {{"a", "1"}, {"b", "2"}}}});
  EXPECT_EQ(done.error, "");
  ASSERT_EQ(done.json["FailedResourcesMap"].size(), 1U);
  EXPECT_EQ(done.json["FailedResourcesMap"][queue]["StatusCode"], 400);
  EXPECT_EQ(send("ListTags", {{"CertificateAuthorityArn", authority}}).json["Tags"].size(), 2U);
  EXPECT_EQ(ask("UntagResources", {{"ResourceARNList", {authority}}, {"TagKeys", {"a"}}})
                .json["FailedResourcesMap"],
            Json::object());
  EXPECT_EQ(send("ListTags", {{"CertificateAuthorityArn", authority}}).json["Tags"].size(), 1U);
}

TEST_F(TaggingTest, ListsKeysAndValues) {
  index(1, {{"team", "a"}, {"env", "prod"}});
  index(2, {{"team", "b"}});
  EXPECT_EQ(ask("GetTagKeys", Json::object()).json["TagKeys"], Json::parse(R"(["env", "team"])"));
  EXPECT_EQ(ask("GetTagValues", {{"Key", "team"}}).json["TagValues"], Json::parse(R"(["a", "b"])"));
  EXPECT_EQ(ask("GetTagValues", Json::object()).error, "InvalidParameterException");
}

TEST(TaggingLag, ShowsTheTagsOfAWhileAgo) {
  EmulatorOptions options;
  options.tagging_lag = std::chrono::minutes(1);
  ServiceBench bench(std::move(options));
  TaggingService tagging(bench.world);
  bench.world.tags.set({certificate_arn(1), "acm:certificate", kAccount, "eu-west-1", {{"a", "1"}}},
                       bench.now);
  const auto count = [&] {
    return bench.send(tagging, "ResourceGroupsTaggingAPI_20170126.GetResources", Json::object())
        .json["ResourceTagMappingList"]
        .size();
  };
  EXPECT_EQ(count(), 0U);
  bench.advance(std::chrono::minutes(1));
  EXPECT_EQ(count(), 1U);
}

}  // namespace
}  // namespace certloop::emulator
