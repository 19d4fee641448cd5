#include "reconcilers/placement_index.h"

#include <algorithm>
#include <set>

namespace certloop {

estate::Place PlacementIndex::place_of(const api::Placement& placement) {
  const auto& reference = placement.spec.account_ref;
  return {space_of(reference, placement.meta.space), reference.name, placement.spec.region};
}

bool PlacementIndex::note(const api::Placement& placement) {
  const auto& meta = placement.meta;
  const api::Key key = placement.key();
  const estate::Place place = place_of(placement);
  Lock lock(mutex_);
  const bool fresh = !by_place_.contains(place);
  drop(key);
  const auto at = entries_.try_emplace(key).first;
  const api::Key* const kept = &at->first;
  Entry& entry = at->second;
  entry.place = &*by_place_.try_emplace(place).first;
  if (!placement.status.arn.empty()) entry.arns.push_back(placement.status.arn);
  for (const auto& old : placement.status.previous) entry.arns.push_back(old.arn);
  for (const auto& owner : meta.owners) entry.owner = meta.space + "/" + owner.name;
  entry.place->second.insert(kept);
  for (const auto& arn : entry.arns) by_arn_.emplace(arn, kept);
  if (!entry.owner.empty()) by_owner_.emplace(entry.owner, kept);
  return fresh;
}

void PlacementIndex::forget(const api::Key& placement) {
  Lock lock(mutex_);
  drop(placement);
}

void PlacementIndex::drop(const api::Key& placement) {
  const auto at = entries_.find(placement);
  if (at == entries_.end()) return;
  const auto drop_from = [&](ByText& index, const std::string& text) {
    const auto [first, last] = index.equal_range(text);
    const auto it =
        std::find_if(first, last, [&](const auto& entry) { return entry.second == &at->first; });
    if (it != last) index.erase(it);
  };
  Entry& entry = at->second;
  for (const auto& arn : entry.arns) drop_from(by_arn_, arn);
  drop_from(by_owner_, entry.owner);
  entry.place->second.erase(&at->first);
  if (entry.place->second.empty()) by_place_.erase(estate::Place(entry.place->first));
  entries_.erase(at);
}

bool PlacementIndex::holds(const estate::Place& place) {
  Lock lock(mutex_);
  return by_place_.contains(place);
}

std::vector<estate::Place> PlacementIndex::places_of(const std::string& space,
                                                     const std::string& account) {
  Lock lock(mutex_);
  std::vector<estate::Place> places;
  for (auto it = by_place_.lower_bound({space, account, ""}); it != by_place_.end(); ++it) {
    if (it->first.space != space || it->first.account != account) break;
    places.push_back(it->first);
  }
  return places;
}

void PlacementIndex::expects(const estate::Place& place, const api::Key& placement) {
  Lock lock(mutex_);
  expecting_[place].insert(placement);
}

std::vector<api::Key> PlacementIndex::concerned(const estate::Place& place,
                                                const std::vector<std::string>& arns,
                                                const std::vector<std::string>& owners,
                                                bool everything) {
  Lock lock(mutex_);
  std::set<api::Key> keys;
  if (const auto it = expecting_.find(place); it != expecting_.end()) {
    keys.insert(it->second.begin(), it->second.end());
    expecting_.erase(it);
  }
  if (everything)
    if (const auto it = by_place_.find(place); it != by_place_.end())
      for (const api::Key* key : it->second) keys.insert(*key);
  const auto add = [&](const ByText& index, const std::string& text) {
    const auto [first, last] = index.equal_range(text);
    for (auto it = first; it != last; ++it) keys.insert(*it->second);
  };
  for (const auto& arn : arns) add(by_arn_, arn);
  for (const auto& owner : owners) add(by_owner_, owner);
  return {keys.begin(), keys.end()};
}

}  // namespace certloop
