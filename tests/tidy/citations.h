#pragma once
// Whether what a comment cites is there: the pages of controller/docs, their numbered sections,
// headings and steps.
//
//   PROTOCOLS 1              the section whose heading begins with that number
//   PROTOCOLS 1, step 4      an item of a numbered list in it
//   SECURITY, "At rest"      a heading, or bold words that begin a paragraph, of the page or of the
//   PROTOCOLS 0, "Gone"      section; the words that it begins with are enough
//   COMMANDS, run)           the same for one word, before a parenthesis or a colon
//   KINDS.md                 the page
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/rules.h"
#include "tests/tidy/source.h"

namespace certloop::tidy {

struct Page {
  struct Heading {
    int section = 0;
    std::string text;
  };
  std::string path;
  std::vector<Heading> headings;
  std::map<int, std::set<int>> steps;  // of the lists in each section; every section has an entry
};

using Pages = std::map<std::string, Page>;  // by the name that comments use: "PROTOCOLS"

Page parse_page(std::string_view markdown);
Pages pages_of(const std::vector<Source>& sources);

// citation: a page, section, step or heading that is not there. Comments are read, and pages but
// for their blocks of code. What looks like a citation (a word in capitals with ".md", a number or
// a quoted heading of several words behind it) must be one of a page that is there.
std::vector<Finding> check_citations(const Source& source, const Pages& pages);

}  // namespace certloop::tidy
