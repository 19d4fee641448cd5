#include "reconcilers/placement_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certloop {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const estate::Place kPlace{"payments", "prod", "us-east-1"};

api::Placement placement(const std::string& name, const std::string& arn,
                         const std::string& region = "us-east-1") {
  api::Placement one;
  one.meta.space = "payments";
  one.meta.name = name;
  one.meta.owners = {{api::Kind::certificate, "of-" + name, "uid"}};
  one.spec.account_ref.name = "prod";
  one.spec.region = region;
  one.status.arn = arn;
  return one;
}

api::Key key(const std::string& name) { return {api::Kind::placement, "payments", name}; }

class PlacementIndexTest : public testing::Test {
 protected:
  PlacementIndexTest() {
    index_.note(placement("a", "arn:a"));
    index_.note(placement("b", "arn:b"));
    index_.note(placement("c", "arn:c", "eu-west-1"));
    index_.note(placement("new", ""));
  }
  PlacementIndex index_;
};

TEST_F(PlacementIndexTest, FindsWhoHoldsAnArnAndWhoBelongsToAnOwner) {
  EXPECT_THAT(index_.concerned(kPlace, {"arn:b", "arn:unknown"}, {}, false), ElementsAre(key("b")));
  EXPECT_THAT(index_.concerned(kPlace, {"arn:b"}, {"payments/of-a", "payments/of-b"}, false),
              ElementsAre(key("a"), key("b")));
  EXPECT_THAT(index_.concerned(kPlace, {""}, {""}, false), IsEmpty());
}

TEST_F(PlacementIndexTest, FindsWhoStillHoldsAnArnThatWasReplaced) {
  api::Placement replaced = placement("a", "arn:second");
  replaced.status.previous = {{"arn:a"}, {"arn:older"}};
  index_.note(replaced);
  EXPECT_THAT(index_.concerned(kPlace, {"arn:older"}, {}, false), ElementsAre(key("a")));
  EXPECT_THAT(index_.concerned(kPlace, {"arn:a", "arn:second"}, {}, false), ElementsAre(key("a")));
  index_.note(placement("a", "arn:second"));
  EXPECT_THAT(index_.concerned(kPlace, {"arn:a", "arn:older"}, {}, false), IsEmpty());
}

TEST_F(PlacementIndexTest, OnlyTheFirstPlacementMakesItsPlaceNew) {
  PlacementIndex index;
  EXPECT_TRUE(index.note(placement("a", "")));
  EXPECT_FALSE(index.note(placement("a", "arn:a"))) << "its status has changed, nothing else";
  EXPECT_FALSE(index.note(placement("b", "")));
  EXPECT_TRUE(index.note(placement("a", "arn:a", "eu-west-1")));
}

TEST_F(PlacementIndexTest, FindsEverythingOfThePlaceAndNothingOfAnother) {
  EXPECT_THAT(index_.concerned(kPlace, {}, {}, true), ElementsAre(key("a"), key("b"), key("new")));
}

TEST_F(PlacementIndexTest, FollowsWhatChangesAndForgetsWhatGoes) {
  index_.note(placement("a", "arn:second", "eu-west-1"));
  index_.forget(key("b"));
  EXPECT_THAT(index_.concerned(kPlace, {"arn:a", "arn:b"}, {"payments/of-b"}, true),
              ElementsAre(key("new")));
  EXPECT_TRUE(index_.holds(kPlace));
  index_.forget(key("new"));
  EXPECT_FALSE(index_.holds(kPlace));
  EXPECT_THAT(index_.concerned(kPlace, {"arn:second"}, {}, false), ElementsAre(key("a")));
  index_.forget(key("b"));
}

TEST_F(PlacementIndexTest, WhoExpectsAReadingIsToldOfItOnce) {
  index_.expects(kPlace, key("b"));
  EXPECT_THAT(index_.concerned({"payments", "prod", "eu-west-1"}, {}, {}, false), IsEmpty());
  EXPECT_THAT(index_.concerned(kPlace, {}, {}, false), ElementsAre(key("b")));
  EXPECT_THAT(index_.concerned(kPlace, {}, {}, false), IsEmpty());
}

}  // namespace
}  // namespace certloop
