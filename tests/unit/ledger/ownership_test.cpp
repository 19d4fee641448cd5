#include "ledger/ownership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace certloop::ledger {
namespace {

using testing::HasSubstr;

TEST(OwnerTag, NamesInstallationNamespaceAndName) {
  EXPECT_EQ(owner_tag_value("default", "payments", "shop"), "default/payments/shop");
}

TEST(OwnerTag, FitsATagForTheLongestNames) {
  const std::string longest(120, 'n');
  EXPECT_TRUE(check_owner_tag(owner_tag_value(std::string(14, 'i'), longest, longest)).ok());
  const auto refused = check_owner_tag(owner_tag_value(std::string(15, 'i'), longest, longest));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  EXPECT_THAT(refused.error().message(), HasSubstr("256"));
}

TEST(OwnerTag, HoldsOnlyWhatAwsTakes) {
  EXPECT_TRUE(check_owner_tag("eu-prod_1.a:b=c+d@e/payments/shop").ok());
  for (const char* wrong : {"a*b/c/d", "a\nb/c/d", "a\"/c/d"})
    EXPECT_EQ(check_owner_tag(wrong).error().code(), Code::invalid) << wrong;
}

TEST(OwnerTag, TellsAnotherInstallationOfTheSameObject) {
  const std::string ours = "default/payments/shop";
  EXPECT_TRUE(is_of_another_installation("blue/payments/shop", ours));
  EXPECT_FALSE(is_of_another_installation(ours, ours));
  EXPECT_FALSE(is_of_another_installation("blue/payments/other", ours));
  EXPECT_FALSE(is_of_another_installation("default/payments/shop2", ours));
  EXPECT_FALSE(is_of_another_installation("", ours));
  EXPECT_FALSE(is_of_another_installation("no-slash", "neither"));
}

}  // namespace
}  // namespace certloop::ledger
