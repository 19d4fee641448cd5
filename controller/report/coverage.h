#pragma once
// What a report looked at, and what it could not see. Every report begins with this, because
// "could not be read" is never "no difference". Plain values.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace certloop::report {

// Something that the report had to leave open.
struct Unread {
  std::string subject;  // "Account payments/prod", "Certificate payments/shop"
  std::string region;   // may be empty
  std::string message;  // why, and what to do
  bool operator==(const Unread&) const = default;
};

struct Coverage {
  std::vector<std::string> accounts;  // "payments/prod", sorted
  std::vector<std::string> regions;   // sorted
  std::size_t objects = 0;            // specs that were compared
  std::size_t certificates = 0;       // certificates that AWS showed
  std::optional<Time> oldest;         // when the oldest reading was taken; absent: nothing was read
  std::vector<Unread> unread;
  bool operator==(const Coverage&) const = default;
};

// COMMANDS, "Exit codes". They are computed from the model that is printed, never beside it.
enum class Exit { done = 0, difference = 1, error = 2, unread = 3, refused = 4 };

}  // namespace certloop::report
