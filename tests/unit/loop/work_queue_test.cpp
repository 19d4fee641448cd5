#include "loop/work_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace certloop::loop {
namespace {

using api::Key;
using api::Kind;
using std::chrono::minutes;
using std::chrono::seconds;

Key key(const std::string& name) { return {Kind::placement, "payments", name}; }

// A queue whose worker does not sleep but moves the clock to the time it would have slept until.
struct TimeTravel {
  SimClock clock{Time{}};
  std::vector<std::optional<Instant>> waits;
  WorkQueue queue{clock, {}, [this](auto&, Mutex&, std::optional<Instant> until) {
                    waits.push_back(until);
                    if (until) clock.advance(*until - clock.tick());
                  }};
};

TEST(WorkQueue, TakesWhatIsDueWithoutWaiting) {
  TimeTravel t;
  t.queue.add(key("a"));
  const auto lease = t.queue.take({});
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->key().name, "a");
  EXPECT_TRUE(t.waits.empty());
}

TEST(WorkQueue, WaitsUntilTheNextKeyIsDue) {
  TimeTravel t;
  t.queue.add(key("a"), {.after = minutes(5)});
  ASSERT_TRUE(t.queue.take({}));
  EXPECT_EQ(t.clock.tick(), Instant(minutes(5)));
  EXPECT_THAT(t.waits, testing::ElementsAre(Instant(minutes(5))));
}

TEST(WorkQueue, TryTakeNeverWaits) {
  TimeTravel t;
  t.queue.add(key("a"), {.after = minutes(5)});
  EXPECT_FALSE(t.queue.try_take());
  EXPECT_EQ(t.queue.next_due(), Instant(minutes(5)));
  EXPECT_TRUE(t.waits.empty());
}

TEST(WorkQueue, ALeaseGivesItsKeyBackWhenItDies) {
  TimeTravel t;
  t.queue.add(key("a"));
  {
    const auto lease = t.queue.try_take();
    t.queue.add(key("a"));
    EXPECT_FALSE(t.queue.try_take());
  }
  EXPECT_TRUE(t.queue.try_take());
}

TEST(WorkQueue, ALeaseSaysWhatBecomesOfItsKey) {
  TimeTravel t;
  t.queue.add(key("a"));
  t.queue.try_take()->retry(Backoff::slow);
  EXPECT_EQ(t.queue.next_due(), t.clock.tick() + minutes(1));
  t.clock.advance(minutes(1));
  {
    auto lease = t.queue.try_take();
    EXPECT_EQ(lease->failures(), 1);
    lease->again(seconds(7));
  }
  EXPECT_EQ(t.queue.next_due(), t.clock.tick() + seconds(7));
  t.clock.advance(seconds(7));
  {
    auto lease = t.queue.try_take();
    EXPECT_EQ(lease->failures(), 0) << "again() is a success";
    lease->forget();
  }
  EXPECT_EQ(t.queue.next_due(), std::nullopt);
}

TEST(WorkQueue, AKeyThatWaitsForItsTurnKeepsItsFailures) {
  TimeTravel t;
  t.queue.add(key("a"));
  for (const Duration rest : {Duration(500), Duration(1000), Duration(2000)}) {
    t.queue.try_take()->retry(Backoff::normal);
    EXPECT_EQ(t.queue.next_due(), t.clock.tick() + rest);
    t.clock.advance(rest);
    t.queue.try_take()->wait_turn(Duration(125));
    EXPECT_EQ(t.queue.next_due(), t.clock.tick() + Duration(125));
    t.clock.advance(Duration(125));
  }
}

