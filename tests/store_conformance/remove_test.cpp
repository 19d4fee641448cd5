#include "store_conformance.h"

namespace certloop::store {
namespace {

constexpr const char* kFinalizer = "certloop.dev/cleanup";

api::Object with_finalizer(api::Object object) {
  object.meta.finalizers = {kFinalizer};
  return object;
}

TEST_P(StoreConformance, RemoveAnswersTheLastState) {
  const api::Object created = made(certificate("a"));
  const auto last = store().remove(key("a"), {});
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->meta.uid, created.meta.uid);
  EXPECT_EQ(last->body, created.body);
  EXPECT_EQ(store().get(key("a")).error().code(), Code::not_found);
}

TEST_P(StoreConformance, RemoveMarksAnObjectThatHasAFinalizer) {
  const api::Object created = made(with_finalizer(certificate("a")));
  const auto marked = store().remove(key("a"), {});
  ASSERT_TRUE(marked.ok());
  ASSERT_TRUE(marked->meta.deleted.has_value());
  EXPECT_EQ(*marked->meta.deleted, std::chrono::floor<std::chrono::seconds>(place_->now()));
  EXPECT_NE(marked->meta.version, created.meta.version);
  EXPECT_EQ(live(key("a")), *marked);
}

TEST_P(StoreConformance, RemovingWhatIsMarkedChangesNothing) {
  made(with_finalizer(certificate("a")));
  const api::Object marked = store().remove(key("a"), {}).value();
  EXPECT_EQ(store().remove(key("a"), {}).value(), marked);
}

TEST_P(StoreConformance, AMarkedObjectGoesWithItsLastFinalizer) {
  api::Object object = certificate("a");
  object.meta.finalizers = {"certloop.dev/one", "certloop.dev/two"};
  made(object);
  api::Object seen = store().remove(key("a"), {}).value();
  seen.meta.finalizers = {"certloop.dev/two"};
  seen = store().edit_metadata(seen).value();
  EXPECT_TRUE(store().get(key("a")).ok());
  seen.meta.finalizers.clear();
  ASSERT_TRUE(store().edit_metadata(seen).ok());
  EXPECT_EQ(store().get(key("a")).error().code(), Code::not_found);
}

TEST_P(StoreConformance, TheLastFinalizerOfAnUnmarkedObjectRemovesNothing) {
  api::Object seen = made(with_finalizer(certificate("a")));
  seen.meta.finalizers.clear();
  ASSERT_TRUE(store().edit_metadata(seen).ok());
  EXPECT_TRUE(store().get(key("a")).ok());
}

TEST_P(StoreConformance, ReviveTakesTheMarkBack) {
  const api::Object created = made(with_finalizer(certificate("a")));
  const api::Object marked = store().remove(key("a"), {}).value();
  const auto revived = store().revive(marked);
  ASSERT_TRUE(revived.ok()) << revived.error().message();
  EXPECT_FALSE(revived->meta.deleted.has_value());
  EXPECT_EQ(revived->meta.uid, created.meta.uid);
  EXPECT_EQ(revived->meta.generation, created.meta.generation);
  EXPECT_NE(revived->meta.version, marked.meta.version);
  EXPECT_EQ(live(key("a")), *revived);
  // It does not go with its last finalizer any more.
  api::Object seen = *revived;
  seen.meta.finalizers.clear();
  ASSERT_TRUE(store().edit_metadata(seen).ok());
  EXPECT_TRUE(store().get(key("a")).ok());
}

TEST_P(StoreConformance, ReviveIsCompareAndSwap) {
  made(with_finalizer(certificate("a")));
  const api::Object before = store().remove(key("a"), {}).value();
  api::Object released = before;
  released.meta.annotations["note"] = "seen by somebody";
  ASSERT_TRUE(store().edit_metadata(released).ok());
  EXPECT_EQ(store().revive(before).error().code(), Code::conflict);
  EXPECT_EQ(store().revive(certificate("none")).error().code(), Code::not_found);
}

TEST_P(StoreConformance, RevivingWhatIsNotMarkedChangesNothing) {
  const api::Object created = made(certificate("a"));
  EXPECT_EQ(store().revive(created).value(), created);
}

TEST_P(StoreConformance, AMarkedObjectTakesNoNewFinalizer) {
  made(with_finalizer(certificate("a")));
  api::Object seen = store().remove(key("a"), {}).value();
  seen.meta.finalizers.push_back("certloop.dev/late");
  EXPECT_EQ(store().edit_metadata(seen).error().code(), Code::invalid);
}

TEST_P(StoreConformance, AMarkedObjectStillTakesAStatus) {
  made(with_finalizer(certificate("a")));
  api::Object seen = store().remove(key("a"), {}).value();
  seen.status = document(R"({"arn":"x"})");
  EXPECT_TRUE(store().update_status(seen).ok());
}

TEST_P(StoreConformance, RemoveRefusesAnotherUid) {
  made(certificate("a"));
  const auto refused =
      store().remove(key("a"), {.uid = "another", .version = std::nullopt, .dry_run = false});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::conflict);
  EXPECT_TRUE(store().get(key("a")).ok());
}

