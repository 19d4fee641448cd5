#include "schema/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "schema/node_reader.h"

namespace certloop::schema {
namespace {

using testing::HasSubstr;

// The tree in one line, with everything that a reader must get right.
std::string shown(const Node& node) {
  std::string out = node.key.empty() ? "" : node.key + "=";
  // The full reader places an item that is nothing at whatever comes next.
  if (node.type == Node::Type::null) return out + "null";
  out += "@" + std::to_string(node.line);
  if (node.type == Node::Type::scalar)
    return out + (node.quoted ? "'" + node.text + "'" : "<" + node.text + ">");
  out += node.type == Node::Type::map ? "{" : "[";
  for (const Node& item : node.items) out += shown(item) + " ";
  return out + (node.type == Node::Type::map ? "}" : "]");
}

std::string shown(const TextDocument& document) {
  std::string out = shown(document.root);
  for (const TextFault& fault : document.faults)
    out += " !" + std::to_string(fault.line) + fault.message;
  return out;
}

std::vector<std::string> read(std::string_view text) {
  std::vector<std::string> all;
  const auto fault =
      read_documents(text, [&](TextDocument document) { all.push_back(shown(document)); });
  if (fault) all.push_back("fault " + std::to_string(fault->line) + ": " + fault->message);
  return all;
}

// What the full reader makes of a text; "?" if it refuses it.
std::string by_full_reader(std::string_view text) {
  std::string out;
  const std::function<bool()> to_the_end;
  Progress progress(to_the_end);
  const auto fault = read_yaml(
      text, 1, [&](TextDocument document) { out += shown(document); }, progress);
  return fault ? "?" : out;
}

TEST(Node, KnowsTheLineOfEachValue) {
  EXPECT_THAT(
      read("a: 1\nb:\n  - c: 'x'\n    d:\n  - [e, {f: g}]\n"),
      testing::ElementsAre("@1{a=@1<1> b=@2[@3{c=@3'x' d=null } @5[@5<e> @5{f=@5<g> } ] ] }"));
}

TEST(Node, CountsLinesAcrossDocuments) {
  EXPECT_THAT(
      read("# one\na: 1\n---\nb: >\n  text\n  more\n---\n---\n# none\n---\nc: |\n  x\nc: y\n"),
      testing::ElementsAre("@2{a=@2<1> }", "@4{b=@4'text more\n' }",
                           "@11{c=@11'x\n' c=@13<y> } !13duplicate field 'c'; remove "
                           "one"));
}

TEST(Node, CountsLinesInJson) {
  EXPECT_THAT(read("{\"a\": [1,\n 2.50],\n\n \"b\": {\"c\": null,\n\"d\": \"x\\ny\"}}\n"),
              testing::ElementsAre("@1{a=@1[@1<1> @2<2.50> ] b=@4{c=null d=@5'x\ny' } }"));
}

TEST(Node, StaysWholeWhereDirectivesAndEndsSaySo) {
  EXPECT_THAT(read("%YAML 1.2\n---\na: b\n...\n---\nc: d\n"),
              testing::ElementsAre("@3{a=@3<b> }", "@6{c=@6<d> }"));
}

TEST(Node, TellsTheLineOfBrokenSyntaxInALaterDocument) {
  const auto all = read("a: b\n---\nc: [\n---\n");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_THAT(all[1], HasSubstr("broken YAML"));
  EXPECT_THAT(all[1], testing::StartsWith("fault 4"));
}

TEST(PlainReader, ReadsWhatPeopleWrite) {
  const std::string text =
      "---\n"
      "# a spec\n"
      "apiVersion: certloop.dev/v1alpha1\n"
      "kind: Certificate\n"
      "metadata:\n"
      "  name: shop\n"
      "  labels: {app.kubernetes.io/name: shop, tier: \"web front\"}\n"
      "\n"
      "spec:\n"
      "  additionalNames:\n"
      "  - www.example.com\n"
      "  - '*.example.com'\n"
      "  targets:\n"
      "    - accountRef: {name: prod}\n"
      "      regions: [us-east-1, eu-west-1]\n"
      "    -\n"
      "      accountRef:\n"
      "        name: dev\n"
      "      regions: []\n"
      "  exportTo:\n"
      "  owner: Alice (payments), on call\n"
      "  suspendedUntil: 2027-01-01T00:00:00Z\n"
      "  renewal: null\n";
  const auto plain = read_plain(text, 1);
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(shown(*plain), by_full_reader(text));
  EXPECT_THAT(shown(*plain), HasSubstr("owner=@21<Alice (payments), on call>"));
}

TEST(PlainReader, LeavesTheRestToTheFullReader) {
  for (const char* text : {"a: |\n  b\n",   "a: &x b\n",   "a: *x\n",
                           "a: !!str b\n",  "a: b # c\n",  "a: b\n  c\n",
                           "a: \"b\\n\"\n", "a: 'b''c'\n", "a: {b: c,\n  d: e}\n",
                           "a: [b\n",       "? a\n: b\n",  "a:\tb\n",
                           "a: b: c\n",     "a: b:\n",     "- a\nb: c\n",
                           "a: b\n c: d\n", "word\n",      "a: b\r\n",
                           "a: \xc3\xa9\n", "\"a\": b\n",  "a: {b:c}\n",
                           "a: [b, ]\n",    "a: [b c]\n",  "<<: a\n",
                           "a: -\n",        "a: - b\n",    "--- {a: b}\n"})
    EXPECT_FALSE(read_plain(text, 1).has_value()) << text;
}

// The two readers may differ in what they take, never in what they make of it.
TEST(PlainReader, AgreesWithTheFullReader) {
  const std::vector<std::string> words = {
      "a",    "b: ",   "c:",    "- ",   "-",     "\n",   "\n  ", "\n    ", "\n- ", "\n  - ", "x",
      "null", "'q r'", "\"s\"", "[",    "]",     "{",    "}",    ", ",     ",",    " ",      "1.5",
      ":",    "#",     "~",     "a/b:", "\n---", "\n\n", "a: b", "\nc: d", "k:",   "*",      "."};
  std::mt19937_64 random(20261121);
  int taken = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string text;
    for (auto left = random() % 14 + 1; left > 0; --left) text += words[random() % words.size()];
    if (text.find("\n---") != std::string::npos) continue;  // documents are cut before
    const auto plain = read_plain(text, 1);
    if (!plain) continue;
    ++taken;
    const std::string full = by_full_reader(text);
    const std::string mine = shown(*plain);
    // Of nothing, the full reader gives no document at all.
    if (plain->root.type == Node::Type::null && full.empty()) continue;
    ASSERT_EQ(mine, full) << "text: " << text;
  }
  EXPECT_GT(taken, 1000);
}

// A short text can stand for a long one: 4,000 aliases to 900 KB are 3.6 GB.
TEST(Node, BoundsWhatAliasesStandFor) {
  std::string text = "a: &a '" + std::string(900'000, 'x') + "'\nb:\n";
  for (int i = 0; i < 4'000; ++i) text += "- *a\n";
  const auto all = read(text);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_THAT(all[0], HasSubstr("fault 20: the aliases (*) of the document stand for more than"));
}

TEST(Node, BoundsAliasesThatAreKeys) {
  std::string text = "a: &a '" + std::string(900'000, 'x') + "'\nb:\n";
  for (int i = 0; i < 40; ++i) text += "- {*a : 1}\n";
  EXPECT_THAT(read(text).back(), HasSubstr("the aliases (*) of the document stand for more than"));
}

// What has an anchor is kept, and so is what has one inside it.
TEST(Node, BoundsAnchorsInsideOneAnother) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "&a" + std::to_string(i) + " [";
  text += "'" + std::string(900'000, 'x') + "'" + std::string(60, ']') + "\n";
  EXPECT_THAT(read(text).back(), HasSubstr("the aliases (*) of the document stand for more than"));
}

TEST(Node, TakesAliasesWithinReason) {
  EXPECT_THAT(read("a: &a x\nb: *a\n"), testing::ElementsAre("@1{a=@1<x> b=@2<x> }"));
}

// A password that begins with "!" or "*" and lacks its quotes.
TEST(Node, RepeatsNeitherTagsNorUnknownAliases) {
  for (const char* text : {"password: !hunter2 x\n", "password: *hunter2\n"}) {
    const auto all = read(text);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_THAT(all[0], HasSubstr("fault 1: "));
    EXPECT_THAT(all[0], testing::Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace certloop::schema
