// Who may use a target, and within which limits (SECURITY, "References").
#include "connect/grants.h"

#include <gtest/gtest.h>

namespace certloop::connect {
namespace {

using Limits = std::vector<std::string>;
using Grants = std::vector<api::AllowedNamespace>;

// To namespace shop, with one limit.
api::AllowedNamespace grant(Limits api::AllowedNamespace::*limit, Limits values) {
  api::AllowedNamespace grant;
  grant.names = {"shop"};
  grant.*limit = std::move(values);
  return grant;
}

constexpr auto kDomains = &api::AllowedNamespace::domains;

TEST(Grants, OnesOwnNamespaceMayAlways) {
  EXPECT_TRUE(admits({}, "payments", "payments", {.region = "us-east-1"}));
  EXPECT_FALSE(admits({}, "payments", "shop", {}));
  EXPECT_TRUE(admits(Grants{grant(kDomains, {})}, "payments", "shop",
                     {.domains = Limits{"anything.example"}}));
  EXPECT_FALSE(admits(Grants{grant(kDomains, {})}, "payments", "shopping", {}));
}

TEST(Grants, ALimitOfDomainsHoldsForTheNameAndWhatIsBelow) {
  const Grants limited = {grant(kDomains, {"shop.example.com"})};
  const auto may = [&](std::vector<std::string> domains) {
    return admits(limited, "payments", "shop", {.domains = std::move(domains)});
  };
  EXPECT_TRUE(may({"shop.example.com", "WWW.Shop.Example.com.", "*.shop.example.com"}));
  EXPECT_FALSE(may({"shop.example.com", "pay.example.com"}));
  EXPECT_FALSE(may({"example.com"}));
  EXPECT_FALSE(may({"*.example.com"}));
  EXPECT_FALSE(may({"myshop.example.com"}));
  EXPECT_FALSE(may({"shop.example.com.evil.example"}));
}

TEST(Grants, ALimitWithAStarHoldsOnlyForWhatIsBelow) {
  const Grants limited = {grant(kDomains, {"*.shop.example.com"})};
  EXPECT_TRUE(admits(limited, "payments", "shop", {.domains = Limits{"www.shop.example.com"}}));
  EXPECT_FALSE(admits(limited, "payments", "shop", {.domains = Limits{"shop.example.com"}}));
}

TEST(Grants, LimitsOfRegionsAccountsAndZonesHold) {
  const Grants regions = {grant(&api::AllowedNamespace::regions, {"us-east-1"})};
  EXPECT_TRUE(admits(regions, "payments", "shop", {.region = "us-east-1"}));
  EXPECT_FALSE(admits(regions, "payments", "shop", {.region = "eu-west-1"}));
  const Grants accounts = {grant(&api::AllowedNamespace::account_ids, {"111111111111"})};
  EXPECT_TRUE(admits(accounts, "payments", "shop", {.account_id = "111111111111"}));
  EXPECT_FALSE(admits(accounts, "payments", "shop", {.account_id = "222222222222"}));
  const Grants zones = {grant(&api::AllowedNamespace::hosted_zones, {"Z1"})};
  EXPECT_TRUE(admits(zones, "payments", "shop", {.hosted_zone = "Z1"}));
  EXPECT_FALSE(admits(zones, "payments", "shop", {.hosted_zone = "Z2"}));
}

// Two grants do not add up: what one allows here the other allows there.
TEST(Grants, OneGrantMustAllowAllOfTheUse) {
  Grants two = {grant(kDomains, {"a.example"}), grant(kDomains, {"b.example"})};
  two[0].regions = {"us-east-1"};
  two[1].regions = {"eu-west-1"};
  const Limits a = {"a.example"};
  EXPECT_TRUE(admits(two, "payments", "shop", {.region = "us-east-1", .domains = a}));
  EXPECT_FALSE(admits(two, "payments", "shop", {.region = "eu-west-1", .domains = a}));
}

// SECURITY: an empty list is never "all of them hold".
TEST(Grants, NamesThatAreNotKnownAreWithinNoLimit) {
  const Grants limited = {grant(kDomains, {"shop.example.com"})};
  EXPECT_FALSE(admits(limited, "payments", "shop", {.domains = Limits{}}));
  EXPECT_TRUE(admits(Grants{grant(kDomains, {})}, "payments", "shop", {.domains = Limits{}}));
  EXPECT_TRUE(admits(limited, "payments", "shop", {})) << "a bulk reading is for no name";
}

// An address, a URI or a directory name lies in no domain.
TEST(Grants, NamesOfOtherKindsAreWithinNoLimit) {
  const Limits shop = {"www.shop.example.com"};
  const Use use{.domains = shop, .other_names = {"IP address 10.0.0.1"}};
  EXPECT_FALSE(admits(Grants{grant(kDomains, {"shop.example.com"})}, "payments", "shop", use));
  EXPECT_TRUE(admits(Grants{grant(kDomains, {})}, "payments", "shop", use));
  EXPECT_TRUE(admits({}, "shop", "shop", use));
}

// A CA can sign any name.
TEST(Grants, ALimitOfDomainsLetsNobodyHaveAnAuthorityUnlessItSaysSo) {
  Grants grants = {grant(kDomains, {"shop.example.com"})};
  EXPECT_FALSE(admits(grants, "payments", "shop", {.authority = true}));
  grants[0].authorities = true;
  EXPECT_TRUE(admits(grants, "payments", "shop", {.authority = true}));
  EXPECT_FALSE(admits(grants, "payments", "shop", {.domains = Limits{"pay.example.com"}}));
  const Grants open = {grant(kDomains, {})};
  EXPECT_TRUE(admits(open, "payments", "shop", {.authority = true}));
}

}  // namespace
}  // namespace certloop::connect
