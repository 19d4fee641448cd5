#include "emulator/route53.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "emulator/route53_name.h"
#include "emulator/route53_state.h"

namespace certloop::emulator {
namespace {

constexpr std::string_view kVersion = "/2013-04-01/";

// "/2013-04-01/hostedzone/Z1/rrset/" is {"hostedzone", "Z1", "rrset"}; other paths give none.
std::vector<std::string> segments_of(const net::HttpRequest& request) {
  std::string_view path = request.url.path;
  if (!path.starts_with(kVersion)) return {};
  path.remove_prefix(kVersion.size());
  std::vector<std::string> segments;
  for (const std::string& segment : split(path, '/')) {
    if (!segment.empty()) segments.push_back(percent_decode(segment));
  }
  return segments;
}

std::string name_of_operation(const std::string& method, const std::vector<std::string>& path) {
  const std::string collection = path.empty() ? "" : path[0];
  if (collection == "hostedzone" && path.size() == 1) {
    if (method == "POST") return "CreateHostedZone";
    if (method == "GET") return "ListHostedZones";
  } else if (collection == "hostedzone" && path.size() == 2) {
    if (method == "GET") return "GetHostedZone";
    if (method == "DELETE") return "DeleteHostedZone";
  } else if (collection == "hostedzone" && path.size() == 3 && path[2] == "rrset") {
    if (method == "POST") return "ChangeResourceRecordSets";
    if (method == "GET") return "ListResourceRecordSets";
  } else if (collection == "hostedzonesbyname" && path.size() == 1 && method == "GET") {
    return "ListHostedZonesByName";
  } else if (collection == "change" && path.size() == 2 && method == "GET") {
    return "GetChange";
  }
  return "";
}

std::map<std::string, std::string> query_of(const net::HttpRequest& request) {
  std::map<std::string, std::string> query;
  for (const std::string& pair : split(request.url.query, '&')) {
    const std::size_t equals = pair.find('=');
    const std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
    if (!pair.empty()) query[percent_decode(pair.substr(0, equals))] = percent_decode(value);
  }
  return query;
}

// All operations share the account's bucket: 50 requests, refilled by 10 a second (Route 53 quotas,
// "request rate").
std::vector<Operation> all_operations() {
  const Rate account{10, 50, "account"};
  const Rate own{10, 50, ""};
  return {{"CreateHostedZone", true, {account, {2, 40, ""}}},
          {"GetHostedZone", false, {account, own}},
          {"ListHostedZones", false, {account, own}},
          {"ListHostedZonesByName", false, {account, own}},
          {"DeleteHostedZone", true, {account, {5, 40, ""}}},
          {"ChangeResourceRecordSets", true, {account, own}},
          {"ListResourceRecordSets", false, {account, own}},
          {"GetChange", false, {account, own}}};
}

}  // namespace

Route53Service::Internals::Internals(World& the_world)
    : world(the_world), operations(all_operations()) {
  make_optional_zones();
}

void Route53Service::Internals::make_optional_zones() {
  const std::string account =
      world.options.keys.empty() ? "123456789012" : world.options.keys.front().account;
  for (const std::string& name : world.options.zones) {
    const std::string canonical = route53_name(name).text;
    bool exists = canonical.empty();
    for (const auto& [id, owned] : zones) {
      exists = exists || (owned.account == account && owned.zone.name == canonical);
    }
    if (exists) continue;
    ZoneOrder order;
    order.name = canonical;
    order.caller_reference = "made at start: " + canonical;
    (void)add_zone(account, order);
  }
}

Answer<std::size_t> Route53Service::Internals::page_size(const Request& request, std::size_t most) {
  const std::string text = parameter(request, "maxitems");
  if (text.empty()) return most;
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size() || size == 0) {
    return AwsError{"InvalidInput", fmt::format("Invalid value for maxitems: '{}'", text)};
  }
  return std::min(size, most);
}

std::string Route53Service::Internals::parameter(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

std::string Route53Service::Internals::new_id(char first) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string id(1, first);
  for (int i = 0; i < 19; ++i) id += kLetters[world.random.below(kLetters.size())];
  return id;
}

Route53Service::Route53Service(World& world) : internals_(std::make_unique<Internals>(world)) {
  world.dns = this;
}

Route53Service::~Route53Service() = default;

