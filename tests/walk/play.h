#pragma once
// A scenario as it is played: first undisturbed, which says what is right and which answers AWS
// gives on the way; then again with one of those answers spoiled.
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/hand.h"
#include "tests/sim/world.h"
#include "tests/walk/neighbour.h"
#include "tests/walk/spoiler.h"

namespace certloop::walk {

class Play;

struct Scenario {
  std::string name;
  std::function<void(Play&)> prepare;  // what exists beforehand; nothing is spoiled yet
  std::function<void(Play&)> play;     // begins with nothing applied; waits with settle()
  // What stands in AWS at the end, the neighbour's aside.
  std::size_t certificates = 0;
  std::size_t authorities = 0;  // deleted ones included
  emulator::EmulatorOptions options = {};
};

// What an undisturbed play leaves behind.
struct Course {
  std::vector<std::string> checkpoints;     // the world at each settle()
  std::vector<std::size_t> calls_until;     // how many calls AWS had answered by then
  std::vector<emulator::CallRecord> calls;  // from the end of `prepare`
  std::set<std::uint64_t> by_hand;          // which of them are not certloop's (CallRecord)
  std::size_t made = 0;                     // certificates and CAs that came into being
};

// One answer that is spoiled: the n-th to that operation after `prepare`. What is refused or lost
// can be so for several calls in a row, because the client asks again by itself.
struct Disturbance {
  emulator::Fault fault;  // which call; and how it fails, if `spoiling` is none
  int times = 1;
  Spoiling spoiling = Spoiling::none;
};

class Play {
 public:
  explicit Play(const Scenario& scenario);
  // Where a disturbed play must arrive at; it outlives this object.
  Play(const Scenario& scenario, const Course& right, const Disturbance& disturbance);

  // Plays it all. Answers what went wrong; empty: nothing. Throws nothing.
  std::string run();
  const Course& course() const { return course_; }

  sim::World& world() { return *world_; }
  // Somebody else's calls, made past certloop.
  void by_hand(const std::function<void(sim::Hand&)>& act);
  // Waits until there is nothing left to do, and `more` after that. Undisturbed, that is then what
  // is right; disturbed, the world must become the same within kPatience.
  void settle(Duration more = std::chrono::minutes(2));

  // How long a spoiled answer may hold things up: longer than what stalls rests, and than two
  // tokens live.
  static constexpr Duration kPatience = std::chrono::hours(6);

 private:
  void play();
  void disturb();
  void wait_for(const std::string& right);
  std::string outcome();
  std::size_t made() const;

  const Scenario& scenario_;
  const Course* right_ = nullptr;
  const Disturbance* disturbance_ = nullptr;
  std::unique_ptr<sim::World> world_;
  std::unique_ptr<Spoiler> spoiler_;
  std::unique_ptr<Neighbour> neighbour_;
  std::string found_;
  Course course_;
};

// The text with `what`, which must stand in it, replaced by `by`. Throws otherwise.
std::string with(std::string text, const std::string& what, const std::string& by);

}  // namespace certloop::walk
