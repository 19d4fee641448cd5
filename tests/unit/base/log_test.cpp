#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/timestamp.h"

namespace certloop {
namespace {

using testing::ElementsAre;

struct Lines {
  explicit Lines(Log::Format format, Level least = Level::info)
      : log(
            clock, [this](std::string_view line) { lines.emplace_back(line); }, format, least) {}
  SimClock clock{*parse_rfc3339("2026-11-21T02:03:04.005Z")};
  std::vector<std::string> lines;
  Log log;
};

TEST(Log, WritesOneLineOfText) {
  Lines out(Log::Format::text);
  out.log.info("issued", {{"object", "Certificate payments/shop"}, {"arn", "arn:aws:acm:x"}});
  EXPECT_THAT(out.lines, ElementsAre("2026-11-21T02:03:04.005Z info issued "
                                     "object=\"Certificate payments/shop\" arn=arn:aws:acm:x"));
}

TEST(Log, WritesOneLineOfJson) {
  Lines out(Log::Format::json);
  out.log.warning("said \"no\" \\ twice", {{"code", "denied"}});
  EXPECT_THAT(out.lines, ElementsAre(R"({"time":"2026-11-21T02:03:04.005Z","level":"warning",)"
                                     R"("message":"said \"no\" \\ twice","code":"denied"})"));
}

TEST(Log, LetsNoTextFromOutsideForgeALine) {
  const std::string evil = "x\n2026-11-21T02:03:04.005Z error forged\x1b[2J";
  Lines text(Log::Format::text);
  text.log.error(evil, {{"name", evil}, {"empty", ""}, {"assigns", "a=b"}});
  ASSERT_EQ(text.lines.size(), 1U);
  EXPECT_EQ(text.lines[0].find_first_of("\n\x1b"), std::string::npos);
  EXPECT_THAT(text.lines[0], testing::HasSubstr("empty=\"\" assigns=\"a=b\""));
  Lines json(Log::Format::json);
  json.log.error(evil, {{"name", "\"},{\"level\":\"info"}});
  ASSERT_EQ(json.lines.size(), 1U);
  EXPECT_THAT(json.lines[0], testing::HasSubstr(R"(x\\x0a2026)"));
  EXPECT_THAT(json.lines[0], testing::HasSubstr(R"("name":"\"},{\"level\":\"info")"));
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  Lines out(Log::Format::text, Level::warning);
  out.log.debug("a");
  out.log.info("b");
  out.log.warning("c");
  out.log.error("d");
  EXPECT_EQ(out.lines.size(), 2U);
}

TEST(Log, NoneDiscardsEverything) { Log::none().error("nobody hears this"); }

}  // namespace
}  // namespace certloop
