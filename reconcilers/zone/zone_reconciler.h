#pragma once
// Keeps the validation records that placements need in one Route 53 hosted zone; the zone's only
// writer. What it knows of a record is an object of its own (ZoneRecord), so that nothing grows
// with the zone and a change costs what it touches. See loop/reconciler.h for the contract.
//
// A HostedZone is removed when no certificate needs it any more and no record of ours is left in
// it, or, with its Account, as soon as no certificate needs it.
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>

#include "base/mutex.h"
#include "connect/access.h"
#include "estate/estate.h"
#include "loop/events.h"
#include "loop/reconciler.h"
#include "reconcilers/zone/needs.h"
#include "reconcilers/zone/plan.h"
#include "reconcilers/zone/records.h"
#include "store/store.h"

namespace certloop::zone {

struct World {
  store::Store& store;
  connect::Connections& connections;
  estate::Estate& estate;
  const Clock& clock;
  loop::Events& events;
  Needs& needs;
  Records& records;
  // Every placement and every record has been noted once.
  std::function<bool()> needs_are_known;
  std::stop_token stopping;  // once requested, nothing that changes AWS is begun
};

// Which records a pass looks at: some, where Route 53 is asked only for what is not known to be in
// place, so that it costs in proportion to what has changed; or all, where it is asked for every
// record, and for what speaks against the removal of those that are due for it.
struct Look {
  bool all = false;
  std::set<std::string> names = {};  // unless all
};

// Reads only. Errors: those of the store and of Route 53; cancelled.
Result<Observed> observe(const World& world, const api::HostedZone& zone, const Look& look);

// Writes down what is now known of the records that were looked at, each that differs from what
// was observed in its own object, and notes it in world.records. One that cannot be written holds
// up no other. Errors: those of the store, the first of them; conflict, where somebody wrote first.
Result<void> write_down(const World& world, const api::HostedZone& zone,
                        const std::vector<api::ZoneRecord>& observed,
                        const std::vector<api::KeptRecord>& records);

// Makes the records that an earlier version kept in the zone's status into objects of their own.
// Safe to repeat. Errors: those of the store.
Result<void> move_records(const World& world, api::HostedZone& zone);

class ZoneReconciler final : public loop::Reconciler {
 public:
  explicit ZoneReconciler(World world) : world_(std::move(world)) {}

  Result<loop::Next> reconcile(const api::Key& key) override;

 private:
  // What is remembered of a zone between two passes; after a restart it is found out anew.
  struct Memory {
    std::optional<Instant> looked;                // when all records were last asked for
    std::set<std::string> open;                   // records that a pass has still to look at
    std::map<std::string, std::string> problems;  // as in Plan
    std::optional<Instant> unneeded;              // since when nothing needs the zone
  };
  struct Pass {
    Look look;
    Observed observed;
    Plan todo;
    std::vector<api::KeptRecord> records;
    bool was_refused = false;  // Route 53 refused a change: what stands there is asked again
    Result<void> outcome;
  };

  Look begin(const api::HostedZone& zone) EXCLUDES(mutex_);
  void end(const api::Key& key, const Pass& pass) EXCLUDES(mutex_);
  void run(api::HostedZone& zone, Pass& pass);
  Result<loop::Next> next(const api::HostedZone& zone, const Pass& pass) EXCLUDES(mutex_);
  Result<loop::Next> remove(const api::HostedZone& zone);

  Result<void> act(const api::HostedZone& zone, Pass& pass);
  void carried_out(const api::HostedZone& zone, Pass& pass);
  void refused(const api::HostedZone& zone, Pass& pass, const Error& error);
  void conclude(api::HostedZone& zone, const Pass& pass) EXCLUDES(mutex_);
  std::string trouble_of(const std::string& zone) EXCLUDES(mutex_);
  std::string unneeded_of(const std::string& zone) const;

  const World world_;
  mutable Mutex mutex_;
  std::map<api::Key, Memory> memory_ GUARDED_BY(mutex_);
};

}  // namespace certloop::zone
