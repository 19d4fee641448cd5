#include "store/merge.h"

#include <gtest/gtest.h>

#include <ctime>
#include <nlohmann/json.hpp>

namespace certloop::store {
namespace {

using nlohmann::json;

// Lists as a schema would describe them; all others are atomic.
ListType list_type(api::Kind, std::string_view path) {
  if (path == "spec.names") return {ListType::Form::set, {}};
  if (path == "spec.targets") return {ListType::Form::map, {"account"}};
  if (path == "spec.targets.regions") return {ListType::Form::set, {}};
  return {};
}

// One object as several managers apply to it.
class MergeTest : public testing::Test {
 protected:
  Result<api::Object> try_apply(const std::string& manager, const std::string& spec,
                                bool force = false) {
    api::Object wanted = wanted_;
    wanted.meta.space = "shop";
    wanted.meta.name = "a";
    wanted.body = api::Document::from_canonical(json{{"spec", json::parse(spec)}}.dump());
    auto next = merge(live_ ? &*live_ : nullptr, wanted,
                      {.manager = manager, .force = force, .dry_run = false}, list_type);
    if (next) live_ = *next;
    return next;
  }
  json apply(const std::string& manager, const std::string& spec, bool force = false) {
    const auto next = try_apply(manager, spec, force);
    if (!next) throw std::runtime_error(next.error().message());
    return json::parse(next->body.text())["spec"];
  }
  json managers() const { return json::parse(live_->meta.managed_fields.text()); }
  // What admission or create() puts there, in no manager's name.
  void set_unmanaged(const std::string& pointer, const json& value) {
    json body = json::parse(live_->body.text());
    body[json::json_pointer(pointer)] = value;
    live_->body = api::Document::from_canonical(body.dump());
  }

  std::optional<api::Object> live_;
  api::Object wanted_;
};

TEST_F(MergeTest, RecordsFieldsAsFieldsV1) {
  apply("one", R"({"tags":{"team":"x"},"names":["b","a"],"ports":[1,2],
                   "targets":[{"account":"p","regions":["r1"]}],"amazon":{}})");
  EXPECT_EQ(managers()["one"], json::parse(R"({"f:spec": {
    "f:tags": {"f:team": {}}, "f:names": {"v:\"a\"": {}, "v:\"b\"": {}}, "f:ports": {},
    "f:amazon": {},
    "f:targets": {"k:{\"account\":\"p\"}": {".": {}, "f:account": {},
                                            "f:regions": {"v:\"r1\"": {}}}}}})"));
}

TEST_F(MergeTest, ARequestForAFreshLookBelongsToNobody) {
  wanted_.meta.annotations = {{"note", "x"}};
  apply("one", "{}");
  live_->meta.annotations[api::kReconcileRequested] = "now";
  wanted_.meta.annotations[api::kReconcileRequested] = "earlier";  // as it was read some time ago
  apply("one", "{}");
  EXPECT_EQ(live_->meta.annotations.at(api::kReconcileRequested), "now");
  EXPECT_EQ(live_->meta.managed_fields.text().find(api::kReconcileRequested), std::string::npos);
  wanted_.meta.annotations.clear();
  apply("one", "{}");
  EXPECT_EQ(live_->meta.annotations.at(api::kReconcileRequested), "now");
  EXPECT_EQ(live_->meta.annotations.count("note"), 0U);
}

TEST_F(MergeTest, AtomicListsAreReplacedWhole) {
  apply("one", R"({"ports":[1,2]})");
  EXPECT_EQ(apply("one", R"({"ports":[3]})")["ports"], json({3}));
  const auto refused = try_apply("two", R"({"ports":[3,4]})");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("spec.ports is managed by \"one\""), std::string::npos);
}

TEST_F(MergeTest, ItemsOfASetHaveTheirOwnManagers) {
  apply("one", R"({"names":["a","b"]})");
  EXPECT_EQ(apply("two", R"({"names":["c","b"]})")["names"], json({"a", "b", "c"}));
  EXPECT_EQ(apply("one", R"({"names":["a"]})")["names"], json({"a", "b", "c"}));
  EXPECT_EQ(apply("two", R"({"names":["c"]})")["names"], json({"a", "c"}));
}

TEST_F(MergeTest, ItemsOfAKeyedListMergeByTheirKeys) {
  apply("one", R"({"targets":[{"account":"p","role":"x"}]})");
  const json both =
      apply("two", R"({"targets":[{"account":"q"},{"account":"p","regions":["r1"]}]})");
  EXPECT_EQ(both["targets"], json::parse(R"([{"account":"p","role":"x","regions":["r1"]},
                                            {"account":"q"}])"));
  const auto refused = try_apply("two", R"({"targets":[{"account":"p","role":"y"}]})");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(
      refused.error().message().find("spec.targets[account=\"p\"].role is managed by \"one\""),
      std::string::npos)
      << refused.error().message();
}

