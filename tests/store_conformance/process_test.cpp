// Several handles, threads and processes on one state.
#include <signal.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "store_conformance.h"

namespace certloop::store {
namespace {

std::string counted(int value) { return R"({"failedAttempts":)" + std::to_string(value) + "}"; }

int count_of(const api::Object& object) {
  const std::string text = at(object.status, "/failedAttempts");
  return text.empty() ? 0 : std::stoi(text);
}

// Adds one to the object's counter by compare-and-swap, as often as it takes.
bool add_one(Store& store, const api::Key& key) {
  for (;;) {
    auto seen = store.get(key);
    if (!seen) return false;
    seen->status = document(counted(count_of(*seen) + 1));
    const auto written = store.update_status(*seen);
    if (written) return true;
    if (written.error().code() != Code::conflict) return false;
  }
}

TEST_P(StoreConformance, TwoHandlesSeeEachOthersWrites) {
  auto one = place_->open(), two = place_->open();
  auto watch = two->watch(api::Kind::certificate, two->list({}).value().version).value();
  const api::Object created = one->create(certificate("a")).value();
  EXPECT_EQ(two->get(key("a")).value(), created);
  EXPECT_EQ(two->create(certificate("a")).error().code(), Code::already_exists);
  EXPECT_EQ(polled(*watch).size(), 1u);
  api::Object seen = two->get(key("a")).value();
  seen.status = document(counted(1));
  two->update_status(seen).value();
  api::Object late = created;
  late.status = document(counted(7));
  EXPECT_EQ(one->update_status(late).error().code(), Code::conflict);
  EXPECT_EQ(count_of(one->get(key("a")).value()), 1);
}

TEST_P(StoreConformance, EverythingSurvivesARestart) {  // S11
  api::Object object = certificate("a", R"({"tags":{"team":"x"}})");
  object.meta.labels = {{"team", "x"}};
  std::string version, start;
  api::Object kept, kept_secret;
  {
    auto before = place_->open();
    start = before->list({}).value().version;
    kept = before->apply(object, {.manager = "one"}).value();
    kept.status = document(counted(3));
    kept = before->update_status(kept).value();
    kept_secret = before->create(secret("s", R"({"password":"Y2FuYXJ5"})")).value();
    version = before->list({}).value().version;
  }
  auto after = place_->open();
  EXPECT_EQ(after->get(key("a")).value(), kept);
  EXPECT_EQ(after->get(key("s", api::Kind::secret)).value(), kept_secret);
  EXPECT_EQ(after->list({}).value().version, version);
  auto watch = after->watch(api::Kind::certificate, start).value();
  EXPECT_EQ(polled(*watch).size(), 2u) << "a watch resumes over a restart";
  EXPECT_EQ(after->apply(object, {.manager = "one"}).value(), kept) << "managers are remembered";
}

TEST_P(StoreConformance, OneOfManyCreatorsWins) {
  store();
  std::vector<std::unique_ptr<Store>> handles;
  for (int i = 0; i < 4; ++i) handles.push_back(place_->open());
  std::atomic<int> wins = 0, losses = 0;
  {
    std::vector<std::jthread> threads;
    for (auto& handle : handles)
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i) {
          const auto result = handle->create(certificate("n" + std::to_string(i)));
          if (result) ++wins;
          if (!result && result.error().code() == Code::already_exists) ++losses;
        }
      });
  }
  EXPECT_EQ(wins, 25);
  EXPECT_EQ(losses, 75);
}

