#include "reconcilers/zone/zone_reconciler.h"

#include <algorithm>

#include "base/text.h"
#include "frame/readiness.h"
#include "store/publish.h"
#include "store/typed.h"

namespace certloop::zone {
namespace {

using api::Truth;
using loop::Next;

// Somebody else may take a record away; ACM would notice at the next renewal only.
constexpr Duration kWatchEvery = std::chrono::minutes(30);
constexpr Duration kSoon = std::chrono::seconds(30);
// What goes alone after a refusal goes as fast as Route 53 takes it.
constexpr Duration kOneByOne = std::chrono::seconds(1);
constexpr Duration kUntilKnown = std::chrono::seconds(1);
// A placement that has just chosen the zone has said so by then.
constexpr Duration kUntilGone = std::chrono::minutes(2);
constexpr std::size_t kMaxNamed = 20;  // records in one message

std::string name_of(const api::HostedZone& zone) { return zone.meta.space + "/" + zone.meta.name; }

// "zone example.com (Z1)".
std::string spoken(const api::HostedZone& zone) {
  std::string domain = zone.spec.domain;
  if (domain.ends_with('.')) domain.pop_back();
  return domain.empty() ? "zone " + zone.spec.id : "zone " + domain + " (" + zone.spec.id + ")";
}

// Looked at again before the next look at all: what is still to be written.
bool is_open(const api::KeptRecord& kept) {
  return !kept.unneeded_since &&
         (kept.state == "Missing" || (kept.state == "Refused" && !kept.checked));
}

// Its name, for people: a zone that is made anew gets it at once, one of an earlier version here.
Result<void> name_zone(const World& world, api::HostedZone& zone, const std::string& domain) {
  if (domain.empty() || zone.spec.domain == domain) return {};
  api::HostedZone named = zone;
  named.spec.domain = domain;
  const api::Object stored =
      TRY(world.store.apply(api::write(named), {.manager = "certloop-controller", .force = true}));
  const api::HostedZoneStatus status = zone.status;
  zone = TRY(api::read<api::HostedZone>(stored));
  zone.status = status;
  return {};
}

// As if nobody had taken a record away before, nor Route 53 refused one.
Observed without_contests(Observed observed) {
  for (auto& record : observed.records) {
    record.status.corrections.clear();
    record.status.checked.reset();
    if (record.status.state == "ChangedBack") record.status.state = "InPlace";
  }
  return observed;
}

}  // namespace

Look ZoneReconciler::begin(const api::HostedZone& zone) {
  const api::Key key = zone.key();
  const std::set<std::string> changed = world_.needs.take_changed(key.space + "/" + key.name);
  Lock lock(mutex_);
  Memory& memory = memory_[key];
  memory.open.insert(changed.begin(), changed.end());
  if (api::asks_afresh(zone) || !memory.looked ||
      world_.clock.tick() - *memory.looked >= kWatchEvery)
    return {.all = true};
  return {.all = false, .names = memory.open};
}

// What was to be looked at stays so until it has been carried out and written down.
void ZoneReconciler::end(const api::Key& key, const Pass& pass) {
  if (!pass.outcome.ok() || pass.observed.account ||
      pass.observed.management == api::Management::suspended)
    return;
  Lock lock(mutex_);
  Memory& memory = memory_[key];
  if (pass.was_refused)
    memory.looked.reset();
  else if (pass.look.all)
    memory.looked = world_.clock.tick();
  if (pass.look.all) {
    memory.open.clear();
    memory.problems.clear();
  }
  for (const auto& name : pass.look.names) {
    memory.open.erase(name);
    memory.problems.erase(name);
  }
  memory.problems.insert(pass.todo.problems.begin(), pass.todo.problems.end());
  if (pass.observed.management != api::Management::enforce) return;
  for (const auto& kept : pass.records)
    if (is_open(kept)) memory.open.insert(kept.record.name);
}

Result<Next> ZoneReconciler::reconcile(const api::Key& key) {
  // Before every placement has been seen, what they need is not known.
  if (!world_.needs_are_known()) return Next::after(kUntilKnown);
  auto found = store::get<api::HostedZone>(world_.store, key.space, key.name);
  if (!found.ok() && found.error().code() == Code::not_found) {
    Lock lock(mutex_);
    memory_.erase(key);
    return Next::gone();
  }
  api::HostedZone zone = TRY(std::move(found));
  TRY(move_records(world_, zone));

  Pass pass;
  pass.look = begin(zone);
  run(zone, pass);
  // A turn that has not come yet is no news: the next pass says how things stand.
  if (!pass.outcome.ok() && (pass.outcome.error().code() == Code::throttled ||
                             pass.outcome.error().code() == Code::cancelled))
    return pass.outcome.error();
  const api::HostedZoneStatus before = zone.status;
  end(key, pass);
  conclude(zone, pass);  // failures are reported too
  loop::warn_of_trouble(world_.events, key, zone.meta.uid, before.conditions,
                        zone.status.conditions);
  if (zone.status != before) TRY(store::publish(world_.store, zone, before, world_.clock.now()));
  if (!pass.outcome.ok()) return pass.outcome.error();
  return next(zone, pass);
}

// Observe, plan, act, and write down what is known of the records then.
void ZoneReconciler::run(api::HostedZone& zone, Pass& pass) {
  auto looked = observe(world_, zone, pass.look);
  if (!looked.ok()) {
    pass.outcome = looked.error();
    return;
  }
  pass.observed = std::move(*looked);
  if (pass.observed.account || pass.observed.management == api::Management::suspended) return;
  pass.outcome = name_zone(world_, zone, pass.observed.domain);
  if (!pass.outcome.ok()) return;
  pass.todo = plan(api::asks_afresh(zone) ? without_contests(pass.observed) : pass.observed,
                   world_.clock.now());
  pass.records = pass.todo.records;
  pass.outcome = act(zone, pass);
  if (!pass.outcome.ok()) return;
  pass.outcome = write_down(world_, zone, pass.observed.records, pass.records);
}

Result<Next> ZoneReconciler::next(const api::HostedZone& zone, const Pass& pass) {
  const api::Key key = zone.key();
  const std::string name = name_of(zone);
  const Instant now = world_.clock.tick();
  const bool needed =
      world_.needs.has(name) || (world_.records.count(name) > 0 && !pass.observed.account_goes);
  {
    Lock lock(mutex_);
    Memory& memory = memory_[key];
    if (needed) {
      memory.unneeded.reset();
    } else if (!memory.unneeded) {
      memory.unneeded = now;
      return Next::after(kUntilGone);
    } else if (now - *memory.unneeded < kUntilGone) {
      return Next::after(*memory.unneeded + kUntilGone - now);
    }
    if (needed) {
      if (pass.observed.account || pass.observed.management == api::Management::suspended)
        return Next::stalled();
      const bool one_by_one =
          std::any_of(pass.records.begin(), pass.records.end(),
                      [](const auto& kept) { return kept.state == "Refused" && is_open(kept); });
      if (one_by_one) return Next::after(kOneByOne);
      if (!memory.open.empty() || !memory.looked) return Next::after(kSoon);
      return Next::after(std::max<Duration>(*memory.looked + kWatchEvery - now, kSoon));
    }
  }
  return remove(zone);
}

Result<Next> ZoneReconciler::remove(const api::HostedZone& zone) {
  const std::size_t left = world_.records.count(name_of(zone));
  const auto gone =
      world_.store.remove(zone.key(), {.uid = zone.meta.uid, .version = zone.meta.version});
  if (!gone.ok() && gone.error().code() != Code::not_found) return gone.error();
  if (left > 0)
    world_.events.record(zone.key(), zone.meta.uid, "RecordsLeft",
                         "its Account goes: " + std::to_string(left) +
                             " validation record(s) of ours stay in " + spoken(zone) +
                             "; delete them there once no certificate uses their domains");
  Lock lock(mutex_);
  memory_.erase(zone.key());
  return Next::gone();
}

Result<void> ZoneReconciler::act(const api::HostedZone& zone, Pass& pass) {
  const Plan& todo = pass.todo;
  if (todo.changes.empty()) return {};
  if (world_.stopping.stop_requested()) return loop::is_stopping();
  const auto access = TRY(connect::access(world_.store, world_.connections, zone.meta.space,
                                          zone.spec.account_ref, "", world_.clock.now()));
  if (access.refusal) return {};
  // A batch that is sent twice (the answer was lost) is refused whole and then found in place.
  const auto sent = access.connection->route53().change_record_sets(zone.spec.id, todo.changes);
  if (sent.ok())
    carried_out(zone, pass);
  else if (sent.error().code() == Code::invalid)
    refused(zone, pass, sent.error());
  else
    return sent.error();
  return {};
}

void ZoneReconciler::carried_out(const api::HostedZone& zone, Pass& pass) {
  std::set<std::string> written, removed;
  for (const auto& change : pass.todo.changes)
    (change.action == "DELETE" ? removed : written).insert(change.record_set.name);
  std::erase_if(pass.records, [&](const auto& kept) { return removed.contains(kept.record.name); });
  for (auto& kept : pass.records) {
    if (!written.contains(kept.record.name)) continue;
    kept.state = "InPlace";
    kept.found.clear();
    kept.checked.reset();
    kept.created_by_us = true;
    kept.created = std::chrono::floor<std::chrono::seconds>(world_.clock.now());
  }
  const auto event = [&](std::string_view reason, std::size_t count, const std::string& what) {
    if (count > 0)
      world_.events.record(
          zone.key(), zone.meta.uid, reason,
          what + std::to_string(count) + " validation record(s) in " + spoken(zone));
  };
  event("RecordsWritten", written.size(), "Created ");
  event("RecordsRemoved", removed.size(), "Deleted, as no certificate needs them, ");
}

// Nothing of the batch was done: each goes alone from now on. One that is refused alone waits if
// certificates need it; if nothing does, it is not what we wrote any more, and we let go of it.
void ZoneReconciler::refused(const api::HostedZone& zone, Pass& pass, const Error& error) {
  const bool alone = pass.todo.changes.size() == 1;
  const auto action_on = [&](const api::KeptRecord& kept) {
    for (const auto& change : pass.todo.changes)
      if (change.record_set.name == kept.record.name) return change.action;
    return std::string();
  };
  if (alone && pass.todo.changes.front().action == "DELETE")
    std::erase_if(pass.records, [&](const auto& kept) { return !action_on(kept).empty(); });
  for (auto& kept : pass.records) {
    if (action_on(kept).empty()) continue;
    kept.state = "Refused";
    kept.found = alone ? in_short({error.message()}, 1) : "";
    kept.checked.reset();
    if (alone) kept.checked = std::chrono::floor<std::chrono::seconds>(world_.clock.now());
  }
  pass.was_refused = true;
  world_.events.record(zone.key(), zone.meta.uid, "ChangeRefused", error.message());
}

std::string ZoneReconciler::trouble_of(const std::string& zone) {
  std::vector<std::string> sentences;
  const auto stuck = world_.records.in_trouble(zone, kMaxNamed);
  std::size_t all = stuck.count;
  {
    const auto slash = zone.find('/');
    Lock lock(mutex_);
    const auto& problems =
        memory_[{api::Kind::hosted_zone, zone.substr(0, slash), zone.substr(slash + 1)}].problems;
    all += problems.size();
    for (const auto& [name, why] : problems) {
      if (sentences.size() == kMaxNamed) break;
      sentences.push_back(why);
    }
  }
  for (const auto& kept : stuck.first) sentences.push_back(trouble_with(kept));
  return all == 0 ? "" : in_short(sentences, all);
}

std::string ZoneReconciler::unneeded_of(const std::string& zone) const {
  const auto some = world_.records.unneeded(zone, kMaxNamed);
  std::vector<std::string> sentences;
  for (const auto& kept : some.first)
    sentences.push_back(kept.record.name + ": " + kept.stays_because);
  return some.count == 0 ? "" : in_short(sentences, some.count);
}

void ZoneReconciler::conclude(api::HostedZone& zone, const Pass& pass) {
  auto& conditions = zone.status.conditions;
  const Time now = std::chrono::floor<std::chrono::seconds>(world_.clock.now());
  const auto put = [&](std::string type, Truth truth, std::string reason, std::string message) {
    api::set(conditions, {std::move(type), truth, std::move(reason), std::move(message),
                          zone.meta.generation, now});
  };
  zone.status.observed_generation = zone.meta.generation;
  zone.status.last_handled_reconcile = api::reconcile_request(zone.meta);
  const auto& outcome = pass.outcome;
  const auto& account = pass.observed.account;
  const bool suspended = pass.observed.management == api::Management::suspended;
  const std::string stuck = trouble_of(name_of(zone));
  frame::Readiness said{.ready = Truth::yes,
                        .reason = stuck.empty() ? "RecordsKept" : "RecordConflict",
                        .message = stuck};
  if (account)
    said = {.ready = Truth::no, .reason = account->first, .message = account->second};
  else if (!outcome.ok())
    said = {.ready = Truth::no,
            .reason = outcome.error().reason(),
            .message = outcome.error().message()};
  else if (suspended)
    said = {.reason = "Suspended", .message = "its Account is Suspended: the zone is not read"};
  said.reconciling = account || !outcome.ok();
  said.why = said.reason;
  said.explanation = said.message;
  frame::put(conditions, said, zone.meta.generation, now);
  const std::string unneeded = unneeded_of(name_of(zone));
  if (unneeded.empty())
    api::remove(conditions, "Unneeded");
  else
    put("Unneeded", Truth::yes, "RecordsStay", unneeded);
}

}  // namespace certloop::zone
