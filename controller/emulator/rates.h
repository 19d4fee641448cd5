#pragma once
// AWS's request rates as token buckets, and answers that go wrong on purpose.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "emulator/emulator_options.h"
#include "emulator/service.h"

namespace certloop::emulator {

// Not thread-safe: used under the emulator's lock.
class TokenBuckets {
 public:
  // Takes a token from every bucket of the operation, or from none: false means throttled.
  bool take(const std::string& account, const std::string& region, std::string_view service,
            const Operation& operation, Time now);

 private:
  struct Bucket {
    double tokens = 0;
    Time filled{};
  };
  std::map<std::string, Bucket> buckets_;
};

// Not thread-safe: used under the emulator's lock.
class Faults {
 public:
  explicit Faults(const std::vector<Fault>& faults) {
    for (const Fault& fault : faults) add(fault);
  }
  void add(Fault fault) { armed_.push_back({std::move(fault), 0}); }
  void clear() { armed_.clear(); }
  // The first fault that strikes this call; every matching fault counts it.
  std::optional<Fault> strike(std::string_view service, std::string_view operation, Random& random);

 private:
  struct Armed {
    Fault fault;
    int seen = 0;
  };
  std::vector<Armed> armed_;
};

}  // namespace certloop::emulator
