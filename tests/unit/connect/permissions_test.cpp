#include "connect/permissions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "connect/preflight.h"
#include "connect/probe.h"

namespace certloop::connect {
namespace {

using testing::IsSupersetOf;

// The names in quotes of a client's source: its operations are among them.
std::set<std::string> words_in(const std::string& client) {
  std::ifstream file(CERTLOOP_SOURCE_DIR "/controller/aws/" + client + "_client.cpp");
  std::stringstream text;
  text << file.rdbuf();
  const std::string source = text.str();
  static const std::regex kWord("\"([A-Z][A-Za-z]+)\"");
  std::set<std::string> words;
  for (std::sregex_iterator at(source.begin(), source.end(), kWord), end; at != end; ++at)
    words.insert((*at)[1]);
  return words;
}

TEST(Permissions, AreThoseOfOperationsThatTheClientsHave) {
  const std::map<std::string, std::string> clients = {
      {"acm", "acm"}, {"acm-pca", "acm_pca"}, {"route53", "route53"}, {"tag", "tagging"}};
  for (const Permission& each : permissions()) {
    const std::string action(each.action);
    const auto colon = action.find(':');
    ASSERT_TRUE(clients.contains(action.substr(0, colon))) << action;
    EXPECT_TRUE(words_in(clients.at(action.substr(0, colon))).contains(action.substr(colon + 1)))
        << action;
  }
}

TEST(Permissions, StandInTheTableOnce) {
  std::set<std::string_view> seen;
  for (const Permission& each : permissions()) EXPECT_TRUE(seen.insert(each.action).second);
}

// What changes something is never tried to find out whether it is allowed.
TEST(Permissions, ToChangeSomethingAreNeverTried) {
  for (const Permission& each : permissions()) {
    const bool tried = probe_of(each.action) != nullptr;
    EXPECT_FALSE(tried && each.mutating) << each.action;
    EXPECT_TRUE(tried || each.mutating || each.optional) << each.action;
  }
}

TEST(Permissions, MakeAPolicyThatAwsTakes) {
  Needs needs = all_needs();
  needs.reading_only = true;
  const auto document = nlohmann::json::parse(policy_document(permissions_for(needs), "aws-cn"));
  EXPECT_EQ(document.at("Version"), "2012-10-17");
  std::set<std::string> actions, resources;
  for (const auto& statement : document.at("Statement")) {
    EXPECT_EQ(statement.at("Effect"), "Allow");
    resources.insert(statement.at("Resource"));
    for (const auto& action : statement.at("Action")) actions.insert(action);
  }
  EXPECT_TRUE(actions.contains("acm:SearchCertificates"));
  EXPECT_FALSE(actions.contains("acm:DeleteCertificate"));
  EXPECT_THAT(resources, IsSupersetOf({"*", "arn:aws-cn:acm:*:*:certificate/*"}));
}

TEST(PolicySource, IsTheRoleOfASession) {
  const std::string session = "arn:aws:sts::1:assumed-role/certloop/s1";
  EXPECT_EQ(policy_source(session, "").value(), "arn:aws:iam::1:role/certloop");
  EXPECT_EQ(policy_source(session, "arn:aws:iam::1:role/team/certloop").value(),
            "arn:aws:iam::1:role/team/certloop");
  EXPECT_EQ(policy_source(session, "arn:aws:iam::2:role/certloop").value(),
            "arn:aws:iam::1:role/certloop");
  EXPECT_EQ(policy_source("arn:aws:iam::1:user/a/b", "").value(), "arn:aws:iam::1:user/a/b");
  EXPECT_FALSE(policy_source("arn:aws:iam::1:root", "").ok());
  EXPECT_FALSE(policy_source("arn:aws:sts::1:federated-user/x", "").ok());
}

}  // namespace
}  // namespace certloop::connect
