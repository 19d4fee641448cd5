#include "emulator/acm_pca_validity.h"

#include <gtest/gtest.h>

#include "base/timestamp.h"

namespace certloop::emulator {
namespace {

const Time kNow = *parse_rfc3339("2026-01-31T12:30:45.678Z");

std::string end(const std::string& type, std::int64_t value) {
  const Answer<Time> time = end_of({type, value}, kNow);
  return time.ok() ? rfc3339_millis(time.value()) : time.error().code;
}

TEST(PcaValidity, CountsFromNowInWholeSeconds) {
  EXPECT_EQ(end("DAYS", 1), "2026-02-01T12:30:45.000Z");
  EXPECT_EQ(end("MONTHS", 1), "2026-02-28T12:30:45.000Z");
  EXPECT_EQ(end("MONTHS", 2), "2026-03-31T12:30:45.000Z");
  EXPECT_EQ(end("YEARS", 10), "2036-01-31T12:30:45.000Z");
}

TEST(PcaValidity, ReadsDates) {
  EXPECT_EQ(end("END_DATE", 20301231235959), "2030-12-31T23:59:59.000Z");
  EXPECT_EQ(end("END_DATE", 301231235959), "2030-12-31T23:59:59.000Z");
  EXPECT_EQ(end("ABSOLUTE", 1900000000), "2030-03-17T17:46:40.000Z");
}

TEST(PcaValidity, RefusesWhatIsNoDateAndWhatIsPast) {
  EXPECT_EQ(end("END_DATE", 20300230000000), "ValidationException");
  EXPECT_EQ(end("END_DATE", 20301231240000), "ValidationException");
  EXPECT_EQ(end("END_DATE", 991231235959), "ValidationException");  // 1999
  EXPECT_EQ(end("ABSOLUTE", 1), "ValidationException");
  EXPECT_EQ(end("YEARS", INT64_MAX), "ValidationException");
  EXPECT_EQ(end("DAYS", INT64_MAX), "ValidationException");
}

TEST(PcaValidity, BeginsAnHourAgoUnlessToldOtherwise) {
  EXPECT_EQ(rfc3339_millis(beginning_of(nullptr, kNow).value()), "2026-01-31T11:30:45.000Z");
  const Validity absolute{"ABSOLUTE", 1900000000};
  EXPECT_EQ(rfc3339_millis(beginning_of(&absolute, kNow).value()), "2030-03-17T17:46:40.000Z");
  const Validity days{"DAYS", 1};
  EXPECT_FALSE(beginning_of(&days, kNow).ok());
}

}  // namespace
}  // namespace certloop::emulator
