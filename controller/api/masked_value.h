#pragma once
// What is shown instead of a value that must not be shown. Written back, it means
// the value that is stored.
#include <string_view>

namespace certloop::api {

inline constexpr std::string_view kMask = "***";

}  // namespace certloop::api
