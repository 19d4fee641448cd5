#include "report/text_forms.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>

namespace certloop::report {
namespace {

using Json = nlohmann::json;

TEST(Yaml, LooksAsKubectlsDoes) {
  EXPECT_EQ(yaml_of(R"({"kind":"Certificate","spec":{"additionalNames":["a.example.com","*.b"],
                        "accountRef":{"name":"prod"},"exportable":true,"days":90,"tags":{},
                        "zones":[{"id":"Z1","ref":{"name":"dns"}},{"id":"Z2"}],"none":[]}})"),
            "kind: Certificate\n"
            "spec:\n"
            "  accountRef:\n"
            "    name: prod\n"
            "  additionalNames:\n"
            "  - a.example.com\n"
            "  - \"*.b\"\n"
            "  days: 90\n"
            "  exportable: true\n"
            "  none: []\n"
            "  tags: {}\n"
            "  zones:\n"
            "  - id: Z1\n"
            "    ref:\n"
            "      name: dns\n"
            "  - id: Z2\n");
}

// Every string must come back as that string, whatever YAML makes of words and numbers.
TEST(Yaml, ReadsBackAsTheSameStrings) {
  const std::vector<std::string> texts = {
      "",         "true",       "No",
      "null",     "~",          "123456789012",
      "1e3",      "0x1f",       "1.5",
      "-1",       "2026-11-21", "2026-11-21T02:03:04Z",
      "a: b",     "a #b",       "a#b",
      "- a",      "* a",        "&a",
      "!a",       "%a",         "@a",
      "`a",       "{a}",        "[a]",
      "a:",       ":a",         "a ",
      " a",       "a\tb",       "a\nb",
      "a\nb\n",   "a\nb\n\n",   "\na",
      "a\n\nb",   " a\nb",      "a\n  b\n",
      "a \nb",    "'a'",        "\"a\"",
      "a\\b",     "bücher",     "\u202e",
      "\x1b[31m", "\x7f",       "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
      "|",        ">",          "?",
      "? a",      "=",          "arn:aws:acm:us-east-1:123456789012:certificate/a",
      "<<",       "y",          "N",
      "off",      "...",        "---"};
  for (const std::string& text : texts) {
    const std::string yaml = yaml_of(Json{{"key", text}, {"list", {text, {{"k", text}}}}}.dump());
    const YAML::Node node = YAML::Load(yaml);
    EXPECT_EQ(node["key"].as<std::string>(), text) << yaml;
    EXPECT_EQ(node["list"][0].as<std::string>(), text) << yaml;
    EXPECT_EQ(node["list"][1]["k"].as<std::string>(), text) << yaml;
  }
}

TEST(Yaml, KeepsWhatATerminalWouldActUponEscaped) {
  for (const std::string& text : {yaml_of(R"({"a":"\u001b[31m\u202e\u009b"})"),
                                  indented_json(R"({"a":"\u001b[31m\u202e\u009b"})")}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    EXPECT_EQ(text.find("\u202e"), std::string::npos) << text;
    EXPECT_EQ(text.find("\u009b"), std::string::npos) << text;
  }
}

TEST(IndentedJson, IsStillTheSameDocument) {
  const std::string json = R"({"a":["\u202e\u009b\u007f\n","bücher"],"b":{"c":1}})";
  EXPECT_EQ(Json::parse(indented_json(json)), Json::parse(json));
}

}  // namespace
}  // namespace certloop::report
