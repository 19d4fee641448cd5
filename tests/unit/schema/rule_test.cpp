#include "schema/rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace certloop::schema {
namespace {

using Json = nlohmann::json;

struct Row {
  const char* rule;
  const char* self;
  std::optional<bool> holds;
};

std::optional<bool> holds(const std::string& rule, const Json& self, const Json* old = nullptr) {
  const auto compiled = Rule::compile(rule, "is wrong; mend it", "");
  EXPECT_TRUE(compiled.ok()) << compiled.error().message();
  return (*compiled)->holds(self, old);
}

// As the language definition of CEL has it (github.com/google/cel-spec, "Evaluation").
TEST(Rule, EvaluatesAsCelDoes) {
  const std::vector<Row> rows = {
      {"true", "{}", true},
      {"!true || 1 == 1", "{}", true},
      {"has(self.a)", R"({"a": null})", true},
      {"has(self.a)", "{}", false},
      {"has(self.a.b)", "{}", std::nullopt},
      {"self.a == 'x'", R"({"a": "x"})", true},
      {"self.a != 'x'", R"({"a": "x"})", false},
      {"self.a == 'x'", "{}", std::nullopt},
      {"has(self.a) && self.a == 'x'", "{}", false},
      {"self.a == 'x' || true", "{}", true},
      {"true || self.a == 'x'", "{}", true},
      {"self.a == 'x' && false", "{}", false},
      {"self.a == 'x' && true", "{}", std::nullopt},
      {"!(self.a == 'x')", "{}", std::nullopt},
      {"self.n >= 3 && self.n < 5", R"({"n": 4})", true},
      {"self.n > -1", R"({"n": 0})", true},
      {"self.n <= 'a'", R"({"n": 0})", std::nullopt},
      {"self.a in ['x', 'y']", R"({"a": "y"})", true},
      {"self.a in ['x', 'y']", R"({"a": "z"})", false},
      {"'k' in self", R"({"k": 1})", true},
      {"'k' in self", "{}", false},
      {"[has(self.a), has(self.b)].filter(x, x).size() == 1", R"({"a": 1})", true},
      {"[has(self.a), has(self.b)].filter(x, x).size() == 1", R"({"a": 1, "b": 1})", false},
      {"self.l.all(x, x > 0)", R"({"l": [1, 2]})", true},
      {"self.l.all(x, x > 0)", R"({"l": [1, 0]})", false},
      {"self.l.all(x, x > 0)", R"({"l": ["a", 0]})", false},
      {"self.l.all(x, x > 0)", R"({"l": ["a", 1]})", std::nullopt},
      {"self.l.all(x, x > 0)", R"({"l": []})", true},
      {"self.l.exists(x, x == 2)", R"({"l": [1, 2]})", true},
      {"self.l.exists(x, x == 2)", R"({"l": []})", false},
      {"self.all(k, k.startsWith('a'))", R"({"ab": 1, "ac": 2})", true},
      {"self.all(k, k.startsWith('a'))", R"({"ab": 1, "b": 2})", false},
      {"self.l[1] == 2", R"({"l": [1, 2]})", true},
      {"self.l[2] == 2", R"({"l": [1, 2]})", std::nullopt},
      {"self['a/b'] == 2", R"({"a/b": 2})", true},
      {"self.a.split(':')[3] == 'eu'", R"({"a": "arn:aws:acm:eu:1"})", true},
      {"self.a.size() == 2", R"({"a": "ää"})", true},
      {"self.size() == 2", R"({"a": 1, "b": 1})", true},
      {"self.a.matches(r'^[\\w]+$') || self.a.matches('^x')", R"({"a": "x y"})", true},
      {"self.a.endsWith('b') && self.a.contains('.')", R"({"a": "a.b"})", true},
      {"self.a.lowerAscii() == 'ab'", R"({"a": "AB"})", true},
      {"self.a == self.b", R"({"a": {"x": [1]}, "b": {"x": [1]}})", true},
      {"self.a", R"({"a": 1})", std::nullopt},
  };
  for (const Row& row : rows)
    EXPECT_EQ(holds(row.rule, Json::parse(row.self)), row.holds) << row.rule << " on " << row.self;
}

TEST(Rule, ComparesWithWhatStoodThereBefore) {
  const Json self = {{"region", "eu"}}, same = {{"region", "eu"}}, other = {{"region", "us"}};
  EXPECT_EQ(holds("self.region == oldSelf.region", self, &same), true);
  EXPECT_EQ(holds("self.region == oldSelf.region", self, &other), false);
  EXPECT_TRUE(Rule::compile("self == oldSelf", "is wrong; mend it", "").value()->needs_old());
  EXPECT_FALSE(Rule::compile("has(self.a)", "is wrong; mend it", "").value()->needs_old());
}

TEST(Rule, RefusesEveryFormThatItCannotEvaluate) {
  for (const char* rule :
       {"self.a ? true : false", "self.a + 1 == 2", "self.a.trim() == ''", "size(self) == 1",
        "self.map(x, x).size() == 1", "self.a == 1.5", "self.a == 'b\\'c'", "unknown == 1",
        "self.all(x, y)", "has(self)", "(true", "self.a ==", "", "self.a.matches(self.b)",
        "self.a.matches('[')", "true true", "[1, 2", "'open"}) {
    const auto compiled = Rule::compile(rule, "is wrong; mend it", "");
    EXPECT_FALSE(compiled.ok()) << rule;
    if (!compiled.ok()) {
      EXPECT_EQ(compiled.error().code(), Code::internal);
    }
  }
}

TEST(Rule, DemandsAMessageThatSaysWhatToDo) {
  EXPECT_FALSE(Rule::compile("true", "is wrong", "").ok());
  const auto rule = Rule::compile("true", "is wrong; mend it; quickly", ".a.b").value();
  EXPECT_EQ(rule->wrong, "is wrong");
  EXPECT_EQ(rule->remedy, "mend it; quickly");
  EXPECT_EQ(rule->field_path, "a.b");
}

}  // namespace
}  // namespace certloop::schema
