#pragma once
// Which validation records placements need, by hosted zone: kept current from one placement to the
// next, so that a zone's run costs what its records cost and never a listing of all placements.
#include <map>
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

// Safe for concurrent use.
class Needs {
 public:
  // What the placement's status asks for takes the place of what it asked for before. A placement
  // that is being deleted still asks: its certificate may be in use for long, and is renewed.
  void note(const api::Placement& placement) EXCLUDES(mutex_);
  void forget(const api::Key& placement) EXCLUDES(mutex_);

  // Of the zone "namespace/name", by record.
  std::vector<Need> of(const std::string& zone) const EXCLUDES(mutex_);

 private:
  struct Ask {
    std::vector<std::string> names;
    api::RecordUser user;
  };
  struct Asked {
    api::ValidationRecord record;
    std::map<api::Key, Ask> by;
  };
  struct Place {
    std::string zone, record;
  };

  void drop(const api::Key& placement) REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::unordered_map<std::string, std::map<std::string, Asked>> zones_ GUARDED_BY(mutex_);
  std::unordered_map<api::Key, std::vector<Place>> placements_ GUARDED_BY(mutex_);
};

// "shop.example.com" of the record "_x.shop.example.com." and of the names "shop.example.com" and
// "*.Shop.example.com".
std::string domain_of_record(const std::string& record_name);
std::string domain_of_name(const std::string& name);

}  // namespace certloop::zone
