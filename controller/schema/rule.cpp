#include "schema/rule.h"

#include <fmt/format.h>

#include "base/text.h"
#include "schema/rule_json.h"

namespace certloop::schema {
namespace {

bool mentions_old(const Expression& expression) {
  if (expression.op == Expression::Op::variable && expression.name == "oldSelf") return true;
  for (const auto& argument : expression.arguments)
    if (mentions_old(*argument)) return true;
  return false;
}

}  // namespace

Rule::Rule() = default;
Rule::~Rule() = default;

Result<std::shared_ptr<const Rule>> Rule::compile(const std::string& rule, std::string message,
                                                  std::string field_path) {
  auto expression = parse_expression(rule);
  if (!expression)
    return std::move(expression).error().during(fmt::format("the rule \"{}\"", rule));
  const auto half = message.find("; ");
  if (half == std::string::npos)
    return Error(Code::internal, fmt::format("the rule \"{}\": its message says no remedy", rule));
  std::shared_ptr<Rule> compiled(new Rule);
  compiled->needs_old_ = mentions_old(**expression);
  compiled->expression_ = std::move(*expression);
  compiled->wrong = message.substr(0, half);
  compiled->remedy = message.substr(half + 2);
  compiled->field_path = field_path.starts_with('.') ? field_path.substr(1) : field_path;
  return std::shared_ptr<const Rule>(std::move(compiled));
}

std::optional<bool> Rule::holds(const nlohmann::json& self, const nlohmann::json* old) const {
  Scope scope;
  scope.self = &self;
  scope.old = old;
  return evaluate(*expression_, scope);
}

}  // namespace certloop::schema
