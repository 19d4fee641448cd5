#include "reconcilers/placement/records.h"

#include <algorithm>

#include "base/text.h"
#include "connect/grants.h"
#include "reconcilers/placement/plan.h"
#include "store/typed.h"

namespace certloop::placement {
namespace {

struct Zone {
  api::Reference account;  // with its namespace
  std::string id, domain;
  std::string object() const { return account.space + "/" + account.name + "." + lower(id); }
};

// "_x.www.example.com." lies in "example.com.", not in "ample.com.".
bool lies_in(const std::string& name, const std::string& zone) {
  return name == zone || (name.size() > zone.size() && name.ends_with("." + zone));
}

// The public zones of the account that this placement may use.
Result<std::vector<Zone>> zones_of(connect::Connection& connection, const api::Account& account,
                                   const api::Placement& placement, const std::string& only) {
  std::vector<Zone> zones;
  const auto all = TRY(connection.hosted_zones());
  for (const auto& zone : all) {
    const connect::Use use{.account_id = connect::account_id_of(account),
                           .domains = wanted_names(placement.spec),
                           .hosted_zone = zone.id};
    if (!zone.private_zone && (only.empty() || zone.id == only) &&
        connect::admits(account.spec.allowed_namespaces, account.meta.space, placement.meta.space,
                        use))
      zones.push_back({{account.meta.name, account.meta.space}, zone.id, zone.name});
  }
  return zones;
}

Result<std::vector<Zone>> candidates(const World& world, const api::Placement& placement,
                                     connect::Connection& own, const api::Account& account) {
  const auto& named = placement.spec.issuer.amazon->hosted_zones;
  if (named.empty()) return zones_of(own, account, placement, "");
  std::vector<Zone> zones;
  for (const auto& reference : named) {
    const auto access = TRY(connect::access(world.store, world.connections, placement.meta.space,
                                            reference.account_ref, "", world.clock.now(),
                                            wanted_names(placement.spec)));
    if (access.refusal)
      return Error(access.refusal->stalled ? Code::invalid : Code::unavailable,
                   "spec.issuer.amazon.hostedZones: " + access.refusal->message)
          .because(access.refusal->reason);
    const auto some = TRY(zones_of(*access.connection, *access.account, placement, reference.id));
    if (some.empty())
      return Error(Code::invalid, "spec.issuer.amazon.hostedZones: account " +
                                      reference.account_ref.name + " has no public hosted zone " +
                                      reference.id + " that namespace " + placement.meta.space +
                                      " may use")
          .because("HostedZoneNotFound");
    zones.insert(zones.end(), some.begin(), some.end());
  }
  return zones;
}

const Zone* longest_match(const std::vector<Zone>& zones, const std::string& name) {
  const Zone* best = nullptr;
  for (const Zone& zone : zones)
    if (lies_in(lower(name), zone.domain) &&
        (best == nullptr || zone.domain.size() > best->domain.size()))
      best = &zone;
  return best;
}

// What the zone's keeper says of this record, if it is not in place.
Result<void> note_conflict(const World& world, const api::DomainValidation& domain,
                           Observed& observed) {
  const auto slash = domain.hosted_zone.find('/');
  auto found = store::get<api::HostedZone>(world.store, domain.hosted_zone.substr(0, slash),
                                           domain.hosted_zone.substr(slash + 1));
  if (!found.ok() && found.error().code() == Code::not_found) return {};
  const api::HostedZone zone = TRY(std::move(found));
  for (const auto& kept : zone.status.records)
    if (kept.record.name != domain.record->name) {
      continue;
    } else if (kept.state == "Refused" && !kept.found.empty()) {
      observed.record_conflicts.push_back("zone " + zone.spec.domain + " (" + zone.spec.id +
                                          ") does not take " + kept.record.name + ": " +
                                          kept.found);
    } else if (kept.state == "Conflict") {
      observed.record_conflicts.push_back("zone " + zone.spec.domain + " (" + zone.spec.id +
                                          ") already holds " + kept.record.name +
                                          " with the value " + kept.found + " instead of " +
                                          domain.record->value + ": remove it there");
    }
  const auto* ready = api::find(zone.status.conditions, "Ready");
  if (ready != nullptr && ready->status == api::Truth::no)
    observed.record_conflicts.push_back("zone " + zone.spec.domain + ": " + ready->message);
  return {};
}

}  // namespace

Result<void> find_records(const World& world, const api::Placement& placement,
                          connect::Connection& own, const api::Account& account,
                          Observed& observed) {
  if (!placement.spec.issuer.amazon) return {};
  auto& validation = observed.known.validation;
  const bool to_choose = std::any_of(validation.begin(), validation.end(), [](const auto& d) {
    return d.record && d.hosted_zone.empty();
  });
  if (to_choose) {
    const auto zones = TRY(candidates(world, placement, own, account));
    for (auto& domain : validation) {
      if (!domain.record || !domain.hosted_zone.empty()) continue;
      if (const Zone* zone = longest_match(zones, domain.record->name))
        domain.hosted_zone = zone->object();
    }
  }
  for (const auto& domain : validation)
    if (domain.record && !domain.hosted_zone.empty()) TRY(note_conflict(world, domain, observed));
  return {};
}

Result<void> ensure_zones(const World& world, const api::Placement& placement) {
  for (const auto& domain : placement.status.validation) {
    const auto slash = domain.hosted_zone.find('/');
    if (slash == std::string::npos) continue;
    const std::string space = domain.hosted_zone.substr(0, slash);
    const std::string name = domain.hosted_zone.substr(slash + 1);
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
    const auto made = world.store.create(api::write(zone));
    if (!made.ok() && made.error().code() != Code::already_exists) return made.error();
  }
  return {};
}

}  // namespace certloop::placement
