#pragma once
// Forms of text and time that AWS's answers use.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace certloop::emulator {

// `count` characters A-Z and 2-7, one for each byte (as many as there are), as AWS's ids have them.
std::string letters_from(std::string_view bytes, std::size_t count);
std::string escaped_xml(std::string_view text);

inline std::int64_t millis(Time time) { return time.time_since_epoch().count(); }
inline Time from_millis(std::int64_t value) { return Time(Duration(value)); }
// Epoch seconds with a fraction, as JSON 1.1 carries timestamps.
inline double epoch_seconds(Time time) { return static_cast<double>(millis(time)) / 1000.0; }

}  // namespace certloop::emulator
