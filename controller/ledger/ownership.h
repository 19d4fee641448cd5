#pragma once
// How we recognise in AWS what is ours: three tags, written in the creating call and never changed
// (PROTOCOLS 1). Pure functions.
#include <string>
#include <string_view>

namespace certloop::ledger {

inline constexpr std::string_view kOwnerTag = "certloop.dev/owner";    // whose it is, across states
inline constexpr std::string_view kUidTag = "certloop.dev/uid";        // whose it is, in this state
inline constexpr std::string_view kIntentTag = "certloop.dev/intent";  // which call made it

// "<installation>/<namespace>/<name>". Names are at most 120 characters and a tag's value 256, so
// it always fits an installation name of at most 14; schema/ and --installation see to both.
std::string owner_tag_value(std::string_view installation, std::string_view space,
                            std::string_view name);

// The same namespace and name under another installation name.
bool is_of_another_installation(std::string_view owner, std::string_view ours);

}  // namespace certloop::ledger
