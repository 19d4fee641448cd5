#include "loop/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
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

Key key(const std::string& name) { return {Kind::placement, "payments", name}; }
Instant at(Duration since_start) { return Instant(since_start); }

// Takes whatever is due, in order, and gives each back at once.
std::vector<std::string> drain(Schedule& schedule, Instant now) {
  std::vector<std::string> names;
  while (Schedule::Held* held = schedule.take(now)) {
    names.push_back(held->key->name);
    schedule.done(*held, now);
  }
  return names;
}

TEST(Schedule, HandsOutWhatIsDueInTheOrderItWasAdded) {
  Schedule schedule;
  for (const char* name : {"a", "b", "c"}) schedule.add(key(name), at(seconds(1)));
  EXPECT_THAT(drain(schedule, at(seconds(1))), ElementsAre("a", "b", "c"));
  EXPECT_EQ(schedule.take(at(hours(1))), nullptr);
  EXPECT_EQ(schedule.next_due(), std::nullopt);
}

TEST(Schedule, QueuesAKeyOnceHoweverOftenItIsAdded) {
  Schedule schedule;
  for (int i = 0; i < 5; ++i) schedule.add(key("a"), at(seconds(i)));
  EXPECT_EQ(schedule.counts().ready, 1U);
  EXPECT_THAT(drain(schedule, at(seconds(9))), ElementsAre("a"));
}

TEST(Schedule, ForgetsFailuresOfWhatIsBegunAnew) {
  Schedule schedule;
  schedule.add(key("a"), at(seconds(0)));
  for (int i = 0; i < 20; ++i) {
    Schedule::Held* held = schedule.take(at(hours(i)));
    ASSERT_NE(held, nullptr);
    schedule.retry(*held, Backoff::normal, at(hours(i)));
    schedule.done(*held, at(hours(i)));
  }
  schedule.add(key("a"), at(hours(20)), {.anew = true});
  Schedule::Held* held = schedule.take(at(hours(20)));
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->failures, 0);
  schedule.retry(*held, Backoff::normal, at(hours(20)));
  schedule.done(*held, at(hours(20)));
  EXPECT_EQ(schedule.next_due(), at(hours(20)) + milliseconds(500));
}

TEST(Schedule, GivesAKeyToOneHolderAtATime) {
  Schedule schedule;
  schedule.add(key("a"), at(seconds(0)));
  ASSERT_NE(schedule.take(at(seconds(0))), nullptr);
  schedule.add(key("a"), at(seconds(0)));
  EXPECT_EQ(schedule.take(at(hours(1))), nullptr);
  EXPECT_EQ(schedule.counts().held, 1U);
}

TEST(Schedule, EventsDuringARunCauseExactlyOneMore) {
  Schedule schedule;
  schedule.add(key("a"), at(seconds(0)));
  Schedule::Held* held = schedule.take(at(seconds(0)));
  for (int i = 0; i < 7; ++i) schedule.add(key("a"), at(seconds(1)));
  schedule.done(*held, at(seconds(2)));
  EXPECT_THAT(drain(schedule, at(seconds(2))), ElementsAre("a"));
}

TEST(Schedule, AnEventDuringARunIsNotDelayedByTheRunsOwnWait) {
  Schedule schedule;
  schedule.add(key("a"), at(seconds(0)));
  Schedule::Held* held = schedule.take(at(seconds(0)));
  schedule.add(key("a"), at(seconds(1)));
  schedule.again(*held, hours(1), at(seconds(1)));
  schedule.done(*held, at(seconds(1)));
  EXPECT_THAT(drain(schedule, at(seconds(1))), ElementsAre("a"));
  EXPECT_EQ(schedule.next_due(), std::nullopt);
}

TEST(Schedule, TheEarlierOfTwoTimesWins) {
  Schedule schedule;
  schedule.add(key("sooner"), at(seconds(0)), {.after = minutes(10)});
  schedule.add(key("sooner"), at(seconds(0)), {.after = minutes(5)});
  schedule.add(key("later"), at(seconds(0)), {.after = minutes(5)});
  schedule.add(key("later"), at(seconds(0)), {.after = minutes(10)});
  EXPECT_EQ(schedule.next_due(), at(minutes(5)));
  EXPECT_THAT(drain(schedule, at(minutes(5) - milliseconds(1))), ElementsAre());
  EXPECT_THAT(drain(schedule, at(minutes(5))), testing::UnorderedElementsAre("sooner", "later"));
  EXPECT_EQ(schedule.next_due(), std::nullopt);
}

