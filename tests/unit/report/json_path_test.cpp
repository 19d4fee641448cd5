#include "report/json_path.h"

#include <gtest/gtest.h>

namespace certloop::report {
namespace {

constexpr const char* kList = R"({
  "kind": "List",
  "items": [
    {"metadata": {"name": "shop", "labels": {"app.io/team": "a"}}, "spec": {"days": 90},
     "status": {"conditions": [{"type": "Ready", "status": "True"},
                               {"type": "InSync", "status": "False"}]}},
    {"metadata": {"name": "blog"}, "spec": {"days": 30, "names": ["x", "y"]}}
  ]})";

struct Case {
  const char* path;
  const char* gives;
};

TEST(JsonPath, FillsInWhatKubectlDoes) {
  const Case cases[] = {
      {"{.kind}", "List"},
      {".kind", "List"},
      {"kind", "List"},
      {"{$.kind}", "List"},
      {"{.items[*].metadata.name}", "shop blog"},
      {"{.items[0].metadata.name}", "shop"},
      {"{.items[-1].metadata.name}", "blog"},
      {"{.items[0:1].metadata.name}", "shop"},
      {"{.items[0,1].spec.days}", "90 30"},
      {"{..name}", "shop blog"},
      {"{.items[0].metadata.labels['app.io/team']}", "a"},
      {"{.items[0].metadata.labels.app\\.io/team}", "a"},
      {R"({.items[*].status.conditions[?(@.type=="Ready")].status})", "True"},
      {"{.items[?(@.spec.days<60)].metadata.name}", "blog"},
      {"{.items[?(@.spec.days >= 30)].metadata.name}", "shop blog"},
      {"{.items[?(@.status)].metadata.name}", "shop"},
      {"{.items[?(@.metadata.name!='shop')].metadata.name}", "blog"},
      {"{.items[1].spec.names}", R"(["x","y"])"},
      {"{.missing}", ""},
      {"name: {.kind}!", "name: List!"},
      {R"({range .items[*]}{.metadata.name}{"\t"}{.spec.days}{"\n"}{end})", "shop\t90\nblog\t30\n"},
  };
  for (const Case& one : cases) {
    const auto path = JsonPath::parse(one.path);
    ASSERT_TRUE(path.ok()) << one.path << ": " << path.error().message();
    EXPECT_EQ(path->fill(kList), one.gives) << one.path;
  }
}

TEST(JsonPath, SaysWhereAnExpressionIsBroken) {
  for (const char* broken :
       {"{.a", "{.a[}", "{.a[?(@.b==)]}", "{range .a}x", "{end}", "{.a[x]}", "{.a['b]}", "{a b}"}) {
    const auto path = JsonPath::parse(broken);
    ASSERT_FALSE(path.ok()) << broken;
    EXPECT_EQ(path.error().code(), Code::invalid);
    EXPECT_NE(path.error().message().find("at character"), std::string::npos);
  }
}

TEST(JsonPath, GivesTheValuesOneByOne) {
  const auto path = JsonPath::parse("{.items[*].metadata.name}");
  ASSERT_TRUE(path.ok());
  EXPECT_EQ(path->values(kList), (std::vector<std::string>{"shop", "blog"}));
}

// A tag or a name from outside would otherwise move the cursor of whoever asks.
TEST(JsonPath, EscapesWhatATerminalWouldActUpon) {
  constexpr const char* kHostile =
      R"({"name": "a\u001b[2Jb\u202ec\u0007", "pem": "one\ntwo\tthree", "list": ["\u001b[1m"]})";
  const auto fill = [&](const char* path) { return JsonPath::parse(path).value().fill(kHostile); };
  EXPECT_EQ(fill("{.name}"), "a\\x1b[2Jb\\u{202e}c\\x07");
  EXPECT_EQ(fill("{.pem}"), "one\ntwo\tthree");
  EXPECT_EQ(fill("{.list}"), R"(["\u001b[1m"])");
  EXPECT_EQ(fill("{range .list[*]}{@}{\"\\n\"}{end}"), "\\x1b[1m\n");
}

}  // namespace
}  // namespace certloop::report
