#include "reconcilers/placement/records.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "connect/grants.h"
#include "reconcilers/placement/look.h"
#include "reconcilers/placement/plan.h"
#include "store/typed.h"

namespace certloop::placement {
namespace {

constexpr std::size_t kMaxConflicts = 5;  // that one message names

struct Zone {
  api::Reference account;  // with its namespace
  std::string id, domain;
  std::string object() const { return account.space + "/" + account.name + "." + lower(id); }
};

struct Candidates {
  std::vector<Zone> zones;
  std::optional<Problem> problem;  // why there may be more, or those that are named are not there
};

// "example.com" of "example.com.".
std::string spoken(std::string domain) {
  if (domain.ends_with('.')) domain.pop_back();
  return domain;
}

// "_x.www.example.com." lies in "example.com.", not in "ample.com.".
bool lies_in(const std::string& name, const std::string& zone) {
  return name == zone || (name.size() > zone.size() && name.ends_with("." + zone));
}

// The public zones of the account that this placement may use.
Result<std::vector<Zone>> zones_of(connect::Connection& connection, const api::Account& account,
                                   const api::Placement& placement, const std::string& only) {
  std::vector<Zone> zones;
  const auto all = TRY(connection.hosted_zones());
  // The grant that allows the certificate must allow the zone, too; two are not added up.
  const auto& own = placement.spec.account_ref;
  const bool is_own =
      own.name == account.meta.name && space_of(own, placement.meta.space) == account.meta.space;
  for (const auto& zone : all) {
    const connect::Use use{.region = is_own ? placement.spec.region : "",
                           .account_id = connect::account_id_of(account),
                           .domains = wanted_names(placement.spec),
                           .hosted_zone = zone.id};
    if (!zone.private_zone && (only.empty() || zone.id == only) &&
        connect::admits(account.spec.allowed_namespaces, account.meta.space, placement.meta.space,
                        use))
      zones.push_back({{account.meta.name, account.meta.space}, zone.id, zone.name});
  }
  return zones;
}

// Only somebody who may give a right, or name another zone, can help: the zones are looked for
// again all the same.
Problem unreadable(const api::Account& account, const Error& error) {
  return {error.reason(),
          "the hosted zones of Account " + account.meta.space + "/" + account.meta.name +
              " cannot be read: " + error.message(),
          error.code() == Code::denied};
}

Result<Candidates> own_zones(const api::Placement& placement, connect::Connection& own,
                             const api::Account& account) {
  auto zones = zones_of(own, account, placement, "");
  if (zones.ok()) return Candidates{std::move(*zones), std::nullopt};
  if (must_look_again(zones.error())) return zones.error();
  return Candidates{{}, unreadable(account, zones.error())};
}

// The zones that the spec names. One that cannot be had leaves the others as they are.
Result<Candidates> named_zones(const World& world, const api::Placement& placement) {
  Candidates all;
  for (const auto& reference : placement.spec.issuer.amazon->hosted_zones) {
    const std::string where = "spec.issuer.amazon.hostedZones: ";
    const auto access =
        connect::access(world.store, world.connections, placement.meta.space, reference.account_ref,
                        "", world.clock.now(), wanted_names(placement.spec));
    if (!access.ok() && must_look_again(access.error())) return access.error();
    if (!access.ok()) {
      all.problem = Problem{access.error().reason(), where + access.error().message()};
      continue;
    }
    if (access->refusal) {
      all.problem = Problem{access->refusal->reason, where + access->refusal->message,
                            access->refusal->stalled};
      continue;
    }
    if (!access->connection) {
      all.problem = Problem{"Suspended", where + "Account " + reference.account_ref.name +
                                             " is Suspended: its zones are not read"};
      continue;
    }
    auto some = zones_of(*access->connection, *access->account, placement, reference.id);
    if (!some.ok() && must_look_again(some.error())) return some.error();
    if (!some.ok())
      all.problem = unreadable(*access->account, some.error());
    else if (some->empty())
      all.problem = Problem{"HostedZoneNotFound",
                            where + "Account " + reference.account_ref.name +
                                " has no public hosted zone " + reference.id + " that namespace " +
                                placement.meta.space + " may use: create it, or correct the id",
                            true};
    else
      all.zones.insert(all.zones.end(), some->begin(), some->end());
  }
  return all;
}

// The zone of the longest suffix. Of several with that name one that was chosen before, else the
// first by id.
const Zone* best_for(const std::vector<Zone>& zones, const std::string& name,
                     const std::string& before) {
  const Zone* best = nullptr;
  const auto is_better = [&](const Zone& zone) {
    if (best == nullptr || zone.domain.size() != best->domain.size())
      return best == nullptr || zone.domain.size() > best->domain.size();
    if (best->object() == before || zone.object() == before) return zone.object() == before;
    return zone.id < best->id;
  };
  for (const Zone& zone : zones)
    if (lies_in(lower(name), zone.domain) && is_better(zone)) best = &zone;
  return best;
}

// Nothing in Route 53 tells which of two zones of one name the world asks.
std::string warning_of(const std::vector<Zone>& zones, const Zone& chosen) {
  std::set<std::string> ids;
  for (const Zone& zone : zones)
    if (zone.domain == chosen.domain) ids.insert(zone.id);
  if (ids.size() < 2) return "";
  return "there are " + std::to_string(ids.size()) + " public zones named " +
         spoken(chosen.domain) + " (" + join({ids.begin(), ids.end()}, ", ") + "); " + chosen.id +
         " is used: name the delegated one in spec.issuer.amazon.hostedZones";
}

// Whether a choice that was made may be made again: while ACM has yet to see the records.
bool may_choose_again(const api::Placement& placement, const api::PlacementStatus& known) {
  return placement.meta.generation != known.observed_generation || known.acm_status != "ISSUED" ||
         known.renewal_status == "PENDING_VALIDATION";
}

bool waits_for_a_zone(const api::PlacementStatus& known) {
  return known.acm_status != "ISSUED" &&
         std::any_of(known.validation.begin(), known.validation.end(), [](const auto& d) {
           return d.record && d.hosted_zone.empty() && d.status != "SUCCESS";
         });
}

void choose_zone(const Candidates& candidates, bool again, bool named,
                 api::DomainValidation& domain, Observed& observed) {
  if (!domain.record || (!domain.hosted_zone.empty() && !again)) return;
  const std::string before = domain.hosted_zone;
  if (const Zone* zone = best_for(candidates.zones, domain.record->name, before)) {
    domain.hosted_zone = zone->object();
    if (domain.hosted_zone != before) observed.zone_domains[domain.hosted_zone] = zone->domain;
    if (!named) observed.zone_warning = warning_of(candidates.zones, *zone);
    return;
  }
  // A zone that the spec names no more is left; one that was found once is not lost by one listing.
  const bool is_candidate = std::any_of(candidates.zones.begin(), candidates.zones.end(),
                                        [&](const Zone& zone) { return zone.object() == before; });
  if (named && !candidates.problem && !is_candidate) domain.hosted_zone.clear();
}

Result<void> choose_zones(const World& world, const api::Placement& placement,
                          connect::Connection& own, const api::Account& account,
                          Observed& observed) {
  // Under Observe no zone is asked to write: that would validate what is only to be watched.
  if (observed.management != api::Management::enforce) return {};
  auto& known = observed.known;
  const bool again = may_choose_again(placement, known);
  const bool to_choose =
      std::any_of(known.validation.begin(), known.validation.end(),
                  [&](const auto& d) { return d.record && (again || d.hosted_zone.empty()); });
  if (!to_choose) return {};
  const bool named = !placement.spec.issuer.amazon->hosted_zones.empty();
  auto candidates = named ? named_zones(world, placement) : own_zones(placement, own, account);
  if (!candidates.ok()) {
    // Who does not wait for a zone asks for one at another time.
    if (candidates.error().code() == Code::throttled && !waits_for_a_zone(known)) return {};
    return candidates.error();
  }
  for (auto& domain : known.validation) choose_zone(*candidates, again, named, domain, observed);
  observed.zones_unreadable = std::move(candidates->problem);
  return {};
}

std::string conflict_of(const api::HostedZone& zone, const api::KeptRecord& kept,
                        const api::ValidationRecord& wanted) {
  const std::string where = "zone " + spoken(zone.spec.domain) + " (" + zone.spec.id + ")";
  if (kept.state == "Refused" && !kept.found.empty())
    return where + " rejects " + kept.record.name + ": " + kept.found;
  if (kept.state == "Conflict")
    return where + " already holds " + kept.record.name + " with the value " + kept.found +
           " instead of " + wanted.value + ": remove it there";
  return "";
}

// What is known of these records in the zone, as far as they are not in place. Each is read by
// itself, so that it does not matter how many others the zone has.
Result<void> note_conflicts(const World& world, const std::string& hosted_zone,
                            const std::map<std::string, api::ValidationRecord>& records,
                            std::vector<std::string>& conflicts) {
  const auto slash = hosted_zone.find('/');
  auto found = store::get<api::HostedZone>(world.store, hosted_zone.substr(0, slash),
                                           hosted_zone.substr(slash + 1));
  if (!found.ok() && found.error().code() == Code::not_found) return {};
  const api::HostedZone zone = TRY(std::move(found));
  const auto* ready = api::find(zone.status.conditions, "Ready");
  if (ready != nullptr && ready->status == api::Truth::no)
    conflicts.push_back("zone " + spoken(zone.spec.domain) + " (" + zone.spec.id +
                        "): " + ready->message);
  for (const auto& [name, record] : records) {
    const api::Key key = api::zone_record_key(hosted_zone, name);
    const auto kept = store::get<api::ZoneRecord>(world.store, key.space, key.name);
    if (!kept.ok() && kept.error().code() == Code::not_found) continue;
    if (!kept.ok()) return kept.error();
    auto conflict = conflict_of(zone, kept->status, record);
    if (!conflict.empty()) conflicts.push_back(std::move(conflict));
  }
  return {};
}

}  // namespace

Result<void> find_records(const World& world, const api::Placement& placement,
                          connect::Connection& own, const api::Account& account,
                          Observed& observed) {
  if (!placement.spec.issuer.amazon || placement.meta.deleted) return {};
  TRY(choose_zones(world, placement, own, account, observed));
  // Only a certificate that ACM has yet to validate is held up by a record that is not in place.
  if (observed.known.acm_status == "ISSUED") return {};
  // A wildcard and its base share one record.
  std::map<std::string, std::map<std::string, api::ValidationRecord>> by_zone;
  for (const auto& domain : observed.known.validation)
    if (domain.record && !domain.hosted_zone.empty())
      by_zone[domain.hosted_zone].emplace(domain.record->name, *domain.record);
  std::vector<std::string> conflicts;
  for (const auto& [zone, records] : by_zone) TRY(note_conflicts(world, zone, records, conflicts));
  const std::size_t all = conflicts.size();
  if (all > kMaxConflicts) {
    conflicts.resize(kMaxConflicts);
    conflicts.push_back("and " + std::to_string(all - kMaxConflicts) + " more");
  }
  observed.record_conflicts = std::move(conflicts);
  return {};
}

Result<void> ensure_zones(const World& world, const api::Placement& placement,
                          const Observed& observed) {
  if (!observed.zone_warning.empty() && !observed.zone_domains.empty()) {
    const auto [key, uid] = subject_of_events(placement);
    world.events.record(key, uid, "AmbiguousHostedZone", observed.zone_warning);
  }
  std::set<std::string> zones;
  for (const auto& domain : placement.status.validation) zones.insert(domain.hosted_zone);
  for (const auto& hosted_zone : zones) {
    const auto slash = hosted_zone.find('/');
    if (slash == std::string::npos) continue;
    const std::string space = hosted_zone.substr(0, slash);
    const std::string name = hosted_zone.substr(slash + 1);
    const auto have = world.store.get({api::Kind::hosted_zone, space, name});
    if (have.ok()) continue;
    if (have.error().code() != Code::not_found) return have.error();
    // "<account>.<zone id in lower case>": the id comes back in capitals, as Route 53 has them.
    const auto dot = name.rfind('.');
    api::HostedZone zone;
    zone.meta.space = space;
    zone.meta.name = name;
    zone.spec.account_ref = {name.substr(0, dot), ""};
    for (const char c : name.substr(dot + 1))
      zone.spec.id += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const auto domain = observed.zone_domains.find(hosted_zone);
    if (domain != observed.zone_domains.end()) zone.spec.domain = domain->second;
    const auto made = world.store.create(api::write(zone));
    if (!made.ok() && made.error().code() != Code::already_exists) return made.error();
  }
  return {};
}

}  // namespace certloop::placement
