#include "reconcilers/zone/needs.h"

#include <algorithm>

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

// Begins with the name and a character that no name has, so that the records of one name stand
// together.
std::string text_of(const api::ValidationRecord& record) {
  return record.name + '\n' + record.type + '\n' + record.value;
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

std::vector<Needs::Place> Needs::places_of(const api::Placement& placement) {
  const api::RecordUser user{space_of(placement.spec.account_ref, placement.meta.space) + "/" +
                                 placement.spec.account_ref.name,
                             account_id_of(placement.status.arn)};
  std::vector<Place> places;
  std::set<std::string> seen;
  for (const auto& domain : placement.status.validation) {
    if (!domain.record || domain.hosted_zone.empty()) continue;
    const auto& record = *domain.record;
    // A wildcard and its base share one record.
    if (!seen.insert(domain.hosted_zone + '\n' + text_of(record)).second) continue;
    places.push_back({domain.hosted_zone, record,
                      Ask{names_for(domain_of_record(record.name), placement), user}});
  }
  return places;
}

void Needs::drop(const api::Key& placement) {
  const auto known = placements_.find(placement);
  if (known == placements_.end()) return;
  for (const Place& place : known->second) {
    Zone& zone = zones_[place.zone];
    zone.changed.insert(place.record.name);
    const auto asked = zone.asked.find(text_of(place.record));
    if (asked == zone.asked.end()) continue;
    asked->second.by.erase(placement);
    if (asked->second.by.empty()) zone.asked.erase(asked);
  }
  placements_.erase(known);
}

void Needs::note(const api::Placement& placement) {
  const api::Key key = placement.key();
  std::vector<Place> places = places_of(placement);
  Lock lock(mutex_);
  const auto known = placements_.find(key);
  if (known == placements_.end() ? places.empty() : known->second == places) return;
  drop(key);
  if (places.empty()) return;
  for (const Place& place : places) {
    Zone& zone = zones_[place.zone];
    zone.changed.insert(place.record.name);
    Asked& asked = zone.asked[text_of(place.record)];
    asked.record = place.record;
    asked.by[key] = place.ask;
  }
  placements_[key] = std::move(places);
}

void Needs::forget(const api::Key& placement) {
  Lock lock(mutex_);
  drop(placement);
}

Need Needs::need_of(const Asked& asked) {
  std::set<std::string> names;
  std::set<api::RecordUser> users;
  for (const auto& [key, ask] : asked.by) {
    names.insert(ask.names.begin(), ask.names.end());
    if (!ask.user.account_id.empty()) users.insert(ask.user);
  }
  return {asked.record, sorted(names), sorted(users)};
}

std::vector<Need> Needs::of(const std::string& zone) const {
  Lock lock(mutex_);
  std::vector<Need> needs;
  const auto found = zones_.find(zone);
  if (found == zones_.end()) return needs;
  needs.reserve(found->second.asked.size());
  for (const auto& [text, asked] : found->second.asked) needs.push_back(need_of(asked));
  return needs;
}

std::vector<Need> Needs::of(const std::string& zone, const std::set<std::string>& names) const {
  Lock lock(mutex_);
  std::vector<Need> needs;
  const auto found = zones_.find(zone);
  if (found == zones_.end()) return needs;
  const auto& all = found->second.asked;
  for (const auto& name : names)
    for (auto it = all.lower_bound(name + '\n'); it != all.end() && it->second.record.name == name;
         ++it)
      needs.push_back(need_of(it->second));
  return needs;
}

bool Needs::has(const std::string& zone) const {
  Lock lock(mutex_);
  const auto found = zones_.find(zone);
  return found != zones_.end() && !found->second.asked.empty();
}

std::set<std::string> Needs::take_changed(const std::string& zone) {
  Lock lock(mutex_);
  const auto found = zones_.find(zone);
  if (found == zones_.end()) return {};
  std::set<std::string> changed = std::move(found->second.changed);
  found->second.changed.clear();
  if (found->second.asked.empty()) zones_.erase(found);
  return changed;
}

}  // namespace certloop::zone
