#include "store_conformance.h"

namespace certloop::store {
namespace {

TEST_P(StoreConformance, ApplyMakesTheObjectIfNeedBe) {  // S3
  const api::Object first = applied(certificate("a"));
  EXPECT_EQ(first.meta.generation, 1);
  EXPECT_FALSE(first.meta.uid.empty());
  EXPECT_EQ(live(key("a")), first);
}

TEST_P(StoreConformance, ApplyOfTheSameWritesNothing) {  // S14
  const api::Object first = applied(certificate("a"));
  const api::Object again = applied(certificate("a"));
  EXPECT_EQ(again, first) << "neither version nor generation moved";
}

TEST_P(StoreConformance, ApplyMovesTheGenerationIfTheBodyMoved) {
  const api::Object first = applied(certificate("a"));
  const api::Object second = applied(certificate("a", R"({"tags":{"team":"x"}})"));
  EXPECT_EQ(second.meta.generation, 2);
  EXPECT_NE(second.meta.version, first.meta.version);
  EXPECT_EQ(second.meta.uid, first.meta.uid);
  EXPECT_EQ(second.meta.created, first.meta.created);
}

TEST_P(StoreConformance, ApplyOfLabelsMovesTheVersionButNotTheGeneration) {
  const api::Object first = applied(certificate("a"));
  api::Object labelled = certificate("a");
  labelled.meta.labels = {{"team", "x"}};
  labelled.meta.annotations = {{"note", "y"}};
  const api::Object second = applied(labelled);
  EXPECT_EQ(second.meta.generation, 1);
  EXPECT_NE(second.meta.version, first.meta.version);
  EXPECT_EQ(second.meta.labels, labelled.meta.labels);
  EXPECT_EQ(second.meta.annotations, labelled.meta.annotations);
}

TEST_P(StoreConformance, ApplyLeavesTheStatusAlone) {
  api::Object seen = applied(certificate("a"));
  seen.status = document(R"({"arn":"arn:x"})");
  ASSERT_TRUE(store().update_status(seen).ok());
  api::Object wanted = certificate("a", R"({"tags":{"team":"x"}})");
  wanted.status = document(R"({"arn":"arn:forged"})");
  EXPECT_EQ(at(applied(wanted).status, "/arn"), "\"arn:x\"");
}

TEST_P(StoreConformance, WhatAManagerWantsNoMoreGoes) {
  api::Object wanted = certificate("a", R"({"tags":{"team":"x","stage":"test"},"owner":"alice"})");
  wanted.meta.labels = {{"one", "1"}, {"two", "2"}};
  applied(wanted);
  api::Object less = certificate("a", R"({"tags":{"team":"x"}})");
  less.meta.labels = {{"two", "2"}};
  const api::Object found = applied(less);
  EXPECT_EQ(at(found.body, "/spec/tags"), R"({"team":"x"})");
  EXPECT_EQ(at(found.body, "/spec/owner"), "");
  EXPECT_EQ(found.meta.labels, less.meta.labels);
}

TEST_P(StoreConformance, WhatAnotherManagerWantsTooStays) {
  applied(certificate("a", R"({"tags":{"team":"x"}})"), "one");
  applied(certificate("a", R"({"tags":{"team":"x"}})"), "two");
  const api::Object left = applied(certificate("a"), "one");
  EXPECT_EQ(at(left.body, "/spec/tags/team"), "\"x\"");
  const api::Object gone = applied(certificate("a"), "two");
  EXPECT_EQ(at(gone.body, "/spec/tags/team"), "");
}

TEST_P(StoreConformance, ManagersOfDifferentFieldsDoNotUndoOneAnother) {
  applied(certificate("a", R"({"tags":{"team":"x"}})"), "one");
  api::Object other = certificate("a", R"({"tags":{"stage":"test"}})");
  other.meta.labels = {{"by", "two"}};
  applied(other, "two");
  const api::Object found = applied(certificate("a", R"({"tags":{"team":"y"}})"), "one");
  EXPECT_EQ(at(found.body, "/spec/tags"), R"({"stage":"test","team":"y"})");
  EXPECT_EQ(found.meta.labels.at("by"), "two");
}

TEST_P(StoreConformance, AnotherManagersFieldIsAConflictThatNamesFieldAndManager) {
  const api::Object first =
      applied(certificate("a", R"({"tags":{"team":"x","stage":"test"}})"), "kubectl");
  const auto refused = store().apply(certificate("a", R"({"tags":{"team":"y","stage":"prod"}})"),
                                     {.manager = "argocd"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::conflict);
  EXPECT_EQ(refused.error().reason(), "FieldManagerConflict");
  for (const char* part : {"Certificate shop/a", "spec.tags.team", "spec.tags.stage", "kubectl"})
    EXPECT_NE(refused.error().message().find(part), std::string::npos) << part;
  EXPECT_EQ(live(key("a")), first);
}

TEST_P(StoreConformance, ForceTakesFieldsOver) {
  applied(certificate("a", R"({"tags":{"team":"x"}})"), "kubectl");
  const auto forced = store().apply(certificate("a", R"({"tags":{"team":"y"}})"),
                                    {.manager = "argocd", .force = true});
  ASSERT_TRUE(forced.ok());
  EXPECT_EQ(at(forced->body, "/spec/tags/team"), "\"y\"");
  const auto back =
      store().apply(certificate("a", R"({"tags":{"team":"x"}})"), {.manager = "kubectl"});
  ASSERT_FALSE(back.ok()) << "the field is argocd's now";
  EXPECT_NE(back.error().message().find("argocd"), std::string::npos);
}

TEST_P(StoreConformance, AFieldLostByForceIsNotRemovedByItsFormerManager) {
  applied(certificate("a", R"({"tags":{"team":"x"}})"), "kubectl");
  ASSERT_TRUE(
      store()
          .apply(certificate("a", R"({"tags":{"team":"y"}})"), {.manager = "argocd", .force = true})
          .ok());
  const api::Object found = applied(certificate("a"), "kubectl");
  EXPECT_EQ(at(found.body, "/spec/tags/team"), "\"y\"");
}

TEST_P(StoreConformance, ApplyWithAStaleVersionIsAConflict) {
  api::Object seen = applied(certificate("a"));
  applied(certificate("a", R"({"tags":{"team":"x"}})"));
  api::Object late = certificate("a", R"({"tags":{"team":"y"}})");
  late.meta.version = seen.meta.version;
  const auto refused = store().apply(late, {.manager = "tester"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::conflict);
  EXPECT_EQ(at(live(key("a")).body, "/spec/tags/team"), "\"x\"");
  late.meta.version = live(key("a")).meta.version;
  EXPECT_TRUE(store().apply(late, {.manager = "tester"}).ok());
}

TEST_P(StoreConformance, ApplyWithAVersionDoesNotMakeWhatHasGone) {
  api::Object seen = applied(certificate("a"));
  ASSERT_TRUE(store().remove(key("a"), {}).ok());
  api::Object late = certificate("a");
  late.meta.version = seen.meta.version;
  EXPECT_EQ(store().apply(late, {.manager = "tester"}).error().code(), Code::conflict);
  EXPECT_EQ(store().get(key("a")).error().code(), Code::not_found);
}

TEST_P(StoreConformance, ARehearsedApplyAnswersAsIfAndWritesNothing) {
  const auto imagined =
      store().apply(certificate("a"), {.manager = "tester", .force = false, .dry_run = true});
  ASSERT_TRUE(imagined.ok());
  EXPECT_EQ(imagined->meta.generation, 1);
  EXPECT_EQ(store().get(key("a")).error().code(), Code::not_found);

  const api::Object first = applied(certificate("a"));
  const auto changed = store().apply(certificate("a", R"({"tags":{"team":"x"}})"),
                                     {.manager = "tester", .force = false, .dry_run = true});
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(at(changed->body, "/spec/tags/team"), "\"x\"");
  EXPECT_EQ(changed->meta.generation, 2);
  EXPECT_EQ(live(key("a")), first);
}

TEST_P(StoreConformance, ARehearsedApplyFindsConflicts) {
  applied(certificate("a", R"({"tags":{"team":"x"}})"), "kubectl");
  const auto refused = store().apply(certificate("a", R"({"tags":{"team":"y"}})"),
                                     {.manager = "argocd", .force = false, .dry_run = true});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::conflict);
}

TEST_P(StoreConformance, FinalizersOfOthersSurviveAnApply) {
  api::Object seen = applied(certificate("a"));
  seen.meta.finalizers = {"certloop.dev/cleanup"};
  ASSERT_TRUE(store().edit_metadata(seen).ok());
  const api::Object found = applied(certificate("a", R"({"tags":{"team":"x"}})"));
  EXPECT_EQ(found.meta.finalizers, std::vector<std::string>{"certloop.dev/cleanup"});
}

TEST_P(StoreConformance, AnApplyWithoutAManagerIsInvalid) {
  EXPECT_EQ(store().apply(certificate("a"), {.manager = ""}).error().code(), Code::invalid);
}

}  // namespace
}  // namespace certloop::store
