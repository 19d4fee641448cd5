#include "schema/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/text.h"
#include "schema/checker.h"
#include "schema/tree.h"

namespace certloop::schema {
namespace {

using Json = nlohmann::json;

// RFC 5280, ub-common-name, and so ACM's limit for DomainName.
constexpr std::size_t kMostInCommonName = 64;
constexpr std::size_t kMostInName = 253;  // RFC 1035
constexpr std::size_t kMostInLabel = 63;

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

// As AWS names hosts and signs for them, by the first label.
constexpr std::array<std::string_view, 12> kServices = {
    "acm", "acm-pca",       "sts",     "route53",    "tagging",    "secretsmanager",
    "iam", "organizations", "account", "cloudfront", "apigateway", "elasticloadbalancing"};
constexpr std::array<std::string_view, 9> kSuffixes = {
    "amazonaws.com", "amazonaws.com.cn", "api.aws",       "api.amazonwebservices.com.cn",
    "amazonaws.eu",  "c2s.ic.gov",       "sc2s.sgov.gov", "cloud.adc-e.uk",
    "csp.hci.ic.gov"};

struct Url {
  std::string scheme, host;
  int port = 0;
};

// Only scheme, host and port: an endpoint has no path, and user information hides hosts.
std::optional<Url> parse_url(std::string_view text) {
  Url url;
  const auto separator = text.find("://");
  if (separator == std::string_view::npos) return std::nullopt;
  url.scheme = text.substr(0, separator);
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  std::string_view rest = text.substr(separator + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  std::string_view port;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    url.host = rest.substr(0, end + 1);
    port = rest.substr(end + 1);
    if (url.host != "[::1]") return std::nullopt;
  } else {
    const auto colon = rest.find(':');
    url.host = lower(rest.substr(0, colon));
    if (colon != std::string_view::npos) port = rest.substr(colon);
    const bool plain = std::all_of(url.host.begin(), url.host.end(),
                                   [](char c) { return is_host_character(c) || c == '.'; });
    if (url.host.empty() || !plain) return std::nullopt;
  }
  url.port = url.scheme == "https" ? 443 : 80;
  if (port.empty()) return url;
  port.remove_prefix(1);
  const char* end = port.data() + port.size();
  const auto read = std::from_chars(port.data(), end, url.port);
  if (port.empty() || read.ptr != end || url.port < 1 || url.port > 65535) return std::nullopt;
  return url;
}

// In full dotted form only: 127.1 and 0x7f.1 are read differently by different resolvers.
bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  const auto parts = split(host, '.');
  if (parts.size() != 4 || parts[0] != "127") return false;
  return std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    return !part.empty() && part.size() <= 3 && (part.size() == 1 || part[0] != '0') &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
           std::stoi(part) <= 255;
  });
}

bool is_region_or_nothing(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_host_character);
}

// <service>.<region>.<suffix>, <service>-fips..., <service>.<suffix>, and a VPC endpoint's
// vpce-....<service>.<region>.vpce.<suffix>. Never more: other hosts below these suffixes
// (buckets, load balancers) belong to anybody.
bool is_host_of(std::string_view host, std::string_view service) {
  for (const std::string_view suffix : kSuffixes) {
    if (!host.ends_with(suffix)) continue;
    std::string_view front = host.substr(0, host.size() - suffix.size());
    if (!front.ends_with('.')) continue;
    front.remove_suffix(1);
    const bool is_vpc_endpoint = front.starts_with("vpce-") && front.ends_with(".vpce");
    if (is_vpc_endpoint) {
      front.remove_suffix(5);
      const auto dot = front.find('.');
      if (dot == std::string_view::npos) continue;
      front.remove_prefix(dot + 1);
    }
    if (!front.starts_with(service)) continue;
    front.remove_prefix(service.size());
    if (front.starts_with("-fips")) front.remove_prefix(5);
    if (front.empty()) return true;
    if (front.front() == '.' && is_region_or_nothing(front.substr(1))) return true;
  }
  return false;
}

const Json* member(const Json* object, std::string_view name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &*found;
}

