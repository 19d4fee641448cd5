// SECURITY, "References": another namespace uses an account or a CA within the limits that its
// spec.allowedNamespaces sets, and not beyond.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// kAccount, open to namespace shop within the limit.
std::string account_for_shop(const std::string& limit) {
  std::string spec = kAccount;
  const auto at = spec.find("  regions:");
  return spec.insert(at, "  allowedNamespaces: [{names: [shop], " + limit + "}]\n");
}

std::string certificate_in_shop(const std::string& domain) {
  return R"(
apiVersion: certloop.dev/v1alpha1
kind: Certificate
metadata: {name: web, namespace: shop}
spec:
  domainName: )" +
         domain + R"(
  accountRef: {name: prod, namespace: default}
  region: us-east-1
  issuer: {amazon: {}}
)";
}

std::string ready(World& world) {
  const auto found = store::get<api::Certificate>(*world.store, "shop", "web");
  return world.condition(found.value().status.conditions, "Ready");
}

TEST(Limits, ADomainBeyondTheLimitOfTheAccountIsNotRequested) {
  World world;
  world.apply(account_for_shop("domains: [shop.example.com]") + "---" +
              certificate_in_shop("pay.example.com"));
  world.settle();
  EXPECT_THAT(ready(world), StartsWith("False ReferenceNotAllowed"));
  EXPECT_THAT(ready(world), HasSubstr("pay.example.com"));
  EXPECT_EQ(certificates_in(world.aws).size(), 0U);
}

TEST(Limits, ADomainWithinTheLimitIsRequested) {
  World world;
  world.apply(account_for_shop("domains: [shop.example.com], accountIds: ['123456789012']") +
              "---" + certificate_in_shop("www.shop.example.com"));
  world.settle();
  EXPECT_THAT(ready(world), StartsWith("True"));
  EXPECT_EQ(certificates_in(world.aws).size(), 1U);
}

TEST(Limits, AnotherAwsAccountThanTheLimitNamesIsNotUsed) {
  World world;
  world.apply(account_for_shop("accountIds: ['999999999999']") + "---" +
              certificate_in_shop("www.shop.example.com"));
  world.settle();
  EXPECT_THAT(ready(world), StartsWith("False ReferenceNotAllowed"));
  EXPECT_EQ(certificates_in(world.aws).size(), 0U);
}

TEST(Limits, AHostedZoneBeyondTheLimitIsNotWrittenTo) {
  World world;
  world.apply(account_for_shop("hostedZones: [Z0000000000000000000]") + "---" +
              certificate_in_shop("www.shop.example.com"));
  world.settle();
  EXPECT_THAT(ready(world), StartsWith("False RecordsNeeded"));
  EXPECT_EQ(world.count("ChangeResourceRecordSets"), 0U);
}

// The names that count are those of the certificate, not only those that the spec says.
TEST(Limits, ASourceThatHoldsANameBeyondTheLimitIsNotImported) {
  World world;
  std::string secret =
      tls_secret("web-tls", {"www.shop.example.com", "pay.example.com"}, world.clock.now(), 1);
  secret = secret.insert(secret.find("{name: ") + 1, "namespace: shop, ");
  std::string spec = certificate_in_shop("www.shop.example.com");
  const std::string amazon = "{amazon: {}}";
  spec.replace(spec.find(amazon), amazon.size(), "{imported: {secretRef: {name: web-tls}}}");
  world.apply(account_for_shop("domains: [shop.example.com]") + "---\n" + secret + "---" + spec);
  world.settle();
  EXPECT_THAT(ready(world), StartsWith("False ReferenceNotAllowed"));
  EXPECT_EQ(certificates_in(world.aws).size(), 0U);
}

TEST(Limits, ADomainBeyondTheLimitOfTheAuthorityIsNotRequestedFromIt) {
  World world;
  std::string authority = kAuthority;
  authority.insert(authority.find("  deletionPolicy"),
                   "  allowedNamespaces: [{names: [shop], domains: [internal.example.com]}]\n");
  std::string spec = certificate_in_shop("api.other.example.com");
  const std::string amazon = "{amazon: {}}";
  spec.replace(spec.find(amazon), amazon.size(), "{authority: {name: root, namespace: default}}");
  world.apply(account_for_shop("regions: [us-east-1]") + "---" + authority + "---" + spec);
  world.settle();
  EXPECT_THAT(ready(world), StartsWith("False ReferenceNotAllowed"));
  EXPECT_EQ(certificates_in(world.aws).size(), 0U);
}

}  // namespace
}  // namespace certloop::sim
