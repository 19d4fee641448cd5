#pragma once
// What is known of the records of hosted zones: the ZoneRecords, in memory, so that a zone's run
// reads those that concern it and never lists a namespace. Filled from the store as it changes, and
// by whoever writes one.
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/placement.h"
#include "base/mutex.h"

namespace certloop::zone {

// Safe for concurrent use. Zones are named "namespace/name".
class Records {
 public:
  // Takes the place of what was known of the record.
  void note(const api::ZoneRecord& record) EXCLUDES(mutex_);
  void forget(const api::Key& record) EXCLUDES(mutex_);

  std::optional<api::ZoneRecord> find(const api::Key& record) const EXCLUDES(mutex_);
  // Of the zone, in no order: all, or those with these names.
  std::vector<api::ZoneRecord> of(const std::string& zone) const EXCLUDES(mutex_);
  std::vector<api::ZoneRecord> of(const std::string& zone, const std::set<std::string>& names) const
      EXCLUDES(mutex_);
  std::size_t count(const std::string& zone) const EXCLUDES(mutex_);

  // The first `most` by name, and how many there are altogether.
  struct Some {
    std::vector<api::KeptRecord> first;
    std::size_t count = 0;
  };
  // Those that certificates need and that cannot be put in place.
  Some in_trouble(const std::string& zone, std::size_t most) const EXCLUDES(mutex_);
  // Those that stay although nothing needs them.
  Some unneeded(const std::string& zone, std::size_t most) const EXCLUDES(mutex_);

 private:
  struct Zone {
    std::unordered_map<std::string, api::ZoneRecord> records;  // by the name of the object
    std::set<std::string> in_trouble, unneeded;                // by the name of the record
  };

  void drop(const api::Key& record) REQUIRES(mutex_);
  Some some(const std::string& zone, std::set<std::string> Zone::*which, std::size_t most) const
      REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::unordered_map<std::string, Zone> zones_ GUARDED_BY(mutex_);
};

// "payments/prod.z1" of the record "prod.z1.<digest>" in namespace payments.
std::string zone_of(const api::Key& record);

}  // namespace certloop::zone
