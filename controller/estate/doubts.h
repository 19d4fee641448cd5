#pragma once
// Which ARNs of a place are in doubt, and which are gone: the two readings of PROTOCOLS 0 (see
// estate.h for the rule). Private to the estate; not thread-safe.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "estate/table.h"

namespace certloop::estate {

class Doubts {
 public:
  // A live read answered that the ARN does not exist.
  void denied(const std::string& arn, Instant now);
  // A live read showed it.
  void seen(const std::string& arn) { all_.erase(arn); }
  // Our own call succeeded, so it exists; a denial soon after that proves nothing.
  void wrote(const std::string& arn, Instant now);
  // We deleted it.
  void deleted(const std::string& arn);
  // A listing is begun; answers its place in the order of denials and listings, which no clock
  // could tell within one of its ticks.
  std::uint64_t begin_listing() { return ++order_; }
  // Compares with a complete listing that was begun then. Answers the ARNs whose holders must look
  // again: those still in doubt, and those that this listing proves gone.
  std::vector<std::string> compare(const Table& listing, std::uint64_t listed, Instant begun);

  bool is_gone(const std::string& arn) const;
  std::vector<std::string> open() const;  // neither seen nor proven gone

 private:
  struct Doubt {
    // The first denial that no listing has contradicted since, in the order of begin_listing();
    // absent: none counts.
    std::optional<std::uint64_t> denied;
    bool gone = false;
  };

  std::uint64_t order_ = 0;
  std::map<std::string, Doubt> all_;
  std::map<std::string, Instant> written_;  // by us, of late
};

}  // namespace certloop::estate
