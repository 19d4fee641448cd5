#include "tests/tidy/citations.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/text.h"

namespace certloop::tidy {
namespace {

constexpr std::string_view kFolder = "controller/docs/";
constexpr std::string_view kEnding = ".md";
constexpr std::size_t kShortestName = 5;  // PAGE, but neither RSA nor HTTP

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_capital(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) { return is_digit(c) || is_letter(c) || c == '_'; }

// The number that the text begins with; it is taken off. Not 3.25, which is a version.
std::optional<int> take_number(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits == 0 || digits > 3) return std::nullopt;
  const std::string_view rest = text.substr(digits);
  if (!rest.empty() && is_word(rest[0])) return std::nullopt;
  if (rest.size() > 1 && rest[0] == '.' && is_digit(rest[1])) return std::nullopt;
  const int number = std::stoi(std::string(text.substr(0, digits)));
  text = rest;
  return number;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// What of a file may cite: the comments of code, and the prose of pages. Other lines are empty.
std::string citing_text(const Source& source) {
  if (is_cpp(source)) return comments_of(source.text);
  const bool is_prose = source.path.ends_with(kEnding);
  bool is_code = false;
  std::string text;
  for (const std::string_view line : lines_of(source.text)) {
    const std::string_view words = trim(line);
    if (is_prose && words.starts_with("```")) is_code = !is_code;
    if (is_prose ? !is_code : words.starts_with('#')) text += line;
    text += '\n';
  }
  return text;
}

// A text in one line, and which line each character was in.
class Flat {
 public:
  explicit Flat(std::string_view text) {
    int number = 0;
    for (std::string_view line : lines_of(text)) {
      starts_.emplace_back(text_.size(), ++number);
      line = trim(line);
      while (take(line, "//") || take(line, "#")) {
      }
      text_ += trim(line);
      text_ += ' ';
    }
  }
  std::string_view text() const { return text_; }
  int line_at(std::size_t place) const {
    const auto after =
        std::upper_bound(starts_.begin(), starts_.end(), place,
                         [](auto at, const auto& start) { return at < start.first; });
    return std::prev(after)->second;
  }

 private:
  std::string text_;
  std::vector<std::pair<std::size_t, int>> starts_;
};

struct Citation {
  std::string page;
  std::optional<int> section, step;
  std::string heading;  // empty: none is named
  bool names_file = false;
  std::size_t place = 0;
};

// One word that stands for a heading: "run)" of "COMMANDS, run)".
std::string word_before_a_mark(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && is_letter(text[end])) ++end;
  const bool is_marked = end < text.size() && (text[end] == ')' || text[end] == ':');
  return is_marked ? std::string(text.substr(0, end)) : std::string();
}

// What stands behind the name of a page.
void read_rest(std::string_view rest, Citation& citation) {
  citation.names_file = take(rest, kEnding);
  std::string_view numbered = rest;
  if (take(numbered, " ")) {
    citation.section = take_number(numbered);
    if (citation.section) rest = numbered;
  }
  if (!take(rest, ", ")) return;
  if (take(rest, "step ")) {
    citation.step = take_number(rest);
  } else if (take(rest, "\"")) {
    citation.heading = rest.substr(0, rest.find('"'));
  } else {
    citation.heading = word_before_a_mark(rest);
  }
}

std::vector<Citation> citations_in(std::string_view text) {
  std::vector<Citation> found;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && (is_capital(text[end]) || (end > at && text[end] == '-'))) ++end;
    if (end == at) {
      ++at;
      continue;
    }
    const bool begins = at == 0 || !(is_word(text[at - 1]) || text[at - 1] == '/' ||
                                     text[at - 1] == '-' || text[at - 1] == '.');
    const bool ends = (end == text.size() || !is_word(text[end])) && text[end - 1] != '-';
    if (begins && ends && end - at >= kShortestName) {
      Citation citation;
      citation.page = text.substr(at, end - at);
      citation.place = at;
      read_rest(text.substr(end), citation);
      found.push_back(std::move(citation));
    }
    at = end;
  }
  return found;
}

