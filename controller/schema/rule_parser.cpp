#include <fmt/format.h>

#include <array>
#include <charconv>

#include "schema/rule_json.h"

namespace certloop::schema {
namespace {

using Op = Expression::Op;
using Tree = std::unique_ptr<Expression>;

struct Call {
  std::string_view name;
  std::size_t arguments;  // beside the object it is called on
};
constexpr std::array kCalls = {Call{"size", 0},      Call{"startsWith", 1}, Call{"endsWith", 1},
                               Call{"contains", 1},  Call{"matches", 1},    Call{"split", 1},
                               Call{"lowerAscii", 0}};
constexpr std::array<std::string_view, 3> kEach = {"filter", "all", "exists"};

// Recursive descent over CEL's grammar, loosest binding first. The first fault ends it.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Tree> parse() {
    Tree tree = either();
    skip_space();
    if (fault_.empty() && at_ < text_.size()) fail("something else");
    if (!fault_.empty())
      return Error(Code::internal,
                   fmt::format("cannot be evaluated here: {} at character {}", fault_, at_ + 1));
    return tree;
  }

 private:
  void fail(std::string_view what) {
    if (fault_.empty()) fault_ = what;
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool take(std::string_view token) {
    skip_space();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) fail(fmt::format("no {}", token));
  }
  static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  }
  std::string word() {
    skip_space();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    if (begin == at_) fail("no name");
    return std::string(text_.substr(begin, at_ - begin));
  }
  static Tree make(Op op, Tree first = nullptr, Tree second = nullptr) {
    Tree tree = std::make_unique<Expression>();
    tree->op = op;
    if (first) tree->arguments.push_back(std::move(first));
    if (second) tree->arguments.push_back(std::move(second));
    return tree;
  }

  Tree either() {
    Tree left = both();
    while (fault_.empty() && take("||")) left = make(Op::either, std::move(left), both());
    return left;
  }
  Tree both() {
    Tree left = compare();
    while (fault_.empty() && take("&&")) left = make(Op::both, std::move(left), compare());
    return left;
  }
  Tree compare() {
    Tree left = unary();
    for (const std::string_view op : {"==", "!=", "<=", ">=", "<", ">"})
      if (fault_.empty() && take(op)) {
        Tree tree = make(Op::compare, std::move(left), unary());
        tree->name = op;
        return tree;
      }
    if (fault_.empty() && take("in ")) return make(Op::contained, std::move(left), unary());
    return left;
  }
  Tree unary() {
    skip_space();
    if (text_.substr(at_, 2) != "!=" && take("!")) return make(Op::negate, unary());
    return postfix();
  }
  Tree postfix() {
    Tree tree = primary();
    while (fault_.empty()) {
      if (take("."))
        tree = member(std::move(tree));
      else if (take("[")) {
        tree = make(Op::index, std::move(tree), either());
        expect("]");
      } else {
        return tree;
      }
    }
    return tree;
  }
  Tree member(Tree object) {
    const std::string name = word();
    if (!take("(")) {
      Tree tree = make(Op::select, std::move(object));
      tree->name = name;
      return tree;
    }
    for (const std::string_view each : kEach)
      if (name == each) {
        Tree tree = make(Op::each, std::move(object));
        tree->name = name;
        tree->variable = word();
        expect(",");
        tree->arguments.push_back(either());
        expect(")");
        return tree;
      }
    return call(std::move(object), name);
  }
  Tree call(Tree object, const std::string& name) {
    Tree tree = make(Op::call, std::move(object));
    tree->name = name;
    if (!take(")")) {
      do tree->arguments.push_back(either());
      while (fault_.empty() && take(","));
      expect(")");
    }
    for (const Call& known : kCalls) {
      if (known.name != name || known.arguments + 1 != tree->arguments.size()) continue;
      if (name == "matches") compile_pattern(*tree);
      return tree;
    }
    fail(fmt::format("the call {}()", name));
    return tree;
  }
  void compile_pattern(Expression& call) {
    const Expression& argument = *call.arguments[1];
    if (argument.op != Op::literal || !argument.constant.is_string())
      return fail("a pattern that is no literal");
    auto pattern = Pattern::compile(argument.constant.get<std::string>());
    if (!pattern) return fail(pattern.error().message());
    call.pattern = std::move(*pattern);
  }
  Tree primary() {
    skip_space();
    if (take("(")) {
      Tree tree = either();
      expect(")");
      return tree;
    }
    if (take("[")) {
      Tree tree = make(Op::list);
      if (take("]")) return tree;
      do tree->arguments.push_back(either());
      while (fault_.empty() && take(","));
      expect("]");
      return tree;
    }
    const char next = at_ < text_.size() ? text_[at_] : '\0';
    if (next == '\'' || next == '"') return quoted(false);
    if (next == 'r' && at_ + 1 < text_.size() &&
        (text_[at_ + 1] == '\'' || text_[at_ + 1] == '"')) {
      ++at_;
      return quoted(true);
    }
    if ((next >= '0' && next <= '9') || next == '-') return number();
    return name();
  }
  Tree quoted(bool raw) {
    const char quote = text_[at_++];
    const auto end = text_.find(quote, at_);
    Tree tree = make(Op::literal);
    if (end == std::string_view::npos) {
      fail("no closing quote");
      return tree;
    }
    const std::string_view content = text_.substr(at_, end - at_);
    if (!raw && content.find('\\') != std::string_view::npos) fail("an escape in a literal");
    tree->constant = std::string(content);
    at_ = end + 1;
    return tree;
  }
  Tree number() {
    Tree tree = make(Op::literal);
    std::int64_t value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) fail("a number that cannot be read");
    at_ = static_cast<std::size_t>(end - text_.data());
    if (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.')) fail("a fraction");
    tree->constant = value;
    return tree;
  }
  Tree name() {
    const std::string found = word();
    if (found == "true" || found == "false") {
      Tree tree = make(Op::literal);
      tree->constant = found == "true";
      return tree;
    }
    if (take("(")) {
      Tree tree = either();
      expect(")");
      if (found != "has" || tree->op != Op::select) fail(fmt::format("the call {}()", found));
      tree->op = Op::has;
      return tree;
    }
    Tree tree = make(Op::variable);
    tree->name = found;
    return tree;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string fault_;
};

// A name that nothing binds would fail every time it is evaluated: it is refused at once.
std::string unbound_name(const Expression& expression, std::vector<std::string_view>& bound) {
  if (expression.op == Op::variable) {
    for (const std::string_view name : bound)
      if (name == expression.name) return {};
    return expression.name;
  }
  for (std::size_t i = 0; i < expression.arguments.size(); ++i) {
    const bool binds = expression.op == Op::each && i == 1;
    if (binds) bound.push_back(expression.variable);
    std::string unbound = unbound_name(*expression.arguments[i], bound);
    if (binds) bound.pop_back();
    if (!unbound.empty()) return unbound;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Expression>> parse_expression(std::string_view rule) {
  auto tree = TRY(Parser(rule).parse());
  std::vector<std::string_view> bound = {"self", "oldSelf"};
  const std::string unbound = unbound_name(*tree, bound);
  if (!unbound.empty())
    return Error(Code::internal, fmt::format("cannot be evaluated here: the name {}", unbound));
  return tree;
}

}  // namespace certloop::schema
