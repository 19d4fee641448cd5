#pragma once
// Which key is due when. Pure: no threads, no clock; time comes in as an argument. work_queue.h
// puts a lock and a clock around it.
//
// What it promises:
// - A key is queued at most once and handed out to one holder at a time; whatever is added while it
//   is held makes it due exactly once more, when the holder is done.
// - Of two times for one key the earlier wins, of two priorities the higher.
// - A background key is served as if it had become due `ageing` later than it did: edits overtake
//   the initial list, but nothing starves.
// - Namespaces that hold fewer than `fair_share_of_space` workers are served first, and among what
//   is left, groups (a namespace's keys of one account) that hold fewer than `fair_share`, in turn;
//   the others whenever nothing else is due, so that no worker is idle while there is work. So
//   whoever makes a thousand slow objects in one namespace delays the others by one of them.
//
// Costs: add, take and done are O(1) for what is due now, O(log n) for what has to wait
// (bench/work_queue.cpp). About 200 bytes a key.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "api/kind.h"
#include "base/clock.h"

namespace certloop::loop {

// Initial lists and resyncs are background; what somebody changed is an edit.
enum class Priority : std::uint8_t { background, edit };

// How long a key rests after its n-th failure of a kind: first * 2^(n-1), at most `most`. Each kind
// is counted by itself until the key succeeds, so that a lost race does not shorten the rest after
// trouble.
enum class Backoff : std::uint8_t {
  fast,    // 5 ms to 1 min: somebody wrote first
  normal,  // 500 ms to 15 min: transient trouble
  slow,    // 1 min to 1 h: a person must help
};
Duration backoff(Backoff kind, int failures);

// How a key is queued.
struct Request {
  Duration after{0};  // not before this long from now
  Priority priority = Priority::edit;
  bool anew = false;            // its failures are forgotten: the next one is the first
  std::string_view group = {};  // whose workers it counts against; empty: as it was, at first none
};

// Not thread-safe. Remembers a key only while it is queued, held or failing; groups for ever.
class Schedule {
 public:
  struct Options {
    Duration ageing = std::chrono::seconds(30);
    int fair_share = 2;
    int fair_share_of_space = 4;
  };

  // A key in a holder's hands: to read from take() until done(). `key` stays where it is until
  // then, whatever is added meanwhile.
  struct Held {
    const api::Key* key = nullptr;
    Priority priority = Priority::background;
    int failures = 0;  // since it last succeeded
  };

  struct Counts {
    std::size_t ready = 0, waiting = 0, held = 0;
    std::uint64_t added = 0, retried = 0;
  };

  Schedule() : Schedule(Options()) {}
  explicit Schedule(Options options);
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;
  ~Schedule();

  void add(const api::Key& key, Instant now, const Request& request = {});

  // Hands out the key whose turn it is; null if none is due. Nobody else gets it before done().
  Held* take(Instant now);

  // It failed: due after its next step of that kind, and no sooner than after `least`.
  void retry(Held& held, Backoff kind, Instant now, Duration least = Duration{0});
  // It succeeded: failures are forgotten.
  void forget(Held& held);
  // Due again after this long, at its own priority and in its own group. Its failures stand.
  void again(Held& held, Duration after, Instant now);
  // Gives it back; queued again if retry, again or add wanted that meanwhile. Needs no memory.
  void done(Held& held, Instant now);

  // When take() will have something to hand out: not after now if it has already.
  std::optional<Instant> next_due() const;
  Counts counts() const;

 private:
  class Books;
  std::unique_ptr<Books> books_;
};

}  // namespace certloop::loop
