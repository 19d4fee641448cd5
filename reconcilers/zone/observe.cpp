#include <algorithm>

#include "base/text.h"
#include "reconcilers/zone/objections.h"
#include "reconcilers/zone/zone_reconciler.h"

namespace certloop::zone {
namespace {

// Beyond this many names one listing of the zone costs less than asking for each.
constexpr std::size_t kAskOneByOne = 3;

// By name; CNAMEs all.
using Wanted = std::map<std::string, const api::ValidationRecord*>;

// The records that somebody needs, and those that we once wrote.
Wanted records_of(const api::HostedZone& zone, const Observed& observed) {
  Wanted wanted;
  for (const Need& need : observed.needs) wanted.emplace(need.record.name, &need.record);
  for (const auto& kept : zone.status.records)
    if (kept.created_by_us) wanted.emplace(kept.record.name, &kept.record);
  return wanted;
}

// What was in place when all were last asked for is taken to be so still.
void believe(const api::HostedZone& zone, Wanted& wanted, Observed& observed) {
  for (const auto& kept : zone.status.records) {
    const auto at = wanted.find(kept.record.name);
    if (at == wanted.end() || kept.state != "InPlace" || *at->second != kept.record) continue;
    observed.found[at->first] = {at->first, kept.record.type, 0, {kept.record.value}};
    wanted.erase(at);
  }
}

Result<void> find_records(aws::Route53& route53, const std::string& zone_id, const Wanted& wanted,
                          Observed& observed) {
  if (wanted.size() <= kAskOneByOne) {
    for (const auto& [name, record] : wanted)
      if (auto set = TRY(route53.find_record_set(zone_id, name, record->type)))
        observed.found[name] = std::move(*set);
    return {};
  }
  std::map<std::string, aws::ResourceRecordSet> all;
  for (auto& set : TRY(route53.list_record_sets(zone_id)))
    if (set.type == "CNAME") all.insert_or_assign(set.name, std::move(set));
  for (const auto& [name, record] : wanted)
    if (const auto it = all.find(lower(name)); it != all.end()) observed.found[name] = it->second;
  return {};
}

// The listing of zones is shared by all who ask within a minute.
Result<std::string> domain_of(connect::Connection& connection, const std::string& zone_id) {
  for (const auto& zone : TRY(connection.hosted_zones()))
    if (zone.id == zone_id) return zone.name;
  return TRY(connection.route53().get_hosted_zone(zone_id)).name;
}

}  // namespace

Result<Observed> observe(const World& world, const api::HostedZone& zone, Look look) {
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
  observed.domain = zone.spec.domain;
  if (observed.domain.empty()) observed.domain = TRY(domain_of(*access.connection, zone.spec.id));
  observed.needs = world.needs.of(zone.meta.space + "/" + zone.meta.name);
  Wanted wanted = records_of(zone, observed);
  if (look == Look::changed) believe(zone, wanted, observed);
  TRY(find_records(access.connection->route53(), zone.spec.id, wanted, observed));
  if (look == Look::all)
    observed.objections = TRY(objections(world, due_for_removal(zone, observed, now)));
  return observed;
}

}  // namespace certloop::zone
