#include "reconcilers/zone/needs.h"

#include <algorithm>
#include <set>

#include "aws/arn.h"
#include "base/text.h"

namespace certloop::zone {
namespace {

std::string account_id_of(const std::string& arn) {
  const auto parsed = aws::Arn::parse(arn);
  return parsed.ok() ? parsed->account : std::string();
}

std::vector<std::string> names_for(const std::string& domain, const api::Placement& placement) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (domain_of_name(name) == domain) names.push_back(name);
  };
  add(placement.spec.domain_name);
  for (const auto& name : placement.spec.additional_names) add(name);
  return names;
}

template <class T>
std::vector<T> sorted(const std::set<T>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

std::string domain_of_name(const std::string& name) {
  const std::string normal = normalized_domain(name);
  return normal.starts_with("*.") ? normal.substr(2) : normal;
}

std::string domain_of_record(const std::string& record_name) {
  const auto dot = record_name.find('.');
  return dot == std::string::npos ? std::string() : domain_of_name(record_name.substr(dot + 1));
}

void Needs::drop(const api::Key& placement) {
  const auto known = placements_.find(placement);
  if (known == placements_.end()) return;
  for (const Place& place : known->second) {
    const auto zone = zones_.find(place.zone);
    if (zone == zones_.end()) continue;
    const auto asked = zone->second.find(place.record);
    if (asked == zone->second.end()) continue;
    asked->second.by.erase(placement);
    if (asked->second.by.empty()) zone->second.erase(asked);
    if (zone->second.empty()) zones_.erase(zone);
  }
  placements_.erase(known);
}

void Needs::note(const api::Placement& placement) {
  const api::Key key = placement.key();
  const api::RecordUser user{space_of(placement.spec.account_ref, placement.meta.space) + "/" +
                                 placement.spec.account_ref.name,
                             account_id_of(placement.status.arn)};
  Lock lock(mutex_);
  drop(key);
  for (const auto& domain : placement.status.validation) {
    if (!domain.record || domain.hosted_zone.empty()) continue;
    const auto& record = *domain.record;
    const std::string text = record.name + '\n' + record.type + '\n' + record.value;
    Asked& asked = zones_[domain.hosted_zone][text];
    asked.record = record;
    // A wildcard and its base share one record.
    if (!asked.by.try_emplace(key, Ask{names_for(domain_of_record(record.name), placement), user})
             .second)
      continue;
    placements_[key].push_back({domain.hosted_zone, text});
  }
}

void Needs::forget(const api::Key& placement) {
  Lock lock(mutex_);
  drop(placement);
}

std::vector<Need> Needs::of(const std::string& zone) const {
  Lock lock(mutex_);
  std::vector<Need> needs;
  const auto found = zones_.find(zone);
  if (found == zones_.end()) return needs;
  needs.reserve(found->second.size());
  for (const auto& [text, asked] : found->second) {
    std::set<std::string> names;
    std::set<api::RecordUser> users;
    for (const auto& [key, ask] : asked.by) {
      names.insert(ask.names.begin(), ask.names.end());
      if (!ask.user.account_id.empty()) users.insert(ask.user);
    }
    needs.push_back({asked.record, sorted(names), sorted(users)});
  }
  return needs;
}

}  // namespace certloop::zone
