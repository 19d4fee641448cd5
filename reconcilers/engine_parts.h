#pragma once
// Private to the engine: what it is made of, shared by the loop (engine.cpp) and the survey
// (survey.cpp).
#include <set>
#include <unordered_map>
#include <vector>

#include "aws/circuit_breaker.h"
#include "aws/service_clock.h"
#include "base/mutex.h"
#include "loop/references.h"
#include "reconcilers/account/account_reconciler.h"
#include "reconcilers/authority/authority_reconciler.h"
#include "reconcilers/certificate/certificate_reconciler.h"
#include "reconcilers/engine.h"
#include "reconcilers/placement/placement_reconciler.h"
#include "reconcilers/placement/source.h"
#include "reconcilers/placement_index.h"
#include "reconcilers/sweep/sweep_reconciler.h"
#include "reconcilers/zone/zone_reconciler.h"

namespace certloop {

// Which objects a one-shot command works on: those asked for, what they refer to, what they own.
class Scope {
 public:
  Scope(const store::Store& store, std::set<api::Key> asked);
  bool holds(const api::Key& key) const;
  // Whether the command itself says how it ends with this one: it asked for it, or for its owner.
  bool was_asked_for(const api::Key& key) const;

 private:
  const store::Store& store_;
  const bool all_;
  const std::set<api::Key> asked_;
  std::set<api::Key> keys_;
};

// Leaves alone what is out of scope.
class ScopedReconciler final : public loop::Reconciler {
 public:
  ScopedReconciler(const Scope& scope, std::unique_ptr<loop::Reconciler> inner)
      : scope_(scope), inner_(std::move(inner)) {}
  Result<loop::Next> reconcile(const api::Key& key) override {
    if (!scope_.holds(key)) return loop::Next::gone();
    return inner_->reconcile(key);
  }

 private:
  const Scope& scope_;
  const std::unique_ptr<loop::Reconciler> inner_;
};

struct Engine::Parts {
  Parts(EngineEdges edges, connect::Policy policy, std::set<api::Key> asked);

  placement::World placement_world(store::Store& over, loop::Events& to);
  authority::World authority_world(store::Store& over, loop::Events& to) {
    return {over, connections, clock, to, connections.policy().installation, stopping};
  }
  zone::World zone_world(store::Store& over, loop::Events& to, zone::Needs& over_needs,
                         zone::Records& over_records) {
    return {over,    connections, estate,       clock,
            to,      over_needs,  over_records, [this] { return informer.synced(); },
            stopping};
  }
  connect::Edges attached(const connect::Edges& edges);
  void serve(api::Kind kind, std::unique_ptr<loop::Reconciler> reconciler);
  void follow();
  void saw_account(const api::Object& object);

  store::Store& store;
  aws::ServiceClock clock;
  Log& log;
  const std::stop_token stopping;
  connect::Connections connections;
  loop::WorkQueue acts, sweeps;
  PlacementIndex index;
  zone::Needs needs;
  zone::Records records;
  estate::Estate estate;
  placement::SourceCache sources;
  loop::StoreEvents events;
  loop::NoEvents no_events;
  Scope scope;
  loop::Informer informer;
  loop::Controller act_controller, sweep_controller;
  std::vector<std::unique_ptr<loop::Reconciler>> reconcilers;
};

}  // namespace certloop