TEST_P(StoreConformance, RemoveRefusesANewerVersion) {
  const api::Object seen = made(certificate("a"));
  api::Object newer = seen;
  newer.status = document(R"({"arn":"x"})");
  newer = store().update_status(newer).value();
  RemoveOptions options;
  options.version = seen.meta.version;
  EXPECT_EQ(store().remove(key("a"), options).error().code(), Code::conflict);
  options.uid = newer.meta.uid;
  options.version = newer.meta.version;
  EXPECT_TRUE(store().remove(key("a"), options).ok());
}

TEST_P(StoreConformance, ARehearsedRemoveRemovesNothing) {
  const api::Object plain = made(certificate("a"));
  const api::Object held = made(with_finalizer(certificate("b")));
  RemoveOptions options;
  options.dry_run = true;
  EXPECT_TRUE(store().remove(key("a"), options).ok());
  EXPECT_TRUE(store().remove(key("b"), options).value().meta.deleted.has_value());
  EXPECT_EQ(live(key("a")), plain);
  EXPECT_EQ(live(key("b")), held);
}

TEST_P(StoreConformance, WhatARemovedObjectOwnedIsRemovedToo) {
  const api::Object owner = made(certificate("a"));
  const api::Object child = made(placement("child", owner));
  made(placement("grandchild", child));
  made(certificate("bystander"));
  ASSERT_TRUE(store().remove(key("a"), {}).ok());
  EXPECT_EQ(store().get(key("child", api::Kind::placement)).error().code(), Code::not_found);
  EXPECT_EQ(store().get(key("grandchild", api::Kind::placement)).error().code(), Code::not_found);
  EXPECT_TRUE(store().get(key("bystander")).ok());
}

TEST_P(StoreConformance, WhatAnObjectOwnsIsRemovedWhenItGoesWithItsLastFinalizer) {
  const api::Object owner = made(with_finalizer(certificate("a")));
  made(placement("child", owner));
  api::Object marked = store().remove(key("a"), {}).value();
  EXPECT_TRUE(store().get(key("child", api::Kind::placement)).ok());
  marked.meta.finalizers.clear();
  ASSERT_TRUE(store().edit_metadata(marked).ok());
  EXPECT_EQ(store().get(key("child", api::Kind::placement)).error().code(), Code::not_found);
}

TEST_P(StoreConformance, AnOwnedObjectWithAFinalizerIsMarkedAndTakesItsOwnAlongLater) {
  const api::Object owner = made(certificate("a"));
  const api::Object child = made(with_finalizer(placement("child", owner)));
  made(placement("grandchild", child));
  ASSERT_TRUE(store().remove(key("a"), {}).ok());
  api::Object marked = live(key("child", api::Kind::placement));
  ASSERT_TRUE(marked.meta.deleted.has_value());
  EXPECT_TRUE(store().get(key("grandchild", api::Kind::placement)).ok());
  marked.meta.finalizers.clear();
  ASSERT_TRUE(store().edit_metadata(marked).ok());
  EXPECT_EQ(store().get(key("child", api::Kind::placement)).error().code(), Code::not_found);
  EXPECT_EQ(store().get(key("grandchild", api::Kind::placement)).error().code(), Code::not_found);
}

TEST_P(StoreConformance, AnObjectGoesWithTheLastOfItsOwners) {
  const api::Object one = made(certificate("one"));
  const api::Object two = made(certificate("two"));
  api::Object shared = placement("shared", one);
  shared.meta.owners.push_back({two.kind, two.meta.name, two.meta.uid});
  made(shared);
  ASSERT_TRUE(store().remove(key("one"), {}).ok());
  const api::Object left = live(key("shared", api::Kind::placement));
  ASSERT_EQ(left.meta.owners.size(), 1u);
  EXPECT_EQ(left.meta.owners[0].uid, two.meta.uid);
  ASSERT_TRUE(store().remove(key("two"), {}).ok());
  EXPECT_EQ(store().get(key("shared", api::Kind::placement)).error().code(), Code::not_found);
}

TEST_P(StoreConformance, AnObjectOfTheSameNameDoesNotInheritChildren) {
  const api::Object owner = made(certificate("a"));
  made(with_finalizer(placement("child", owner)));
  ASSERT_TRUE(store().remove(key("a"), {}).ok());
  made(certificate("a"));
  ASSERT_TRUE(store().remove(key("a"), {}).ok());
  EXPECT_TRUE(store().get(key("child", api::Kind::placement)).ok()) << "it still has a finalizer";
}

TEST_P(StoreConformance, AnObjectIsNotLeftBehindByAnOwnerThatIsGone) {
  const api::Object owner = made(certificate("a"));
  ASSERT_TRUE(store().remove(key("a"), {}).ok());
  const auto orphan = store().create(placement("child", owner));
  if (!orphan) {
    EXPECT_EQ(orphan.error().code(), Code::conflict);
  }
  EXPECT_EQ(store().get(key("child", api::Kind::placement)).error().code(), Code::not_found);
}

TEST_P(StoreConformance, OwnersThatOwnEachOtherGoTogether) {
  api::Object one = made(certificate("one"));
  const api::Object two = made(placement("two", one));
  one.meta.owners = {{two.kind, two.meta.name, two.meta.uid}};
  ASSERT_TRUE(store().edit_metadata(one).ok());
  ASSERT_TRUE(store().remove(key("one"), {}).ok());
  EXPECT_EQ(store().get(key("two", api::Kind::placement)).error().code(), Code::not_found);
}

}  // namespace
}  // namespace certloop::store
