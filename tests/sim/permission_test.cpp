// What happens where AWS refuses for want of a permission, and once it is granted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kPrincipal = "arn:aws:iam::123456789012:user/test";
constexpr const char* kView = "acm-pca:DescribeCertificateAuthority";

// kAuthority, as the declaration of a CA that exists.
std::string adopted(const std::string& arn) {
  std::string spec = kAuthority;
  return spec.replace(spec.find("  deletionPolicy: Delete\n"), 25, "")
      .insert(spec.find("    type: ROOT"), "    arn: " + arn + "\n");
}

// S25: nothing is requested of a CA that the credentials may not view; the condition names the
// action and the principal; and the permission alone heals it.
TEST(Permission, ToViewTheCaIsMissedByNameAndHealsOnceItIsGranted) {
  World world;
  std::string retained = kAuthority;
  retained.replace(retained.find("deletionPolicy: Delete"), 22, "deletionPolicy: Retain");
  world.apply(std::string(kAccount) + "---" + retained);
  world.settle();
  const std::string arn = world.authority("root").status.arn;
  world.remove(api::Kind::certificate_authority, "root");
  world.settle();
  ASSERT_FALSE(world.exists(api::Kind::certificate_authority, "root"));

  world.clear();
  world.aws.deny({"test", kView});
  world.apply(adopted(arn) + "---" + kPrivate);
  world.settle();
  world.pass(std::chrono::hours(2));
  const auto names_it = AllOf(HasSubstr(kView), HasSubstr(kPrincipal), HasSubstr(arn));
  EXPECT_THAT(world.condition(world.authority("root").status.conditions, "Ready"),
              AllOf(StartsWith("False AccessDeniedException"), names_it));
  EXPECT_THAT(world.condition(world.placement("internal").status.conditions, "Ready"),
              AllOf(StartsWith("False AuthorityNotReady"), names_it));
  EXPECT_THAT(world.condition(world.certificate("internal").status.conditions, "Ready"),
              AllOf(StartsWith("False"), names_it));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());

  world.aws.clear_denials();
  world.pass(std::chrono::hours(2));
  EXPECT_THAT(world.condition(world.authority("root").status.conditions, "Ready"),
              StartsWith("True"));
  EXPECT_THAT(world.condition(world.certificate("internal").status.conditions, "Ready"),
              StartsWith("True Issued"));
}

// S25 where the CA was known before: what is issued stays, what is new is held.
TEST(Permission, ThatIsWithdrawnHoldsNewRequestsOnly) {
  World world;
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate);
  world.settle();
  world.aws.deny({"test", kView});
  world.pass(std::chrono::hours(30));
  world.clear();
  std::string second = kPrivate;
  second.replace(second.find("{name: internal}"), 16, "{name: second}");
  second.replace(second.find("api.internal"), 12, "two.internal");
  world.apply(second);
  world.settle();
  EXPECT_THAT(world.condition(world.certificate("internal").status.conditions, "Ready"),
              StartsWith("True Issued"));
  EXPECT_THAT(world.condition(world.certificate("second").status.conditions, "Ready"),
              AllOf(StartsWith("False"), HasSubstr(kView), HasSubstr(kPrincipal)));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());

  world.aws.clear_denials();
  world.pass(std::chrono::hours(2));
  EXPECT_THAT(world.condition(world.certificate("second").status.conditions, "Ready"),
              StartsWith("True Issued"));
}

// A denied request is said in AWS's words and asked again, slowly, until it is granted.
TEST(Permission, ToRequestIsMissedByNameAndHealsOnceItIsGranted) {
  World world;
  world.aws.deny({"test", "acm:RequestCertificate"});
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  world.pass(std::chrono::hours(1));
  EXPECT_THAT(
      world.condition(world.certificate("shop").status.conditions, "Ready"),
      AllOf(StartsWith("False"), HasSubstr("acm:RequestCertificate"), HasSubstr(kPrincipal)));
  EXPECT_THAT(world.mutating_calls(), Not(IsEmpty()));
  EXPECT_THAT(world.mutating_calls(), Not(Contains("acm RequestCertificate")));
  world.aws.clear_denials();
  world.pass(std::chrono::hours(8));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("True Issued"));
  EXPECT_EQ(world.count("RequestCertificate"), 1U);
}

// S72, as far as scope Account: each missing permission is named, and forgotten once it is granted;
// and IAM is not asked again for nothing.
TEST(Permission, ThatIsMissingIsNamedInTheAccountsStatus) {
  World world;
  world.aws.deny({"test", "acm:RequestCertificate"});
  world.aws.deny({"test", "tag:GetResources"});  // there is another way
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  EXPECT_THAT(world.account("prod").status.missing_permissions,
              testing::ElementsAre("acm:RequestCertificate"));
  EXPECT_THAT(world.condition(world.account("prod").status.conditions, "PermissionsGranted"),
              AllOf(StartsWith("False PermissionsMissing"), HasSubstr("acm:RequestCertificate"),
                    HasSubstr("certloop preflight default/prod")));
  EXPECT_THAT(world.condition(world.account("prod").status.conditions, "Ready"),
              StartsWith("True"));
  world.aws.clear_denials();
  world.pass(std::chrono::hours(2));
  EXPECT_THAT(world.account("prod").status.missing_permissions, IsEmpty());
  EXPECT_THAT(world.condition(world.account("prod").status.conditions, "PermissionsGranted"),
              StartsWith("True Granted"));
  world.clear();
  world.pass(std::chrono::hours(24));
  EXPECT_EQ(world.count("SimulatePrincipalPolicy"), 0U);
}

// Where IAM does not tell, nothing is claimed, and it is not asked every hour: that would fill
// somebody's trail with refused calls.
TEST(Permission, IsUnknownWhereTheSimulatorIsDenied) {
  World world;
  world.aws.deny({"test", "iam:*"});
  world.apply(kAccount);
  world.settle();
  EXPECT_THAT(
      world.condition(world.account("prod").status.conditions, "PermissionsGranted"),
      AllOf(StartsWith("Unknown SimulatorNotAvailable"), HasSubstr("iam:SimulatePrincipalPolicy")));
  EXPECT_THAT(world.account("prod").status.missing_permissions, IsEmpty());
  world.clear();
  world.pass(std::chrono::hours(48));
  const auto calls = world.aws.calls();
  const auto asked = std::count_if(calls.begin(), calls.end(),
                                   [](const auto& call) { return call.service == "iam"; });
  EXPECT_THAT(asked, AllOf(testing::Ge(2), testing::Le(12)));  // two calls each time
}

}  // namespace
}  // namespace certloop::sim