TEST_F(MergeTest, AnItemOfAKeyedListGoesWithItsLastManager) {
  apply("one", R"({"targets":[{"account":"p","role":"x"},{"account":"q"}]})");
  apply("two", R"({"targets":[{"account":"p","regions":["r1"]}]})");
  EXPECT_EQ(apply("one", R"({})")["targets"], json::parse(R"([{"account":"p","regions":["r1"]}])"));
  EXPECT_EQ(apply("two", R"({"x":1})"), json::parse(R"({"x":1})"));
}

TEST_F(MergeTest, ItemsWithoutTheirKeyOrTwiceAreInvalid) {
  const auto keyless = try_apply("one", R"({"targets":[{"role":"x"}]})");
  ASSERT_FALSE(keyless.ok());
  EXPECT_EQ(keyless.error().code(), Code::invalid);
  EXPECT_NE(keyless.error().message().find("spec.targets"), std::string::npos);
  EXPECT_NE(keyless.error().message().find("account"), std::string::npos);
  const auto twice = try_apply("one", R"({"names":["a","a"]})");
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.error().code(), Code::invalid);
  EXPECT_FALSE(try_apply("one", R"({"targets":[{"account":"p"},{"account":"p"}]})").ok());
}

TEST_F(MergeTest, ABranchThatIsWantedNoMoreTakesItsDefaultsAlong) {
  apply("one", R"({"issuer":{"amazon":{"exportable":true}}})");
  set_unmanaged("/spec/issuer/amazon/validation", "DNS");
  set_unmanaged("/spec/management", "Enforce");
  EXPECT_EQ(apply("one", R"({"issuer":{"authority":{"name":"root"}}})"),
            json::parse(R"({"issuer":{"authority":{"name":"root"}}})"));
}

TEST_F(MergeTest, AnEmptyBranchIsOwnedAndKept) {
  apply("one", R"({"issuer":{"amazon":{"exportable":true}}})");
  EXPECT_EQ(apply("one", R"({"issuer":{"amazon":{}}})"),
            json::parse(R"({"issuer":{"amazon":{}}})"));
}

TEST_F(MergeTest, WhoeverAppliesFirstTakesOverWhatCreateLeft) {
  api::Object made;
  made.body = api::Document::from_canonical(R"({"spec":{"region":"r1","tags":{"old":"1"}}})");
  made.meta.labels = {{"kept", "yes"}};
  live_ = made;
  EXPECT_EQ(apply("one", R"({"region":"r1"})"), json::parse(R"({"region":"r1"})"));
  EXPECT_EQ(live_->meta.labels.at("kept"), "yes") << "nobody's labels stay";
}

TEST_F(MergeTest, EqualValuesAreOwnedTogether) {
  apply("one", R"({"region":"r1"})");
  apply("two", R"({"region":"r1"})");
  const auto refused = try_apply("one", R"({"region":"r2"})");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("\"two\""), std::string::npos);
}

TEST_F(MergeTest, AnExplicitNullAsksForNothing) {
  EXPECT_EQ(apply("one", R"({"region":"r1","tags":null})"), json::parse(R"({"region":"r1"})"));
}

TEST_F(MergeTest, AScalarInPlaceOfABranchIsAConflictOfTheWholeBranch) {
  apply("one", R"({"issuer":{"amazon":{"exportable":true}}})");
  const auto refused = try_apply("two", R"({"issuer":"amazon"})");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("spec.issuer.amazon.exportable"), std::string::npos);
  EXPECT_EQ(apply("two", R"({"issuer":"amazon"})", true), json::parse(R"({"issuer":"amazon"})"));
  EXPECT_FALSE(managers().contains("one"));
}

TEST_F(MergeTest, ForceTakesOnlyWhatDiffers) {
  apply("one", R"({"region":"r1","owner":"alice","tags":{"team":"x"}})");
  apply("two", R"({"region":"r2","owner":"alice"})", true);
  EXPECT_EQ(managers()["one"]["f:spec"], json::parse(R"({"f:owner":{},"f:tags":{"f:team":{}}})"));
}

TEST_F(MergeTest, AddingToAnotherManagersMapIsNoConflict) {
  apply("one", R"({"tags":{}})");
  EXPECT_EQ(apply("two", R"({"tags":{"team":"x"}})"), json::parse(R"({"tags":{"team":"x"}})"));
  EXPECT_EQ(apply("two", R"({})"), json::parse(R"({"tags":{}})"));
}

// SECURITY: whoever repeats whom another's object trusts must not come to own it.
TEST_F(MergeTest, WhomAnObjectTrustsHasOneManager) {
  for (const char* field : {"allowedNamespaces", "authentication", "endpointUrl", "endpoints"}) {
    SCOPED_TRACE(field);
    live_.reset();
    const std::string spec = json{{field, {{"a", "x"}}}, {"region", "r"}}.dump();
    apply("one", spec);
    const auto refused = try_apply("two", spec);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::conflict);
    EXPECT_EQ(refused.error().reason(), "FieldManagerConflict");
    EXPECT_NE(
        refused.error().message().find(std::string("spec.") + field + " is managed by \"one\""),
        std::string::npos);
    // Its owner may repeat it; the rest can be shared; by force it passes whole.
    apply("one", spec);
    apply("two", R"({"region":"r"})");
    apply("two", spec, true);
    EXPECT_FALSE(managers()["one"]["f:spec"].contains(std::string("f:") + field));
    EXPECT_TRUE(managers()["two"]["f:spec"].contains(std::string("f:") + field));
  }
}

