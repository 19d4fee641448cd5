#include "base/timestamp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certloop {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Optional;

constexpr auto kYear = days(365);

Time at(std::int64_t unix_millis) { return Time(Duration(unix_millis)); }

TEST(Rfc3339, WritesSecondsAndMilliseconds) {
  EXPECT_EQ(rfc3339(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(at(1'795'226'584'005)), "2026-11-21T02:03:04Z");
  EXPECT_EQ(rfc3339_millis(at(1'795'226'584'005)), "2026-11-21T02:03:04.005Z");
  EXPECT_EQ(rfc3339(at(-1)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(rfc3339_millis(at(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(at(951'782'400'000)), "2000-02-29T00:00:00Z");
}

TEST(Rfc3339, ReadsTheExamplesOfItsSection5_8) {
  EXPECT_THAT(parse_rfc3339("1985-04-12T23:20:50.52Z"), Optional(at(482'196'050'520)));
  EXPECT_EQ(parse_rfc3339("1996-12-19T16:39:57-08:00"), parse_rfc3339("1996-12-20T00:39:57Z"));
  EXPECT_EQ(parse_rfc3339("1990-12-31T23:59:60Z"), parse_rfc3339("1991-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("1990-12-31T15:59:60-08:00"), parse_rfc3339("1991-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("1937-01-01T12:00:27.87+00:20"),
            parse_rfc3339("1937-01-01T11:40:27.87Z"));
}

TEST(Rfc3339, CutsFractionsToMilliseconds) {
  EXPECT_THAT(parse_rfc3339("1970-01-01T00:00:00.123456789Z"), Optional(at(123)));
  EXPECT_THAT(parse_rfc3339("1970-01-01T00:00:00.1Z"), Optional(at(100)));
}

TEST(Rfc3339, AcceptsLowerCaseLettersASpaceAndOffsetsWithoutAColon) {
  EXPECT_THAT(parse_rfc3339("1970-01-01t00:00:01z"), Optional(at(1000)));
  EXPECT_THAT(parse_rfc3339("1970-01-01 00:00:01Z"), Optional(at(1000)));
  EXPECT_THAT(parse_rfc3339("1970-01-01T01:00:01+0100"), Optional(at(1000)));
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* wrong : {"",
                            "2026",
                            "2026-11-21",
                            "2026-11-21T02:03",
                            "2026-11-21T02:03:04",
                            "2026-11-21T02:03:04.Z",
                            "2026-13-01T00:00:00Z",
                            "2026-02-29T00:00:00Z",
                            "2026-00-10T00:00:00Z",
                            "2026-01-01T24:00:00Z",
                            "2026-01-01T00:60:00Z",
                            "2026-01-01T00:00:61Z",
                            "2026-1-01T00:00:00Z",
                            "2026-01-01T00:00:00Zx",
                            "2026-01-01T00:00:00+24:00",
                            "2026-01-01T00:00:00+01:60",
                            "2026-01-01T00:00:00+1:00",
                            "-026-01-01T00:00:00Z",
                            "2026-01--1T00:00:00Z",
                            " 2026-01-01T00:00:00Z"})
    EXPECT_EQ(parse_rfc3339(wrong), std::nullopt) << wrong;
}

TEST(Rfc3339, ReadsBackWhatItWrote) {
  for (std::int64_t i = -5; i < 300; ++i) {
    const Time time = at(i * 86'400'000'123);
    EXPECT_THAT(parse_rfc3339(rfc3339_millis(time)), Optional(time));
  }
}

TEST(Iso8601Basic, IsWhatSignatureVersion4Wants) {
  // The time of AWS's published signing examples.
  const Time time = *parse_rfc3339("2015-08-30T12:36:00Z");
  EXPECT_EQ(iso8601_basic(time), "20150830T123600Z");
  EXPECT_THAT(parse_iso8601_basic("20150830T123600Z"), Optional(time));
  for (const char* wrong : {"", "20150830", "20150830T1236Z", "20150830T123600", "20151330T123600Z",
                            "2015-08-30T12:36:00Z", "20150830T123600Z0"})
    EXPECT_EQ(parse_iso8601_basic(wrong), std::nullopt) << wrong;
}

TEST(HttpDate, IsTheExampleOfRfc9110) {
  const Time time = *parse_rfc3339("1994-11-06T08:49:37Z");
  EXPECT_EQ(http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_THAT(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Optional(time));
  EXPECT_EQ(http_date(at(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
  for (const char* wrong : {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 8:49:37 GMT",
                            "Sun, 06 Foo 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                            "Sun, 31 Feb 1994 08:49:37 GMT"})
    EXPECT_EQ(parse_http_date(wrong), std::nullopt) << wrong;
}

TEST(DateOnly, IsTheDayInUtc) {
  EXPECT_EQ(date_only(*parse_rfc3339("2026-11-21T23:30:00-01:00")), "2026-11-22");
}

// The rows of apimachinery util/duration's own tests: what people read in AGE columns.
TEST(HumanDuration, IsThatOfKubectl) {
  struct Row {
    Duration age;
    const char* text;
  };
  const Duration ms = milliseconds(1);
  const Row rows[] = {
      {seconds(1), "1s"},
      {seconds(70), "70s"},
      {seconds(190), "3m10s"},
      {minutes(70), "70m"},
      {hours(47), "47h"},
      {hours(49), "2d1h"},
      {hours(8 * 24 + 2), "8d"},
      {hours(367 * 24), "367d"},
      {hours(365 * 2 * 24 + 25), "2y1d"},
      {hours(365 * 8 * 24 + 2), "8y"},
      {seconds(-2), "<invalid>"},
      {seconds(-2) + ms, "0s"},
      {seconds(0), "0s"},
      {seconds(1) - ms, "0s"},
      {minutes(2) - ms, "119s"},
      {minutes(2), "2m"},
      {minutes(2) + seconds(1), "2m1s"},
      {minutes(10) - ms, "9m59s"},
      {minutes(10), "10m"},
      {minutes(10) + seconds(1), "10m"},
      {hours(3) - ms, "179m"},
      {hours(3), "3h"},
      {hours(3) + minutes(1), "3h1m"},
      {hours(8) - ms, "7h59m"},
      {hours(8), "8h"},
      {hours(8) + minutes(59), "8h"},
      {days(2) - ms, "47h"},
      {days(2), "2d"},
      {days(2) + hours(1), "2d1h"},
      {days(8) - ms, "7d23h"},
      {days(8), "8d"},
      {days(8) + hours(23), "8d"},
      {2 * kYear - ms, "729d"},
      {2 * kYear, "2y"},
      {2 * kYear + days(1), "2y1d"},
      {8 * kYear - ms, "7y364d"},
      {8 * kYear, "8y"},
      {8 * kYear + days(364), "8y"},
      // And some between, as `kubectl get` shows them.
      {seconds(95), "95s"},
      {seconds(303), "5m3s"},
      {minutes(45), "45m"},
      {minutes(302), "5h2m"},
      {hours(30), "30h"},
      {hours(76), "3d4h"},
      {days(200), "200d"},
      {3 * kYear + days(12), "3y12d"},
  };
  for (const Row& row : rows) EXPECT_EQ(human_duration(row.age), row.text) << row.age.count();
}

}  // namespace
}  // namespace certloop
