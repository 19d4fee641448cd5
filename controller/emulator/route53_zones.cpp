// Route 53's operations on hosted zones and changes.
#include <fmt/format.h>

#include <algorithm>

#include "emulator/route53_name.h"
#include "emulator/route53_state.h"

namespace certloop::emulator {
namespace {

constexpr std::size_t kZonesPerAccount = 500;
constexpr std::size_t kZonesPerPage = 100;
constexpr Duration kChangesKept = std::chrono::hours(24 * 30);

net::HttpResponse document(XmlWriter& xml, int status = 200) {
  return {status, {{"Content-Type", "text/xml"}}, xml.finish()};
}

bool is_vpc_id(const std::string& id) {
  return id.starts_with("vpc-") && id.size() > 4 &&
         std::all_of(id.begin() + 4, id.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// Every zone is born with these two (Developer Guide, "NS and SOA records that Route 53 creates").
void seed_apex(Zone& zone) {
  RecordSet ns;
  ns.name = zone.name;
  ns.type = "NS";
  ns.ttl = 172800;
  for (const std::string& server : zone.name_servers) ns.values.push_back(server + ".");
  RecordSet soa;
  soa.name = zone.name;
  soa.type = "SOA";
  soa.ttl = 900;
  soa.values = {zone.name_servers.front() +
                ". awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"};
  zone.seed(std::move(ns));
  zone.seed(std::move(soa));
}

}  // namespace

Answer<Route53Service::Internals::OwnedZone*> Route53Service::Internals::find_zone(
    const std::string& account, const std::string& id) {
  const auto found = zones.find(id);
  if (found == zones.end()) {
    return AwsError{"NoSuchHostedZone", fmt::format("No hosted zone found with ID: {}", id), 404};
  }
  if (found->second.account != account) {
    return AwsError{"AccessDenied",
                    fmt::format("User is not authorized to access hosted zone {}", id), 403};
  }
  return &found->second;
}

ChangeInfo Route53Service::Internals::add_change(const std::string& account,
                                                 const std::string& comment, Time now) {
  while (!changes_in_order.empty()) {
    const auto oldest = changes.find(changes_in_order.front());
    if (oldest->second.info.submitted_at + kChangesKept > now) break;
    changes.erase(oldest);
    changes_in_order.pop_front();
  }
  const ChangeInfo info{new_id('C'), now, now + world.options.dns_change_delay, comment};
  changes.emplace(info.id, OwnedChange{account, info});
  changes_in_order.push_back(info.id);
  ++revision;
  return info;
}

void Route53Service::Internals::index_names() {
  public_zones.clear();
  for (const auto& [id, owned] : zones) {
    if (!owned.zone.private_zone) public_zones[owned.zone.name].push_back(id);
  }
  ++revision;
}

Answer<Route53Service::Internals::OwnedZone*> Route53Service::Internals::add_zone(
    const std::string& account, const ZoneOrder& order) {
  Route53Name name = route53_name(order.name);
  if (!name.ok()) {
    return AwsError{"InvalidDomainName", fmt::format("{} is not a valid domain name", order.name)};
  }
  if (!order.delegation_set_id.empty()) {
    return AwsError{"NoSuchDelegationSet",
                    fmt::format("No delegation set found with ID: {}", order.delegation_set_id)};
  }
  if (order.private_zone && !is_vpc_id(order.vpc_id)) {
    return AwsError{"InvalidVPCId", "The VPC ID is invalid."};
  }
  std::size_t owned_count = 0;
  for (const auto& [id, owned] : zones) {
    if (owned.account != account) continue;
    ++owned_count;
    if (owned.zone.caller_reference == order.caller_reference) {
      return AwsError{"HostedZoneAlreadyExists",
                      "A hosted zone has already been created with the specified caller reference.",
                      409};
    }
  }
  if (owned_count >= kZonesPerAccount) {
    return AwsError{
        "TooManyHostedZones",
        "Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more hosted zones."};
  }
  OwnedZone owned;
  owned.account = account;
  owned.sequence = next_sequence++;
  Zone& zone = owned.zone;
  zone.id = new_id('Z');
  zone.name = std::move(name.text);
  zone.caller_reference = order.caller_reference;
  zone.comment = order.comment;
  zone.private_zone = order.private_zone;
  zone.vpc_id = order.vpc_id;
  zone.vpc_region = order.vpc_region;
  const char* const domains[] = {"com", "net", "org", "co.uk"};
  for (const char* domain : domains) {
    zone.name_servers.push_back(fmt::format("ns-{}.awsdns-{:02}.{}", world.random.below(2048),
                                            world.random.below(64), domain));
  }
  seed_apex(zone);
  const std::string id = zone.id;
  OwnedZone& kept = zones.emplace(id, std::move(owned)).first->second;
  index_names();
  return &kept;
}

Answer<net::HttpResponse> Route53Service::Internals::create_zone(Call& call) {
  const Answer<ZoneOrder> order = zone_order_from_xml(call.request.body);
  if (!order.ok()) return order.error();
  const Answer<OwnedZone*> owned = add_zone(call.account, order.value());
  if (!owned.ok()) return owned.error();
  const Zone& zone = owned.value()->zone;
  call.arn = fmt::format("arn:{}:route53:::hostedzone/{}", world.options.partition, zone.id);
  XmlWriter xml("CreateHostedZoneResponse");
  write_zone(xml, zone);
  write_change(xml, add_change(call.account, "", call.now), call.now);
  if (zone.private_zone) {
    xml.open("VPC");
    if (!zone.vpc_region.empty()) xml.text("VPCRegion", zone.vpc_region);
    xml.text("VPCId", zone.vpc_id);
    xml.close();
  } else {
    write_delegation_set(xml, zone);
  }
  net::HttpResponse response = document(xml, 201);
  response.headers.emplace_back("Location",
                                "https://route53.amazonaws.com/2013-04-01/hostedzone/" + zone.id);
  return response;
}

Answer<net::HttpResponse> Route53Service::Internals::get_zone(Call& call, const Request& request) {
  const Answer<OwnedZone*> owned = find_zone(call.account, request.id);
  if (!owned.ok()) return owned.error();
  const Zone& zone = owned.value()->zone;
  XmlWriter xml("GetHostedZoneResponse");
  write_zone(xml, zone);
  if (zone.private_zone) {
    xml.open("VPCs");
    xml.open("VPC");
    if (!zone.vpc_region.empty()) xml.text("VPCRegion", zone.vpc_region);
    xml.text("VPCId", zone.vpc_id);
    xml.close();
    xml.close();
  } else {
    write_delegation_set(xml, zone);
  }
  return document(xml);
}

Answer<net::HttpResponse> Route53Service::Internals::delete_zone(Call& call,
                                                                 const Request& request) {
  const Answer<OwnedZone*> owned = find_zone(call.account, request.id);
  if (!owned.ok()) return owned.error();
  const Zone& zone = owned.value()->zone;
  for (const auto& [key, set] : zone.records()) {
    if (set.name != zone.name || (set.type != "SOA" && set.type != "NS")) {
      return AwsError{"HostedZoneNotEmpty",
                      "The specified hosted zone contains non-required resource record sets and so "
                      "cannot be deleted."};
    }
  }
  call.arn = fmt::format("arn:{}:route53:::hostedzone/{}", world.options.partition, zone.id);
  zones.erase(request.id);
  index_names();
  XmlWriter xml("DeleteHostedZoneResponse");
  write_change(xml, add_change(call.account, "", call.now), call.now);
  return document(xml);
}

Answer<net::HttpResponse> Route53Service::Internals::list_zones(Call& call,
                                                                const Request& request) {
  const Answer<std::size_t> size = page_size(request, kZonesPerPage);
  if (!size.ok()) return size.error();
  std::vector<const OwnedZone*> mine;
  for (const auto& [id, owned] : zones) {
    if (owned.account != call.account) continue;
    if (!parameter(request, "hostedzonetype").empty() && !owned.zone.private_zone) continue;
    mine.push_back(&owned);
  }
  std::sort(mine.begin(), mine.end(),
            [](const OwnedZone* a, const OwnedZone* b) { return a->sequence < b->sequence; });
  const std::string marker = parameter(request, "marker");
  auto next = mine.begin();
  if (!marker.empty()) {
    next = std::find_if(mine.begin(), mine.end(),
                        [&](const OwnedZone* owned) { return owned->zone.id == marker; });
    if (next == mine.end()) {
      return AwsError{"InvalidInput", fmt::format("The specified marker {} is not valid.", marker)};
    }
  }
  XmlWriter xml("ListHostedZonesResponse");
  xml.open("HostedZones");
  for (std::size_t i = 0; i < size.value() && next != mine.end(); ++i, ++next) {
    write_zone(xml, (*next)->zone);
  }
  xml.close();
  if (!marker.empty()) xml.text("Marker", marker);
  xml.text("IsTruncated", next == mine.end() ? "false" : "true");
  if (next != mine.end()) xml.text("NextMarker", (*next)->zone.id);
  xml.text("MaxItems", std::to_string(size.value()));
  return document(xml);
}

Answer<net::HttpResponse> Route53Service::Internals::list_zones_by_name(Call& call,
                                                                        const Request& request) {
  const Answer<std::size_t> size = page_size(request, kZonesPerPage);
  if (!size.ok()) return size.error();
  const std::string start = parameter(request, "dnsname");
  const std::string start_id = parameter(request, "hostedzoneid");
  if (start.empty() && !start_id.empty()) {
    return AwsError{"InvalidInput", "If you specify HostedZoneId, you must also specify DNSName."};
  }
  const Route53Name from = route53_name(start);
  if (!start.empty() && !from.ok()) {
    return AwsError{"InvalidDomainName", fmt::format("{} is not a valid domain name", start)};
  }
  std::map<std::pair<std::string, std::string>, const Zone*> mine;
  for (const auto& [id, owned] : zones) {
    if (owned.account == call.account) mine[{route53_order(owned.zone.name), id}] = &owned.zone;
  }
  auto next = mine.lower_bound({route53_order(from.text), start_id});
  XmlWriter xml("ListHostedZonesByNameResponse");
  xml.open("HostedZones");
  for (std::size_t i = 0; i < size.value() && next != mine.end(); ++i, ++next) {
    write_zone(xml, *next->second);
  }
  xml.close();
  if (!start.empty()) xml.text("DNSName", from.text);
  if (!start_id.empty()) xml.text("HostedZoneId", start_id);
  xml.text("IsTruncated", next == mine.end() ? "false" : "true");
  if (next != mine.end()) {
    xml.text("NextDNSName", next->second->name);
    xml.text("NextHostedZoneId", next->second->id);
  }
  xml.text("MaxItems", std::to_string(size.value()));
  return document(xml);
}

Answer<net::HttpResponse> Route53Service::Internals::get_change(Call& call,
                                                                const Request& request) {
  const auto found = changes.find(request.id);
  if (found == changes.end() || found->second.account != call.account) {
    return AwsError{"NoSuchChange", fmt::format("Could not find resource with ID: {}", request.id),
                    404};
  }
  XmlWriter xml("GetChangeResponse");
  write_change(xml, found->second.info, call.now);
  return document(xml);
}

}  // namespace certloop::emulator