TEST_F(MergeTest, ThoseWhoShareAlreadyGoOn) {
  apply("one", R"({"endpointUrl":"https://a"})");
  json both = managers();
  both["two"] = both["one"];
  live_->meta.managed_fields = api::Document::from_canonical(both.dump());
  apply("two", R"({"endpointUrl":"https://a"})");
  EXPECT_EQ(managers(), both);
}

// `apply` and `run` had a name each; what they wrote belongs to the one that they share now.
TEST_F(MergeTest, FilesHaveOneManagerWhateverTheyWereAppliedAsBefore) {
  apply("certloop-apply", R"({"region":"r","endpointUrl":"https://a"})");
  apply("certloop-source", R"({"region":"r"})");
  apply("other", R"({"names":["x"]})");
  EXPECT_EQ(apply("certloop", R"({"region":"s"})"), json::parse(R"({"region":"s","names":["x"]})"));
  EXPECT_FALSE(managers().contains("certloop-apply"));
  EXPECT_FALSE(managers().contains("certloop-source"));
  EXPECT_TRUE(managers().contains("other"));
}

TEST_F(MergeTest, LabelsAnnotationsFinalizersAndOwnersHaveManagersToo) {
  wanted_.meta.labels = {{"a", "1"}};
  wanted_.meta.annotations = {{"n", "1"}};
  wanted_.meta.finalizers = {"x/one"};
  wanted_.meta.owners = {{api::Kind::account, "prod", "uid-1"}};
  apply("one", "{}");
  wanted_ = {};
  wanted_.meta.labels = {{"b", "2"}};
  wanted_.meta.finalizers = {"x/two"};
  apply("two", "{}");
  EXPECT_EQ(live_->meta.labels, (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(live_->meta.finalizers, (std::vector<std::string>{"x/one", "x/two"}));
  EXPECT_EQ(live_->meta.owners.size(), 1u);
  wanted_.meta.labels = {{"a", "other"}};
  const auto refused = try_apply("two", "{}");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message().find("metadata.labels.a is managed by \"one\""),
            std::string::npos);
  wanted_ = {};
  apply("one", "{}");
  EXPECT_EQ(live_->meta.labels, (std::map<std::string, std::string>{{"b", "2"}}));
  EXPECT_EQ(live_->meta.finalizers, (std::vector<std::string>{"x/two"}));
  EXPECT_TRUE(live_->meta.owners.empty());
  EXPECT_TRUE(live_->meta.annotations.empty());
}

TEST_F(MergeTest, WhatAnEditTookAwayIsNobodysAnyMore) {
  wanted_.meta.labels = {{"a", "1"}, {"b", "2"}};
  apply("one", R"({"names":["x"]})");
  live_->meta.labels.erase("a");
  forget_vanished(*live_, list_type);
  EXPECT_EQ(managers()["one"], json::parse(R"({"f:metadata":{"f:labels":{"f:b":{}}},
                                              "f:spec":{"f:names":{"v:\"x\"":{}}}})"));
  wanted_ = {};
  wanted_.meta.labels = {{"a", "new"}};
  EXPECT_TRUE(try_apply("two", R"({"names":["x"]})").ok());
}

TEST_F(MergeTest, FieldNamesWithDotsAndSlashesAreNamesLikeAnyOther) {
  wanted_.meta.annotations = {{"app.kubernetes.io/part-of", "x"}};
  apply("one", R"({"tags":{"a.b/c~d":"1"}})");
  EXPECT_EQ(apply("two", R"({"tags":{"a.b/c~e":"2"}})")["tags"],
            json::parse(R"({"a.b/c~d":"1","a.b/c~e":"2"})"));
}

TEST_F(MergeTest, LongListsAreMergedInTimeProportionalToTheirLength) {
  json names = json::array(), targets = json::array();
  for (int i = 0; i < 5'000; ++i) {
    names.push_back(std::to_string(i));
    targets.push_back({{"account", std::to_string(i)}});
  }
  const std::string spec = json{{"names", names}, {"targets", targets}}.dump();
  const std::clock_t begin = std::clock();
  for (const char* manager : {"one", "two", "one"}) apply(manager, spec);
  forget_vanished(*live_, list_type);
  EXPECT_LT((std::clock() - begin) / CLOCKS_PER_SEC, 20) << "comparing all with all takes minutes";
  EXPECT_EQ(json::parse(live_->body.text())["spec"]["names"].size(), names.size());
}

}  // namespace
}  // namespace certloop::store
