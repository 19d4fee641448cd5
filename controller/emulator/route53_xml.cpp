#include "emulator/route53_xml.h"

#include <fmt/format.h>

#include <charconv>
#include <pugixml.hpp>

#include "base/timestamp.h"
#include "emulator/route53_name.h"

namespace certloop::emulator {
namespace {

constexpr std::string_view kNamespace = "https://route53.amazonaws.com/doc/2013-04-01/";
constexpr const char* kTypes[] = {"SOA",   "A",    "TXT",   "NS",   "CNAME", "MX",
                                  "NAPTR", "PTR",  "SRV",   "SPF",  "AAAA",  "CAA",
                                  "DS",    "TLSA", "SSHFP", "SVCB", "HTTPS"};

AwsError invalid_input(std::string message) { return {"InvalidInput", std::move(message)}; }

std::string text_of(const pugi::xml_node& node, const char* child) {
  return node.child(child).text().get();
}

std::optional<long> number_of(const pugi::xml_node& node, const char* child) {
  const std::string text = text_of(node, child);
  long number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Answer<pugi::xml_node> root_of(pugi::xml_document& document, const std::string& body,
                               const char* name) {
  const pugi::xml_parse_result parsed =
      document.load_buffer(body.data(), body.size(), pugi::parse_default | pugi::parse_ws_pcdata);
  if (!parsed) return invalid_input(fmt::format("Invalid XML ; {}", parsed.description()));
  const pugi::xml_node root = document.child(name);
  if (!root) return invalid_input(fmt::format("Invalid XML ; cannot find {}", name));
  return root;
}

bool is_type(const std::string& type) {
  for (const char* known : kTypes) {
    if (type == known) return true;
  }
  return false;
}

RoutingPolicy routing_of(const pugi::xml_node& node) {
  RoutingPolicy routing;
  routing.weight = number_of(node, "Weight");
  routing.region = text_of(node, "Region");
  routing.failover = text_of(node, "Failover");
  const pugi::xml_node place = node.child("GeoLocation");
  routing.continent = text_of(place, "ContinentCode");
  routing.country = text_of(place, "CountryCode");
  routing.subdivision = text_of(place, "SubdivisionCode");
  if (node.child("MultiValueAnswer")) {
    routing.multi_value_answer = text_of(node, "MultiValueAnswer") == "true";
  }
  return routing;
}

// A set is an alias, or has a TTL and values.
Answer<void> check_kind(const std::string& action, const pugi::xml_node& node,
                        const RecordSet& set) {
  const std::string where = fmt::format(
      "in Change with [Action={}, Name={}, Type={}, SetIdentifier={}]", action,
      text_of(node, "Name"), set.type, set.set_identifier.empty() ? "null" : set.set_identifier);
  const std::string expected =
      "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], "
      "or TrafficPolicyInstanceId]";
  if (set.alias && (set.ttl || !set.values.empty())) {
    return invalid_input(fmt::format("{}, but found more than one {}", expected, where));
  }
  if (!set.alias && (!set.ttl || set.values.empty())) {
    return invalid_input(fmt::format("{}, but found none {}", expected, where));
  }
  if (set.set_identifier.empty() != set.routing.empty()) {
    return invalid_input(fmt::format(
        "Invalid request: {} {}",
        set.set_identifier.empty()
            ? "Missing field 'SetIdentifier'"
            : "Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer], "
              "but found none",
        where));
  }
  return {};
}

Answer<RecordSet> record_set_of(const std::string& action, const pugi::xml_node& node) {
  RecordSet set;
  set.type = text_of(node, "Type");
  if (!is_type(set.type)) {
    return invalid_input(fmt::format(
        "1 validation error detected: Value '{}' at 'changeBatch.changes.1.member."
        "resourceRecordSet.type' failed to satisfy constraint: Member must satisfy enum value set",
        set.type));
  }
  Route53Name name = route53_name(text_of(node, "Name"));
  if (!name.ok()) {
    return AwsError{"InvalidChangeBatch", fmt::format("[FATAL problem: {} encountered with '{}']",
                                                      name.problem, text_of(node, "Name"))};
  }
  set.name = std::move(name.text);
  set.set_identifier = text_of(node, "SetIdentifier");
  set.routing = routing_of(node);
  set.ttl = number_of(node, "TTL");
  for (const pugi::xml_node record : node.child("ResourceRecords").children("ResourceRecord")) {
    set.values.push_back(text_of(record, "Value"));
  }
  if (const pugi::xml_node alias = node.child("AliasTarget")) {
    set.alias =
        AliasTarget{text_of(alias, "HostedZoneId"), route53_name(text_of(alias, "DNSName")).text,
                    text_of(alias, "EvaluateTargetHealth") == "true"};
  }
  if (node.child("HealthCheckId")) {
    return AwsError{
        "NoSuchHealthCheck",
        fmt::format("A health check with id {} does not exist.", text_of(node, "HealthCheckId")),
        404};
  }
  for (const char* unknown :
       {"TrafficPolicyInstanceId", "CidrRoutingConfig", "GeoProximityLocation"}) {
    if (node.child(unknown)) {
      return invalid_input(fmt::format("Invalid request: {} names nothing that exists.", unknown));
    }
  }
  const Answer<void> kind = check_kind(action, node, set);
  if (!kind.ok()) return kind.error();
  return set;
}

// At most 1,000 values and 32,000 characters of them; UPSERT counts twice.
Answer<void> check_limits(const std::vector<RecordChange>& changes) {
  std::size_t records = 0;
  std::size_t characters = 0;
  for (const RecordChange& change : changes) {
    const std::size_t factor = change.action == "UPSERT" ? 2 : 1;
    records += factor * std::max<std::size_t>(1, change.set.values.size());
    for (const std::string& value : change.set.values) characters += factor * value.size();
  }
  if (records > 1000) {
    return AwsError{"InvalidChangeBatch", "[Number of records limit of 1000 exceeded.]"};
  }
  if (characters > 32000) {
    return AwsError{"InvalidChangeBatch", "[Number of characters limit of 32000 exceeded.]"};
  }
  return {};
}

}  // namespace

Answer<ChangeBatch> change_batch_from_xml(const std::string& body) {
  pugi::xml_document document;
  const Answer<pugi::xml_node> root = root_of(document, body, "ChangeResourceRecordSetsRequest");
  if (!root.ok()) return root.error();
  const pugi::xml_node node = root.value().child("ChangeBatch");
  ChangeBatch batch;
  batch.comment = text_of(node, "Comment");
  for (const pugi::xml_node each : node.child("Changes").children("Change")) {
    const std::string action = text_of(each, "Action");
    if (action != "CREATE" && action != "DELETE" && action != "UPSERT") {
      return invalid_input(fmt::format(
          "1 validation error detected: Value '{}' at 'changeBatch.changes.{}.member.action' "
          "failed to satisfy constraint: Member must satisfy enum value set: [CREATE, DELETE, "
          "UPSERT]",
          action, batch.changes.size() + 1));
    }
    Answer<RecordSet> set = record_set_of(action, each.child("ResourceRecordSet"));
    if (!set.ok()) return set.error();
    batch.changes.push_back({action, std::move(set).value()});
  }
  if (batch.changes.empty()) {
    return invalid_input("The request must contain at least one Change.");
  }
  const Answer<void> limits = check_limits(batch.changes);
  if (!limits.ok()) return limits.error();
  return batch;
}

Answer<ZoneOrder> zone_order_from_xml(const std::string& body) {
  pugi::xml_document document;
  const Answer<pugi::xml_node> root = root_of(document, body, "CreateHostedZoneRequest");
  if (!root.ok()) return root.error();
  const pugi::xml_node node = root.value();
  ZoneOrder order;
  order.name = text_of(node, "Name");
  order.caller_reference = text_of(node, "CallerReference");
  order.comment = text_of(node.child("HostedZoneConfig"), "Comment");
  order.private_zone = static_cast<bool>(node.child("VPC"));
  order.vpc_id = text_of(node.child("VPC"), "VPCId");
  order.vpc_region = text_of(node.child("VPC"), "VPCRegion");
  order.delegation_set_id = text_of(node, "DelegationSetId");
  if (order.caller_reference.empty() || order.caller_reference.size() > 128) {
    return invalid_input("CallerReference must be between 1 and 128 characters long.");
  }
  return order;
}

XmlWriter::XmlWriter(std::string root)
    : out_("<?xml version=\"1.0\"?>\n<" + root + " xmlns=\"" + std::string(kNamespace) + "\">"),
      open_{std::move(root)} {}

void XmlWriter::open(const std::string& element) {
  out_ += "<" + element + ">";
  open_.push_back(element);
}

void XmlWriter::close() {
  out_ += "</" + open_.back() + ">";
  open_.pop_back();
}

void XmlWriter::text(const std::string& element, std::string_view value) {
  open(element);
  for (const char c : value) {
    switch (c) {
      case '&': out_ += "&amp;"; break;
      case '<': out_ += "&lt;"; break;
      case '>': out_ += "&gt;"; break;
      case '"': out_ += "&quot;"; break;
      default: out_ += c;
    }
  }
  close();
}

std::string XmlWriter::finish() {
  while (!open_.empty()) close();
  return std::move(out_);
}

void write_zone(XmlWriter& xml, const Zone& zone) {
  xml.open("HostedZone");
  xml.text("Id", "/hostedzone/" + zone.id);
  xml.text("Name", zone.name);
  xml.text("CallerReference", zone.caller_reference);
  xml.open("Config");
  if (!zone.comment.empty()) xml.text("Comment", zone.comment);
  xml.text("PrivateZone", zone.private_zone ? "true" : "false");
  xml.close();
  xml.text("ResourceRecordSetCount", std::to_string(zone.records().size()));
  xml.close();
}

void write_delegation_set(XmlWriter& xml, const Zone& zone) {
  xml.open("DelegationSet");
  xml.open("NameServers");
  for (const std::string& server : zone.name_servers) xml.text("NameServer", server);
  xml.close();
  xml.close();
}

void write_record_set(XmlWriter& xml, const RecordSet& set) {
  xml.open("ResourceRecordSet");
  xml.text("Name", set.name);
  xml.text("Type", set.type);
  if (!set.set_identifier.empty()) xml.text("SetIdentifier", set.set_identifier);
  if (set.routing.weight) xml.text("Weight", std::to_string(*set.routing.weight));
  if (!set.routing.region.empty()) xml.text("Region", set.routing.region);
  if (!set.routing.continent.empty() || !set.routing.country.empty()) {
    xml.open("GeoLocation");
    if (!set.routing.continent.empty()) xml.text("ContinentCode", set.routing.continent);
    if (!set.routing.country.empty()) xml.text("CountryCode", set.routing.country);
    if (!set.routing.subdivision.empty()) xml.text("SubdivisionCode", set.routing.subdivision);
    xml.close();
  }
  if (!set.routing.failover.empty()) xml.text("Failover", set.routing.failover);
  if (set.routing.multi_value_answer) {
    xml.text("MultiValueAnswer", *set.routing.multi_value_answer ? "true" : "false");
  }
  if (set.ttl) xml.text("TTL", std::to_string(*set.ttl));
  if (!set.values.empty()) {
    xml.open("ResourceRecords");
    for (const std::string& value : set.values) {
      xml.open("ResourceRecord");
      xml.text("Value", value);
      xml.close();
    }
    xml.close();
  }
  if (set.alias) {
    xml.open("AliasTarget");
    xml.text("HostedZoneId", set.alias->hosted_zone_id);
    xml.text("DNSName", set.alias->dns_name);
    xml.text("EvaluateTargetHealth", set.alias->evaluate_target_health ? "true" : "false");
    xml.close();
  }
  xml.close();
}

void write_change(XmlWriter& xml, const ChangeInfo& change, Time now) {
  xml.open("ChangeInfo");
  xml.text("Id", "/change/" + change.id);
  xml.text("Status", now < change.in_sync_at ? "PENDING" : "INSYNC");
  xml.text("SubmittedAt", rfc3339_millis(change.submitted_at));
  if (!change.comment.empty()) xml.text("Comment", change.comment);
  xml.close();
}

}  // namespace certloop::emulator
