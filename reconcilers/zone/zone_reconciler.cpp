#include "reconcilers/zone/zone_reconciler.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "store/typed.h"

namespace certloop::zone {
namespace {

using api::Truth;
using loop::Next;

// Somebody else may take a record away; ACM would notice at the next renewal only.
constexpr Duration kWatchEvery = std::chrono::minutes(30);
constexpr Duration kSoon = std::chrono::seconds(30);
constexpr Duration kUntilKnown = std::chrono::seconds(1);
constexpr std::size_t kMostNamed = 20;  // in one message

// "a; b; and 7 more".
std::string some_of(std::vector<std::string> lines) {
  const std::size_t all = lines.size();
  if (all > kMostNamed) {
    lines.resize(kMostNamed);
    lines.push_back("and " + std::to_string(all - kMostNamed) + " more");
  }
  return join(lines, "; ");
}

std::vector<std::string> troubles(const api::HostedZone& zone, const Plan& todo) {
  std::vector<std::string> troubles = todo.problems;
  for (const auto& kept : zone.status.records) {
    if (kept.unneeded_since) continue;
    if (kept.state == "Conflict")
      troubles.push_back(kept.record.name + " holds " + kept.found + " instead of " +
                         kept.record.value);
    else if (kept.state == "Refused" && !kept.found.empty())
      troubles.push_back(kept.record.name + " is refused by Route 53: " + kept.found);
  }
  return troubles;
}

void conclude(api::HostedZone& zone, const Observed& observed, const Plan& todo,
              const Result<void>& outcome, Time now) {
  auto& conditions = zone.status.conditions;
  const auto put = [&](std::string type, Truth truth, std::string reason, std::string message) {
    api::set(conditions, {std::move(type), truth, std::move(reason), std::move(message),
                          zone.meta.generation, std::chrono::floor<std::chrono::seconds>(now)});
  };
  zone.status.observed_generation = zone.meta.generation;
  const auto stuck = troubles(zone, todo);
  if (observed.account)
    put("Ready", Truth::no, observed.account->first, observed.account->second);
  else if (!outcome.ok())
    put("Ready", Truth::no, outcome.error().reason(), outcome.error().message());
  else
    put("Ready", Truth::yes, stuck.empty() ? "RecordsKept" : "RecordConflict", some_of(stuck));
  put("Reconciling", outcome.ok() && !observed.account ? Truth::no : Truth::yes,
      outcome.ok() ? "Settled" : outcome.error().reason(), "");
  put("Stalled", Truth::no, "No", "");

  std::vector<std::string> unneeded;
  for (const auto& kept : zone.status.records)
    if (kept.unneeded_since) unneeded.push_back(kept.record.name + ": " + kept.stays_because);
  if (unneeded.empty())
    api::remove(conditions, "Unneeded");
  else
    put("Unneeded", Truth::yes, "RecordsStay", some_of(unneeded));
}

}  // namespace

Look ZoneReconciler::look_at(const api::Key& key) const {
  Lock lock(mutex_);
  const auto at = looked_.find(key);
  const bool due = at == looked_.end() || world_.clock.now() - at->second >= kWatchEvery;
  return due ? Look::all : Look::changed;
}

Next ZoneReconciler::until_next_look(const api::Key& key) const {
  Lock lock(mutex_);
  const auto at = looked_.find(key);
  if (at == looked_.end()) return Next::after(kSoon);
  return Next::after(std::max<Duration>(at->second + kWatchEvery - world_.clock.now(), kSoon));
}

Result<Next> ZoneReconciler::reconcile(const api::Key& key) {
  // Before every placement has been seen, what they need is not known.
  if (!world_.needs_are_known()) return Next::after(kUntilKnown);
  auto found = store::get<api::HostedZone>(world_.store, key.space, key.name);
  if (!found.ok() && found.error().code() == Code::not_found) return Next::gone();
  api::HostedZone zone = TRY(std::move(found));

  const api::HostedZoneStatus before = zone.status;
  const Look look = look_at(key);
  const Time now = world_.clock.now();
  auto looked = observe(world_, zone, look);
  Observed observed;
  Plan todo;
  Result<void> outcome;
  if (looked.ok()) {
    observed = std::move(*looked);
    todo = plan(zone, observed, now);
    if (look == Look::all) {
      Lock lock(mutex_);
      looked_[key] = now;
    }
    if (!observed.account && observed.management != api::Management::suspended)
      zone.status.records = todo.records;
    outcome = act(zone, todo);
  } else {
    outcome = looked.error();
  }
  // A turn that has not come yet is no news: the next pass says how things stand.
  if (!outcome.ok() &&
      (outcome.error().code() == Code::throttled || outcome.error().code() == Code::cancelled))
    return outcome.error();
  conclude(zone, observed, todo, outcome, now);  // failures are reported too
  if (zone.status != before) TRY(world_.store.update_status(api::write(zone)));
  if (!outcome.ok()) return outcome.error();
  if (observed.account) return Next::stalled();
  return todo.changes.empty() ? until_next_look(key) : Next::after(kSoon);
}

Result<void> ZoneReconciler::act(api::HostedZone& zone, const Plan& todo) {
  if (todo.changes.empty()) return {};
  if (world_.stopping.stop_requested()) return loop::is_stopping();
  const auto access = TRY(connect::access(world_.store, world_.connections, zone.meta.space,
                                          zone.spec.account_ref, "", world_.clock.now()));
  if (access.refusal) return {};
  // A batch that is sent twice (the answer was lost) is refused whole and then found in place.
  const auto sent = access.connection->route53().change_record_sets(zone.spec.id, todo.changes);
  if (sent.ok())
    carried_out(zone, todo);
  else if (sent.error().code() == Code::invalid)
    refused(zone, todo, sent.error());
  else
    return sent.error();
  return {};
}

void ZoneReconciler::carried_out(api::HostedZone& zone, const Plan& todo) {
  std::set<std::string> written, removed;
  for (const auto& change : todo.changes)
    (change.action == "DELETE" ? removed : written).insert(change.record_set.name);
  std::erase_if(zone.status.records,
                [&](const auto& kept) { return removed.contains(kept.record.name); });
  for (auto& kept : zone.status.records) {
    if (!written.contains(kept.record.name)) continue;
    kept.state = "InPlace";
    kept.found.clear();
    kept.checked.reset();
    kept.created_by_us = true;
    kept.created = std::chrono::floor<std::chrono::seconds>(world_.clock.now());
  }
  const auto event = [&](std::string_view reason, std::size_t count, const std::string& what) {
    if (count > 0)
      world_.events.record(zone.key(), zone.meta.uid, "Normal", reason,
                           std::to_string(count) + " validation record(s) " + what + zone.spec.id);
  };
  event("RecordsWritten", written.size(), "written in ");
  event("RecordsRemoved", removed.size(), "that no certificate needs removed from ");
}

// Nothing of the batch was done: each goes alone from now on. One that is refused alone waits if
// certificates need it; if nothing does, it is not what we wrote any more, and we let go of it.
void ZoneReconciler::refused(api::HostedZone& zone, const Plan& todo, const Error& error) {
  const bool alone = todo.changes.size() == 1;
  const auto action_on = [&](const api::KeptRecord& kept) {
    for (const auto& change : todo.changes)
      if (change.record_set.name == kept.record.name) return change.action;
    return std::string();
  };
  if (alone && todo.changes.front().action == "DELETE")
    std::erase_if(zone.status.records, [&](const auto& kept) { return !action_on(kept).empty(); });
  for (auto& kept : zone.status.records) {
    if (action_on(kept).empty()) continue;
    kept.state = "Refused";
    kept.found = alone ? error.message() : "";
    kept.checked.reset();
    if (alone) kept.checked = std::chrono::floor<std::chrono::seconds>(world_.clock.now());
  }
  {
    Lock lock(mutex_);
    looked_.erase(zone.key());
  }
  world_.events.record(zone.key(), zone.meta.uid, "Warning", "ChangeRefused", error.message());
}

}  // namespace certloop::zone
