#include "tests/tidy/citations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certloop::tidy {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

const Pages kPages = pages_of({
    source("controller/docs/orders.md",
           "# Orders\n"
           "\n"
           "## 0. Evidence\n"
           "**Gone** is believed late.\n"
           "- **Evidence ages.** So it is dated.\n"
           "## 1. Exactly once\n"
           "1. **Claim.** First.\n"
           "2. **Send** once.\n"
           "### run\n"
           "## Not built yet\n"),
    source("controller/docs/thing.txt", "## 7. Not a page\n"),
});

auto says(const std::string& what) { return Field(&Finding::what, HasSubstr(what)); }

std::vector<Finding> at(const std::string& text) {
  return check_citations(source("controller/x/y.cpp", text), kPages);
}

TEST(Pages, AreThoseOfTheFolderWithTheirSectionsHeadingsAndSteps) {
  ASSERT_EQ(kPages.size(), 1u);
  const Page& page = kPages.at("ORDERS");
  EXPECT_EQ(page.path, "controller/docs/orders.md");
  EXPECT_EQ(page.steps, (std::map<int, std::set<int>>{{0, {}}, {1, {1, 2}}}));
  std::vector<std::string> headings;
  for (const auto& each : page.headings)
    headings.push_back(std::to_string(each.section) + ' ' + each.text);
  EXPECT_THAT(headings, ElementsAre("0 Evidence", "0 Gone", "0 Evidence ages.", "1 Exactly once",
                                    "1 Claim.", "1 Send", "1 run", "-1 Not built yet"));
}

TEST(Pages, HaveNoHeadingsInWhatIsCode) {
  EXPECT_THAT(parse_page("```\n## 1. A comment\n```\n").headings, IsEmpty());
}

TEST(Citations, ThatResolveAreLeftAlone) {
  for (const char* text :
       {"// (ORDERS 0).", "f();  // ORDERS 1: once.", "// ORDERS, the page", "// See ORDERS.md.",
        "// (ORDERS 1, step 2)", "// ORDERS, \"Exactly once\"", "// (ORDERS 0, \"Gone\").",
        "// ORDERS 0, \"Evidence\"", "// ORDERS, \"evidence ages\": so", "// (ORDERS, run)",
        "// by ORDERS'\n", "/* ORDERS 1,\n   step 1 */"})
    EXPECT_THAT(at(text), IsEmpty()) << text;
}

TEST(Citations, GoOnInTheNextLineOfAComment) {
  EXPECT_THAT(at("// (ORDERS 0, \"Evidence\n  // ages\")"), IsEmpty());
  EXPECT_THAT(at("\n// (ORDERS 0, \"Evidence\n// shrinks\")"),
              ElementsAre(AllOf(says("no heading \"Evidence shrinks\" in section 0"),
                                Field(&Finding::line, 2))));
}

TEST(Citations, OfAPageThatIsNotThereAreFound) {
  EXPECT_THAT(at("\n\nf();  // RUMOURS 37\n"),
              ElementsAre(AllOf(says("RUMOURS: there is no page controller/docs/rumours.md"),
                                Field(&Finding::rule, "citation"), Field(&Finding::line, 3))));
  EXPECT_THAT(at("// see SOME-FACTS.md section 9"), ElementsAre(says("some-facts.md")));
  EXPECT_THAT(at("// RUMOURS, \"What they say\""), ElementsAre(says("RUMOURS")));
}

TEST(Citations, OfASectionThatIsNotThereAreFound) {
  EXPECT_THAT(at("// (ORDERS 2)"), ElementsAre(says("controller/docs/orders.md has no section 2")));
}

TEST(Citations, OfAStepThatIsNotThereAreFound) {
  EXPECT_THAT(at("// ORDERS 1, step 3: late"), ElementsAre(says("no step 3")));
  EXPECT_THAT(at("// ORDERS, step 1"), ElementsAre(says("no step 1")));
}

TEST(Citations, OfAHeadingThatIsNotThereAreFound) {
  EXPECT_THAT(at("// ORDERS, \"At rest\""), ElementsAre(says("no heading \"At rest\"")));
  EXPECT_THAT(at("// ORDERS 1, \"Gone\""), ElementsAre(says("in section 1")));
  EXPECT_THAT(at("// ORDERS, \"Evid\""), ElementsAre(says("no heading")));
  EXPECT_THAT(at("// (ORDERS, walk)"), ElementsAre(says("no heading \"walk\"")));
}

TEST(Citations, AreToldFromOtherWordsInCapitals) {
  for (const char* text :
       {"// EXPIRED, and so on", "// PENDING_VALIDATION 3", "// RSA 2048", "// VERSION 3.25",
        "// controller/README.md", "// README.md", "// REVOKED, \"final\"", "// RUMOURS of old"})
    EXPECT_THAT(at(text), IsEmpty()) << text;
}

TEST(Citations, AreReadInCommentsAndPages) {
  const auto in = [](const char* path, const char* text) {
    return check_citations(source(path, text), kPages);
  };
  EXPECT_THAT(at("f(\"RUMOURS 37\");\n"), IsEmpty());
  EXPECT_THAT(in("CMakeLists.txt", "f(TIMEOUT 90)\n  # RUMOURS 37\n"),
              ElementsAre(AllOf(says("RUMOURS"), Field(&Finding::line, 2))));
  EXPECT_THAT(in("tests/cli/x.txt", "STEP   BECAUSE\n1      Missing\n"), IsEmpty());
  EXPECT_THAT(in("README.md", "```\nBECAUSE 1\n```\na RUMOURS.md b\n"),
              ElementsAre(AllOf(says("RUMOURS"), Field(&Finding::line, 4))));
}

TEST(Comments, AreWhatIsLeftOfTheText) {
  EXPECT_EQ(comments_of("a(); // rand()\nb();"), "     // rand()\n    ");
  EXPECT_EQ(comments_of("f(\"// no\"); /* x\ny */"), "            /* x\ny */");
}

}  // namespace
}  // namespace certloop::tidy
