#pragma once
// Private to this folder: a rule as a tree, how it is read and how it is evaluated.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "schema/pattern.h"

namespace certloop::schema {

struct Expression {
  enum class Op {
    literal,
    variable,  // self, oldSelf, or one that filter, all or exists binds
    select,    // arguments[0].name
    index,     // arguments[0][arguments[1]]
    has,       // has(arguments[0].name)
    negate,
    both,
    either,
    compare,  // name is == != < <= > >=
    contained,
    list,
    call,  // arguments[0].name(arguments[1]...)
    each   // arguments[0].name(variable, arguments[1]): filter, all, exists
  };

  Op op = Op::literal;
  std::string name;
  std::string variable;     // of each
  nlohmann::json constant;  // of literal
  std::shared_ptr<const Pattern> pattern;
  std::vector<std::unique_ptr<Expression>> arguments;
};

// Error: internal, naming the place at which the rule stops being readable.
Result<std::unique_ptr<Expression>> parse_expression(std::string_view rule);

// The variables in sight. Bindings live as long as the evaluation.
struct Scope {
  const nlohmann::json* self = nullptr;
  const nlohmann::json* old = nullptr;
  std::vector<std::pair<std::string_view, const nlohmann::json*>> bound;

  const nlohmann::json* find(std::string_view name) const;
};

// True or false; nothing where CEL has an error (a missing field, a type that does not fit).
std::optional<bool> evaluate(const Expression& expression, Scope& scope);

}  // namespace certloop::schema
