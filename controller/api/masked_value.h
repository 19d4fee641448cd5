#pragma once
// How a value is shown that must not be: in place of it stands this. Written back, it stands for
// the value that is stored.
#include <string_view>

namespace certloop::api {

inline constexpr std::string_view kMask = "***";

}  // namespace certloop::api
