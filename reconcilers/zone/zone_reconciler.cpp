#include "reconcilers/zone/zone_reconciler.h"

#include <algorithm>

#include "base/text.h"
#include "store/typed.h"

namespace certloop::zone {
namespace {

using api::Truth;
using loop::Next;

// Somebody else may take a record away; ACM would notice at the next renewal only.
constexpr Duration kWatchEvery = std::chrono::minutes(30);
// Beyond this many names one listing of the zone costs less than asking for each.
constexpr std::size_t kAskOneByOne = 3;

void need(std::vector<Need>& needs, const api::DomainValidation& domain,
          const std::vector<std::string>& names) {
  for (auto& have : needs)
    if (have.record == *domain.record) {
      have.names.insert(have.names.end(), names.begin(), names.end());
      return;
    }
  needs.push_back({*domain.record, names});
}

Result<std::vector<Need>> needs_of(const store::Store& store, const api::HostedZone& zone) {
  const std::string self = zone.meta.space + "/" + zone.meta.name;
  std::vector<Need> needs;
  for (const auto& placement : TRY(store::list<api::Placement>(store))) {
    if (placement.meta.deleted) continue;
    std::vector<std::string> names = placement.spec.additional_names;
    names.push_back(placement.spec.domain_name);
    for (const auto& domain : placement.status.validation)
      if (domain.record && domain.hosted_zone == self) need(needs, domain, names);
  }
  return needs;
}

Result<void> find_records(aws::Route53& route53, const std::string& zone_id, Observed& observed) {
  if (observed.needs.size() <= kAskOneByOne) {
    for (const Need& need : observed.needs) {
      const auto set = TRY(route53.find_record_set(zone_id, need.record.name, need.record.type));
      if (set) observed.found[need.record.name] = set->values;
    }
    return {};
  }
  std::map<std::string, std::vector<std::string>> all;
  for (auto& set : TRY(route53.list_record_sets(zone_id)))
    if (set.type == "CNAME") all[set.name] = std::move(set.values);
  for (const Need& need : observed.needs)
    if (const auto it = all.find(lower(need.record.name)); it != all.end())
      observed.found[need.record.name] = it->second;
  return {};
}

void conclude(api::HostedZone& zone, const Observed& observed, const Plan& todo,
              const Result<void>& outcome, Time now) {
  const auto put = [&](std::string type, Truth truth, std::string reason, std::string message) {
    api::set(zone.status.conditions,
             {std::move(type), truth, std::move(reason), std::move(message), zone.meta.generation,
              std::chrono::floor<std::chrono::seconds>(now)});
  };
  zone.status.observed_generation = zone.meta.generation;
  std::vector<std::string> conflicts = todo.problems;
  for (const auto& kept : zone.status.records)
    if (kept.state == "Conflict")
      conflicts.push_back(kept.record.name + " holds " + kept.found + " instead of " +
                          kept.record.value);
  const bool stuck = !conflicts.empty();
  if (observed.account)
    put("Ready", Truth::no, observed.account->first, observed.account->second);
  else if (!outcome.ok())
    put("Ready", Truth::no, outcome.error().reason(), outcome.error().message());
  else
    put("Ready", Truth::yes, stuck ? "RecordConflict" : "RecordsKept", join(conflicts, "; "));
  put("Reconciling", outcome.ok() && !observed.account ? Truth::no : Truth::yes,
      outcome.ok() ? "Settled" : outcome.error().reason(), "");
  put("Stalled", Truth::no, "No", "");
}

}  // namespace

Result<Observed> observe(const World& world, const api::HostedZone& zone) {
  Observed observed;
  const Time now = world.clock.now();
  const auto access = TRY(connect::access(world.store, world.connections, zone.meta.space,
                                          zone.spec.account_ref, "", now));
  observed.management = access.management;
  if (access.refusal) {
    observed.account = {access.refusal->reason, access.refusal->message};
    return observed;
  }
  if (access.management == api::Management::suspended) return observed;
  auto& route53 = access.connection->route53();
  observed.domain = zone.spec.domain;
  if (observed.domain.empty()) observed.domain = TRY(route53.get_hosted_zone(zone.spec.id)).name;
  observed.needs = TRY(needs_of(world.store, zone));
  TRY(find_records(route53, zone.spec.id, observed));
  return observed;
}

Result<Next> ZoneReconciler::reconcile(const api::Key& key) {
  auto found = store::get<api::HostedZone>(world_.store, key.space, key.name);
  if (!found.ok() && found.error().code() == Code::not_found) return Next::on_change();
  api::HostedZone zone = TRY(std::move(found));

  const api::HostedZoneStatus before = zone.status;
  auto looked = observe(world_, zone);
  Observed observed;
  Plan todo;
  Result<void> outcome;
  if (looked.ok()) {
    observed = std::move(*looked);
    todo = plan(zone, observed);
    if (!observed.account) zone.status.records = todo.records;
    outcome = act(zone, todo);
  } else {
    outcome = looked.error();
  }
  // A turn that has not come yet is no news: the next pass says how things stand.
  if (!outcome.ok() && outcome.error().code() == Code::throttled) return outcome.error();
  conclude(zone, observed, todo, outcome, world_.clock.now());  // failures are reported too
  if (zone.status != before) TRY(world_.store.update_status(api::write(zone)));
  if (!outcome.ok()) return outcome.error();
  if (observed.account) return Next::on_change();
  return todo.changes.empty() ? Next::after(kWatchEvery) : Next::after(std::chrono::seconds(30));
}

Result<void> ZoneReconciler::act(api::HostedZone& zone, const Plan& todo) {
  if (todo.changes.empty()) return {};
  const auto access = TRY(connect::access(world_.store, world_.connections, zone.meta.space,
                                          zone.spec.account_ref, "", world_.clock.now()));
  if (access.refusal) return {};
  // A batch that is sent twice (the answer was lost) is refused whole and then found in place.
  TRY(access.connection->route53().change_record_sets(zone.spec.id, todo.changes));
  for (auto& kept : zone.status.records)
    for (const auto& change : todo.changes)
      if (kept.record.name == change.record_set.name) {
        kept.state = "InPlace";
        kept.created_by_us = true;
      }
  world_.events.record(
      zone.key(), zone.meta.uid, "Normal", "RecordsWritten",
      std::to_string(todo.changes.size()) + " validation record(s) written in " + zone.spec.id);
  return {};
}

}  // namespace certloop::zone