void check_domain(Checker& checker, const Json* value, const std::string& path, bool is_common) {
  if (value == nullptr || !value->is_string()) return;
  const auto& name = value->get_ref<const std::string&>();
  const std::string wrong = domain_fault(name);
  if (!wrong.empty())
    return checker.supersede(path, wrong, "use a DNS name, for example shop.example.com");
  const std::size_t octets = normalized_domain(name).size();
  if (is_common && octets > kMostInCommonName && octets <= kMostInName)
    checker.fault(path,
                  fmt::format("must have at most {} octets, has {}", kMostInCommonName, octets),
                  "put a shorter name here, and this one into additionalNames");
}

void check_endpoint(Checker& checker, const Json* value, const std::string& path,
                    std::string_view service, const std::vector<std::string>& allowed) {
  if (value == nullptr || !value->is_string()) return;
  const std::string wrong = endpoint_fault(value->get_ref<const std::string&>(), service, allowed);
  if (!wrong.empty())
    checker.supersede(
        path, wrong,
        "use http://127.0.0.1:PORT or AWS's own host, or have the operator allow it with "
        "--allow-endpoint HOST:PORT");
}

void check_certificate(Checker& checker, const Json* spec) {
  check_domain(checker, member(spec, "domainName"), "spec.domainName", true);
  if (const Json* names = member(spec, "additionalNames"); names != nullptr && names->is_array())
    for (std::size_t i = 0; i < names->size(); ++i)
      check_domain(checker, &(*names)[i], path_to("spec.additionalNames", i), false);
}

void check_account(Checker& checker, const Json* spec, const std::vector<std::string>& allowed) {
  check_endpoint(checker, member(spec, "endpointUrl"), "spec.endpointUrl", {}, allowed);
  const Json* endpoints = member(spec, "endpoints");
  for (const std::string_view service : kServices)
    check_endpoint(checker, member(endpoints, service), path_to("spec.endpoints", service), service,
                   allowed);
}

}  // namespace

std::string domain_fault(const std::string& name) {
  std::string normal = normalized_domain(name);
  if (normal.size() > kMostInName)
    return fmt::format("must have at most {} octets, has {}", kMostInName, normal.size());
  if (normal.starts_with("*.")) normal.erase(0, 2);
  const std::vector<std::string> labels = split(normal, '.');
  for (const std::string& label : labels) {
    const std::string shown = printable(label);
    if (label.empty()) return "has an empty part between dots";
    if (label.find('*') != std::string::npos)
      return "has a wildcard that is not the whole first part";
    if (label.size() > kMostInLabel)
      return fmt::format("has a part of more than {} octets: {}", kMostInLabel, shown);
    if (!std::all_of(label.begin(), label.end(), is_host_character))
      return fmt::format("contains an invalid DNS label: {}", shown);
    if (label.front() == '-' || label.back() == '-')
      return fmt::format("has a part that begins or ends with a hyphen: {}", shown);
    if (label.size() > 3 && label.substr(2, 2) == "--" && !label.starts_with("xn--"))
      return fmt::format("contains a label that ACM rejects (-- in third place): {}", shown);
  }
  if (labels.size() < 2) return "must have at least two labels, for example example.com";
  if (labels.back().size() < 2) return "ends in a part of a single character";
  return {};
}

std::string endpoint_fault(std::string_view url, std::string_view service,
                           const std::vector<std::string>& allowed) {
  const auto parsed = parse_url(url);
  if (!parsed) return "must be http(s)://HOST[:PORT] and nothing else";
  if (is_loopback(parsed->host)) return {};
  if (parsed->scheme != "https") return "must be https: plain http is for loopback only";
  // AWS listens on the port of https only.
  for (const std::string_view known : kServices)
    if (parsed->port == 443 && (service.empty() || service == known) &&
        is_host_of(parsed->host, known))
      return {};
  const std::string place = fmt::format("{}:{}", parsed->host, parsed->port);
  for (const std::string& entry : allowed)
    if (lower(entry) == place) return {};
  return fmt::format("must not be called: {} is neither loopback nor AWS's own host", place);
}

void check_names(Checker& checker, api::Kind kind, const Json& whole,
                 const std::vector<std::string>& allowed_endpoints) {
  const Json* spec = member(&whole, "spec");
  if (kind == api::Kind::certificate || kind == api::Kind::placement)
    check_certificate(checker, spec);
  if (kind == api::Kind::account) check_account(checker, spec, allowed_endpoints);
}

}  // namespace certloop::schema
