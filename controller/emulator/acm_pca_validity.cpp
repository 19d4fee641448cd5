#include "emulator/acm_pca_validity.h"

#include <fmt/format.h>

#include <chrono>

namespace certloop::emulator {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::months;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

// Far beyond any CA; keeps the calendar's arithmetic in range.
constexpr std::int64_t kMostYears = 8000;
constexpr std::int64_t kMostSeconds = 253402300799;  // 9999-12-31T23:59:59Z

AwsError invalid(std::string message) { return {"ValidationException", std::move(message)}; }

Answer<Time> from_digits(std::int64_t value) {
  const bool short_year = value < 1'000'000'000'000;
  std::int64_t rest = value;
  const auto take = [&rest](std::int64_t divisor) {
    const std::int64_t part = rest % divisor;
    rest /= divisor;
    return static_cast<unsigned>(part);
  };
  const unsigned second = take(100);
  const unsigned minute = take(100);
  const unsigned hour = take(100);
  const unsigned day = take(100);
  const unsigned month = take(100);
  const int year = static_cast<int>(short_year ? (rest < 50 ? 2000 + rest : 1900 + rest) : rest);
  const year_month_day date{std::chrono::year(year), std::chrono::month(month),
                            std::chrono::day(day)};
  if (!date.ok() || year > 9999 || hour > 23 || minute > 59 || second > 59) {
    return invalid(fmt::format("The validity end date {} is not a date.", value));
  }
  return Time(sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
              std::chrono::minutes(minute) + seconds(second));
}

Time plus_months(Time from, std::int64_t count) {
  const auto day = floor<days>(from);
  year_month_day date = year_month_day(day) + months(count);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return Time(sys_days(date).time_since_epoch() + (from - day));
}

}  // namespace

Answer<Time> end_of(const Validity& validity, Time now) {
  const Time start = floor<seconds>(now);
  Time end{};
  if (validity.type == "END_DATE") {
    const Answer<Time> date = from_digits(validity.value);
    if (!date.ok()) return date.error();
    end = date.value();
  } else if (validity.type == "ABSOLUTE") {
    if (validity.value > kMostSeconds) return invalid("The validity is too long.");
    end = Time(seconds(validity.value));
  } else {
    const std::int64_t most = validity.type == "DAYS"     ? kMostYears * 365
                              : validity.type == "MONTHS" ? kMostYears * 12
                                                          : kMostYears;
    if (validity.value > most) return invalid("The validity is too long.");
    if (validity.type == "DAYS") {
      end = start + days(validity.value);
    } else {
      end = plus_months(start, validity.type == "YEARS" ? validity.value * 12 : validity.value);
    }
  }
  if (end < start + seconds(1)) {
    return invalid("The certificate validity specified must be in the future.");
  }
  return end;
}

Answer<Time> beginning_of(const Validity* validity, Time now) {
  if (!validity) return Time(floor<seconds>(now) - std::chrono::minutes(60));
  if (validity->type != "ABSOLUTE") {
    return invalid("ValidityNotBefore must be specified with the type ABSOLUTE.");
  }
  if (validity->value > kMostSeconds) return invalid("The ValidityNotBefore is too late.");
  return Time(seconds(validity->value));
}

}  // namespace certloop::emulator
