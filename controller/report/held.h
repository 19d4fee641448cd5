#pragma once
// What `plan` and `drift` say about objects for which no call would be made now and which are not
// done all the same: something must come first, a person, AWS, or whoever still uses them. Such an
// object is never "no changes" or "no drift" (COMMANDS, "Exit codes").
#include <string>

#include "api/kind.h"

namespace certloop::report {

struct Held {
  api::Key object;
  std::string account, region;  // the placement; may be empty
  std::string reason;           // of its condition Ready: "InUse", "PendingValidation"
  std::string message;          // what it waits for, and what to do
  bool out_of_sync = false;     // AWS differs from its spec; else it is only not Ready
  bool operator==(const Held&) const = default;
};

}  // namespace certloop::report
