#include "tests/walk/world_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"
#include "main_store.h"
#include "reconcilers/engine.h"

namespace certloop::walk {
namespace {

using nlohmann::json;

constexpr api::Kind kShown[] = {api::Kind::account, api::Kind::certificate_authority,
                                api::Kind::certificate, api::Kind::placement};

// By uid, what to call the object.
using Names = std::map<std::string, std::string>;

Names names_of(const store::Store& store) {
  Names names;
  for (const auto kind : kShown)
    for (const auto& object : store.list({.kind = kind}).value().objects)
      names[object.meta.uid] = api::text_of(object.key());
  return names;
}

// Tags are the same whoever's uid it is: only that it is the right object's can be compared.
std::string tags_of(const json& tags, const Names& names) {
  std::string text;
  for (const auto& [key, member] : tags.items()) {
    std::string value = member.get<std::string>();
    if (const auto name = names.find(value); name != names.end()) value = '<' + name->second + '>';
    if (key == "certloop.dev/intent") value = "<intent>";
    text += (text.empty() ? "" : " ") + key + '=' + value;
  }
  return text;
}

std::string line_of_certificate(const std::string& region, const json& held, const Names& names) {
  auto domains = held.at("names").get<std::vector<std::string>>();
  std::sort(domains.begin(), domains.end());
  return fmt::format("ACM {}: {} for {}, {}{}, tags {}", region, held.at("type").get<std::string>(),
                     fmt::join(domains, ","), held.at("status").get<std::string>(),
                     held.at("inUseBy").empty() ? "" : ", in use", tags_of(held.at("tags"), names));
}

std::string status_of(const json& authority) {
  const json& life = authority.at("life");
  if (life.contains("deletedAt")) return "DELETED";
  if (life.at("disabled").get<bool>()) return "DISABLED";
  return authority.contains("certificate") ? "ACTIVE" : "PENDING_CERTIFICATE";
}

std::string line_of_authority(const json& authority, const Names& names) {
  std::set<std::string> permitted;
  for (const auto& each : authority.at("permissions"))
    permitted.insert(each.at("principal").get<std::string>());
  return fmt::format("Private CA {}: {}, {}, permitted {}, tags {}",
                     authority.at("region").get<std::string>(),
                     authority.at("configuration").at("Subject").dump(), status_of(authority),
                     fmt::join(permitted, ","), tags_of(authority.at("tags"), names));
}

// "_<token>.shop.example.com.": the token is ACM's own choice.
std::string without_token(const std::string& name) {
  const auto dot = name.find('.');
  return name.starts_with("_") && dot != std::string::npos ? "_<token>" + name.substr(dot) : name;
}

bool is_held(const json& services, const std::string& arn) {
  for (const auto& region : services.at("acm").at("regions"))
    for (const auto& held : region.at("certificates"))
      if (held.at("arn") == arn) return true;
  for (const auto& authority : services.at("acm-pca").at("authorities"))
    if (authority.at("arn") == arn) return true;
  return false;
}

template <class T>
std::string line_of(const T& object, const std::string& more) {
  std::set<std::string> conditions;  // in whichever order they came to be known
  for (const auto& condition : object.status.conditions) {
    const char* words[] = {"True", "False", "Unknown"};
    conditions.insert(
        fmt::format("{}={}", condition.type, words[static_cast<int>(condition.status)]));
  }
  return fmt::format("{}{}{}: {}{}", api::text_of(object.key()),
                     object.meta.deleted ? " (being deleted)" : "",
                     object.status.observed_generation == object.meta.generation ? "" : " (old)",
                     fmt::join(conditions, " "), more);
}

void add_objects(sim::World& world, const json& services, std::vector<std::string>& lines) {
  const auto known = [&](const std::string& arn) -> std::string {
    return arn.empty() ? ", no ARN" : is_held(services, arn) ? ", ARN held" : ", ARN not held";
  };
  const store::Store& store = *world.store;
  for (const auto& each : store::list<api::Account>(store).value())
    lines.push_back(line_of(each, ""));
  for (const auto& each : store::list<api::CertificateAuthority>(store).value())
    lines.push_back(
        line_of(each, known(each.status.arn) + (each.status.pending ? ", call open" : "")));
  for (const auto& each : store::list<api::Certificate>(store).value())
    lines.push_back(line_of(each, known(each.status.arn)));
  for (const auto& each : store::list<api::Placement>(store).value())
    lines.push_back(line_of(each, known(each.status.arn) +
                                      fmt::format(", {} before", each.status.previous.size()) +
                                      (each.status.pending ? ", call open" : "")));
}

}  // namespace

json services_of(sim::World& world) {
  net::HttpRequest look;  // brings what has come due in the meantime about
  look.url = net::Url::parse("http://127.0.0.1/_certloop/certificates").value();
  world.aws.handle(look);
  return json::parse(world.aws.dump().reveal()).at("services");
}

std::string state_of(sim::World& world, const Neighbour& neighbour) {
  const json services = services_of(world);
  const Names names = names_of(*world.store);
  std::vector<std::string> lines;
  for (const auto& region : services.at("acm").at("regions"))
    for (const auto& held : region.at("certificates"))
      if (!neighbour.owns(held.at("arn")))
        lines.push_back(line_of_certificate(region.at("region"), held, names));
  for (const auto& authority : services.at("acm-pca").at("authorities"))
    if (!neighbour.owns(authority.at("arn"))) lines.push_back(line_of_authority(authority, names));
  for (const auto& zone : services.at("route53").at("zones"))
    for (const auto& record : zone.at("records"))
      if (record.at("type") == "CNAME")
        lines.push_back("Route 53: " + without_token(record.at("name")));
  add_objects(world, services, lines);
  std::sort(lines.begin(), lines.end());
  return fmt::format("{}", fmt::join(lines, "\n"));
}

Held held_in(sim::World& world, const Neighbour& neighbour) {
  const json services = services_of(world);
  Held all;
  for (const auto& region : services.at("acm").at("regions"))
    for (const auto& held : region.at("certificates"))
      if (!neighbour.owns(held.at("arn"))) ++all.certificates;
  for (const auto& authority : services.at("acm-pca").at("authorities"))
    if (!neighbour.owns(authority.at("arn"))) ++all.authorities;
  return all;
}

std::string complaints_of(sim::World& world) {
  std::string text;
  const auto add = [&](const api::Key& key, const api::Conditions& conditions) {
    for (const auto& condition : conditions)
      if ((condition.type == "Stalled") != (condition.status != api::Truth::yes))
        text += fmt::format("  {}: {} {}\n", api::text_of(key), condition.type,
                            world.condition(conditions, condition.type));
  };
  const store::Store& store = *world.store;
  for (const auto& each : store::list<api::Account>(store).value())
    add(each.key(), each.status.conditions);
  for (const auto& each : store::list<api::CertificateAuthority>(store).value())
    add(each.key(), each.status.conditions);
  for (const auto& each : store::list<api::Placement>(store).value())
    add(each.key(), each.status.conditions);
  return text;
}

json json_of_secret(const std::string& yaml) {
  json data = json::object();
  for (const std::string key : {"tls.crt", "tls.key"}) {
    const auto at = yaml.find(key + ": ") + key.size() + 2;
    data[key] = from_base64(yaml.substr(at, yaml.find('\n', at) - at)).value();
  }
  return data;
}

}  // namespace certloop::walk