const Operation* Route53Service::operation_of(const net::HttpRequest& request) const {
  const std::string name = name_of_operation(request.method, segments_of(request));
  for (const Operation& operation : internals_->operations) {
    if (operation.name == name) return &operation;
  }
  return nullptr;
}

Reply Route53Service::perform(Call& call, const Operation& operation) {
  const std::vector<std::string> segments = segments_of(call.request);
  const Internals::Request request{segments.size() > 1 ? segments[1] : "", query_of(call.request)};
  const auto answer = [&]() -> Answer<net::HttpResponse> {
    Internals& zones = *internals_;
    if (operation.name == "CreateHostedZone") return zones.create_zone(call);
    if (operation.name == "GetHostedZone") return zones.get_zone(call, request);
    if (operation.name == "DeleteHostedZone") return zones.delete_zone(call, request);
    if (operation.name == "ListHostedZones") return zones.list_zones(call, request);
    if (operation.name == "ListHostedZonesByName") return zones.list_zones_by_name(call, request);
    if (operation.name == "ChangeResourceRecordSets") return zones.change_records(call, request);
    if (operation.name == "ListResourceRecordSets") return zones.list_records(call, request);
    return zones.get_change(call, request);
  }();
  if (!answer.ok()) return {refusal(answer.error(), call.request_id), answer.error().code};
  return {answer.value(), ""};
}

net::HttpResponse Route53Service::refusal(const AwsError& error,
                                          const std::string& request_id) const {
  XmlWriter xml("ErrorResponse");
  xml.open("Error");
  xml.text("Type", error.http_status >= 500 ? "Receiver" : "Sender");
  xml.text("Code", error.code);
  xml.text("Message", error.message);
  xml.close();
  xml.text("RequestId", request_id);
  return {error.http_status, {{"Content-Type", "text/xml"}}, xml.finish()};
}

Json Route53Service::request_json(const net::HttpRequest& request) const {
  const std::vector<std::string> segments = segments_of(request);
  Json json = Json::object();
  if (segments.size() > 1) json["Id"] = segments[1];
  for (const auto& [name, value] : query_of(request)) json[name] = value;
  if (segments.size() == 3 && request.method == "POST") {
    const Answer<ChangeBatch> batch = change_batch_from_xml(request.body);
    if (!batch.ok()) return json;
    for (const RecordChange& change : batch.value().changes) {
      json["Changes"].push_back({{"Action", change.action},
                                 {"Name", change.set.name},
                                 {"Type", change.set.type},
                                 {"Values", change.set.values}});
    }
  } else if (segments.size() == 1 && request.method == "POST") {
    const Answer<ZoneOrder> order = zone_order_from_xml(request.body);
    if (order.ok()) json["Name"] = order.value().name;
  }
  return json;
}

Answer<std::string> Route53Service::create_zone(const std::string& account,
                                                const std::string& name) {
  ZoneOrder order;
  order.name = name;
  order.caller_reference = internals_->new_id('R');
  const Answer<Internals::OwnedZone*> zone = internals_->add_zone(account, order);
  if (!zone.ok()) return zone.error();
  return zone.value()->zone.id;
}

std::uint64_t Route53Service::revision() const { return internals_->revision; }

// Names are tried from the whole downward: "a.b.c." may be in a zone "a.b.c.", "b.c." or "c.". If
// several public zones have the longest name, all of them answer: which one the delegation means is
// not known here.
std::vector<PublicDns::Record> Route53Service::lookup(std::string_view name,
                                                      std::string_view type) const {
  const Route53Name wanted = route53_name(name);
  if (!wanted.ok()) return {};
  std::string_view suffix = wanted.text;
  while (!suffix.empty()) {
    const auto zones = internals_->public_zones.find(std::string(suffix));
    if (zones != internals_->public_zones.end()) {
      std::vector<Record> records;
      for (const std::string& id : zones->second) {
        const Zone& zone = internals_->zones.at(id).zone;
        for (const RecordSet* set : zone.sets_of(wanted.text, std::string(type))) {
          for (const std::string& value : set->values) records.push_back({value, set->in_sync_at});
        }
      }
      return records;
    }
    suffix.remove_prefix(std::min(suffix.find('.'), suffix.size() - 1) + 1);
  }
  return {};
}

}  // namespace certloop::emulator
