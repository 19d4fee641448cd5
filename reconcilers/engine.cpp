#include "reconcilers/engine.h"

#include <algorithm>
#include <thread>

#include "api/wire.h"
#include "connect/access.h"
#include "reconcilers/engine_parts.h"

namespace certloop {

using api::Kind;

Scope::Scope(const store::Store& store, std::set<api::Key> asked)
    : store_(store), all_(asked.empty()), asked_(std::move(asked)) {
  std::vector<api::Key> open(asked_.begin(), asked_.end());
  while (!open.empty()) {
    const api::Key key = open.back();
    open.pop_back();
    if (!keys_.insert(key).second) continue;
    if (const auto object = store_.get(key); object.ok())
      for (auto& referred : loop::links_of(*object).refers) open.push_back(std::move(referred));
  }
}

bool Scope::was_asked_for(const api::Key& key) const {
  if (asked_.contains(key)) return true;
  if (key.kind != Kind::placement) return false;
  const auto object = store_.get(key);
  return object.ok() && std::any_of(object->meta.owners.begin(), object->meta.owners.end(),
                                    [&](const auto& owner) {
                                      return asked_.contains({owner.kind, key.space, owner.name});
                                    });
}

bool Scope::holds(const api::Key& key) const {
  if (all_ || keys_.contains(key)) return true;
  if (key.kind != Kind::placement && key.kind != Kind::hosted_zone) return false;
  const auto object = store_.get(key);
  if (!object.ok()) return false;
  for (const auto& owner : object->meta.owners)
    if (keys_.contains({owner.kind, key.space, owner.name})) return true;
  if (key.kind == Kind::placement) return false;
  const auto referred = loop::links_of(*object).refers;
  return std::any_of(referred.begin(), referred.end(),
                     [&](const auto& account) { return keys_.contains(account); });
}

// An account that fails tells so at once, rather than when it is next due to be checked; and what
// AWS's answers tell of its time is the engine's.
connect::Edges Engine::Parts::attached(const connect::Edges& edges) {
  connect::Edges mine{edges.transport, edges.link_local, clock, edges.random, edges.budget,
                      edges.breaker,   edges.environment};
  mine.stop = edges.stop;
  mine.pace = edges.pace;
  mine.observe = edges.observe;
  mine.doubt = [this](const api::Key& account) { acts.add(account); };
  mine.service_clock = &clock;
  return mine;
}

Engine::Parts::Parts(EngineEdges edges, connect::Policy policy, std::set<api::Key> asked)
    : store(edges.store),
      clock(edges.connect.clock),
      log(edges.log),
      stopping(edges.connect.stop),
      connections(attached(edges.connect), std::move(policy)),
      acts(clock),
      sweeps(clock),
      estate(clock,
             [this](const estate::Place& place, const std::vector<std::string>& arns,
                    const std::vector<std::string>& owners, bool all) {
               for (const auto& key : index.concerned(place, arns, owners, all)) acts.add(key);
             }),
      events(store, clock, log),
      scope(store, std::move(asked)),
      informer(store, acts, log),
      act_controller(acts, log),
      sweep_controller(sweeps, log) {
  using std::make_unique;
  act_controller.hush([this](const api::Key& key) { return scope.was_asked_for(key); });
  serve(Kind::account, make_unique<account::AccountReconciler>(store, connections, clock, events));
  serve(Kind::certificate_authority,
        make_unique<authority::AuthorityReconciler>(authority_world(store, events)));
  serve(Kind::certificate, make_unique<certificate::CertificateReconciler>(store, clock, events));
  serve(Kind::placement,
        make_unique<placement::PlacementReconciler>(placement_world(store, events)));
  serve(Kind::hosted_zone,
        make_unique<zone::ZoneReconciler>(zone_world(store, events, needs, records)));
  reconcilers.push_back(make_unique<sweep::SweepReconciler>(
      store, connections, estate, clock,
      [this](const estate::Place& place) { return index.holds(place); }));
  sweep_controller.serve(Kind::account, *reconcilers.back());
  follow();
}

placement::World Engine::Parts::placement_world(store::Store& over, loop::Events& to) {
  return {over,
          connections,
          estate,
          sources,
          clock,
          to,
          connections.policy().installation,
          connections.policy().take_over_lost_state,
          stopping,
          [this](const estate::Place& place, const api::Key& key) {
            index.expects(place, key);
            sweeps.add(sweep::key_of(place));
          },
          [this](const estate::Place& place, Duration wait) {
            sweeps.add(sweep::key_of(place), {.after = wait});
          }};
}

void Engine::Parts::serve(api::Kind kind, std::unique_ptr<loop::Reconciler> reconciler) {
  reconcilers.push_back(std::make_unique<ScopedReconciler>(scope, std::move(reconciler)));
  act_controller.serve(kind, *reconcilers.back());
}

void Engine::Parts::follow() {
  for (const Kind kind : {Kind::secret, Kind::account, Kind::certificate_authority,
                          Kind::certificate, Kind::placement, Kind::hosted_zone}) {
    loop::Following how;
    how.queued = kind != Kind::secret;
    how.links = [](const api::Object& object) { return loop::links_of(object); };
    if (kind == Kind::account) {
      how.links = [this](const api::Object& object) {
        saw_account(object);
        return loop::links_of(object);
      };
      how.gone = [this](const api::Key& account) { estate.forget(account.space, account.name); };
    } else if (kind == Kind::placement) {
      how.links = [this](const api::Object& object) {
        const auto placement = api::read<api::Placement>(object);
        if (!placement.ok()) return loop::links_of(object);
        if (index.note(*placement) && scope.holds(object.key()))
          sweeps.add(sweep::key_of(PlacementIndex::place_of(*placement)),
                     {.priority = loop::Priority::background});
        needs.note(*placement);
        return loop::links_of(*placement);
      };
      how.gone = [this](const api::Key& placement) {
        index.forget(placement);
        needs.forget(placement);
      };
    }
    informer.follow(kind, std::move(how));
  }
  informer.follow(Kind::zone_record,
                  {.queued = false,
                   .links =
                       [this](const api::Object& object) {
                         const auto record = api::read<api::ZoneRecord>(object);
                         if (record.ok()) records.note(*record);
                         return loop::Links();
                       },
                   .gone = [this](const api::Key& record) { records.forget(record); }});
}

// An Account that changed may mean another AWS account now, or be usable again: its places that
// were not read of late are tried at once rather than after their back-off.
void Engine::Parts::saw_account(const api::Object& object) {
  const auto account = api::read<api::Account>(object);
  if (!account.ok()) return;
  const auto& meta = account->meta;
  estate.set_source(meta.space, meta.name, connect::source_of(*account));
  for (const auto& place : index.places_of(meta.space, meta.name)) {
    const auto age = estate.age(place);
    if (!age || *age > sweep::kOverdue || estate.failure(place)) sweeps.add(sweep::key_of(place));
  }
}

Engine::Engine(EngineEdges edges, connect::Policy policy, std::set<api::Key> scope)
    : parts_(std::make_unique<Parts>(std::move(edges), std::move(policy), std::move(scope))) {}
Engine::~Engine() = default;

bool Engine::step() {
  if (const auto pumped = parts_->informer.pump(); !pumped.ok())
    parts_->log.warning("the store could not be followed", {{"error", pumped.error().message()}});
  return parts_->act_controller.step() || parts_->sweep_controller.step();
}

std::optional<Instant> Engine::next_due() const {
  const auto act = parts_->acts.next_due(), sweep = parts_->sweeps.next_due();
  if (!act || !sweep) return act ? act : sweep;
  return std::min(*act, *sweep);
}

void Engine::run(std::stop_token stop, int workers, int sweepers) {
  std::jthread informer([&] { parts_->informer.run(stop); });
  std::jthread sweeping([&] { parts_->sweep_controller.run(stop, sweepers); });
  parts_->act_controller.run(stop, workers);
}

bool Engine::idle() const {
  const auto acts = parts_->acts.counts(), sweeps = parts_->sweeps.counts();
  return parts_->informer.synced() && acts.ready + acts.held + sweeps.ready + sweeps.held == 0;
}

void Engine::enqueue(const api::Key& key) { parts_->acts.add(key); }

loop::Controller::Counts Engine::counts() const { return parts_->act_controller.counts(); }

}  // namespace certloop
