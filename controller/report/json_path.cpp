#include "report/json_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/foreign.h"

namespace certloop::report {
namespace {

using Json = nlohmann::json;
using Values = std::vector<const Json*>;

struct Step;
using Path = std::vector<Step>;

// One side of a filter's comparison: a path from the element, or a literal.
struct Operand {
  std::optional<Json> literal;
  std::shared_ptr<Path> path;
};

struct Filter {
  Operand left;
  std::string compare;  // empty: existence
  Operand right;
};

struct Step {
  enum class Type { field, any, index, slice, filter, descend };
  Type type = Type::field;
  std::vector<std::string> names;  // field: any of these
  std::vector<long> indexes;       // index
  std::optional<long> from, to;    // slice
  Filter filter;
};

}  // namespace

struct JsonPath::Node {
  enum class Type { text, path, range };
  Type type = Type::text;
  std::string text;
  Path path;
  std::vector<Node> inside;  // of a range; of the root
};

namespace {

// Recursive descent over the template. Errors are kept and reported once, by parse().
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<JsonPath::Node> run() {
    JsonPath::Node root;
    root.type = JsonPath::Node::Type::range;
    nodes(root.inside, false);
    if (!fault_.empty())
      return Error(Code::invalid, fmt::format("jsonpath: at character {}: {}", fault_at_, fault_));
    return root;
  }

 private:
  bool at_end() const { return at_ >= text_.size() || !fault_.empty(); }
  bool starts(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  bool take(std::string_view word) {
    if (!starts(word)) return false;
    at_ += word.size();
    return true;
  }
  void expect(std::string_view word) {
    if (!take(word)) fail(fmt::format("'{}' is expected here", word));
  }
  void fail(std::string what) {
    if (fault_.empty()) fault_ = std::move(what), fault_at_ = at_ + 1;
  }
  void spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  void nodes(std::vector<JsonPath::Node>& out, bool in_range) {
    while (!at_end()) {
      if (text_[at_] != '{') {
        const std::size_t to = std::min(text_.find('{', at_), text_.size());
        out.push_back(
            {JsonPath::Node::Type::text, std::string(text_.substr(at_, to - at_)), {}, {}});
        at_ = to;
        continue;
      }
      ++at_;
      spaces();
      if (take("end")) {
        spaces();
        expect("}");
        if (!in_range) fail("'{end}' closes no '{range}'");
        return;
      }
      out.push_back(braces());
    }
    if (in_range) fail("'{range}' lacks its '{end}'");
  }

  JsonPath::Node braces() {
    JsonPath::Node node;
    if (starts("\"") || starts("'")) {
      node.text = quoted();
    } else if (take("range ")) {
      node.type = JsonPath::Node::Type::range;
      spaces();
      node.path = path();
      spaces();
      expect("}");
      nodes(node.inside, true);
      return node;
    } else {
      node.type = JsonPath::Node::Type::path;
      node.path = path();
    }
    spaces();
    expect("}");
    return node;
  }

  std::string quoted() {
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != quote) {
      char c = text_[at_++];
      if (c == '\\' && at_ < text_.size()) {
        c = text_[at_++];
        if (c == 'n') c = '\n';
        if (c == 't') c = '\t';
        if (c == 'r') c = '\r';
      }
      out += c;
    }
    expect(std::string_view(&quote, 1));
    return out;
  }

  static bool ends_a_name(char c) {
    return std::string_view(".[]{}()=!<> ,\"'?@$").find(c) != std::string_view::npos;
  }

  std::string name() {
    std::string out;
    while (at_ < text_.size() && !ends_a_name(text_[at_])) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;  // \. stands for a dot in a name
      out += text_[at_++];
    }
    return out;
  }

  Path path() {
    Path out;
    if (!take("$")) take("@");
    while (!at_end()) {
      if (take("..")) {
        out.push_back({Step::Type::descend, {}, {}, {}, {}, {}});
        if (!starts("[")) field(out);
      } else if (take(".")) {
        if (!starts("[") && !starts("}") && !starts(" ")) field(out);
      } else if (take("[")) {
        bracket(out);
      } else if (out.empty() && !ends_a_name(text_[at_])) {
        field(out);
      } else {
        break;
      }
    }
    return out;
  }

  void field(Path& out) {
    if (take("*")) {
      out.push_back({Step::Type::any, {}, {}, {}, {}, {}});
      return;
    }
    const std::string word = name();
    if (word.empty()) return fail("a field's name is expected here");
    out.push_back({Step::Type::field, {word}, {}, {}, {}, {}});
  }

  void bracket(Path& out) {
    Step step;
    if (take("*")) {
      step.type = Step::Type::any;
    } else if (take("?(")) {
      step.type = Step::Type::filter;
      step.filter = filter();
      expect(")");
    } else if (starts("'") || starts("\"")) {
      do {
        spaces();
        if (!starts("'") && !starts("\"")) return fail("a quoted name is expected here");
        step.names.push_back(quoted());
      } while (take(","));
    } else {
      numbers(step);
    }
    expect("]");
    out.push_back(std::move(step));
  }

  std::optional<long> number() {
    long value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) return std::nullopt;
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  void numbers(Step& step) {
    const std::optional<long> first = number();
    if (take(":")) {
      step.type = Step::Type::slice;
      step.from = first;
      step.to = number();
      return;
    }
    step.type = Step::Type::index;
    if (!first) return fail("a number, '*', a quoted name or '?(' is expected here");
    step.indexes.push_back(*first);
    while (take(",")) {
      const std::optional<long> next = number();
      if (!next) return fail("a number is expected here");
      step.indexes.push_back(*next);
    }
  }

