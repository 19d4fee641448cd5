#include "base/timestamp.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace certloop {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<const char*, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Calendar {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<Duration> clock;
  int year() const { return static_cast<int>(date.year()); }
  unsigned month() const { return static_cast<unsigned>(date.month()); }
  unsigned day() const { return static_cast<unsigned>(date.day()); }
};

Calendar calendar(Time time) {
  const auto day = std::chrono::floor<days>(time);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<Duration>(time - day)};
}

// Reads exactly `width` digits at `text`'s start and drops them.
std::optional<int> digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + width, value);
  if (error != std::errc() || end != text.data() + width || text[0] == '-') return std::nullopt;
  text.remove_prefix(width);
  return value;
}

bool skip(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Time> make_time(int year, int month, int day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

// "Z", "+02:00" or "-0530" at the end of an RFC 3339 time.
std::optional<Duration> zone_offset(std::string_view text) {
  if (text == "Z" || text == "z") return Duration{0};
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hour = digits(text, 2);
  skip(text, ':');
  const auto minute = digits(text, 2);
  if (!hour || !minute || !text.empty() || *hour > 23 || *minute > 59) return std::nullopt;
  return sign * Duration(hours(*hour) + minutes(*minute));
}

}  // namespace

std::string rfc3339(Time time) {
  const Calendar c = calendar(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year(), c.month(), c.day(),
                     c.clock.hours().count(), c.clock.minutes().count(), c.clock.seconds().count());
}

std::string rfc3339_millis(Time time) {
  const Calendar c = calendar(time);
  std::string text = rfc3339(time);
  text.pop_back();
  return text + fmt::format(".{:03}Z", c.clock.subseconds().count());
}

std::string iso8601_basic(Time time) {
  const Calendar c = calendar(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year(), c.month(), c.day(),
                     c.clock.hours().count(), c.clock.minutes().count(), c.clock.seconds().count());
}

std::string date_only(Time time) { return rfc3339(time).substr(0, 10); }

std::string http_date(Time time) {
  const Calendar c = calendar(time);
  const std::chrono::weekday weekday{std::chrono::floor<days>(time)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kWeekdays[weekday.c_encoding()],
                     c.day(), kMonths[c.month() - 1], c.year(), c.clock.hours().count(),
                     c.clock.minutes().count(), c.clock.seconds().count());
}

std::optional<Time> parse_rfc3339(std::string_view text) {
  const auto year = digits(text, 4);
  if (!year || !skip(text, '-')) return std::nullopt;
  const auto month = digits(text, 2);
  if (!month || !skip(text, '-')) return std::nullopt;
  const auto day = digits(text, 2);
  if (!day || text.empty() || (text[0] != 'T' && text[0] != 't' && text[0] != ' '))
    return std::nullopt;
  text.remove_prefix(1);
  const auto hour = digits(text, 2);
  if (!hour || !skip(text, ':')) return std::nullopt;
  const auto minute = digits(text, 2);
  if (!minute || !skip(text, ':')) return std::nullopt;
  const auto second = digits(text, 2);
  if (!second) return std::nullopt;
  Duration fraction{0};
  if (skip(text, '.')) {
    int unit = 100;
    std::size_t count = 0;
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++count) {
      fraction += Duration((text[0] - '0') * unit);
      unit /= 10;
    }
    if (count == 0) return std::nullopt;
  }
  const auto offset = zone_offset(text);
  const auto time = make_time(*year, *month, *day, *hour, *minute, *second);
  if (!offset || !time) return std::nullopt;
  return *time + fraction - *offset;
}

std::optional<Time> parse_iso8601_basic(std::string_view text) {
  const auto year = digits(text, 4);
  const auto month = digits(text, 2);
  const auto day = digits(text, 2);
  if (!year || !month || !day || !skip(text, 'T')) return std::nullopt;
  const auto hour = digits(text, 2);
  const auto minute = digits(text, 2);
  const auto second = digits(text, 2);
  if (!hour || !minute || !second || text != "Z") return std::nullopt;
  return make_time(*year, *month, *day, *hour, *minute, *second);
}

std::optional<Time> parse_http_date(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT")
    return std::nullopt;
  int month = 0;
  for (std::size_t i = 0; i < kMonths.size(); ++i)
    if (text.substr(8, 3) == kMonths[i]) month = static_cast<int>(i) + 1;
  std::string_view day_text = text.substr(5, 2), year_text = text.substr(12, 4);
  std::string_view clock = text.substr(17, 8);
  const auto day = digits(day_text, 2);
  const auto year = digits(year_text, 4);
  const auto hour = digits(clock, 2);
  if (month == 0 || !day || !year || !hour || !skip(clock, ':')) return std::nullopt;
  const auto minute = digits(clock, 2);
  if (!minute || !skip(clock, ':')) return std::nullopt;
  const auto second = digits(clock, 2);
  if (!second) return std::nullopt;
  return make_time(*year, month, *day, *hour, *minute, *second);
}

std::string human_duration(Duration duration) {
  constexpr std::int64_t kDaysAYear = 365;
  // Cut towards zero, as Go does: a clock that is a second behind is no error.
  const auto total = std::chrono::duration_cast<seconds>(duration).count();
  if (total < -1) return "<invalid>";
  if (total < 0) return "0s";
  if (total < 120) return fmt::format("{}s", total);
  const auto minute_count = total / 60;
  if (minute_count < 10) {
    const auto rest = total % 60;
    return rest == 0 ? fmt::format("{}m", minute_count) : fmt::format("{}m{}s", minute_count, rest);
  }
  if (minute_count < 180) return fmt::format("{}m", minute_count);
  const auto hour_count = total / 3600;
  if (hour_count < 8) {
    const auto rest = minute_count % 60;
    return rest == 0 ? fmt::format("{}h", hour_count) : fmt::format("{}h{}m", hour_count, rest);
  }
  if (hour_count < 48) return fmt::format("{}h", hour_count);
  const auto day_count = hour_count / 24;
  if (hour_count < 192) {
    const auto rest = hour_count % 24;
    return rest == 0 ? fmt::format("{}d", day_count) : fmt::format("{}d{}h", day_count, rest);
  }
  if (day_count < 2 * kDaysAYear) return fmt::format("{}d", day_count);
  const auto year_count = day_count / kDaysAYear;
  if (year_count < 8) {
    const auto rest = day_count % kDaysAYear;
    return rest == 0 ? fmt::format("{}y", year_count) : fmt::format("{}y{}d", year_count, rest);
  }
  return fmt::format("{}y", year_count);
}

}  // namespace certloop
