#include "loop/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace certloop::loop {
namespace {

using api::Key;
using api::Kind;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

const Key kShop{Kind::certificate, "payments", "shop"};

class Answers final : public Reconciler {
 public:
  explicit Answers(std::function<Result<Next>(const Key&)> answer) : answer_(std::move(answer)) {}
  Result<Next> reconcile(const Key& key) override { return answer_(key); }

 private:
  std::function<Result<Next>(const Key&)> answer_;
};

struct Loop {
  explicit Loop(std::function<Result<Next>(const Key&)> answer) : reconciler(std::move(answer)) {
    controller.serve(Kind::certificate, reconciler);
  }
  // How long the key rests after one run; nothing if it is forgotten.
  std::optional<Duration> rest_after_a_run() {
    queue.add(kShop);
    EXPECT_TRUE(controller.step());
    const auto due = queue.next_due();
    return due ? std::optional(*due - clock.tick()) : std::nullopt;
  }

  SimClock clock{Time{}};
  std::vector<std::string> lines;
  Log log{clock, [this](std::string_view line) { lines.emplace_back(line); }};
  WorkQueue queue{clock};
  Controller controller{queue, log};
  Answers reconciler;
};

TEST(Controller, SettlesEveryOutcomeAsTheTableSays) {
  struct Row {
    Code code;
    Duration rest;
  };
  const Row rows[] = {
      {Code::conflict, milliseconds(5)},
      {Code::already_exists, milliseconds(5)},
      {Code::not_found, milliseconds(500)},
      {Code::throttled, milliseconds(500)},
      {Code::unavailable, milliseconds(500)},
      {Code::internal, milliseconds(500)},
      {Code::denied, minutes(1)},
      {Code::exhausted, minutes(1)},
  };
  for (const Row& row : rows) {
    Loop loop([&](const Key&) -> Result<Next> { return Error(row.code, "no"); });
    EXPECT_EQ(loop.rest_after_a_run(), row.rest) << name_of(row.code);
    EXPECT_EQ(loop.controller.counts().errors[row.code], 1U) << name_of(row.code);
  }
  Loop after([](const Key&) { return Next::after(hours(5)); });
  EXPECT_EQ(after.rest_after_a_run(), hours(5));
  Loop retry([](const Key&) { return Next::retry(); });
  EXPECT_EQ(retry.rest_after_a_run(), milliseconds(500));
}

// A change may be missed, and what only a change could help may heal unseen.
TEST(Controller, NothingRestsForEver) {
  const auto rest = [](const Result<Next>& answer) {
    Loop loop([&](const Key&) { return answer; });
    return *loop.rest_after_a_run();
  };
  for (const auto& stalls : {Result<Next>(Next::stalled()),
                             Result<Next>(Error(Code::invalid, "spec.region: is empty")),
                             Result<Next>(Error(Code::cancelled, "the process is ending"))}) {
    EXPECT_GE(rest(stalls), minutes(30));
    EXPECT_LE(rest(stalls), hours(1));
  }
  EXPECT_GE(rest(Next::on_change()), hours(6));
  EXPECT_LE(rest(Next::on_change()), minutes(7 * 60 + 30));
}

TEST(Controller, TheRestsOfManyKeysAreSpread) {
  Loop loop([](const Key&) { return Next::on_change(); });
  for (int i = 0; i < 1000; ++i)
    loop.queue.add({Kind::certificate, "payments", "c" + std::to_string(i)});
  while (loop.controller.step()) continue;
  loop.clock.advance(hours(6) + minutes(9));  // a tenth of the width
  int early = 0;
  while (loop.controller.step()) ++early;
  EXPECT_GT(early, 50);
  EXPECT_LT(early, 200);
}

TEST(Controller, AKeyWithoutAnObjectIsForgotten) {
  Loop loop([](const Key&) { return Next::gone(); });
  EXPECT_EQ(loop.rest_after_a_run(), std::nullopt);
  EXPECT_EQ(loop.queue.counts().waiting, 0U);
}

TEST(Controller, ARefusalThatRepeatsBacksOffAlsoIfTurnsAreWaitedForInBetween) {
  bool its_turn = true;
  Loop loop([&](const Key&) -> Result<Next> {
    its_turn = !its_turn;
    if (its_turn) return Next::retry();
    return Error(Code::throttled, "its turn is in 125 ms").after(Duration{125}).not_sent();
  });
  for (const Duration rest : {Duration(500), Duration(1000), Duration(2000), Duration(4000)}) {
    EXPECT_EQ(loop.rest_after_a_run(), Duration(125));
    EXPECT_EQ(loop.rest_after_a_run(), rest);
  }
}

TEST(Controller, AConflictThatAServiceAnsweredBacksOffAsTrouble) {
  Loop loop([](const Key&) -> Result<Next> {
    return Error(Code::conflict, "the certificate is in use")
        .answered({"ResourceInUseException", "", 400});
  });
  EXPECT_EQ(loop.rest_after_a_run(), milliseconds(500));
  EXPECT_EQ(loop.rest_after_a_run(), seconds(1));
}

TEST(Controller, ATimeThatAServiceNamesIsKeptWithinTheBackOff) {
  Duration told = seconds(20);
  Loop loop([&](const Key&) -> Result<Next> {
    return Error(Code::throttled, "slow down").answered({"Throttling", "", 400}).after(told);
  });
  EXPECT_EQ(loop.rest_after_a_run(), seconds(20));
  told = seconds(1);
  for (int i = 0; i < 6; ++i) loop.rest_after_a_run();
  EXPECT_EQ(loop.rest_after_a_run(), seconds(64)) << "it goes on failing";
  told = hours(24 * 21);
  EXPECT_EQ(loop.rest_after_a_run(), minutes(15));
}

TEST(Controller, NoTurnIsWaitedForLongerThanAQuarterOfAnHour) {
  Loop loop([&](const Key&) -> Result<Next> {
    return Error(Code::throttled, "its turn is in a day").after(hours(24)).not_sent();
  });
  for (int i = 0; i < 8; ++i) EXPECT_EQ(loop.rest_after_a_run(), minutes(15));
}

TEST(Controller, ASuccessEndsTheBackOff) {
  bool fails = true;
  Loop loop([&](const Key&) -> Result<Next> {
    if (fails) return Error(Code::unavailable, "no answer");
    return Next::on_change();
  });
  EXPECT_EQ(loop.rest_after_a_run(), milliseconds(500));
  EXPECT_EQ(loop.rest_after_a_run(), seconds(1));
  fails = false;
  EXPECT_GE(loop.rest_after_a_run(), hours(6));
  fails = true;
  EXPECT_EQ(loop.rest_after_a_run(), milliseconds(500));
}

TEST(Controller, AnInvalidSpecIsLookedAtAgainWhenItChangesAndWithinTheHour) {
  int runs = 0;
  Loop loop([&](const Key&) -> Result<Next> {
    ++runs;
    return Error(Code::invalid, "spec.region: is empty");
  });
  loop.rest_after_a_run();
  EXPECT_FALSE(loop.controller.step());
  loop.queue.add(kShop);
  EXPECT_TRUE(loop.controller.step());
  EXPECT_EQ(runs, 2);
  loop.clock.advance(hours(1));
  EXPECT_TRUE(loop.controller.step());
  EXPECT_EQ(runs, 3);
}

TEST(Controller, CatchesAnExceptionOnceAndTreatsItAsInternal) {
  Loop loop([](const Key&) -> Result<Next> { throw std::runtime_error("out of range"); });
  EXPECT_EQ(loop.rest_after_a_run(), milliseconds(500));
  EXPECT_EQ(loop.controller.counts().exceptions, 1U);
  EXPECT_EQ(loop.controller.counts().errors[Code::internal], 1U);
  EXPECT_EQ(loop.controller.counts().runs, 1U);
  EXPECT_EQ(loop.controller.counts().busy, 0);
  EXPECT_THAT(loop.lines, ElementsAre(HasSubstr("an exception left the reconciler: out of range")));

  Loop odd([](const Key&) -> Result<Next> { throw 7; });
  EXPECT_EQ(odd.rest_after_a_run(), milliseconds(500));
}

TEST(Controller, LogsAFailureOncePerChangeOfItsMessageAndTheRecovery) {
  std::string message = "no answer";
  Loop loop([&](const Key&) -> Result<Next> {
    if (message.empty()) return Next::on_change();
    return Error(Code::unavailable, message);
  });
  for (int i = 0; i < 3; ++i) loop.rest_after_a_run();
  message = "no such host";
  for (int i = 0; i < 3; ++i) loop.rest_after_a_run();
  EXPECT_EQ(loop.controller.counts().failing, 1U);
  message.clear();
  for (int i = 0; i < 3; ++i) loop.rest_after_a_run();
  EXPECT_THAT(loop.lines, ElementsAre(HasSubstr("Certificate payments/shop: no answer"),
                                      HasSubstr("Certificate payments/shop: no such host"),
                                      HasSubstr("Certificate payments/shop has recovered")));
  EXPECT_EQ(loop.controller.counts().failing, 0U);
}

TEST(Controller, AConflictIsNoNews) {
  Loop loop([](const Key&) -> Result<Next> { return Error(Code::conflict, "stale version"); });
  loop.rest_after_a_run();
  EXPECT_TRUE(loop.lines.empty());
}

TEST(Controller, AnErrorThatKnowsWhenToComeBackIsBelieved) {
  Duration wait{230};
  Code code = Code::throttled;
  Loop loop([&](const Key&) -> Result<Next> {
    return Error(code, "its turn is in " + std::to_string(wait.count()) + " ms").after(wait);
  });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(loop.rest_after_a_run(), wait);
  EXPECT_TRUE(loop.lines.empty()) << "waiting for one's turn is no failure";
  code = Code::unavailable;
  for (const int more : {1, 2, 3}) {
    wait = Duration(more * 1000);
    EXPECT_EQ(loop.rest_after_a_run(), wait);
  }
  EXPECT_EQ(loop.lines.size(), 1U) << "the same failure with another time in its message";
  wait = Duration{0};
  EXPECT_EQ(loop.rest_after_a_run(), milliseconds(5)) << "no wait at all would be a busy loop";
}

// A run that needs two calls of a kind would use up each turn for the first of them, for ever.
TEST(Controller, AKeyThatIsSentAwayAgainAndAgainLetsTurnsPass) {
  bool throttled = true;
  Loop loop([&](const Key&) -> Result<Next> {
    if (throttled) return Error(Code::throttled, "its turn is in 125 ms").after(Duration{125});
    return Next::on_change();
  });
  std::vector<long> rests;
  for (int i = 0; i < 12; ++i) rests.push_back(loop.rest_after_a_run()->count() / 125);
  EXPECT_THAT(rests, ElementsAre(1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8));
  throttled = false;
  loop.rest_after_a_run();
  throttled = true;
  EXPECT_EQ(loop.rest_after_a_run(), milliseconds(125));
}

TEST(Controller, GivesEachKindToItsReconciler) {
  std::vector<Kind> seen;
  Loop loop([&](const Key& key) -> Result<Next> {
    seen.push_back(key.kind);
    return Next::on_change();
  });
  Answers accounts([&](const Key& key) -> Result<Next> {
    seen.push_back(key.kind);
    return Next::on_change();
  });
  loop.controller.serve(Kind::account, accounts);
  loop.queue.add({Kind::account, "payments", "prod"});
  loop.queue.add(kShop);
  while (loop.controller.step()) continue;
  EXPECT_THAT(seen, ElementsAre(Kind::account, Kind::certificate));
}

TEST(Controller, AKeyThatNobodyServesIsOurFault) {
  Loop loop([](const Key&) { return Next::on_change(); });
  loop.queue.add({Kind::event, "payments", "what"});
  EXPECT_TRUE(loop.controller.step());
  EXPECT_EQ(loop.controller.counts().errors[Code::internal], 1U);
}

TEST(Controller, StopsWhenToldAndBeginsNoRunAfterwards) {
  const SystemClock clock;
  WorkQueue queue(clock);
  Controller controller(queue, Log::none());
  std::atomic<bool> begun = false;
  std::atomic<int> runs = 0;
  std::stop_source stop;
  Answers slow([&](const Key&) -> Result<Next> {
    ++runs;
    begun = true;
    begun.notify_all();
    // A call that aborts when the process ends: what the transport does with its stop token.
    std::atomic<bool> told = false;
    const std::stop_callback tell(stop.get_token(), [&] {
      told = true;
      told.notify_all();
    });
    told.wait(false);
    return Error(Code::cancelled, "the process is ending");
  });
  controller.serve(Kind::certificate, slow);
  std::jthread runner([&] { controller.run(stop.get_token(), 1); });
  queue.add(kShop);
  queue.add({Kind::certificate, "payments", "other"});
  begun.wait(false);
  stop.request_stop();
  runner.join();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(controller.counts().errors[Code::cancelled], 1U);
  EXPECT_EQ(queue.counts().held, 0U);
}

TEST(Controller, RunsAsManyKeysAtOnceAsItHasWorkers) {
  const SystemClock clock;
  WorkQueue queue(clock);
  Controller controller(queue, Log::none());
  std::stop_source stop;
  std::atomic<int> inside = 0;
  Answers meets([&](const Key&) -> Result<Next> {
    ++inside;
    inside.notify_all();
    for (int n = inside; n < 3; n = inside) inside.wait(n);  // returns only if all three meet
    stop.request_stop();
    return Next::on_change();
  });
  controller.serve(Kind::certificate, meets);
  for (const char* name : {"a", "b", "c"}) queue.add({Kind::certificate, "payments", name});
  controller.run(stop.get_token(), 3);
  EXPECT_EQ(controller.counts().runs, 3U);
}

}  // namespace
}  // namespace certloop::loop
