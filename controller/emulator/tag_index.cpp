#include "emulator/tag_index.h"

#include <algorithm>

namespace certloop::emulator {

void TagIndex::set(const Resource& resource, Time now) {
  auto found = entries_.find(resource.arn);
  if (found == entries_.end()) {
    if (resource.tags.empty()) return;
    found = entries_.emplace(resource.arn, Entry{next_sequence_++, resource, {}}).first;
    found->second.resource.tags.clear();
  }
  append(found->second, Version{now, false, resource.tags});
}

void TagIndex::erase(const std::string& arn, Time now) {
  auto found = entries_.find(arn);
  if (found == entries_.end()) return;
  if (lag_ <= Duration::zero()) {
    entries_.erase(found);
    return;
  }
  append(found->second, Version{now, true, {}});
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

std::vector<TagIndex::Resource> TagIndex::visible(const std::string& account,
                                                  const std::string& region, Time now) const {
  std::vector<std::pair<std::uint64_t, Resource>> found;
  for (const auto& [arn, entry] : entries_) {
    if (entry.resource.account != account || entry.resource.region != region) continue;
    const Version* current = nullptr;
    for (const Version& version : entry.versions) {
      if (version.since <= now - lag_) current = &version;
    }
    if (!current || current->gone) continue;
    found.emplace_back(entry.sequence, entry.resource);
    found.back().second.tags = current->tags;
    found.back().second.sequence = entry.sequence;
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Resource> resources;
  resources.reserve(found.size());
  for (auto& [sequence, resource] : found) resources.push_back(std::move(resource));
  return resources;
}

}  // namespace certloop::emulator
