#pragma once
// Keeps the validation records that placements need in one Route 53 hosted zone; the zone's only
// writer. See loop/reconciler.h for the contract.
#include "connect/access.h"
#include "loop/events.h"
#include "loop/reconciler.h"
#include "reconcilers/zone/plan.h"
#include "store/store.h"

namespace certloop::zone {

struct World {
  store::Store& store;
  connect::Connections& connections;
  const Clock& clock;
  loop::Events& events;
};

// Reads only. Errors: those of the store and of Route 53.
Result<Observed> observe(const World& world, const api::HostedZone& zone);

class ZoneReconciler final : public loop::Reconciler {
 public:
  explicit ZoneReconciler(World world) : world_(world) {}

  Result<loop::Next> reconcile(const api::Key& key) override;

 private:
  Result<void> act(api::HostedZone& zone, const Plan& todo);

  const World world_;
};

}  // namespace certloop::zone