TEST_P(StoreConformance, NoCompareAndSwapOfThreadsAndProcessesIsLost) {
  constexpr int kThreads = 3, kTimes = 20;
  const auto add_many = [this] {
    auto mine = place_->open();
    std::atomic<int> failures = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&] {
          for (int n = 0; n < kTimes; ++n)
            if (!add_one(*mine, key("counter"))) ++failures;
        });
    }
    return failures.load();
  };
  Pipe go;
  Child one([&] { return go.receive() == 1 ? add_many() : 98; });
  Child two([&] { return go.receive() == 1 ? add_many() : 98; });
  made(certificate("counter"));
  go.send(1);
  go.send(1);
  EXPECT_EQ(add_many(), 0);
  EXPECT_EQ(one.wait(), 0);
  EXPECT_EQ(two.wait(), 0);
  EXPECT_EQ(count_of(live(key("counter"))), 3 * kThreads * kTimes);
}

TEST_P(StoreConformance, AWatchSeesWhatAnotherProcessWrites) {
  Pipe go;
  Child child([&] {
    if (go.receive() != 1) return 98;
    auto mine = place_->open();
    for (int i = 0; i < 20; ++i)
      if (!mine->create(certificate("n" + std::to_string(i))).ok()) return 1;
    return mine->remove(key("n0"), {}).ok() ? 0 : 2;
  });
  auto watch = store().watch(api::Kind::certificate, store().list({}).value().version).value();
  go.send(1);
  std::vector<Event> seen;
  for (int tries = 0; seen.size() < 21 && tries < 1000; ++tries) {
    store().wait_for_change(std::chrono::seconds(1), {});
    for (auto& event : polled(*watch)) seen.push_back(event);
  }
  EXPECT_EQ(child.wait(), 0);
  ASSERT_EQ(seen.size(), 21u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(seen[i].object.meta.name, "n" + std::to_string(i));
  EXPECT_EQ(seen[20].type, Event::Type::removed);
}

// Writes without end, telling each write that has returned.
int write_until_killed(Store& store, Pipe& done, int round) {
  const std::string owner_name = "owner" + std::to_string(round);
  const auto owner = store.create(certificate(owner_name));
  if (!owner) return 1;
  for (int i = 0;; ++i) {
    const std::string name = "n" + std::to_string(round) + "-" + std::to_string(i);
    if (!store.create(placement(name, *owner)).ok()) return 2;
    done.send(i);
    if (!add_one(store, key(owner_name))) return 3;
    done.send(i);
  }
}

TEST_P(StoreConformance, AProcessKilledAmongItsWritesLeavesAWholeStore) {
  std::set<std::string> acknowledged;
  std::map<int, int> counts;
  for (int round = 0; round < 6; ++round) {
    Pipe done;
    Child child([&] {
      auto mine = place_->open();
      return write_until_killed(*mine, done, round);
    });
    done.close_writing();
    // Two messages a turn: one after the create, one after the count.
    const auto hear = [&](int message) {
      if (message % 2 == 0)
        acknowledged.insert("n" + std::to_string(round) + "-" + std::to_string(message / 2));
      else
        counts[round] = message / 2 + 1;
    };
    int heard = 0;
    while (heard < 5 + 7 * round && done.receive() >= 0) hear(heard++);
    child.kill_now();
    EXPECT_EQ(child.wait(), 128 + SIGKILL);
    while (done.receive() >= 0) hear(heard++);
  }

  // What a call has answered is there; and list, log and owners agree.
  const Listing listing = store().list({.kind = api::Kind::placement}).value();
  std::set<std::string> found;
  for (const auto& object : listing.objects) found.insert(object.meta.name);
  for (const auto& name : acknowledged) EXPECT_EQ(found.count(name), 1u) << name;
  EXPECT_LE(found.size(), acknowledged.size() + 6) << "at most one write a round was under way";
  for (const auto& [round, count] : counts) {
    const api::Object owner = live(key("owner" + std::to_string(round)));
    EXPECT_GE(count_of(owner), count);
    EXPECT_LE(count_of(owner), count + 1);
    ASSERT_TRUE(store().remove(owner.key(), {}).ok());
  }
  EXPECT_TRUE(names({.kind = api::Kind::placement}).empty());
  made(certificate("after"));
}

}  // namespace
}  // namespace certloop::store
