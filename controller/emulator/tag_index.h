#pragma once
// The tags of every resource of every service, with as much history as the tagging API's lag needs.
// Services write into it whenever a resource's tags change; the tagging API reads it as it was.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
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
  };
  // A resource as a reader sees it; valid during the call only.
  struct Seen {
    std::uint64_t sequence;  // of its first tagging: the order of pages
    const std::string& arn;
    const std::string& type;
    const Tags& tags;
  };

  explicit TagIndex(Duration lag) : lag_(lag) {}

  // The resource's tags from `now` on. A resource that never had a tag is not recorded.
  void set(const Resource& resource, Time now);
  // The resource is gone from `now` on.
  void erase(const std::string& arn, Time now);

  // Every resource of that account and region that had a tag at some time up to `now` - lag, with
  // its tags of that moment (perhaps none left), in the order of first tagging, after the one with
  // that sequence. The visitor returns false to stop.
  void visit(const std::string& account, const std::string& region, Time now, std::uint64_t after,
             const std::function<bool(const Seen& resource)>& visitor) const;

 private:
  using Place = std::pair<std::string, std::string>;  // account and region
  struct Version {
    Time since{};
    bool gone = false;
    Tags tags;
  };
  struct Entry {
    std::string arn, type;
    std::vector<Version> versions;
  };
  void append(Entry& entry, Version version);

  Duration lag_;
  std::uint64_t next_sequence_ = 1;
  std::map<Place, std::map<std::uint64_t, Entry>> entries_;
  std::unordered_map<std::string, std::pair<Place, std::uint64_t>> by_arn_;
};

}  // namespace certloop::emulator
