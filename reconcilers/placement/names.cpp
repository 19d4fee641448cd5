#include "reconcilers/placement/names.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "connect/access.h"
#include "connect/grants.h"
#include "reconcilers/placement/plan.h"

namespace certloop::placement {
namespace {

// PKCS #9; RFC 5280, section 4.1.2.6: a name of the same standing as an alternative name.
constexpr const char* kEmailAttribute = "1.2.840.113549.1.9.1";

void add_domain(std::vector<std::string>& domains, const std::string& name) {
  std::string normal = normalized_domain(name);
  if (std::find(domains.begin(), domains.end(), normal) == domains.end())
    domains.push_back(std::move(normal));
}

void add_others(std::vector<std::string>& others, const std::string& kind,
                const std::vector<std::string>& names) {
  for (const auto& name : names) others.push_back(kind + name);
}

// A wildcard stands for exactly one label (RFC 6125, section 6.4.3).
bool covers(const std::string& pattern, const std::string& name) {
  if (pattern == name) return true;
  if (!pattern.starts_with("*.") || name.starts_with("*.")) return false;
  const auto dot = name.find('.');
  return dot != std::string::npos && name.substr(dot) == pattern.substr(1);
}

}  // namespace

Names names_of(const pki::Certificate& leaf) {
  Names names;
  const auto& alternative = leaf.names();
  for (const auto& name : alternative.dns) add_domain(names.domains, name);
  for (const auto& [type, value] : leaf.subject().attributes) {
    if (type == "CN") add_domain(names.domains, value);
    if (type == kEmailAttribute) names.others.push_back("e-mail address " + value);
  }
  add_others(names.others, "IP address ", alternative.ip);
  add_others(names.others, "e-mail address ", alternative.email);
  add_others(names.others, "URI ", alternative.uri);
  add_others(names.others, "", alternative.other);
  return names;
}

Names names_in_acm(const api::PlacementStatus& known) {
  Names names;
  const auto leaf = pki::Certificate::from_pem(known.certificate);
  if (leaf.ok()) names = names_of(*leaf);
  // Of what we imported ourselves all names were held against the grant before.
  const bool told = known.type != "IMPORTED" || !known.source_fingerprint.empty();
  if (!leaf.ok() && (known.names.empty() || !told)) return {};
  for (const auto& name : known.names) add_domain(names.domains, name);
  if (!known.domain_name.empty()) add_domain(names.domains, known.domain_name);
  return names;
}

bool is_granted(const api::Placement& placement, const api::Account& account, const Names& names) {
  return connect::admits(account.spec.allowed_namespaces, account.meta.space, placement.meta.space,
                         {.region = placement.spec.region,
                          .account_id = connect::account_id_of(account),
                          .domains = names.domains,
                          .other_names = names.others});
}

std::string names_beyond_grant(const api::Placement& placement, const api::Account& account,
                               const Names& names) {
  std::vector<std::string> beyond;
  for (const auto& name : names.domains)
    if (!is_granted(placement, account, {{name}, {}})) beyond.push_back(name);
  beyond.insert(beyond.end(), names.others.begin(), names.others.end());
  // Each alone is allowed by some grant, and all of them by none.
  if (beyond.empty()) beyond = names.domains;
  return beyond.empty() ? "unknown names" : join(beyond, ", ");
}

std::string of_the_grant(const api::Placement& placement, const api::Account& account) {
  return "Account " + account.meta.space + "/" + account.meta.name + " does not allow namespace " +
         placement.meta.space + " (its spec.allowedNamespaces)";
}

std::vector<std::string> names_not_covered(const api::CertificateRequestSpec& spec,
                                           const std::vector<std::string>& names) {
  std::vector<std::string> missing;
  for (const std::string& wanted : wanted_names(spec))
    if (std::none_of(names.begin(), names.end(), [&](const std::string& name) {
          return covers(normalized_domain(name), wanted);
        }))
      missing.push_back(wanted);
  return missing;
}

}  // namespace certloop::placement
