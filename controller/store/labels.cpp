#include "store/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/text.h"

namespace certloop::store {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// At most 63 of [A-Za-z0-9._-], alphanumeric at both ends.
bool is_label_word(std::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  if (!is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_label_key(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return is_label_word(key);
  const std::string_view prefix = key.substr(0, slash);
  return is_label_word(key.substr(slash + 1)) && !prefix.empty() && prefix.size() <= 253 &&
         std::all_of(prefix.begin(), prefix.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

class LabelSelector::Parser {
 public:
  explicit Parser(std::string_view text) : whole_(text), rest_(text) {}

  Result<std::vector<Requirement>> all() {
    std::vector<Requirement> found;
    if (trim(whole_).empty()) return found;
    for (;;) {
      found.push_back(TRY(requirement()));
      skip_space();
      if (rest_.empty()) return found;
      if (!skip(",")) return wrong(fmt::format("\"{}\" is not expected", rest_));
    }
  }

 private:
  Error wrong(std::string_view what) const {
    return Error(Code::invalid, fmt::format("label selector \"{}\": {}; write for example "
                                            "\"team=shop,stage in (test,prod),!legacy\"",
                                            printable(whole_), printable(what)));
  }
  void skip_space() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
      rest_.remove_prefix(1);
  }
  bool skip(std::string_view token) {
    skip_space();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  std::string word() {
    skip_space();
    const auto end = std::min(rest_.find_first_of(" \t,()=!<>"), rest_.size());
    std::string found(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return found;
  }
  Result<std::string> key() {
    const std::string found = word();
    if (!is_label_key(found)) return wrong(fmt::format("\"{}\" is no label name", found));
    return found;
  }
  Result<std::string> value() {
    const std::string found = word();
    if (!found.empty() && !is_label_word(found))
      return wrong(fmt::format("\"{}\" is no label value", found));
    return found;
  }

  Result<Requirement> requirement() {
    Requirement made;
    if (skip("!")) {
      made.key = TRY(key());
      made.op = Operator::absent;
      return made;
    }
    made.key = TRY(key());
    skip_space();
    if (rest_.empty() || rest_.front() == ',') return made;
    if (skip("!=")) return one(std::move(made), Operator::not_in);
    if (skip("==") || skip("=")) return one(std::move(made), Operator::in);
    if (skip(">")) return bounded(std::move(made), Operator::greater);
    if (skip("<")) return bounded(std::move(made), Operator::less);
    const std::string op = word();
    if (op == "in") return several(std::move(made), Operator::in);
    if (op == "notin") return several(std::move(made), Operator::not_in);
    return wrong(
        fmt::format("\"{}\" after \"{}\" is no operator", op.empty() ? rest_ : op, made.key));
  }

  Result<Requirement> one(Requirement made, Operator op) {
    made.op = op;
    made.values.push_back(TRY(value()));
    return made;
  }

  Result<Requirement> bounded(Requirement made, Operator op) {
    made.op = op;
    const std::string text = word();
    const auto number = whole_number(text);
    if (!number) return wrong(fmt::format("\"{}\" is no whole number", text));
    made.bound = *number;
    return made;
  }

  Result<Requirement> several(Requirement made, Operator op) {
    made.op = op;
    if (!skip("(")) return wrong("a list in parentheses is missing");
    do {
      made.values.push_back(TRY(value()));
    } while (skip(","));
    if (!skip(")")) return wrong("a closing parenthesis is missing");
    if (made.values.size() == 1 && made.values[0].empty()) return wrong("the list is empty");
    return made;
  }

  std::string_view whole_, rest_;
};

Result<LabelSelector> LabelSelector::parse(std::string_view text) {
  LabelSelector selector;
  selector.requirements_ = TRY(Parser(text).all());
  return selector;
}

bool LabelSelector::matches(const Labels& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const Requirement& r) { return matches(r, labels); });
}

bool LabelSelector::matches(const Requirement& requirement, const Labels& labels) {
  const auto found = labels.find(requirement.key);
  const bool present = found != labels.end();
  const auto is_listed = [&] {
    return present &&
           std::count(requirement.values.begin(), requirement.values.end(), found->second) > 0;
  };
  const auto number = present ? whole_number(found->second) : std::nullopt;
  switch (requirement.op) {
    case Operator::in: return is_listed();
    case Operator::not_in: return !is_listed();
    case Operator::exists: return present;
    case Operator::absent: return !present;
    case Operator::greater: return number && *number > requirement.bound;
    case Operator::less: return number && *number < requirement.bound;
  }
  return false;
}

}  // namespace certloop::store
