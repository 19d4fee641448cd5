#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "aws/clients.h"
#include "aws/form.h"
#include "aws/xml.h"
#include "base/text.h"

namespace certloop::aws {
namespace {

constexpr std::string_view kZones = "/2013-04-01/hostedzone";
constexpr const char* kNamespace = "https://route53.amazonaws.com/doc/2013-04-01/";
constexpr int kMostPages = 1000;
constexpr std::size_t kMostChanges = 1000;

class Route53Client final : public Route53 {
 public:
  explicit Route53Client(ClientSettings settings) : client_("route53", std::move(settings)) {}

  Result<std::vector<HostedZone>> list_hosted_zones() override;
  Result<HostedZone> get_hosted_zone(const std::string& zone_id) override;
  Result<std::optional<ResourceRecordSet>> find_record_set(const std::string& zone_id,
                                                           const std::string& name,
                                                           const std::string& type) override;
  Result<std::vector<ResourceRecordSet>> list_record_sets(const std::string& zone_id) override;
  Result<std::string> change_record_sets(const std::string& zone_id,
                                         const std::vector<Change>& changes) override;

 private:
  Result<XmlNode> send(Call call);
  Result<XmlNode> get(const std::string& operation, std::string path, std::string query, bool bulk);

  Client client_;
};

// Ids come as "/hostedzone/Z1" and "/change/C1".
std::string bare_id(std::string_view id) {
  const auto slash = id.rfind('/');
  return std::string(slash == std::string_view::npos ? id : id.substr(slash + 1));
}

std::string record_sets_path(std::string_view zone_id) {
  return with_label(std::string(kZones) + "/{Id}/rrset", "Id", bare_id(zone_id));
}

// What is not known yet stands in plans as "(known after step 3)": no such name is ever sent.
Result<void> check_name(const std::string& operation, const std::string& name) {
  if (is_record_name(name)) return {};
  return Error(Code::invalid,
               "route53 " + operation + ": " + printable(name) + " is not the name of a record");
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// Lower case with a final dot; "\052" becomes "*". Escapes of what is not printable ASCII stay: as
// bytes they would be no text.
std::string readable_name(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\\' && i + 3 < name.size() && is_octal(name[i + 1]) && is_octal(name[i + 2]) &&
        is_octal(name[i + 3])) {
      const int byte = (name[i + 1] - '0') * 64 + (name[i + 2] - '0') * 8 + name[i + 3] - '0';
      if (byte > 0x20 && byte < 0x7f) {
        out += static_cast<char>(byte);
        i += 3;
        continue;
      }
    }
    out += name[i];
  }
  if (!out.ends_with('.')) out += '.';
  return lower(out);
}

HostedZone read_zone(const XmlNode& node) {
  HostedZone zone;
  zone.id = bare_id(node.child_text("Id"));
  zone.name = readable_name(node.child_text("Name"));
  const XmlNode* config = node.child("Config");
  zone.private_zone = config != nullptr && trim(config->child_text("PrivateZone")) == "true";
  return zone;
}

ResourceRecordSet read_record_set(const XmlNode& node) {
  ResourceRecordSet set;
  set.name = readable_name(node.child_text("Name"));
  set.type = node.child_text("Type");
  const std::string ttl = node.child_text("TTL");
  std::from_chars(ttl.data(), ttl.data() + ttl.size(), set.ttl);
  for (const XmlNode* record : node.list("ResourceRecords", "ResourceRecord"))
    set.values.push_back(record->child_text("Value"));
  return set;
}

// The order of elements is part of the format.
std::string change_document(const std::vector<Change>& changes) {
  XmlWriter xml;
  xml.open("ChangeResourceRecordSetsRequest", {{"xmlns", kNamespace}});
  xml.open("ChangeBatch");
  xml.open("Changes");
  for (const Change& change : changes) {
    xml.open("Change");
    xml.text("Action", change.action);
    xml.open("ResourceRecordSet");
    xml.text("Name", change.record_set.name);
    xml.text("Type", change.record_set.type);
    xml.text("TTL", std::to_string(change.record_set.ttl));
    xml.open("ResourceRecords");
    for (const std::string& value : change.record_set.values) {
      xml.open("ResourceRecord");
      xml.text("Value", value);
      xml.close();
    }
    xml.close();
    xml.close();
    xml.close();
  }
  xml.close();
  xml.close();
  xml.close();
  return std::move(xml).take();
}

Result<XmlNode> Route53Client::send(Call call) {
  const std::string operation = call.operation;
  net::HttpResponse response = TRY(client_.call(std::move(call)));
  auto root = parse_xml(std::move(response.body));
  if (!root.ok()) return client_.nonsense(operation, root.error().message());
  if (root->name != operation + "Response")
    return client_.nonsense(operation, "the answer is one to another call");
  return root;
}

Result<XmlNode> Route53Client::get(const std::string& operation, std::string path,
                                   std::string query, bool bulk) {
  Call call;
  call.operation = operation;
  call.bulk = bulk;
  call.method = "GET";
  call.path = std::move(path);
  call.query = std::move(query);
  return send(std::move(call));
}

Result<std::vector<HostedZone>> Route53Client::list_hosted_zones() {
  const std::string operation = "ListHostedZones";
  std::vector<HostedZone> zones;
  std::string marker;
  for (int page = 0; page < kMostPages; ++page) {
    FormWriter query;
    if (!marker.empty()) query.text("marker", marker);
    query.text("maxitems", "100");
    const XmlNode root = TRY(get(operation, std::string(kZones), std::move(query).take(), true));
    for (const XmlNode* node : root.list("HostedZones", "HostedZone"))
      zones.push_back(read_zone(*node));
    if (trim(root.child_text("IsTruncated")) != "true") return zones;
    const std::string next = root.child_text("NextMarker");
    if (next.empty() || next == marker)
      return client_.nonsense(operation, "the listing leads back to the same page");
    marker = next;
  }
  return client_.nonsense(operation, "the listing does not end");
}

Result<HostedZone> Route53Client::get_hosted_zone(const std::string& zone_id) {
  const std::string operation = "GetHostedZone";
  const std::string path = with_label(std::string(kZones) + "/{Id}", "Id", bare_id(zone_id));
  const XmlNode root = TRY(get(operation, path, "", false));
  const XmlNode* zone = root.child("HostedZone");
  if (zone == nullptr || bare_id(zone->child_text("Id")) != bare_id(zone_id))
    return client_.nonsense(operation, "the answer is not about the zone that was asked for");
  return read_zone(*zone);
}

// The listing starts at that name and type, so the set is the first one or there is none.
Result<std::optional<ResourceRecordSet>> Route53Client::find_record_set(const std::string& zone_id,
                                                                        const std::string& name,
                                                                        const std::string& type) {
  TRY(check_name("ListResourceRecordSets", name));
  FormWriter query;
  query.text("name", name);
  query.text("type", type);
  query.text("maxitems", "1");
  const XmlNode root =
      TRY(get("ListResourceRecordSets", record_sets_path(zone_id), std::move(query).take(), false));
  for (const XmlNode* node : root.list("ResourceRecordSets", "ResourceRecordSet")) {
    ResourceRecordSet set = read_record_set(*node);
    if (set.name == readable_name(name) && set.type == type) return std::optional(std::move(set));
  }
  return std::optional<ResourceRecordSet>();
}

Result<std::vector<ResourceRecordSet>> Route53Client::list_record_sets(const std::string& zone_id) {
  const std::string operation = "ListResourceRecordSets";
  std::vector<ResourceRecordSet> sets;
  std::string next;  // the query that leads to the page
  for (int page = 0; page < kMostPages; ++page) {
    const XmlNode root =
        TRY(get(operation, record_sets_path(zone_id), next.empty() ? "maxitems=300" : next, true));
    for (const XmlNode* node : root.list("ResourceRecordSets", "ResourceRecordSet"))
      sets.push_back(read_record_set(*node));
    if (trim(root.child_text("IsTruncated")) != "true") return sets;
    FormWriter query;
    query.text("name", root.child_text("NextRecordName"));
    query.text("type", root.child_text("NextRecordType"));
    if (const std::string id = root.child_text("NextRecordIdentifier"); !id.empty())
      query.text("identifier", id);
    query.text("maxitems", "300");
    std::string following = std::move(query).take();
    if (following == next)
      return client_.nonsense(operation, "the listing leads back to the same page");
    next = std::move(following);
  }
  return client_.nonsense(operation, "the listing does not end");
}

Result<std::string> Route53Client::change_record_sets(const std::string& zone_id,
                                                      const std::vector<Change>& changes) {
  const std::string operation = "ChangeResourceRecordSets";
  if (changes.empty() || changes.size() > kMostChanges)
    return Error(Code::invalid, fmt::format("route53 {}: {} changes; send 1 to {} at a time",
                                            operation, changes.size(), kMostChanges));
  for (const Change& change : changes) TRY(check_name(operation, change.record_set.name));
  Call call;
  call.operation = operation;
  call.mutating = true;
  call.path = record_sets_path(zone_id) + "/";
  call.headers = {{"Content-Type", "application/xml"}};
  call.body = change_document(changes);
  const XmlNode root = TRY(send(std::move(call)));
  const XmlNode* info = root.child("ChangeInfo");
  std::string id = info == nullptr ? "" : bare_id(info->child_text("Id"));
  if (id.empty()) return client_.nonsense(operation, "the answer names no change");
  return id;
}

}  // namespace

bool is_record_name(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '*';
  });
}

std::unique_ptr<Route53> make_route53(ClientSettings settings) {
  return std::make_unique<Route53Client>(std::move(settings));
}

}  // namespace certloop::aws
