#include "connect/grants.h"

#include <algorithm>

namespace certloop::connect {
namespace {

bool holds(const std::vector<std::string>& limits, const std::string& value) {
  return limits.empty() || value.empty() ||
         std::find(limits.begin(), limits.end(), value) != limits.end();
}

}  // namespace

bool admits(const std::vector<api::AllowedNamespace>& grants, const std::string& target,
            const std::string& from, const std::string& region) {
  if (target == from) return true;
  return std::any_of(grants.begin(), grants.end(), [&](const api::AllowedNamespace& grant) {
    const bool named = std::find(grant.names.begin(), grant.names.end(), from) != grant.names.end();
    return named && holds(grant.regions, region);
  });
}

}  // namespace certloop::connect
