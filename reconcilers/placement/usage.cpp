#include "reconcilers/placement/usage.h"

#include <algorithm>

namespace certloop::placement {
namespace {

// What ACM leaves out is not "nobody" (PROTOCOLS 0, "In use").
constexpr const char* kNotTold = "unknown users (ACM's answer lacks InUseBy)";
constexpr const char* kExportedCopy = "an exported copy (ACM does not know where it is installed)";

// A copy of an expired certificate serves nobody.
bool copy_serves(bool exported, const std::optional<Time>& not_after, Time now) {
  return exported && (!not_after || now < *not_after);
}

}  // namespace

std::vector<std::string> users_of(const api::PlacementStatus& known, Time now) {
  std::vector<std::string> users = known.in_use_by;
  if (known.users_unknown) users.emplace_back(kNotTold);
  if (copy_serves(known.exported, known.not_after, now)) users.emplace_back(kExportedCopy);
  return users;
}

std::vector<std::string> users_of(const OldCertificate& old, Time now) {
  std::vector<std::string> users = old.in_use_by;
  if (old.users_unknown) users.emplace_back(kNotTold);
  if (copy_serves(old.exported, old.not_after, now)) users.emplace_back(kExportedCopy);
  if (old.unread) users.push_back("unknown users (" + old.unread->message() + ")");
  return users;
}

bool can_be_exported(const api::PlacementStatus& known) {
  return known.exportable || known.type == "PRIVATE";
}

Time end_of_grace(const OldCertificate& old, std::int64_t grace_hours, Time now) {
  const Time replaced = old.replaced.value_or(now);
  return std::max(replaced, old.unused_since.value_or(now)) + std::chrono::hours(grace_hours);
}

}  // namespace certloop::placement
