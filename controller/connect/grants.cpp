#include "connect/grants.h"

#include <algorithm>

#include "base/text.h"

namespace certloop::connect {
namespace {

bool holds(const std::vector<std::string>& limits, const std::string& value) {
  return limits.empty() || value.empty() ||
         std::find(limits.begin(), limits.end(), value) != limits.end();
}

bool is_within(const std::string& domain, const std::string& limit) {
  const bool only_below = limit.starts_with("*.");
  const std::string base = only_below ? limit.substr(2) : limit;
  return (!only_below && domain == base) || domain.ends_with("." + base);
}

bool is_within_one(const std::vector<std::string>& limits, const std::string& name) {
  const std::string domain = normalized_domain(name);
  return std::any_of(limits.begin(), limits.end(), [&](const std::string& limit) {
    return is_within(domain, normalized_domain(limit));
  });
}

// Names that are not known are not within any limit.
bool hold_names(const api::AllowedNamespace& grant, const Use& use) {
  if (grant.domains.empty()) return true;
  if (use.authority) return grant.authorities;
  if (!use.other_names.empty()) return false;
  if (!use.domains) return true;
  return !use.domains->empty() &&
         std::all_of(use.domains->begin(), use.domains->end(),
                     [&](const std::string& name) { return is_within_one(grant.domains, name); });
}

}  // namespace

bool admits(const std::vector<api::AllowedNamespace>& grants, const std::string& target,
            const std::string& from, const Use& use) {
  if (target == from) return true;
  return std::any_of(grants.begin(), grants.end(), [&](const api::AllowedNamespace& grant) {
    const bool named = std::find(grant.names.begin(), grant.names.end(), from) != grant.names.end();
    return named && holds(grant.regions, use.region) && holds(grant.account_ids, use.account_id) &&
           hold_names(grant, use) && holds(grant.hosted_zones, use.hosted_zone);
  });
}

}  // namespace certloop::connect