TEST(Schedule, WhatWaitsComesInTheOrderOfItsTime) {
  Schedule schedule;
  for (int i : {5, 3, 9, 1, 7, 2, 8})
    schedule.add(key(std::to_string(i)), at(seconds(0)), {.after = seconds(i)});
  schedule.add(key("3"), at(seconds(0)));  // out of the middle of the heap
  EXPECT_THAT(drain(schedule, at(seconds(0))), ElementsAre("3"));
  EXPECT_THAT(drain(schedule, at(minutes(1))), ElementsAre("1", "2", "5", "7", "8", "9"));
}

TEST(Schedule, EditsOvertakeTheInitialList) {
  Schedule schedule;
  for (int i = 0; i < 100; ++i)
    schedule.add(key("listed-" + std::to_string(i)), at(seconds(0)),
                 {.priority = Priority::background});
  schedule.add(key("edited"), at(seconds(5)));
  EXPECT_EQ(schedule.take(at(seconds(5)))->key->name, "edited");
}

TEST(Schedule, AnEditLiftsAKeyOutOfTheInitialListToTheEndOfTheEdits) {
  Schedule schedule;
  schedule.add(key("a"), at(seconds(0)), {.priority = Priority::background});
  schedule.add(key("b"), at(seconds(0)), {.priority = Priority::background});
  schedule.add(key("c"), at(seconds(1)));
  schedule.add(key("b"), at(seconds(2)));
  EXPECT_THAT(drain(schedule, at(seconds(3))), ElementsAre("c", "b", "a"));
}

TEST(Schedule, ALowerPriorityDoesNotPushAKeyBack) {
  Schedule schedule;
  schedule.add(key("a"), at(seconds(0)));
  schedule.add(key("b"), at(seconds(0)));
  schedule.add(key("a"), at(seconds(0)), {.priority = Priority::background});
  EXPECT_THAT(drain(schedule, at(seconds(0))), ElementsAre("a", "b"));
}

TEST(Schedule, BackgroundDoesNotStarveUnderEndlessEdits) {
  Schedule schedule;
  schedule.add(key("listed"), at(seconds(0)), {.priority = Priority::background});
  // One edit a second arrives and one key a second is served: without ageing for ever edits.
  for (int second = 0; second <= 31; ++second) {
    schedule.add(key("edit-" + std::to_string(second)), at(seconds(second)));
    Schedule::Held* held = schedule.take(at(seconds(second)));
    const std::string name = held->key->name;
    schedule.done(*held, at(seconds(second)));
    if (name == "listed") {
      EXPECT_EQ(second, 31);
      return;
    }
  }
  FAIL() << "the background key was never served";
}

TEST(Schedule, ARetryKeepsThePriorityOfTheRun) {
  Schedule schedule;
  schedule.add(key("listed"), at(seconds(0)), {.priority = Priority::background});
  Schedule::Held* held = schedule.take(at(seconds(0)));
  schedule.retry(*held, Backoff::normal, at(seconds(0)));
  schedule.done(*held, at(seconds(0)));
  // Both become ready in the same take.
  schedule.add(key("edited"), at(seconds(0)), {.after = seconds(1)});
  EXPECT_THAT(drain(schedule, at(seconds(1))), ElementsAre("edited", "listed"));
}

struct Step {
  Backoff kind;
  int failures;
  Duration wait;
};