  Operand operand() {
    spaces();
    Operand out;
    if (starts("\"") || starts("'")) {
      out.literal = quoted();
    } else if (starts("@") || starts("$") || starts(".")) {
      out.path = std::make_shared<Path>(path());
    } else {
      const std::string word = literal_word();
      if (word == "true" || word == "false")
        out.literal = word == "true";
      else if (Json parsed = Json::parse(word, nullptr, false); parsed.is_number())
        out.literal = std::move(parsed);
      else
        fail("'@', a quoted string, a number, true or false is expected here");
    }
    spaces();
    return out;
  }

  std::string literal_word() {
    std::string out;
    while (at_ < text_.size() && (text_[at_] == '.' || !ends_a_name(text_[at_])))
      out += text_[at_++];
    return out;
  }

  Filter filter() {
    Filter out;
    out.left = operand();
    for (const char* compare : {"==", "!=", "<=", ">=", "<", ">"})
      if (take(compare)) {
        out.compare = compare;
        out.right = operand();
        break;
      }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string fault_;
  std::size_t fault_at_ = 0;
};

void walk(const Path& path, std::size_t from, const Json& value, Values& out);

void each_below(const Json& value, const Path& path, std::size_t next, Values& out) {
  walk(path, next, value, out);
  if (value.is_structured())
    for (const Json& child : value) each_below(child, path, next, out);
}

// The operand's value for this element; null if there is none.
const Json* value_of(const Operand& operand, const Json& element) {
  if (operand.literal) return &*operand.literal;
  Values found;
  if (operand.path) walk(*operand.path, 0, element, found);
  return found.empty() ? nullptr : found.front();
}

bool holds(const Filter& filter, const Json& element) {
  const Json* left = value_of(filter.left, element);
  if (filter.compare.empty()) return left != nullptr;
  const Json* right = value_of(filter.right, element);
  if (left == nullptr || right == nullptr) return false;
  if (filter.compare == "==") return *left == *right;
  if (filter.compare == "!=") return *left != *right;
  if (left->is_number() != right->is_number()) return false;
  if (filter.compare == "<") return *left < *right;
  if (filter.compare == "<=") return *left <= *right;
  if (filter.compare == ">") return *left > *right;
  return *left >= *right;
}

long clamped(long index, long size) {
  return std::clamp(index < 0 ? index + size : index, 0L, size);
}

void walk(const Path& path, std::size_t from, const Json& value, Values& out) {
  if (from == path.size()) {
    out.push_back(&value);
    return;
  }
  const Step& step = path[from];
  const long size = value.is_array() ? static_cast<long>(value.size()) : 0;
  switch (step.type) {
    case Step::Type::field:
      for (const std::string& name : step.names)
        if (value.is_object())
          if (const auto found = value.find(name); found != value.end())
            walk(path, from + 1, *found, out);
      break;
    case Step::Type::any:
      if (value.is_structured())
        for (const Json& child : value) walk(path, from + 1, child, out);
      break;
    case Step::Type::index:
      for (const long index : step.indexes) {
        const long at = index < 0 ? index + size : index;
        if (at >= 0 && at < size) walk(path, from + 1, value[static_cast<std::size_t>(at)], out);
      }
      break;
    case Step::Type::slice: {
      const long last = clamped(step.to.value_or(size), size);
      for (long at = clamped(step.from.value_or(0), size); at < last; ++at)
        walk(path, from + 1, value[static_cast<std::size_t>(at)], out);
      break;
    }
    case Step::Type::filter:
      if (value.is_structured())
        for (const Json& child : value)
          if (holds(step.filter, child)) walk(path, from + 1, child, out);
      break;
    case Step::Type::descend: each_below(value, path, from + 1, out); break;
  }
}

std::string shown(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  // JSON has escapes of its own for what a terminal would act upon.
  return printable_lines(text) == text
             ? text
             : value.dump(-1, ' ', true, Json::error_handler_t::replace);
}

void fill_node(const JsonPath::Node& node, const Json& element, std::string& out) {
  using Type = JsonPath::Node::Type;
  if (node.type == Type::text) {
    out += node.text;
    return;
  }
  Values found;
  walk(node.path, 0, element, found);
  if (node.type == Type::path) {
    for (std::size_t i = 0; i < found.size(); ++i)
      out += (i > 0 ? " " : "") + printable_lines(shown(*found[i]));
    return;
  }
  for (const Json* each : found)
    for (const JsonPath::Node& inner : node.inside) fill_node(inner, *each, out);
}

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
  std::string whole(text);
  if (whole.find('{') == std::string::npos) whole = '{' + whole + '}';
  Node root = TRY(Parser(whole).run());
  return JsonPath(std::make_shared<const Node>(std::move(root)));
}

std::string JsonPath::fill(std::string_view json) const {
  std::string out;
  fill_node(*root_, Json::parse(json), out);
  return out;
}

std::vector<std::string> JsonPath::values(std::string_view json) const {
  std::vector<std::string> out;
  const Json document = Json::parse(json);
  for (const Node& node : root_->inside) {
    if (node.type != Node::Type::path) continue;
    Values found;
    walk(node.path, 0, document, found);
    for (const Json* value : found) out.push_back(shown(*value));
    break;
  }
  return out;
}

}  // namespace certloop::report
