#include "reconcilers/zone/records.h"

#include "reconcilers/zone/plan.h"

namespace certloop::zone {

std::string zone_of(const api::Key& record) {
  return record.space + '/' + record.name.substr(0, record.name.rfind('.'));
}

void Records::drop(const api::Key& record) {
  const auto zone = zones_.find(zone_of(record));
  if (zone == zones_.end()) return;
  const auto known = zone->second.records.find(record.name);
  if (known == zone->second.records.end()) return;
  zone->second.in_trouble.erase(known->second.spec.name);
  zone->second.unneeded.erase(known->second.spec.name);
  zone->second.records.erase(known);
  if (zone->second.records.empty()) zones_.erase(zone);
}

void Records::note(const api::ZoneRecord& record) {
  // What has another name than its record gives it is none that we made.
  if (record.key() != api::zone_record_key(zone_of(record.key()), record.spec.name)) return;
  Lock lock(mutex_);
  drop(record.key());
  Zone& zone = zones_[zone_of(record.key())];
  if (is_in_trouble(record.status)) zone.in_trouble.insert(record.spec.name);
  if (record.status.unneeded_since) zone.unneeded.insert(record.spec.name);
  zone.records.emplace(record.meta.name, record);
}

void Records::forget(const api::Key& record) {
  Lock lock(mutex_);
  drop(record);
}

std::optional<api::ZoneRecord> Records::find(const api::Key& record) const {
  Lock lock(mutex_);
  const auto zone = zones_.find(zone_of(record));
  if (zone == zones_.end()) return std::nullopt;
  const auto known = zone->second.records.find(record.name);
  if (known == zone->second.records.end()) return std::nullopt;
  return known->second;
}

std::vector<api::ZoneRecord> Records::of(const std::string& zone) const {
  Lock lock(mutex_);
  std::vector<api::ZoneRecord> records;
  const auto found = zones_.find(zone);
  if (found == zones_.end()) return records;
  records.reserve(found->second.records.size());
  for (const auto& [name, record] : found->second.records) records.push_back(record);
  return records;
}

std::vector<api::ZoneRecord> Records::of(const std::string& zone,
                                         const std::set<std::string>& names) const {
  std::vector<api::ZoneRecord> records;
  for (const auto& name : names)
    if (auto record = find(api::zone_record_key(zone, name))) records.push_back(*std::move(record));
  return records;
}

std::size_t Records::count(const std::string& zone) const {
  Lock lock(mutex_);
  const auto found = zones_.find(zone);
  return found == zones_.end() ? 0 : found->second.records.size();
}

Records::Some Records::some(const std::string& zone, std::set<std::string> Zone::*which,
                            std::size_t most) const {
  Some some;
  const auto found = zones_.find(zone);
  if (found == zones_.end()) return some;
  const auto& names = found->second.*which;
  some.count = names.size();
  for (const auto& name : names) {
    if (some.first.size() == most) break;
    some.first.push_back(found->second.records.at(api::zone_record_key(zone, name).name).status);
  }
  return some;
}

Records::Some Records::in_trouble(const std::string& zone, std::size_t most) const {
  Lock lock(mutex_);
  return some(zone, &Zone::in_trouble, most);
}

Records::Some Records::unneeded(const std::string& zone, std::size_t most) const {
  Lock lock(mutex_);
  return some(zone, &Zone::unneeded, most);
}

}  // namespace certloop::zone
