#pragma once
// Turns what happens in a store into keys in a queue. Keeps keys, digests and indexes, not objects:
// reconcilers read what they need live.
//
// A key is queued when
// - its own object changes in what somebody asked for: generation, deletion, annotations,
//   finalizers, owners. A change of status alone is not among them, so that a reconciler that
//   writes the status of its object does not call itself for ever;
// - an object that it refers to changes in any way, status included (an Account that became Ready);
// - an object that concerns it changes in any way (a Placement concerns its Certificate), also when
//   it has just ceased to.
// Where its own object asks for a fresh look (api::kReconcileRequested) its back-off is forgotten.
// What stands there at the first sight is background; all that changes later is an edit.
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/log.h"
#include "loop/references.h"
#include "loop/work_queue.h"
#include "store/store.h"

namespace certloop::loop {

// How one kind is followed.
struct Following {
  bool queued = true;  // false: it is followed for the sake of others (a Secret)
  // What the object has to do with others; left empty: nothing. Usually links_of.
  std::function<Links(const api::Object&)> links = {};
  // Told of a removal before anybody is queued for it.
  std::function<void(const api::Key&)> gone = {};
};

// pump() and run() belong to one thread; synced() to any.
class Informer {
 public:
  Informer(store::Store& store, WorkQueue& queue, Log& log)
      : store_(store), queue_(queue), log_(log) {}

  // Before the first pump.
  void follow(api::Kind kind, Following following);

  // Takes in all that has happened since the last call; at first, lists everything. Never waits.
  // What could be taken in before an error is queued, and so is what other kinds have to tell; the
  // next call goes on from there. An object that cannot be read is queued and logged, never taken
  // for removed.
  // Errors: those of the store; internal (something was thrown; everything is listed anew).
  Result<void> pump();

  // Pumps until stop is requested, resting in the store's wait_for_change. Never throws.
  void run(std::stop_token stop);

  // Every kind has been listed once.
  bool synced() const { return synced_; }

 private:
  // Who refers to a key. Keys are those of the records, and records point to the entries here: maps
  // keep their nodes.
  using Users = std::unordered_map<api::Key, std::unordered_set<const api::Key*>>;
  struct Record {
    std::size_t asked = 0, status = 0;  // digests
    std::size_t request = 0;            // of the last request to look afresh, likewise
    std::uint64_t listing = 0;          // the last listing that had it
    std::string group;
    std::vector<Users::value_type*> refers;  // sorted
    std::vector<api::Key> concerns;
  };
  struct Kind {
    Following how;
    std::unique_ptr<store::Watch> watch;  // null: to be listed
    bool listed = false;                  // at least once, to the end
    std::uint64_t listings = 0;           // begun
    std::unordered_map<api::Key, Record> records;
  };

  // What went wrong of late, so that it is said once and waited for longer and longer.
  struct Troubles {
    int failures = 0;  // in a row
    std::string complaint;
  };

  Result<void> pump_kinds();
  void pump_and_rest(const std::stop_token& stop, Troubles& troubles);
  Result<void> catch_up(api::Kind kind, Kind& state);
  Result<void> list(api::Kind kind, Kind& state);
  void saw(Kind& state, const api::Object& object, Priority priority);
  void saw_unreadable(Kind& state, const store::Unreadable& unreadable, Priority priority);
  void saw_removal(Kind& state, const api::Key& key);
  void index(const api::Key& key, Record& record, const std::vector<api::Key>& refers);
  void queue_users(const api::Key& key, Priority priority);
  void queue_key(const api::Key& key, Priority priority, bool anew = false);

  store::Store& store_;
  WorkQueue& queue_;
  Log& log_;
  std::map<api::Kind, Kind> kinds_;
  Users users_;
  std::atomic<bool> synced_{false};
};

}  // namespace certloop::loop
