#include <algorithm>

#include "aws/route53.h"
#include "base/text.h"
#include "reconcilers/zone/objections.h"
#include "reconcilers/zone/zone_reconciler.h"
#include "store/typed.h"

namespace certloop::zone {
namespace {

// Up to so many names are asked for one by one, and more where a listing of the zone, which answers
// 300 sets at once, would cost more calls still.
constexpr std::size_t kAskOneByOne = 3;
constexpr std::size_t kSetsPerPage = 300;

// By name; CNAMEs all.
using Wanted = std::map<std::string, const api::ValidationRecord*>;

// The records that somebody needs, and those that we once wrote.
Wanted records_of(const Observed& observed) {
  Wanted wanted;
  // The records of what is yet to be requested are not known: there is nothing to ask for.
  for (const Need& need : observed.needs)
    if (aws::is_record_name(need.record.name)) wanted.emplace(need.record.name, &need.record);
  for (const auto& record : observed.records)
    if (record.status.created_by_us)
      wanted.emplace(record.status.record.name, &record.status.record);
  return wanted;
}

// What was in place when all were last asked for is taken to be so still.
void believe(Wanted& wanted, Observed& observed) {
  for (const auto& record : observed.records) {
    const api::KeptRecord& kept = record.status;
    const auto at = wanted.find(kept.record.name);
    if (at == wanted.end() || kept.state != "InPlace" || *at->second != kept.record) continue;
    observed.found[at->first] = {at->first, kept.record.type, 0, {kept.record.value}};
    wanted.erase(at);
  }
}

Result<void> find_records(aws::Route53& route53, const std::string& zone_id, const Wanted& wanted,
                          std::size_t known, Observed& observed) {
  if (wanted.size() <= std::max(kAskOneByOne, known / kSetsPerPage)) {
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

// What may be removed is read from the store itself: what is remembered of it may be old.
Result<void> read_those_due(const World& world, Observed& observed, Time now) {
  std::set<std::string> due;
  for (const auto& kept : due_for_removal(observed, now)) due.insert(kept.record.name);
  for (auto& record : observed.records) {
    if (!due.contains(record.status.record.name)) continue;
    auto live = store::get<api::ZoneRecord>(world.store, record.meta.space, record.meta.name);
    if (!live.ok() && live.error().code() == Code::not_found) {
      world.records.forget(record.key());
      return Error(Code::conflict, api::text_of(record.key()) + " is gone: the zone is read again");
    }
    record = TRY(std::move(live));
    world.records.note(record);
  }
  return {};
}

}  // namespace

Result<Observed> observe(const World& world, const api::HostedZone& zone, const Look& look) {
  Observed observed;
  const Time now = world.clock.now();
  const std::string name = zone.meta.space + "/" + zone.meta.name;
  const auto access = TRY(connect::access(world.store, world.connections, zone.meta.space,
                                          zone.spec.account_ref, "", now));
  observed.management = access.management;
  observed.account_goes = !access.account || access.account->meta.deleted;
  if (access.refusal) {
    observed.account = {access.refusal->reason, access.refusal->message};
    return observed;
  }
  if (access.management == api::Management::suspended) return observed;
  observed.domain = zone.spec.domain;
  if (observed.domain.empty()) observed.domain = TRY(domain_of(*access.connection, zone.spec.id));
  observed.needs = look.all ? world.needs.of(name) : world.needs.of(name, look.names);
  observed.records = look.all ? world.records.of(name) : world.records.of(name, look.names);
  Wanted wanted = records_of(observed);
  if (!look.all) believe(wanted, observed);
  TRY(find_records(access.connection->route53(), zone.spec.id, wanted, world.records.count(name),
                   observed));
  if (look.all) {
    TRY(read_those_due(world, observed, now));
    observed.objections = TRY(objections(world, name, due_for_removal(observed, now)));
  }
  return observed;
}

}  // namespace certloop::zone
