#include <set>
#include <thread>

#include "store_conformance.h"

namespace certloop::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_P(StoreConformance, AWatchTellsWhatHappenedAfterItsVersionInOrder) {
  made(certificate("before"));
  const Listing listing = store().list({}).value();
  auto watch = store().watch(api::Kind::certificate, listing.version).value();
  EXPECT_TRUE(polled(*watch).empty());

  api::Object a = made(certificate("a"));
  a.status = document(R"({"arn":"x"})");
  a = store().update_status(a).value();
  applied(certificate("b"));
  ASSERT_TRUE(store().remove(key("a"), {}).ok());

  const auto events = polled(*watch);
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].object.meta.name, "a");
  EXPECT_TRUE(events[0].object.status.empty()) << "the state as it was then";
  EXPECT_EQ(events[1].object, a);
  EXPECT_EQ(events[2].object.meta.name, "b");
  EXPECT_EQ(events[3].type, Event::Type::removed);
  EXPECT_EQ(events[3].object.meta.uid, a.meta.uid);
  EXPECT_EQ(events[3].object.status, a.status) << "the last state";
  EXPECT_TRUE(polled(*watch).empty()) << "told once";
}

TEST_P(StoreConformance, AWatchFromAnOldVersionResumes) {
  const std::string start = store().list({}).value().version;
  const api::Object a = made(certificate("a"));
  made(certificate("b"));
  auto all = store().watch(api::Kind::certificate, start).value();
  EXPECT_EQ(polled(*all).size(), 2u);
  auto after_a = store().watch(api::Kind::certificate, a.meta.version).value();
  const auto events = polled(*after_a);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].object.meta.name, "b");
}

TEST_P(StoreConformance, AWatchCanStartAtTheVersionOfARemoval) {
  made(certificate("a"));
  const auto last = store().remove(key("a"), {});
  made(certificate("b"));
  auto watch = store().watch(api::Kind::certificate, last->meta.version).value();
  const auto events = polled(*watch);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].object.meta.name, "b");
}

TEST_P(StoreConformance, AWatchTellsOfOneKindOnly) {
  auto watch = store().watch(api::Kind::secret, store().list({}).value().version).value();
  made(certificate("a"));
  made(secret("s", R"({"password":"Y2FuYXJ5"})"));
  const auto events = polled(*watch);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].object.kind, api::Kind::secret);
  EXPECT_EQ(at(events[0].object.body, "/data/password"), "\"Y2FuYXJ5\"");
}

TEST_P(StoreConformance, AWatchTellsOfWhatWentWithItsOwner) {
  const api::Object owner = made(certificate("a"));
  made(placement("child", owner));
  api::Object held = placement("held", owner);
  held.meta.finalizers = {"certloop.dev/cleanup"};
  made(held);
  auto watch = store().watch(api::Kind::placement, store().list({}).value().version).value();
  ASSERT_TRUE(store().remove(key("a"), {}).ok());
  bool removed = false, marked = false;
  for (const auto& event : polled(*watch)) {
    if (event.object.meta.name == "child") removed = event.type == Event::Type::removed;
    if (event.object.meta.name == "held") marked = event.object.meta.deleted.has_value();
  }
  EXPECT_TRUE(removed);
  EXPECT_TRUE(marked);
}

TEST_P(StoreConformance, WhatFailedOrWasRehearsedIsNotTold) {
  const api::Object a = made(certificate("a"));
  auto watch = store().watch(api::Kind::certificate, store().list({}).value().version).value();
  ASSERT_FALSE(store().create(certificate("a")).ok());
  ASSERT_TRUE(store().apply(certificate("b"), {.manager = "t", .dry_run = true}).ok());
  RemoveOptions rehearsal;
  rehearsal.dry_run = true;
  ASSERT_TRUE(store().remove(key("a"), rehearsal).ok());
  ASSERT_TRUE(store().update_status(a).ok()) << "no change";
  EXPECT_TRUE(polled(*watch).empty());
}

TEST_P(StoreConformance, ListAndWatchTogetherMissNothingWhileOthersWrite) {
  auto writer = place_->open();
  std::jthread writing([&] {
    for (int i = 0; i < 60; ++i)
      if (!writer->create(certificate("n" + std::to_string(i))).ok()) std::abort();
  });
  std::set<std::string> known;
  Listing listing = store().list({}).value();
  for (const auto& object : listing.objects) known.insert(object.meta.name);
  auto watch = store().watch(api::Kind::certificate, listing.version).value();
  for (int tries = 0; known.size() < 60 && tries < 1000; ++tries) {
    store().wait_for_change(seconds(1), {});
    for (const auto& event : polled(*watch))
      EXPECT_TRUE(known.insert(event.object.meta.name).second) << "told twice";
  }
  EXPECT_EQ(known.size(), 60u);
}

TEST_P(StoreConformance, AWatchThatFellBehindIsAConflict) {
  const std::string start = store().list({}).value().version;
  auto watch = store().watch(api::Kind::certificate, start).value();
  api::Object busy = made(certificate("busy"));
  for (int i = 0; i < place_->forgets_after(); ++i) {
    busy.status = document(R"({"failedAttempts":)" + std::to_string(i + 1) + "}");
    busy = store().update_status(busy).value();
  }
  const auto late = watch->poll();
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code(), Code::conflict);
  EXPECT_EQ(late.error().reason(), "Expired");
  const auto again = store().watch(api::Kind::certificate, start);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), Code::conflict);
  auto fresh = store().watch(api::Kind::certificate, store().list({}).value().version);
  EXPECT_TRUE(fresh.ok());
}

TEST_P(StoreConformance, AWatchFromNoVersionIsInvalid) {
  EXPECT_EQ(store().watch(api::Kind::certificate, "yesterday").error().code(), Code::invalid);
}

TEST_P(StoreConformance, WaitingEndsWhenAnotherHandleHasWritten) {
  store().wait_for_change(milliseconds(0), {});
  auto other = place_->open();
  std::jthread writing([&] { other->create(certificate("a")).value(); });
  const auto start = std::chrono::steady_clock::now();
  store().wait_for_change(seconds(60), {});
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(30));
  writing.join();
}

TEST_P(StoreConformance, WhatWasWrittenBetweenTwoWaitsIsNotSleptOver) {
  store().wait_for_change(milliseconds(0), {});
  made(certificate("a"));
  const auto start = std::chrono::steady_clock::now();
  store().wait_for_change(seconds(60), {});
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(30));
}

TEST_P(StoreConformance, WaitingEndsWhenTheTimeIsOver) {
  store().wait_for_change(milliseconds(0), {});
  const auto start = std::chrono::steady_clock::now();
  store().wait_for_change(milliseconds(60), {});
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(60));
}

TEST_P(StoreConformance, WaitingEndsWhenStopIsRequested) {
  std::stop_source stop;
  store().wait_for_change(milliseconds(0), {});
  std::jthread stopping([&] { stop.request_stop(); });
  const auto start = std::chrono::steady_clock::now();
  store().wait_for_change(seconds(60), stop.get_token());
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(30));
}

}  // namespace
}  // namespace certloop::store
