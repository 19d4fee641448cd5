#include "reconcilers/engine.h"

#include <algorithm>
#include <thread>

#include "api/wire.h"
#include "reconcilers/engine_parts.h"

namespace certloop {

using api::Kind;

void PlacementIndex::drop(const api::Key& placement) {
  const auto it = entries_.find(placement);
  if (it == entries_.end()) return;
  const auto drop_from = [&](auto& index, const auto& value) {
    const auto at = index.find(value);
    if (at == index.end()) return;
    at->second.erase(placement);
    if (at->second.empty()) index.erase(at);
  };
  drop_from(by_place_, it->second.place);
  drop_from(by_arn_, it->second.arn);
  drop_from(by_owner_, it->second.owner);
  entries_.erase(it);
}

void PlacementIndex::forget(const api::Key& placement) {
  Lock lock(mutex_);
  drop(placement);
}

void PlacementIndex::note(const api::Placement& placement) {
  const auto& spec = placement.spec;
  const auto& meta = placement.meta;
  Entry next{{space_of(spec.account_ref, meta.space), spec.account_ref.name, spec.region},
             placement.status.arn,
             meta.space};
  for (const auto& owner : meta.owners) next.owner = meta.space + "/" + owner.name;
  const api::Key key = placement.key();
  Lock lock(mutex_);
  drop(key);
  by_place_[next.place].insert(key);
  by_arn_[next.arn].insert(key);
  by_owner_[next.owner].insert(key);
  entries_[key] = std::move(next);
}

void PlacementIndex::expects(const estate::Place& place, const api::Key& key) {
  Lock lock(mutex_);
  expecting_[place].insert(key);
}

std::vector<api::Key> PlacementIndex::concerned(const estate::Place& place,
                                                const std::vector<std::string>& arns,
                                                const std::vector<std::string>& owners,
                                                bool everything) {
  Lock lock(mutex_);
  std::set<api::Key> keys;
  if (const auto it = expecting_.find(place); it != expecting_.end()) {
    keys = std::move(it->second);
    expecting_.erase(it);
  }
  if (everything)
    if (const auto it = by_place_.find(place); it != by_place_.end())
      keys.insert(it->second.begin(), it->second.end());
  const auto add = [&](const auto& index, const std::string& value) {
    if (const auto it = index.find(value); it != index.end())
      keys.insert(it->second.begin(), it->second.end());
  };
  for (const auto& arn : arns) add(by_arn_, arn);
  for (const auto& owner : owners) add(by_owner_, owner);
  return {keys.begin(), keys.end()};
}

Scope::Scope(const store::Store& store, std::set<api::Key> asked)
    : store_(store), all_(asked.empty()) {
  std::vector<api::Key> open(asked.begin(), asked.end());
  while (!open.empty()) {
    const api::Key key = open.back();
    open.pop_back();
    if (!keys_.insert(key).second) continue;
    if (const auto object = store_.get(key); object.ok())
      for (auto& referred : loop::referred_by(*object)) open.push_back(std::move(referred));
  }
}

bool Scope::holds(const api::Key& key) const {
  if (all_ || keys_.contains(key)) return true;
  if (key.kind != Kind::placement && key.kind != Kind::hosted_zone) return false;
  const auto object = store_.get(key);
  if (!object.ok()) return false;
  for (const auto& owner : object->meta.owners)
    if (keys_.contains({owner.kind, key.space, owner.name})) return true;
  if (key.kind == Kind::placement) return false;
  const auto referred = loop::referred_by(*object);
  return std::any_of(referred.begin(), referred.end(),
                     [&](const auto& account) { return keys_.contains(account); });
}

Engine::Parts::Parts(EngineEdges edges, connect::Policy policy, std::set<api::Key> asked)
    : store(edges.store),
      clock(edges.connect.clock),
      log(edges.log),
      connections(edges.connect, std::move(policy)),
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
  serve(Kind::account, make_unique<account::AccountReconciler>(store, connections, clock));
  serve(Kind::certificate_authority,
        make_unique<authority::AuthorityReconciler>(authority_world(store, events)));
  serve(Kind::certificate, make_unique<certificate::CertificateReconciler>(store, clock));
  serve(Kind::placement,
        make_unique<placement::PlacementReconciler>(placement_world(store, events)));
  serve(Kind::hosted_zone, make_unique<zone::ZoneReconciler>(zone_world(store, events, needs)));
  reconcilers.push_back(make_unique<sweep::SweepReconciler>(store, connections, estate, clock));
  sweep_controller.serve(Kind::account, *reconcilers.back());
  follow();
}

placement::World Engine::Parts::placement_world(store::Store& over, loop::Events& to) {
  return {over,
          connections,
          estate,
          clock,
          to,
          connections.policy().installation,
          [this](const estate::Place& place, const api::Key& key) {
            index.expects(place, key);
            sweeps.add(sweep::key_of(place));
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
    how.refers = loop::referred_by;
    how.concerns = loop::concerned_by;
    how.group = loop::account_of;
    if (kind == Kind::placement) {
      how.concerns = [this](const api::Object& object) {
        if (const auto placement = api::read<api::Placement>(object); placement.ok()) {
          index.note(*placement);
          needs.note(*placement);
        }
        return loop::concerned_by(object);
      };
      how.gone = [this](const api::Key& placement) {
        index.forget(placement);
        needs.forget(placement);
      };
    }
    informer.follow(kind, std::move(how));
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
