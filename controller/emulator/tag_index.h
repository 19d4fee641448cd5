#pragma once
// The tags of every resource of every service, with as much history as the tagging API's lag needs.
// Services write into it whenever a resource's tags change; the tagging API reads it as it was.
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace certloop::emulator {

using Tags = std::map<std::string, std::string>;

// Not thread-safe: used under the emulator's lock.
class TagIndex {
 public:
  struct Resource {
    std::string arn;
    std::string type;  // "acm:certificate", "acm-pca:certificate-authority"
    std::string account, region;
    Tags tags;
    std::uint64_t sequence = 0;  // of its first tagging; set by visible()
  };

  explicit TagIndex(Duration lag) : lag_(lag) {}

  // The resource's tags from `now` on. A resource that never had a tag is not recorded.
  void set(const Resource& resource, Time now);
  // The resource is gone from `now` on.
  void erase(const std::string& arn, Time now);

  // Every resource of that account and region that had a tag at some time up to `now` - lag, with
  // its tags of that moment (perhaps none left), in the order of first tagging.
  std::vector<Resource> visible(const std::string& account, const std::string& region,
                                Time now) const;

 private:
  struct Version {
    Time since{};
    bool gone = false;
    Tags tags;
  };
  struct Entry {
    std::uint64_t sequence = 0;
    Resource resource;  // its tags unused
    std::vector<Version> versions;
  };
  void append(Entry& entry, Version version);

  Duration lag_;
  std::uint64_t next_sequence_ = 1;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace certloop::emulator
