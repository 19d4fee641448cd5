#include "emulator/tag_index.h"

#include <algorithm>

namespace certloop::emulator {

void TagIndex::set(const Resource& resource, Time now) {
  auto found = by_arn_.find(resource.arn);
  if (found == by_arn_.end()) {
    if (resource.tags.empty()) return;
    const Place place(resource.account, resource.region);
    const std::uint64_t sequence = next_sequence_++;
    entries_[place].emplace(sequence, Entry{resource.arn, resource.type, {}});
    found = by_arn_.emplace(resource.arn, std::make_pair(place, sequence)).first;
  }
  const auto& [place, sequence] = found->second;
  append(entries_.at(place).at(sequence), Version{now, false, resource.tags});
}

void TagIndex::erase(const std::string& arn, Time now) {
  const auto found = by_arn_.find(arn);
  if (found == by_arn_.end()) return;
  const auto& [place, sequence] = found->second;
  if (lag_ > Duration::zero()) {
    append(entries_.at(place).at(sequence), Version{now, true, {}});
    return;
  }
  entries_.at(place).erase(sequence);
  by_arn_.erase(found);
}

// Versions that no reader can see any more are dropped on the way: the newest one that is old
// enough to be visible already, and all later ones, stay.
void TagIndex::append(Entry& entry, Version version) {
  const Time visible_at = version.since - lag_;
  entry.versions.push_back(std::move(version));
  auto first_later = std::find_if(entry.versions.begin(), entry.versions.end(),
                                  [&](const Version& each) { return each.since > visible_at; });
  if (first_later != entry.versions.begin()) --first_later;
  entry.versions.erase(entry.versions.begin(), first_later);
}

void TagIndex::visit(const std::string& account, const std::string& region, Time now,
                     std::uint64_t after,
                     const std::function<bool(const Seen& resource)>& visitor) const {
  const auto here = entries_.find({account, region});
  if (here == entries_.end()) return;
  for (auto at = here->second.upper_bound(after); at != here->second.end(); ++at) {
    const auto& [sequence, entry] = *at;
    const Version* current = nullptr;
    for (const Version& version : entry.versions) {
      if (version.since <= now - lag_) current = &version;
    }
    if (!current || current->gone) continue;
    if (!visitor({sequence, entry.arn, entry.type, current->tags})) return;
  }
}

}  // namespace certloop::emulator
