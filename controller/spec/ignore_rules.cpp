#include "spec/ignore_rules.h"

#include <fmt/format.h>

#include "base/text.h"

namespace certloop::spec {
namespace {

constexpr std::size_t kMostRules = 1000;
constexpr std::size_t kMostBytesInRule = 1000;

// Wildcard matching in at most pattern * text steps: only the last star is ever gone back to.
// `is_star` and `matches` look at one element of the pattern.
template <class Pattern, class Text, class IsStar, class Matches>
bool matches_all(const Pattern& pattern, const Text& text, const IsStar& is_star,
                 const Matches& matches) {
  std::size_t p = 0, t = 0, star = pattern.size(), resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && is_star(pattern[p])) {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && matches(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (star < pattern.size()) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && is_star(pattern[p])) ++p;
  return p == pattern.size();
}

bool name_matches(std::string_view pattern, std::string_view name) {
  return matches_all(
      pattern, name, [](char p) { return p == '*'; },
      [](char p, char c) { return p == '?' || p == c; });
}

}  // namespace

Result<IgnoreRules> IgnoreRules::parse(std::string_view text) {
  IgnoreRules out;
  int number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    std::string_view pattern = trim(line);
    if (pattern.empty() || pattern.starts_with('#')) continue;
    if (pattern.size() > kMostBytesInRule || out.rules_.size() == kMostRules)
      return Error(Code::invalid,
                   fmt::format("line {}: a pattern is longer than {} bytes, or there are more than "
                               "{}; shorten the file",
                               number, kMostBytesInRule, kMostRules));
    Rule rule;
    rule.takes_back = pattern.starts_with('!');
    if (rule.takes_back) pattern.remove_prefix(1);
    rule.only_directories = pattern.ends_with('/');
    if (rule.only_directories) pattern.remove_suffix(1);
    const bool from_top = pattern.find('/') != std::string_view::npos;
    if (pattern.starts_with('/')) pattern.remove_prefix(1);
    if (pattern.empty()) continue;
    if (!from_top) rule.names.emplace_back("**");
    for (std::string& name : split(pattern, '/')) rule.names.push_back(std::move(name));
    out.rules_.push_back(std::move(rule));
  }
  return out;
}

bool IgnoreRules::ignores(std::string_view path, bool is_directory) const {
  if (rules_.empty()) return false;
  const std::vector<std::string> names = split(path, '/');
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->only_directories && !is_directory) continue;
    const bool matched = matches_all(
        rule->names, names, [](const std::string& p) { return p == "**"; }, name_matches);
    if (matched) return !rule->takes_back;
  }
  return false;
}

}  // namespace certloop::spec
