#pragma once
// Which validation records placements need, by hosted zone: kept current from one placement to the
// next, so that a zone's run costs what its records cost and never a listing of all placements.
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/placement.h"
#include "base/mutex.h"

namespace certloop::zone {

// One record that certificates need.
struct Need {
  api::ValidationRecord record;
  // The names that the record is for, of the certificates that ask for it; none if it is for none.
  std::vector<std::string> names;
  std::vector<api::RecordUser> users;  // sorted
  bool operator==(const Need&) const = default;
};

// Safe for concurrent use. Zones are named "namespace/name".
class Needs {
 public:
  // What the placement's status asks for takes the place of what it asked for before. A placement
  // that is being deleted still asks: its certificate may be in use for long, and is renewed.
  void note(const api::Placement& placement) EXCLUDES(mutex_);
  void forget(const api::Key& placement) EXCLUDES(mutex_);

  // Of the zone, by record: all, or those of the records with these names.
  std::vector<Need> of(const std::string& zone) const EXCLUDES(mutex_);
  std::vector<Need> of(const std::string& zone, const std::set<std::string>& names) const
      EXCLUDES(mutex_);
  bool has(const std::string& zone) const EXCLUDES(mutex_);

  // The names of the zone's records whose needs have changed since this was last asked, so that
  // what follows costs in proportion to them.
  std::set<std::string> take_changed(const std::string& zone) EXCLUDES(mutex_);

 private:
  struct Ask {
    std::vector<std::string> names;
    api::RecordUser user;
    bool operator==(const Ask&) const = default;
  };
  struct Asked {
    api::ValidationRecord record;
    std::map<api::Key, Ask> by;
  };
  struct Zone {
    std::map<std::string, Asked> asked;  // by text_of() of the record: those of a name together
    std::set<std::string> changed;
  };
  // One thing that a placement asks for.
  struct Place {
    std::string zone;
    api::ValidationRecord record;
    Ask ask;
    bool operator==(const Place&) const = default;
  };

  static std::vector<Place> places_of(const api::Placement& placement);
  static Need need_of(const Asked& asked);
  void drop(const api::Key& placement) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::unordered_map<std::string, Zone> zones_ GUARDED_BY(mutex_);
  std::unordered_map<api::Key, std::vector<Place>> placements_ GUARDED_BY(mutex_);
};

// "shop.example.com" of the record "_x.shop.example.com." and of the names "shop.example.com" and
// "*.Shop.example.com".
std::string domain_of_record(const std::string& record_name);
std::string domain_of_name(const std::string& name);

}  // namespace certloop::zone
