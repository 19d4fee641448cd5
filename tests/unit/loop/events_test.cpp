#include "loop/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/faulty_store.h"
#include "tests/support/temporary_store.h"

namespace certloop::loop {
namespace {

using api::Key;
using api::Kind;
using nlohmann::json;

const Key kShop{Kind::certificate, "payments", "shop"};

class EventsTest : public testing::Test {
 protected:
  std::vector<json> events() {
    store::Selector all;
    all.kind = Kind::event;
    std::vector<json> bodies;
    const auto listing = real_->list(all);
    for (const api::Object& object : listing->objects)
      bodies.push_back(json::parse(object.body.text()));
    return bodies;
  }

  test::TemporaryStore real_;
  test::FaultyStore store_{*real_};
  std::vector<std::string> lines_;
  Log log_{real_.clock, [this](std::string_view line) { lines_.emplace_back(line); }};
  StoreEvents events_{store_, real_.clock, log_};
};

TEST_F(EventsTest, SayWhatHappenedToWhom) {
  events_.record(kShop, "uid-1", "Requested", "asked ACM for shop.example.com");
  ASSERT_EQ(events().size(), 1U);
  const json event = events()[0];
  EXPECT_EQ(event["involvedObject"]["kind"], "Certificate");
  EXPECT_EQ(event["involvedObject"]["namespace"], "payments");
  EXPECT_EQ(event["involvedObject"]["uid"], "uid-1");
  EXPECT_EQ(event["reason"], "Requested");
  EXPECT_EQ(event["type"], "Normal");
  EXPECT_EQ(event["message"], "asked ACM for shop.example.com");
  EXPECT_EQ(event["firstTimestamp"], "2026-11-21T00:00:00Z");
}

TEST_F(EventsTest, AreCountedNotRepeated) {
  for (int i = 0; i < 3; ++i) {
    events_.record(kShop, "uid-1", "IssueFailed", "CAA forbids it");
    real_.clock.advance(std::chrono::minutes(1));
  }
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0]["count"], 3);
  EXPECT_EQ(events()[0]["firstTimestamp"], "2026-11-21T00:00:00Z");
  EXPECT_EQ(events()[0]["lastTimestamp"], "2026-11-21T00:02:00Z");
  events_.record(kShop, "uid-1", "IssueFailed", "another reason");
  events_.record(kShop, "uid-2", "IssueFailed", "CAA forbids it");
  EXPECT_EQ(events().size(), 3U);
}

TEST_F(EventsTest, AreWrittenWhateverBytesAMessageHolds) {
  // A message that quotes what a service answered: no UTF-8, or cut in the middle of a character.
  events_.record(kShop, "uid-1", "Odd", "bytes \xff\xfe and \x1b[2J");
  std::string longest;
  while (longest.size() < 3000) longest += "x\xc3\xa9\xe6\x97\xa5";
  for (int shift = 0; shift < 6; ++shift)
    events_.record(kShop, "uid-1", "Long", std::string(shift, '.') + longest);
  EXPECT_EQ(events().size(), 7U);
  for (const json& event : events()) EXPECT_LE(event["message"].get<std::string>().size(), 1024U);
}

TEST_F(EventsTest, ThatCannotBeWrittenAreLostWithALine) {
  store_.before = [](const std::string&) -> Result<void> {
    return Error(Code::unavailable, "the disk is full");
  };
  events_.record(kShop, "uid-1", "Requested", "asked");
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_THAT(lines_[0], testing::HasSubstr("the disk is full"));
}

api::Conditions said(const std::string& type, api::Truth is, const std::string& reason) {
  api::Conditions conditions;
  api::set(conditions, {"Ready", api::Truth::no, reason, "because", 1, {}});
  api::set(conditions, {type, is, reason, "because", 1, {}});
  return conditions;
}

TEST_F(EventsTest, WarnOfWhatHasComeUpSinceOnce) {
  const auto good = said("Ready", api::Truth::yes, "Issued");
  for (const char* reason : {"AccessDenied", "AccessDeniedException", "ReferenceNotAllowed",
                             "NamesMismatch", "ReimportRefused", "IssueFailed", "InUse",
                             "ChangedBack", "ConnectionFailed", "SomethingNew"}) {
    const std::size_t before = events().size();
    const auto bad = said("Stalled", api::Truth::yes, reason);
    warn_of_trouble(events_, kShop, "uid-1", good, bad);
    warn_of_trouble(events_, kShop, "uid-1", bad, bad);
    ASSERT_EQ(events().size(), before + 1) << reason;
  }
  for (const json& event : events()) {
    EXPECT_EQ(event["type"], "Warning");
    EXPECT_EQ(event["count"], 1);
  }
}

TEST_F(EventsTest, WarnOfARenewalThatFailedWhileAllIsAtRest) {
  auto now = said("Ready", api::Truth::yes, "Issued");
  const auto before = now;
  api::set(now,
           {"RenewalAssured", api::Truth::no, "RenewalFailed", "ACM could not renew it", 1, {}});
  warn_of_trouble(events_, kShop, "uid-1", before, now);
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0]["message"], "ACM could not renew it");
}

TEST_F(EventsTest, DoNotWarnOfWhatIsUnderWay) {
  const auto good = said("Ready", api::Truth::yes, "Issued");
  for (const char* reason : {"Requesting", "PendingValidation", "ReadingAccount", "SpecChanged"})
    warn_of_trouble(events_, kShop, "uid-1", good, said("Reconciling", api::Truth::yes, reason));
  EXPECT_TRUE(events().empty());
}

}  // namespace
}  // namespace certloop::loop
