#include <gmock/gmock.h>

#include "store_conformance.h"

namespace certloop::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ListConformance : public StoreConformance {
 protected:
  void SetUp() override {
    add("bank", "a", {{"team", "x"}, {"stage", "prod"}});
    add("shop", "b", {{"team", "y"}});
    add("shop", "a", {{"team", "x"}});
    add("shop", "c", {});
    made(secret("s", "{}"));
  }
  void add(const std::string& space, const std::string& name,
           const std::map<std::string, std::string>& labels) {
    api::Object object = certificate(name);
    object.meta.space = space;
    object.meta.labels = labels;
    made(object);
  }
  std::vector<std::string> labelled(const std::string& labels) {
    Selector selector;
    selector.labels = labels;
    return names(selector);
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ListConformance, testing::ValuesIn(engines()), name_of_engine);

TEST_P(ListConformance, AListHoldsOneKindByNamespaceAndName) {
  const Listing listing = store().list({}).value();
  std::vector<std::string> found;
  for (const auto& object : listing.objects)
    found.push_back(object.meta.space + "/" + object.meta.name);
  EXPECT_THAT(found, ElementsAre("bank/a", "shop/a", "shop/b", "shop/c"));
  EXPECT_EQ(listing.more, "");
  EXPECT_EQ(listing.objects[1], live(key("a")));
}

TEST_P(ListConformance, ANamespaceLimitsTheList) {
  Selector selector;
  selector.space = "bank";
  EXPECT_THAT(names(selector), ElementsAre("a"));
  selector.space = "none";
  EXPECT_THAT(names(selector), IsEmpty());
}

TEST_P(ListConformance, LabelSelectorsSelectAsKubectlDoes) {
  EXPECT_THAT(labelled("team=x"), ElementsAre("a", "a"));
  EXPECT_THAT(labelled("team==x,stage=prod"), ElementsAre("a"));
  EXPECT_THAT(labelled("team!=x"), ElementsAre("b", "c"));
  EXPECT_THAT(labelled("team in (x, y)"), ElementsAre("a", "a", "b"));
  EXPECT_THAT(labelled("team notin (x)"), ElementsAre("b", "c"));
  EXPECT_THAT(labelled("team"), ElementsAre("a", "a", "b"));
  EXPECT_THAT(labelled("!team"), ElementsAre("c"));
  EXPECT_THAT(labelled("team=nobody"), IsEmpty());
}

TEST_P(ListConformance, FieldSelectorsSelectByNameAndNamespace) {
  Selector selector;
  selector.fields = {{"metadata.name", "a"}};
  EXPECT_THAT(names(selector), ElementsAre("a", "a"));
  selector.fields["metadata.namespace"] = "shop";
  EXPECT_THAT(names(selector), ElementsAre("a"));
  selector.space = "bank";
  EXPECT_THAT(names(selector), IsEmpty()) << "no object is in two namespaces";
}

TEST_P(ListConformance, SelectorsThatAreNotUnderstoodAreRefusedNotIgnored) {
  for (const char* labels : {"team~x", "=x", "team in x", "team in (x", "a=b=c", "-x", "team in ()",
                             "a,,b", "te am=x", "team=x y", "team>x"}) {
    Selector selector;
    selector.labels = labels;
    const auto refused = store().list(selector);
    ASSERT_FALSE(refused.ok()) << labels;
    EXPECT_EQ(refused.error().code(), Code::invalid) << labels;
  }
  Selector selector;
  selector.fields = {{"spec.region", "us-east-1"}};
  const auto refused = store().list(selector);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  EXPECT_NE(refused.error().message().find("spec.region"), std::string::npos);
}

TEST_P(ListConformance, PagesTogetherAreTheWholeList) {
  Selector selector;
  selector.limit = 3;
  const Listing first = store().list(selector).value();
  ASSERT_EQ(first.objects.size(), 3u);
  ASSERT_FALSE(first.more.empty());
  selector.after = first.more;
  const Listing second = store().list(selector).value();
  ASSERT_EQ(second.objects.size(), 1u);
  EXPECT_EQ(second.objects[0].meta.name, "c");
  EXPECT_EQ(second.more, "");
}

TEST_P(ListConformance, AnExactlyFullPageIsTheLast) {
  Selector selector;
  selector.limit = 4;
  EXPECT_EQ(store().list(selector).value().more, "");
}

TEST_P(ListConformance, PagesCountWhatTheLabelsSelect) {
  Selector selector;
  selector.labels = "team";
  selector.limit = 2;
  const Listing first = store().list(selector).value();
  EXPECT_EQ(first.objects.size(), 2u);
  selector.after = first.more;
  const Listing second = store().list(selector).value();
  ASSERT_EQ(second.objects.size(), 1u);
  EXPECT_EQ(second.objects[0].meta.name, "b");
  EXPECT_EQ(second.more, "");
}

TEST_P(ListConformance, WhatChangesBetweenPagesIsSeenByAWatchFromTheLastPage) {
  Selector selector;
  selector.limit = 2;
  const Listing first = store().list(selector).value();
  ASSERT_TRUE(store().remove({api::Kind::certificate, "bank", "a"}, {}).ok());
  selector.after = first.more;
  const Listing second = store().list(selector).value();
  auto watch = store().watch(api::Kind::certificate, second.version).value();
  const auto events = polled(*watch);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].type, Event::Type::removed);
  EXPECT_EQ(events[0].object.meta.space, "bank");
}

TEST_P(ListConformance, AContinueTokenThatIsNoneIsInvalid) {
  Selector selector;
  selector.limit = 2;
  selector.after = "bogus";
  EXPECT_EQ(store().list(selector).error().code(), Code::invalid);
}

TEST_P(ListConformance, AContinueTokenThatIsTooOldIsAConflict) {
  Selector selector;
  selector.limit = 2;
  selector.after = store().list(selector).value().more;
  api::Object busy = made(certificate("busy"));
  for (int i = 0; i < place_->forgets_after(); ++i) {
    busy.status = document(R"({"failedAttempts":)" + std::to_string(i + 1) + "}");
    busy = store().update_status(busy).value();
  }
  const auto late = store().list(selector);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code(), Code::conflict);
  EXPECT_EQ(late.error().reason(), "Expired");
}

}  // namespace
}  // namespace certloop::store
