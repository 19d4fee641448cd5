#include "store/labels.h"

#include <gtest/gtest.h>

namespace certloop::store {
namespace {

struct Case {
  const char* selector;
  Labels labels;
  bool matches;
};

TEST(LabelSelector, MatchesAsKubernetesDoes) {
  const std::vector<Case> cases = {
      {"", {}, true},
      {"  ", {{"a", "b"}}, true},
      {"a=b", {{"a", "b"}}, true},
      {"a==b", {{"a", "b"}}, true},
      {"a=b", {{"a", "c"}}, false},
      {"a=b", {}, false},
      {"a=", {{"a", ""}}, true},
      {"a=", {}, false},
      {"a!=b", {{"a", "c"}}, true},
      {"a!=b", {}, true},
      {"a!=b", {{"a", "b"}}, false},
      {"a in (b,c)", {{"a", "c"}}, true},
      {"a in ( b , c )", {{"a", "b"}}, true},
      {"a in (b,c)", {{"a", "d"}}, false},
      {"a notin (b,c)", {{"a", "d"}}, true},
      {"a notin (b,c)", {}, true},
      {"a notin (b,c)", {{"a", "b"}}, false},
      {"a", {{"a", "x"}}, true},
      {"!a", {{"a", "x"}}, false},
      {"!a", {}, true},
      {" a = b , !c ", {{"a", "b"}}, true},
      {"app.kubernetes.io/name=x", {{"app.kubernetes.io/name", "x"}}, true},
      {"a>3", {{"a", "4"}}, true},
      {"a>3", {{"a", "3"}}, false},
      {"a<3", {{"a", "2"}}, true},
      {"a<3", {{"a", "two"}}, false},
      {"a<3", {}, false},
      {"in in (in)", {{"in", "in"}}, true},
      {"notin notin (x)", {{"notin", "y"}}, true},
  };
  for (const Case& c : cases) {
    const auto selector = LabelSelector::parse(c.selector);
    ASSERT_TRUE(selector.ok()) << c.selector << ": " << selector.error().message();
    EXPECT_EQ(selector->matches(c.labels), c.matches) << c.selector;
  }
}

TEST(LabelSelector, RefusesWhatItDoesNotUnderstand) {
  for (const char* text :
       {",",       "a,",      ",a",       "a b",   "a=b c", "a=b=c", "a in",    "a in b", "a in (",
        "a in (b", "a in ()", "a of (b)", "!",     "!a=b",  "=",     "a=!b",    "a===b",  "-a",
        "a-",      "a/b/c",   "/a",       "a=(b)", "a>x",   "a>",    "a=b;c=d", "a\n=b",  "a=b)"}) {
    const auto selector = LabelSelector::parse(text);
    ASSERT_FALSE(selector.ok()) << text;
    EXPECT_EQ(selector.error().code(), Code::invalid);
    EXPECT_NE(selector.error().message().find("label selector"), std::string::npos);
  }
}

TEST(LabelSelector, RefusesNamesAndValuesThatNoLabelCanHave) {
  EXPECT_TRUE(LabelSelector::parse(std::string(63, 'a') + "=b").ok());
  EXPECT_FALSE(LabelSelector::parse(std::string(64, 'a') + "=b").ok());
  EXPECT_FALSE(LabelSelector::parse("a=" + std::string(64, 'b')).ok());
}

}  // namespace
}  // namespace certloop::store