TEST(Backoff, DoublesFromItsFirstStepToItsLongest) {
  const Step steps[] = {
      {Backoff::fast, 1, milliseconds(5)},
      {Backoff::fast, 2, milliseconds(10)},
      {Backoff::fast, 4, milliseconds(40)},
      {Backoff::fast, 15, minutes(1)},
      {Backoff::normal, 1, milliseconds(500)},
      {Backoff::normal, 2, seconds(1)},
      {Backoff::normal, 11, seconds(512)},
      {Backoff::normal, 12, minutes(15)},
      {Backoff::normal, 1'000'000, minutes(15)},
      {Backoff::slow, 1, minutes(1)},
      {Backoff::slow, 3, minutes(4)},
      {Backoff::slow, 7, hours(1)},
      {Backoff::slow, 2'000'000'000, hours(1)},
  };
  for (const Step& step : steps)
    EXPECT_EQ(backoff(step.kind, step.failures), step.wait) << step.failures << " failures";
}

TEST(Schedule, RestsLongerAfterEachFailureInARow) {
  Schedule schedule;
  Instant now = at(seconds(0));
  schedule.add(key("a"), now);
  for (const Duration rest : {milliseconds(500), milliseconds(1000), milliseconds(2000)}) {
    Schedule::Held* held = schedule.take(now);
    ASSERT_NE(held, nullptr);
    schedule.retry(*held, Backoff::normal, now);
    schedule.done(*held, now);
    EXPECT_EQ(schedule.next_due(), now + rest);
    now += rest;
  }
}

TEST(Schedule, CountsEachKindOfFailureByItself) {
  Schedule schedule;
  Instant now = at(seconds(0));
  schedule.add(key("a"), now);
  const auto rest_after = [&](Backoff kind) {
    Schedule::Held* held = schedule.take(now);
    EXPECT_NE(held, nullptr);
    schedule.retry(*held, kind, now);
    schedule.done(*held, now);
    const Duration rest = *schedule.next_due() - now;
    now = *schedule.next_due();
    return rest;
  };
  EXPECT_EQ(rest_after(Backoff::normal), milliseconds(500));
  EXPECT_EQ(rest_after(Backoff::normal), seconds(1));
  EXPECT_EQ(rest_after(Backoff::fast), milliseconds(5)) << "somebody was first once";
  EXPECT_EQ(rest_after(Backoff::normal), seconds(2)) << "the trouble goes on";
  EXPECT_EQ(schedule.take(now)->failures, 4);
}

TEST(Schedule, AFailureThatNamesALaterTimeIsNotTriedBefore) {
  Schedule schedule;
  schedule.add(key("a"), at(seconds(0)));
  Schedule::Held* held = schedule.take(at(seconds(0)));
  schedule.retry(*held, Backoff::normal, at(seconds(0)), minutes(3));
  schedule.done(*held, at(seconds(0)));
  EXPECT_EQ(schedule.next_due(), at(minutes(3)));
}

TEST(Schedule, WhatIsHeldStaysWhereItIsWhateverIsAddedMeanwhile) {
  Schedule schedule;
  // Given back before, so that its node is used again.
  schedule.add(key("spare"), at(seconds(0)));
  drain(schedule, at(seconds(0)));
  schedule.add(key("a"), at(seconds(0)));
  const Schedule::Held* held = schedule.take(at(seconds(0)));
  const api::Key* const before = held->key;
  for (int i = 0; i < 5000; ++i) {
    schedule.add(key(std::to_string(i)), at(seconds(0)));
    schedule.add(key("a"), at(seconds(0)));
  }
  EXPECT_EQ(held->key, before);
  EXPECT_EQ(held->key->name, "a");
}

TEST(Schedule, RemembersFailuresAcrossAnEditAndForgetsThemAfterASuccess) {
  Schedule schedule;
  schedule.add(key("a"), at(seconds(0)));
  Schedule::Held* held = schedule.take(at(seconds(0)));
  schedule.retry(*held, Backoff::normal, at(seconds(0)));
  schedule.done(*held, at(seconds(0)));
  schedule.add(key("a"), at(seconds(0)));
  held = schedule.take(at(seconds(0)));
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->failures, 1);
  schedule.forget(*held);
  schedule.done(*held, at(seconds(0)));
  schedule.add(key("a"), at(seconds(0)));
  EXPECT_EQ(schedule.take(at(seconds(0)))->failures, 0);
}

// --- fairness among groups

TEST(Schedule, ServesGroupsInTurn) {
  Schedule schedule;
  for (const char* name : {"a1", "a2", "a3"})
    schedule.add(key(name), at(seconds(0)), {.group = "a"});
  schedule.add(key("b1"), at(seconds(0)), {.group = "b"});
  EXPECT_THAT(drain(schedule, at(seconds(0))), ElementsAre("a1", "b1", "a2", "a3"));
}

TEST(Schedule, PrefersGroupsThatHoldFewerThanTwoWorkers) {
  Schedule schedule;
  for (int i = 0; i < 10; ++i)
    schedule.add(key("a" + std::to_string(i)), at(seconds(0)), {.group = "a"});
  std::map<std::string, int> held;
  for (int i = 0; i < 3; ++i) ++held[schedule.take(at(seconds(0)))->key->name.substr(0, 1)];
  for (int i = 0; i < 2; ++i)
    schedule.add(key("b" + std::to_string(i)), at(seconds(1)), {.group = "b"});
  // Group a holds three; the next two go to b although it came later, the rest to a again.
  for (int i = 0; i < 2; ++i) EXPECT_EQ(schedule.take(at(seconds(1)))->key->name.substr(0, 1), "b");
  EXPECT_EQ(schedule.take(at(seconds(1)))->key->name.substr(0, 1), "a");
}

api::Key key_in(const std::string& space, const std::string& name) {
  return {api::Kind::certificate, space, name};
}

