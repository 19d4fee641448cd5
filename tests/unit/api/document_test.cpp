#include "api/document.h"

#include <gtest/gtest.h>

#include <string>

namespace certloop::api {
namespace {

TEST(Document, PutsKeysInOrderAndDropsWhiteSpace) {
  const auto document = Document::parse(" {\"b\": [1, 2],\n \"a\": {\"d\": null, \"c\": true}} ");
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(document->text(), R"({"a":{"c":true,"d":null},"b":[1,2]})");
}

TEST(Document, RefusesAKeyThatStandsTwice) {
  const auto document = Document::parse(R"({"spec": {"region": "a", "region": "b"}})");
  ASSERT_FALSE(document.ok());
  EXPECT_EQ(document.error().code(), Code::invalid);
  EXPECT_NE(document.error().message().find("duplicate key 'region'"), std::string::npos);
}

TEST(Document, AllowsTheSameKeyInTwoObjects) {
  EXPECT_TRUE(Document::parse(R"({"a": {"x": 1}, "b": {"x": 1}, "x": [{"x": 1}, {"x": 2}]})").ok());
}

TEST(Document, RefusesNestingBeyond64Levels) {
  const auto nested = [](int levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_TRUE(Document::parse(nested(64)).ok());
  const auto deeper = Document::parse(nested(65));
  ASSERT_FALSE(deeper.ok());
  EXPECT_NE(deeper.error().message().find("deeper than 64"), std::string::npos);
  EXPECT_FALSE(Document::parse(nested(100000)).ok());
}

TEST(Document, RefusesWhatIsNoJsonWithoutQuotingIt) {
  for (const char* text : {"", "{", "{\"hunter2\": }", "nul", "{} {}", "\"\xff\""}) {
    const auto document = Document::parse(text);
    ASSERT_FALSE(document.ok()) << text;
    EXPECT_EQ(document.error().code(), Code::invalid);
    EXPECT_EQ(document.error().message().find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace certloop::api
