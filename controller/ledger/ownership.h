#pragma once
// How we recognise in AWS what is ours: three tags, written in the creating call and never changed
// (PROTOCOLS 1). Pure functions.
#include <string>
#include <string_view>

#include "base/result.h"

namespace certloop::ledger {

inline constexpr std::string_view kOwnerTag = "certloop.dev/owner";    // whose it is, across states
inline constexpr std::string_view kUidTag = "certloop.dev/uid";        // whose it is, in this state
inline constexpr std::string_view kIntentTag = "certloop.dev/intent";  // which call made it

// "<installation>/<namespace>/<name>".
std::string owner_tag_value(std::string_view installation, std::string_view space,
                            std::string_view name);

// Whether AWS takes the value as a tag's: at most 256 characters, of those that tags may hold. With
// names and namespaces of at most 120 an installation name of 14 always fits.
// Error: invalid, naming what is wrong.
Result<void> check_owner_tag(std::string_view value);

// The same namespace and name under another installation name.
bool is_of_another_installation(std::string_view owner, std::string_view ours);

}  // namespace certloop::ledger
