#pragma once
// Which placements a change in the estate concerns. Filled as the informer sees them. Thread-safe.
//
// Each placement's key is kept once, and the indexes point to it: with 100,000 placements that is
// the difference between 40 MB and 110 MB.
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "api/placement.h"
#include "base/mutex.h"
#include "estate/estate.h"

namespace certloop {

class PlacementIndex {
 public:
  // Where a placement stands.
  static estate::Place place_of(const api::Placement& placement);

  // True if its place held no placement until now.
  bool note(const api::Placement& placement);
  void forget(const api::Key& placement);

  // Whether any placement stands in the place.
  bool holds(const estate::Place& place);
  // The places of that Account ("<namespace>", "<name>") that hold a placement.
  std::vector<estate::Place> places_of(const std::string& space, const std::string& account);
  // It is among those concerned by the next reading of the place, whatever that shows.
  void expects(const estate::Place& place, const api::Key& placement);

  // Those that a reading of the place concerns: that hold one of the ARNs, now or as one that was
  // replaced, or belong to one of the owners ("<namespace>/<name>"), or expected the reading; with
  // `everything`, all of the place.
  // Each once, in the order of their keys.
  std::vector<api::Key> concerned(const estate::Place& place, const std::vector<std::string>& arns,
                                  const std::vector<std::string>& owners, bool everything);

 private:
  using Keys = std::unordered_set<const api::Key*>;
  using ByText = std::unordered_multimap<std::string_view, const api::Key*>;
  // Everything here points into the nodes of the maps, which stay where they are.
  struct Entry {
    std::pair<const estate::Place, Keys>* place = nullptr;
    std::vector<std::string> arns;
    std::string owner;
  };

  void drop(const api::Key& placement) REQUIRES(mutex_);

  Mutex mutex_;
  std::unordered_map<api::Key, Entry> entries_ GUARDED_BY(mutex_);
  std::map<estate::Place, Keys> by_place_ GUARDED_BY(mutex_);
  ByText by_arn_ GUARDED_BY(mutex_), by_owner_ GUARDED_BY(mutex_);
  std::map<estate::Place, std::unordered_set<api::Key>> expecting_ GUARDED_BY(mutex_);
};

}  // namespace certloop