// For the thread sanitizer: a holder reads its key while others add the same one and many more.
TEST(WorkQueue, ALeaseIsReadByItsHolderWhileOthersAdd) {
  constexpr int kRuns = 2000;
  const SystemClock clock;
  WorkQueue queue(clock);
  // Keys that come and go leave nodes behind, which the queue uses again.
  for (int n = 100; n < 200; ++n) queue.add(key(std::to_string(n)));
  while (queue.try_take()) continue;
  std::stop_source stop;
  std::atomic<int> runs = 0;
  std::atomic<bool> wrong = false;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([&] {
        while (auto lease = queue.take(stop.get_token())) {
          if (lease->key().space != "payments" || lease->failures() < 0) wrong = true;
          if (runs % 3 == 0) lease->retry(Backoff::fast);
          if (++runs >= kRuns) stop.request_stop();
        }
      });
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([&] {
        for (int n = 0; !stop.stop_requested(); ++n) queue.add(key(std::to_string(n % 50)));
      });
  }
  EXPECT_FALSE(wrong);
  EXPECT_GE(runs, kRuns);
}

TEST(WorkQueue, GivesNothingOnceStopIsRequested) {
  TimeTravel t;
  t.queue.add(key("a"));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(t.queue.take(stop.get_token()));
}

TEST(WorkQueue, AStopWakesEveryWorkerThatWaits) {
  const SystemClock clock;
  WorkQueue queue(clock);
  queue.add(key("far"), {.after = std::chrono::hours(1)});
  std::stop_source stop;
  std::atomic<int> ended = 0;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 4; ++i)
      workers.emplace_back([&] {
        while (queue.take(stop.get_token())) continue;
        ++ended;
      });
    stop.request_stop();
  }
  EXPECT_EQ(ended, 4);
}

TEST(WorkQueue, AnAddWakesAWorkerThatWaits) {
  const SystemClock clock;
  std::atomic<bool> waiting = false;
  WorkQueue queue(clock, {}, [&](auto& changed, Mutex& mutex, std::optional<Instant> until) {
    waiting = true;
    waiting.notify_all();
    WorkQueue::sleep(changed, mutex, until);
  });
  std::jthread worker([&] { EXPECT_TRUE(queue.take({})); });
  waiting.wait(false);
  queue.add(key("a"));
}

TEST(WorkQueue, ADueTimeThatABusyWorkerWouldHaveWaitedForWakesAnother) {
  // One worker learns of two times and takes the first; the second must not be slept through by the
  // worker that fell asleep before either was known.
  const SystemClock clock;
  std::atomic<int> waiting = 0;
  WorkQueue queue(clock, {}, [&](auto& changed, Mutex& mutex, std::optional<Instant> until) {
    ++waiting;
    waiting.notify_all();
    WorkQueue::sleep(changed, mutex, until);
  });
  std::atomic<int> taken = 0;
  const auto work = [&] {
    const auto lease = queue.take({});
    ++taken;
    taken.notify_all();
    for (int n = taken; n < 2; n = taken) taken.wait(n);  // holds its key until both are taken
  };
  std::jthread first(work), second(work);
  for (int n = waiting; n < 2; n = waiting) waiting.wait(n);
  queue.add(key("a"), {.after = Duration(1)});
  queue.add(key("b"), {.after = Duration(2)});
  for (int n = taken; n < 2; n = taken) taken.wait(n);
  EXPECT_EQ(taken, 2);
}

TEST(WorkQueue, GivesAKeyToOneWorkerAtATime) {
  constexpr int kKeys = 8, kRuns = 4000;
  const SystemClock clock;
  WorkQueue queue(clock);
  std::array<std::atomic<int>, kKeys> inside{};
  std::atomic<int> runs = 0;
  std::atomic<bool> overlapped = false;
  std::stop_source stop;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 4; ++i)
      workers.emplace_back([&] {
        while (auto lease = queue.take(stop.get_token())) {
          auto& mine = inside.at(static_cast<std::size_t>(std::stoi(lease->key().name)));
          if (++mine > 1) overlapped = true;
          queue.add(lease->key());
          --mine;
          if (++runs >= kRuns) stop.request_stop();
        }
      });
    for (int i = 0; i < kKeys; ++i) queue.add(key(std::to_string(i)));
  }
  EXPECT_FALSE(overlapped);
  EXPECT_GE(runs, kRuns);
  EXPECT_EQ(queue.counts().held, 0U);
  EXPECT_EQ(queue.counts().ready, static_cast<std::size_t>(kKeys));
}

}  // namespace
}  // namespace certloop::loop
