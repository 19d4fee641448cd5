#pragma once
// Keeps the validation records that placements need in one Route 53 hosted zone; the zone's only
// writer. See loop/reconciler.h for the contract.
#include <functional>
#include <map>
#include <stop_token>

#include "base/mutex.h"
#include "connect/access.h"
#include "estate/estate.h"
#include "loop/events.h"
#include "loop/reconciler.h"
#include "reconcilers/zone/needs.h"
#include "reconcilers/zone/plan.h"
#include "store/store.h"

namespace certloop::zone {

struct World {
  store::Store& store;
  connect::Connections& connections;
  estate::Estate& estate;
  const Clock& clock;
  loop::Events& events;
  const Needs& needs;
  std::function<bool()> needs_are_known;  // every placement has been noted once
  std::stop_token stopping;               // once requested, nothing that changes AWS is begun
};

// `changed` asks Route 53 only for what the status does not know to be in place; what it costs is
// in proportion to what has changed. `all` asks for every record, and for what speaks against the
// removal of those that are due for it.
enum class Look { changed, all };

// Reads only. Errors: those of the store and of Route 53; cancelled.
Result<Observed> observe(const World& world, const api::HostedZone& zone, Look look);

class ZoneReconciler final : public loop::Reconciler {
 public:
  explicit ZoneReconciler(World world) : world_(std::move(world)) {}

  Result<loop::Next> reconcile(const api::Key& key) override;

 private:
  Look look_at(const api::Key& key) const EXCLUDES(mutex_);
  loop::Next until_next_look(const api::Key& key) const EXCLUDES(mutex_);
  Result<void> act(api::HostedZone& zone, const Plan& todo);
  void carried_out(api::HostedZone& zone, const Plan& todo);
  void refused(api::HostedZone& zone, const Plan& todo, const Error& error);

  const World world_;
  mutable Mutex mutex_;
  std::map<api::Key, Time> looked_ GUARDED_BY(mutex_);  // when all records were last asked for
};

}  // namespace certloop::zone