// However many accounts it spreads its objects over, and also where all use the same account.
TEST(Schedule, PrefersNamespacesThatHoldFewerThanFourWorkers) {
  for (const bool one_account : {true, false}) {
    SCOPED_TRACE(one_account);
    Schedule schedule;
    for (int i = 0; i < 300; ++i) {
      const std::string name = "k" + std::to_string(i);
      schedule.add(key_in("evil", name), at(seconds(0)), {.group = one_account ? "prod" : name});
    }
    for (int i = 0; i < 16; ++i) ASSERT_NE(schedule.take(at(seconds(0))), nullptr);
    for (const char* name : {"pay", "shop"})
      schedule.add(key_in("victim", name), at(seconds(1)), {.group = "prod"});
    for (int i = 0; i < 2; ++i) EXPECT_EQ(schedule.take(at(seconds(1)))->key->space, "victim");
    EXPECT_EQ(schedule.take(at(seconds(1)))->key->space, "evil") << "nothing else is due";
  }
}

TEST(Schedule, LeavesNoWorkerIdleWhileOneGroupHasWork) {
  Schedule schedule;
  for (int i = 0; i < 16; ++i)
    schedule.add(key("a" + std::to_string(i)), at(seconds(0)), {.group = "a"});
  for (int i = 0; i < 16; ++i) EXPECT_NE(schedule.take(at(seconds(0))), nullptr) << i;
}

TEST(Schedule, CountsAWorkerAgainstTheGroupItWasTakenIn) {
  Schedule schedule({.fair_share = 1});
  schedule.add(key("moved"), at(seconds(0)), {.group = "a"});
  Schedule::Held* held = schedule.take(at(seconds(0)));
  schedule.add(key("moved"), at(seconds(0)), {.group = "b"});
  schedule.done(*held, at(seconds(0)));
  ASSERT_EQ(schedule.take(at(seconds(0)))->key->name, "moved");  // now held in b
  schedule.add(key("a1"), at(seconds(0)), {.group = "a"});
  schedule.add(key("b1"), at(seconds(0)), {.group = "b"});
  EXPECT_EQ(schedule.take(at(seconds(0)))->key->name, "a1");
}

// --- against a model that is too simple to be wrong

class Model {
 public:
  void add(const std::string& name, Instant due, Priority) { put(held_.contains(name), name, due); }
  bool may_take(const std::string& name, Instant now) const {
    const auto found = queued_.find(name);
    return !held_.contains(name) && found != queued_.end() && found->second <= now;
  }
  bool nothing_due(Instant now) const {
    for (const auto& [name, due] : queued_)
      if (due <= now) return false;
    return true;
  }
  void take(const std::string& name) {
    queued_.erase(name);
    held_.insert(name);
  }
  void done(const std::string& name) {
    held_.erase(name);
    if (const auto again = again_.extract(name)) put(false, name, again.mapped());
  }
  bool holds(const std::string& name) const { return held_.contains(name); }

 private:
  void put(bool later, const std::string& name, Instant due) {
    auto& into = later ? again_ : queued_;
    const auto [at, fresh] = into.emplace(name, due);
    if (!fresh) at->second = std::min(at->second, due);
  }
  std::map<std::string, Instant> queued_, again_;
  std::set<std::string> held_;
};

TEST(Schedule, AgreesWithASimpleModelUnderRandomUse) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](unsigned bound) { return random() % bound; };
    Schedule schedule;
    Model model;
    std::vector<Schedule::Held*> held;
    Instant now{};
    for (int i = 0; i < 20'000; ++i) {
      now += milliseconds(below(3));
      switch (below(4)) {
        case 0:
        case 1: {
          const std::string name = std::to_string(below(40));
          const std::string group = std::to_string(below(5));
          const Duration after = below(2) == 0 ? Duration{0} : Duration(below(60));
          const Priority priority = below(2) == 0 ? Priority::background : Priority::edit;
          schedule.add(key(name), now, {.after = after, .priority = priority, .group = group});
          model.add(name, now + after, priority);
          break;
        }
        case 2: {
          Schedule::Held* taken = schedule.take(now);
          if (taken == nullptr) {
            ASSERT_TRUE(model.nothing_due(now));
            break;
          }
          ASSERT_TRUE(model.may_take(taken->key->name, now)) << taken->key->name;
          model.take(taken->key->name);
          held.push_back(taken);
          break;
        }
        default:
          if (held.empty()) break;
          std::swap(held[below(static_cast<unsigned>(held.size()))], held.back());
          model.done(held.back()->key->name);
          schedule.done(*held.back(), now);
          held.pop_back();
      }
      ASSERT_EQ(schedule.counts().held, held.size());
    }
  }
}

}  // namespace
}  // namespace certloop::loop
