#include "report/preflight.h"

#include <algorithm>

namespace certloop::report {

std::string_view name_of(Permit permit) {
  switch (permit) {
    case Permit::allowed: return "allowed";
    case Permit::denied: return "denied";
    case Permit::unknown: break;
  }
  return "unknown";
}

Exit exit_of(const Preflight& preflight) {
  const auto any = [&](Permit permit) {
    return std::any_of(preflight.rows.begin(), preflight.rows.end(), [&](const PermissionRow& row) {
      return !row.optional && row.permit == permit;
    });
  };
  if (any(Permit::denied)) return Exit::difference;
  return any(Permit::unknown) ? Exit::unread : Exit::done;
}

}  // namespace certloop::report
