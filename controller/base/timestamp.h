#pragma once
// Times as text. All UTC. Pure functions; thread-safe.
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace certloop {

std::string rfc3339(Time time);                       // 2026-11-21T02:03:04Z, seconds
std::optional<Time> parse_rfc3339(std::string_view);  // fractions and numeric offsets accepted
std::string rfc3339_millis(Time time);                // 2026-11-21T02:03:04.005Z
std::string iso8601_basic(Time time);                 // 20261121T020304Z, as SigV4 wants it
std::optional<Time> parse_iso8601_basic(std::string_view);
std::string date_only(Time time);  // 2026-11-21
// RFC 9110 section 5.6.7 (IMF-fixdate), as in the Date header.
std::string http_date(Time time);
std::optional<Time> parse_http_date(std::string_view);

// An age as kubectl renders it: "95s", "5m3s", "45m", "5h2m", "30h", "3d4h", "200d", "3y12d"
// (apimachinery util/duration HumanDuration). Negative durations give "<invalid>".
std::string human_duration(Duration duration);

}  // namespace certloop
