#include "reconcilers/zone/needs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certloop::zone {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

api::DomainValidation asks(const std::string& domain, const std::string& token,
                           const std::string& zone) {
  return {domain, "DNS", "PENDING_VALIDATION",
          api::ValidationRecord{"_" + token + ".shop.example.com.", "CNAME",
                                "_v.abc.acm-validations.aws."},
          zone};
}

api::Placement placement(const std::string& name, std::vector<api::DomainValidation> validation) {
  api::Placement placement;
  placement.meta.space = "payments";
  placement.meta.name = name;
  placement.spec.domain_name = "shop.example.com";
  placement.spec.additional_names = {"*.Shop.example.com", "other.example.com"};
  placement.spec.account_ref = {"prod", ""};
  placement.status.arn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
  placement.status.validation = std::move(validation);
  return placement;
}

TEST(Needs, AWildcardAndItsBaseShareOneRecord) {  // S167
  Needs needs;
  needs.note(placement("shop", {asks("shop.example.com", "x", "payments/z"),
                                asks("*.shop.example.com", "x", "payments/z")}));
  const auto all = needs.of("payments/z");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all[0].names, ElementsAre("*.Shop.example.com", "shop.example.com"));
  EXPECT_THAT(all[0].users, ElementsAre(api::RecordUser{"payments/prod", "123456789012"}));
  EXPECT_THAT(needs.of("payments/other"), IsEmpty());
}

TEST(Needs, FollowsWhatAPlacementAsksFor) {
  Needs needs;
  const auto first = placement("one", {asks("shop.example.com", "x", "payments/z")});
  const auto second = placement("two", {asks("shop.example.com", "x", "payments/z")});
  needs.note(first);
  needs.note(second);
  EXPECT_EQ(needs.of("payments/z").size(), 1U);
  needs.forget(first.key());
  EXPECT_EQ(needs.of("payments/z").size(), 1U);
  needs.note(placement("two", {asks("shop.example.com", "y", "payments/z")}));
  ASSERT_EQ(needs.of("payments/z").size(), 1U);
  EXPECT_EQ(needs.of("payments/z")[0].record.name, "_y.shop.example.com.");
  needs.note(placement("two", {asks("shop.example.com", "y", "")}));
  EXPECT_THAT(needs.of("payments/z"), IsEmpty());
  needs.note(second);
  needs.forget(second.key());
  needs.forget(second.key());
  EXPECT_THAT(needs.of("payments/z"), IsEmpty());
}

TEST(Needs, APlacementThatIsBeingDeletedStillAsks) {
  Needs needs;
  auto leaving = placement("shop", {asks("shop.example.com", "x", "payments/z")});
  leaving.meta.deleted = Time{};
  needs.note(leaving);
  EXPECT_EQ(needs.of("payments/z").size(), 1U);
}

TEST(Needs, SaysOnceWhichRecordsAreNeededOtherwise) {
  Needs needs;
  const std::string x = "_x.shop.example.com.", y = "_y.shop.example.com.";
  const auto one = placement("one", {asks("shop.example.com", "x", "payments/z")});
  needs.note(one);
  EXPECT_THAT(needs.take_changed("payments/z"), ElementsAre(x));
  EXPECT_THAT(needs.take_changed("payments/z"), IsEmpty());
  // What else happens to a placement is no news.
  auto issued = one;
  issued.status.acm_status = "ISSUED";
  issued.status.validation[0].status = "SUCCESS";
  needs.note(issued);
  EXPECT_THAT(needs.take_changed("payments/z"), IsEmpty());
  // Another certificate of the domain may bring another user or name.
  needs.note(placement("two", {asks("shop.example.com", "x", "payments/z")}));
  EXPECT_THAT(needs.take_changed("payments/z"), ElementsAre(x));
  needs.note(placement("one", {asks("shop.example.com", "y", "payments/z")}));
  EXPECT_THAT(needs.take_changed("payments/z"), ElementsAre(x, y));
  EXPECT_TRUE(needs.has("payments/z"));
  needs.forget(one.key());
  needs.forget({api::Kind::placement, "payments", "two"});
  EXPECT_FALSE(needs.has("payments/z"));
  EXPECT_THAT(needs.take_changed("payments/z"), ElementsAre(x, y));
  EXPECT_THAT(needs.take_changed("payments/z"), IsEmpty());
}

TEST(Needs, AnswersForSomeRecordsAlone) {
  Needs needs;
  needs.note(placement("one", {asks("shop.example.com", "x", "payments/z"),
                               asks("other.example.com", "y", "payments/z")}));
  EXPECT_EQ(needs.of("payments/z").size(), 2U);
  const auto some = needs.of("payments/z", {"_y.shop.example.com.", "_z.shop.example.com."});
  ASSERT_EQ(some.size(), 1U);
  EXPECT_EQ(some[0].record.name, "_y.shop.example.com.");
}

TEST(Needs, NamesAreComparedByTheirDomain) {
  EXPECT_EQ(domain_of_record("_x.Shop.example.com."), "shop.example.com");
  EXPECT_EQ(domain_of_name("*.Shop.example.com"), "shop.example.com");
  EXPECT_EQ(domain_of_record("nodots"), "");
}

}  // namespace
}  // namespace certloop::zone
