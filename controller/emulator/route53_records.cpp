// Route 53's operations on record sets, and the state for --data.
#include <fmt/format.h>

#include "base/text.h"
#include "emulator/route53_name.h"
#include "emulator/route53_state.h"

namespace certloop::emulator {
namespace {

constexpr std::size_t kRecordsPerPage = 300;
constexpr std::size_t kRecordsPerZone = 10000;

Json json_of(const RecordSet& set) {
  Json json = {{"name", set.name},
               {"type", set.type},
               {"setIdentifier", set.set_identifier},
               {"values", set.values},
               {"inSyncAt", set.in_sync_at.time_since_epoch().count()},
               {"region", set.routing.region},
               {"failover", set.routing.failover},
               {"continent", set.routing.continent},
               {"country", set.routing.country},
               {"subdivision", set.routing.subdivision}};
  if (set.ttl) json["ttl"] = *set.ttl;
  if (set.routing.weight) json["weight"] = *set.routing.weight;
  if (set.routing.multi_value_answer) json["multiValue"] = *set.routing.multi_value_answer;
  if (set.alias) {
    json["alias"] = {{"zone", set.alias->hosted_zone_id},
                     {"name", set.alias->dns_name},
                     {"health", set.alias->evaluate_target_health}};
  }
  return json;
}

RecordSet record_set_of(const Json& json) {
  RecordSet set;
  set.name = json.at("name");
  set.type = json.at("type");
  set.set_identifier = json.at("setIdentifier");
  set.values = json.at("values").get<std::vector<std::string>>();
  set.in_sync_at = Time(Duration(json.at("inSyncAt").get<Duration::rep>()));
  set.routing.region = json.at("region");
  set.routing.failover = json.at("failover");
  set.routing.continent = json.at("continent");
  set.routing.country = json.at("country");
  set.routing.subdivision = json.at("subdivision");
  if (json.contains("ttl")) set.ttl = json["ttl"].get<long>();
  if (json.contains("weight")) set.routing.weight = json["weight"].get<long>();
  if (json.contains("multiValue")) set.routing.multi_value_answer = json["multiValue"].get<bool>();
  if (json.contains("alias")) {
    set.alias =
        AliasTarget{json["alias"].at("zone"), json["alias"].at("name"), json["alias"].at("health")};
  }
  return set;
}

}  // namespace

Answer<net::HttpResponse> Route53Service::Internals::change_records(Call& call,
                                                                    const Request& request) {
  const Answer<OwnedZone*> owned = find_zone(call.account, request.id);
  if (!owned.ok()) return owned.error();
  Answer<ChangeBatch> batch = change_batch_from_xml(call.request.body);
  if (!batch.ok()) return batch.error();
  Zone& zone = owned.value()->zone;
  call.arn = fmt::format("arn:{}:route53:::hostedzone/{}", world.options.partition, zone.id);
  for (RecordChange& change : batch.value().changes) {
    change.set.in_sync_at = call.now + world.options.dns_change_delay;
  }
  if (zone.records().size() + batch.value().changes.size() > kRecordsPerZone) {
    return AwsError{"InvalidChangeBatch",
                    fmt::format("[Number of records limit of {} exceeded.]", kRecordsPerZone)};
  }
  const std::vector<std::string> problems = zone.apply(batch.value().changes);
  if (!problems.empty()) {
    return AwsError{"InvalidChangeBatch", "[" + join(problems, ", ") + "]"};
  }
  XmlWriter xml("ChangeResourceRecordSetsResponse");
  write_change(xml, add_change(call.account, batch.value().comment, call.now), call.now);
  return net::HttpResponse{200, {{"Content-Type", "text/xml"}}, xml.finish()};
}

Answer<net::HttpResponse> Route53Service::Internals::list_records(Call& call,
                                                                  const Request& request) {
  const Answer<OwnedZone*> owned = find_zone(call.account, request.id);
  if (!owned.ok()) return owned.error();
  const Answer<std::size_t> size = page_size(request, kRecordsPerPage);
  if (!size.ok()) return size.error();
  const std::string name = parameter(request, "name");
  const std::string type = parameter(request, "type");
  const std::string identifier = parameter(request, "identifier");
  if (name.empty() && !type.empty()) {
    return AwsError{"InvalidInput", "The input is not valid. A type was given without a name."};
  }
  if (type.empty() && !identifier.empty()) {
    return AwsError{"InvalidInput",
                    "The input is not valid. An identifier was given without a type."};
  }
  const Route53Name from = route53_name(name);
  if (!name.empty() && !from.ok()) {
    return AwsError{"InvalidInput", fmt::format("{} is not a valid domain name", name)};
  }
  const Zone::Records& records = owned.value()->zone.records();
  auto next = name.empty()
                  ? records.begin()
                  : records.lower_bound({route53_order(from.text), from.text, type, identifier});
  XmlWriter xml("ListResourceRecordSetsResponse");
  xml.open("ResourceRecordSets");
  for (std::size_t i = 0; i < size.value() && next != records.end(); ++i, ++next) {
    write_record_set(xml, next->second);
  }
  xml.close();
  xml.text("IsTruncated", next == records.end() ? "false" : "true");
  if (next != records.end()) {
    xml.text("NextRecordName", next->second.name);
    xml.text("NextRecordType", next->second.type);
    if (!next->second.set_identifier.empty()) {
      xml.text("NextRecordIdentifier", next->second.set_identifier);
    }
  }
  xml.text("MaxItems", std::to_string(size.value()));
  return net::HttpResponse{200, {{"Content-Type", "text/xml"}}, xml.finish()};
}

Json Route53Service::dump() const {
  Json zones = Json::array();
  for (const auto& [id, owned] : internals_->zones) {
    Json records = Json::array();
    for (const auto& [key, set] : owned.zone.records()) records.push_back(json_of(set));
    zones.push_back({{"id", id},
                     {"account", owned.account},
                     {"sequence", owned.sequence},
                     {"name", owned.zone.name},
                     {"callerReference", owned.zone.caller_reference},
                     {"comment", owned.zone.comment},
                     {"private", owned.zone.private_zone},
                     {"vpc", owned.zone.vpc_id},
                     {"vpcRegion", owned.zone.vpc_region},
                     {"nameServers", owned.zone.name_servers},
                     {"records", std::move(records)}});
  }
  Json changes = Json::array();
  for (const std::string& id : internals_->changes_in_order) {
    const Internals::OwnedChange& change = internals_->changes.at(id);
    changes.push_back({{"id", id},
                       {"account", change.account},
                       {"comment", change.info.comment},
                       {"submittedAt", change.info.submitted_at.time_since_epoch().count()},
                       {"inSyncAt", change.info.in_sync_at.time_since_epoch().count()}});
  }
  return {{"zones", std::move(zones)}, {"changes", std::move(changes)}};
}

void Route53Service::restore(const Json& state) {
  Internals& internals = *internals_;
  internals.zones.clear();
  internals.changes.clear();
  internals.changes_in_order.clear();
  for (const Json& json : state.at("zones")) {
    Internals::OwnedZone owned;
    owned.account = json.at("account");
    owned.sequence = json.at("sequence");
    owned.zone.id = json.at("id");
    owned.zone.name = json.at("name");
    owned.zone.caller_reference = json.at("callerReference");
    owned.zone.comment = json.at("comment");
    owned.zone.private_zone = json.at("private");
    owned.zone.vpc_id = json.at("vpc");
    owned.zone.vpc_region = json.at("vpcRegion");
    owned.zone.name_servers = json.at("nameServers").get<std::vector<std::string>>();
    for (const Json& record : json.at("records")) owned.zone.seed(record_set_of(record));
    internals.next_sequence = std::max(internals.next_sequence, owned.sequence + 1);
    std::string id = owned.zone.id;
    internals.zones.emplace(std::move(id), std::move(owned));
  }
  for (const Json& json : state.at("changes")) {
    ChangeInfo info;
    info.id = json.at("id");
    info.comment = json.at("comment");
    info.submitted_at = Time(Duration(json.at("submittedAt").get<Duration::rep>()));
    info.in_sync_at = Time(Duration(json.at("inSyncAt").get<Duration::rep>()));
    internals.changes_in_order.push_back(info.id);
    internals.changes.emplace(info.id, Internals::OwnedChange{json.at("account"), info});
  }
  internals.index_names();
  internals.make_optional_zones();
}

}  // namespace certloop::emulator
