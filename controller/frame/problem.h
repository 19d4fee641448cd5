#pragma once
// Why an object cannot be made true: what a condition will say, and whether what is known of it
// still holds meanwhile.
#include <string>

#include "connect/access.h"

namespace certloop::frame {

struct Problem {
  std::string reason;    // CamelCase
  std::string message;   // a sentence, with the remedy
  bool stalled = false;  // only a person can help
  // It says that AWS could not be asked, not that a spec is wrong: what was known still holds.
  bool unread = false;
  bool operator==(const Problem&) const = default;
};

// What a refused account means for whoever uses it. Where AWS could not be asked, what was known
// still holds; where a spec says no, it does not.
Problem problem_of(const connect::Refusal& refusal);

}  // namespace certloop::frame
