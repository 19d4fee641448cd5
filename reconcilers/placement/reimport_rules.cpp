#include "reconcilers/placement/reimport_rules.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace certloop::placement {
namespace {

using Rule = std::optional<BrokenRule> (*)(const api::PlacementStatus&, const Source&, bool);

std::string family(const std::string& algorithm) {
  return algorithm.substr(0, algorithm.find('_'));
}

std::set<std::string> as_set(const std::vector<std::string>& values) {
  return {values.begin(), values.end()};
}

// What `before` has and `after` lacks.
std::vector<std::string> lost(const std::vector<std::string>& before,
                              const std::vector<std::string>& after) {
  const auto left = as_set(before), right = as_set(after);
  std::vector<std::string> gone;
  std::set_difference(left.begin(), left.end(), right.begin(), right.end(),
                      std::back_inserter(gone));
  return gone;
}

// S113.
std::optional<BrokenRule> has_a_name(const api::PlacementStatus& in_acm, const Source& source,
                                     bool) {
  if (!source.names.empty()) return std::nullopt;
  return BrokenRule{"NoNames", join(in_acm.names, ", "), "no domain name"};
}

// S114, stricter than ACM itself unless the spec allows it.
std::optional<BrokenRule> shares_a_name(const api::PlacementStatus& in_acm, const Source& source,
                                        bool allow_disjoint_names) {
  if (allow_disjoint_names || in_acm.names.empty()) return std::nullopt;
  std::set<std::string> before;
  for (const auto& name : in_acm.names) before.insert(normalized_domain(name));
  for (const auto& name : source.names)
    if (before.contains(normalized_domain(name))) return std::nullopt;
  return BrokenRule{"DisjointNames", join(in_acm.names, ", "), join(source.names, ", ")};
}

// S117.
std::optional<BrokenRule> same_key_type(const api::PlacementStatus& in_acm, const Source& source,
                                        bool) {
  if (family(in_acm.key_algorithm) == family(source.key_algorithm)) return std::nullopt;
  return BrokenRule{"KeyType", in_acm.key_algorithm, source.key_algorithm};
}

// S118.
std::optional<BrokenRule> same_key_size(const api::PlacementStatus& in_acm, const Source& source,
                                        bool) {
  if (in_acm.key_algorithm == source.key_algorithm) return std::nullopt;
  return BrokenRule{"KeySize", in_acm.key_algorithm, source.key_algorithm};
}

// S115: values may be added, none removed; none where the original had no such extension;
// keyEncipherment may go for ECDSA, where it has no meaning.
std::optional<BrokenRule> keeps_key_usages(const api::PlacementStatus& in_acm, const Source& source,
                                           bool) {
  const BrokenRule broken{"KeyUsage", join(in_acm.key_usages, ", "), join(source.key_usages, ", ")};
  if (in_acm.key_usages.empty()) {
    if (source.key_usages.empty()) return std::nullopt;
    return broken;
  }
  for (const auto& usage : lost(in_acm.key_usages, source.key_usages))
    if (usage != "KEY_ENCIPHERMENT" || family(source.key_algorithm) != "EC") return broken;
  return std::nullopt;
}

// S116: as key usages; client authentication may go.
std::optional<BrokenRule> keeps_extended_key_usages(const api::PlacementStatus& in_acm,
                                                    const Source& source, bool) {
  for (const auto& usage : lost(in_acm.extended_key_usages, source.extended_key_usages))
    if (usage != "TLS_WEB_CLIENT_AUTHENTICATION")
      return BrokenRule{"ExtendedKeyUsage", join(in_acm.extended_key_usages, ", "),
                        join(source.extended_key_usages, ", ")};
  return std::nullopt;
}

constexpr Rule kRules[] = {
    has_a_name,                 // S113
    shares_a_name,              // S114
    same_key_type,              // S117
    same_key_size,              // S118
    keeps_key_usages,           // S115
    keeps_extended_key_usages,  // S116
};

}  // namespace

std::string BrokenRule::sentence() const {
  const auto shown = [](const std::string& text) { return text.empty() ? "none" : text; };
  return "ACM would refuse a reimport by its rule " + rule + ": it holds " + shown(found) +
         ", the source has " + shown(wanted);
}

std::optional<BrokenRule> broken_reimport_rule(const api::PlacementStatus& in_acm,
                                               const Source& source, bool allow_disjoint_names) {
  for (const Rule rule : kRules)
    if (auto broken = rule(in_acm, source, allow_disjoint_names)) return broken;
  return std::nullopt;
}

}  // namespace certloop::placement
