#include "api/difference.h"

#include <array>

namespace certloop::api {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 13> kClasses = {
    "Missing",         "Changed",    "Extra",     "Expiring", "Expired",  "Revoked", "WillNotRenew",
    "ReplacedOutside", "Superseded", "Unmanaged", "Shared",   "Orphaned", "Unknown"};

}  // namespace

std::string_view name_of(DriftClass drift_class) {
  return kClasses.at(static_cast<std::size_t>(drift_class));
}

std::optional<DriftClass> drift_class_named(std::string_view name) {
  for (std::size_t i = 0; i < kClasses.size(); ++i)
    if (kClasses.at(i) == name) return static_cast<DriftClass>(i);
  return std::nullopt;
}

}  // namespace certloop::api