std::string plain(std::string_view heading) {
  std::string text;
  for (const char c : heading)
    if (c != '*' && c != '`') text += c;
  while (!text.empty() && (text.back() == '.' || text.back() == ':' || text.back() == ','))
    text.pop_back();
  return lower(text);
}

bool has_heading(const Page& page, const Citation& citation) {
  const std::string wanted = plain(citation.heading);
  return std::any_of(page.headings.begin(), page.headings.end(), [&](const Page::Heading& each) {
    if (citation.section && each.section != *citation.section) return false;
    const std::string text = plain(each.text);
    return text.starts_with(wanted) &&
           (text.size() == wanted.size() || !is_word(text[wanted.size()]));
  });
}

// What is wrong with it; empty: nothing.
std::string fault_of(const Citation& citation, const Pages& pages) {
  const auto known = pages.find(citation.page);
  if (known == pages.end()) {
    const bool is_elsewhere = citation.page == "README" && citation.names_file;
    const bool is_citation =
        citation.names_file || citation.section ||
        (!citation.heading.empty() && citation.heading.find(' ') != std::string::npos);
    if (is_elsewhere || !is_citation) return "";
    return citation.page + ": there is no page " + std::string(kFolder) + lower(citation.page) +
           std::string(kEnding);
  }
  const Page& page = known->second;
  if (citation.section && !page.steps.contains(*citation.section))
    return page.path + " has no section " + std::to_string(*citation.section);
  if (citation.step &&
      (!citation.section || !page.steps.at(*citation.section).contains(*citation.step)))
    return page.path + " has no step " + std::to_string(*citation.step) + " in that section";
  if (!citation.heading.empty() && !has_heading(page, citation))
    return page.path + " has no heading \"" + citation.heading + '"' +
           (citation.section ? " in section " + std::to_string(*citation.section) : "");
  return "";
}

}  // namespace

Page parse_page(std::string_view markdown) {
  Page page;
  int section = -1;  // none yet, or one without a number
  bool is_code = false;
  for (std::string_view line : lines_of(markdown)) {
    if (line.starts_with("```")) is_code = !is_code;
    if (is_code) continue;
    if (take(line, "## ")) {
      section = -1;
      if (const auto number = take_number(line); number && take(line, ".")) {
        section = *number;
        page.steps[section];
      }
      page.headings.push_back({section, std::string(trim(line))});
    } else if (take(line, "### ")) {
      page.headings.push_back({section, std::string(trim(line))});
    } else {
      if (const auto number = take_number(line); number && take(line, ". "))
        page.steps[section].insert(*number);
      take(line, "- ");
      if (take(line, "**") && line.find("**") != std::string_view::npos)
        page.headings.push_back({section, std::string(line.substr(0, line.find("**")))});
    }
  }
  return page;
}

Pages pages_of(const std::vector<Source>& sources) {
  Pages pages;
  for (const Source& source : sources) {
    std::string_view name = source.path;
    if (!take(name, kFolder) || !name.ends_with(kEnding)) continue;
    name.remove_suffix(kEnding.size());
    std::string capitals;
    for (const char c : name)
      capitals += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    Page page = parse_page(source.text);
    page.path = source.path;
    pages.emplace(std::move(capitals), std::move(page));
  }
  return pages;
}

std::vector<Finding> check_citations(const Source& source, const Pages& pages) {
  const Flat flat(citing_text(source));
  std::vector<Finding> findings;
  for (const Citation& citation : citations_in(flat.text()))
    if (const std::string fault = fault_of(citation, pages); !fault.empty())
      findings.push_back({"citation", source.path, flat.line_at(citation.place), fault});
  return findings;
}

}  // namespace certloop::tidy
