#include "base/text.h"
#include "schema/rule_json.h"

namespace certloop::schema {
namespace {

using Json = nlohmann::json;
using Op = Expression::Op;

// A value, where it stands or made on the way. Neither: an error.
struct Value {
  const Json* at = nullptr;
  std::optional<Json> made;

  explicit operator bool() const { return at != nullptr || made.has_value(); }
  const Json& operator*() const { return at != nullptr ? *at : *made; }
};
Value value_at(const Json& json) { return {&json, std::nullopt}; }
Value value_of(Json json) { return {nullptr, std::move(json)}; }
Value value_of(std::optional<bool> truth) { return truth ? value_of(Json(*truth)) : Value{}; }
const Value kFailed{};

Value evaluate_value(const Expression& expression, Scope& scope);

std::size_t characters_in(const std::string& text) {
  std::size_t count = 0;
  for (const char c : text)
    if ((c & 0xc0) != 0x80) ++count;
  return count;
}

const Json* member(const Expression& select, Scope& scope, Value& object) {
  object = evaluate_value(*select.arguments[0], scope);
  if (!object || !(*object).is_object()) return nullptr;
  const auto found = (*object).find(select.name);
  return found == (*object).end() ? nullptr : &*found;
}

Value index(const Expression& expression, Scope& scope) {
  const Value list = evaluate_value(*expression.arguments[0], scope);
  const Value place = evaluate_value(*expression.arguments[1], scope);
  if (!list || !place) return kFailed;
  if ((*list).is_object() && (*place).is_string()) {
    const auto found = (*list).find((*place).get_ref<const std::string&>());
    return found == (*list).end() ? kFailed : value_of(Json(*found));
  }
  if (!(*list).is_array() || !(*place).is_number_integer()) return kFailed;
  const auto at = (*place).get<std::int64_t>();
  if (at < 0 || at >= static_cast<std::int64_t>((*list).size())) return kFailed;
  return value_of(Json((*list)[static_cast<std::size_t>(at)]));
}

std::optional<bool> compare(const Expression& expression, Scope& scope) {
  const Value left = evaluate_value(*expression.arguments[0], scope);
  const Value right = evaluate_value(*expression.arguments[1], scope);
  if (!left || !right) return std::nullopt;
  if (expression.name == "==") return *left == *right;
  if (expression.name == "!=") return *left != *right;
  const bool numbers = (*left).is_number() && (*right).is_number();
  if (!numbers && !((*left).is_string() && (*right).is_string())) return std::nullopt;
  if (expression.name == "<") return *left < *right;
  if (expression.name == "<=") return *left <= *right;
  if (expression.name == ">") return *left > *right;
  return *left >= *right;
}

std::optional<bool> contained(const Expression& expression, Scope& scope) {
  const Value wanted = evaluate_value(*expression.arguments[0], scope);
  const Value in = evaluate_value(*expression.arguments[1], scope);
  if (!wanted || !in) return std::nullopt;
  if ((*in).is_object())
    return (*wanted).is_string() && (*in).contains((*wanted).get_ref<const std::string&>());
  if (!(*in).is_array()) return std::nullopt;
  for (const Json& item : *in)
    if (item == *wanted) return true;
  return false;
}

Value split_text(const std::string& text, const std::string& separator) {
  if (separator.size() != 1) return kFailed;
  return value_of(Json(split(text, separator.front())));
}

Value call(const Expression& expression, Scope& scope) {
  const Value object = evaluate_value(*expression.arguments[0], scope);
  if (!object) return kFailed;
  const std::string& name = expression.name;
  if (name == "size" && !(*object).is_string())
    return (*object).is_structured() ? value_of(Json(static_cast<std::int64_t>((*object).size())))
                                     : kFailed;
  if (!(*object).is_string()) return kFailed;
  const auto& text = (*object).get_ref<const std::string&>();
  if (name == "size") return value_of(Json(static_cast<std::int64_t>(characters_in(text))));
  if (name == "lowerAscii") return value_of(Json(lower(text)));
  if (name == "matches") return value_of(Json(expression.pattern->matches(text)));
  const Value argument = evaluate_value(*expression.arguments[1], scope);
  if (!argument || !(*argument).is_string()) return kFailed;
  const auto& other = (*argument).get_ref<const std::string&>();
  if (name == "split") return split_text(text, other);
  if (name == "startsWith") return value_of(Json(text.starts_with(other)));
  if (name == "endsWith") return value_of(Json(text.ends_with(other)));
  return value_of(Json(text.find(other) != std::string::npos));
}

// Lists by item, maps by key. As CEL has it, one answer that decides outweighs errors elsewhere.
Value each(const Expression& expression, Scope& scope) {
  const Value object = evaluate_value(*expression.arguments[0], scope);
  if (!object || !(*object).is_structured()) return kFailed;
  Json kept = Json::array();
  bool failed = false;
  const auto visit = [&](const Json& item) {
    scope.bound.emplace_back(expression.variable, &item);
    const std::optional<bool> truth = evaluate(*expression.arguments[1], scope);
    scope.bound.pop_back();
    if (!truth) failed = true;
    return truth;
  };
  const bool all = expression.name == "all", filter = expression.name == "filter";
  const auto decided = [&](const Json& item) {
    const std::optional<bool> truth = visit(item);
    if (filter && truth.value_or(false)) kept.push_back(item);
    return !filter && truth && *truth != all;
  };
  if ((*object).is_object()) {
    for (const auto& entry : (*object).items())
      if (decided(Json(entry.key()))) return value_of(Json(!all));
  } else {
    for (const Json& item : *object)
      if (decided(item)) return value_of(Json(!all));
  }
  if (failed) return kFailed;
  return filter ? value_of(std::move(kept)) : value_of(Json(all));
}

Value list(const Expression& expression, Scope& scope) {
  Json items = Json::array();
  for (const auto& argument : expression.arguments) {
    const Value item = evaluate_value(*argument, scope);
    if (!item) return kFailed;
    items.push_back(*item);
  }
  return value_of(std::move(items));
}

Value evaluate_value(const Expression& expression, Scope& scope) {
  switch (expression.op) {
    case Op::literal: return value_at(expression.constant);
    case Op::variable: {
      const Json* found = scope.find(expression.name);
      return found == nullptr ? kFailed : value_at(*found);
    }
    case Op::select: {
      Value object;
      const Json* found = member(expression, scope, object);
      if (found == nullptr) return kFailed;
      return object.made ? value_of(Json(*found)) : value_at(*found);
    }
    case Op::index: return index(expression, scope);
    case Op::list: return list(expression, scope);
    case Op::call: return call(expression, scope);
    case Op::each: return each(expression, scope);
    default: return value_of(evaluate(expression, scope));
  }
}

// An error on one side gives way to an answer that decides on the other.
std::optional<bool> junction(const Expression& expression, Scope& scope, bool decides) {
  const std::optional<bool> left = evaluate(*expression.arguments[0], scope);
  if (left == decides) return decides;
  const std::optional<bool> right = evaluate(*expression.arguments[1], scope);
  if (right == decides) return decides;
  if (!left || !right) return std::nullopt;
  return !decides;
}

}  // namespace

const Json* Scope::find(std::string_view name) const {
  for (auto it = bound.rbegin(); it != bound.rend(); ++it)
    if (it->first == name) return it->second;
  return name == "self" ? self : name == "oldSelf" ? old : nullptr;
}

std::optional<bool> evaluate(const Expression& expression, Scope& scope) {
  switch (expression.op) {
    case Op::has: {
      Value object = evaluate_value(*expression.arguments[0], scope);
      if (!object || !(*object).is_object()) return std::nullopt;
      return (*object).contains(expression.name);
    }
    case Op::negate: {
      const std::optional<bool> truth = evaluate(*expression.arguments[0], scope);
      return truth ? std::optional<bool>(!*truth) : std::nullopt;
    }
    case Op::both: return junction(expression, scope, false);
    case Op::either: return junction(expression, scope, true);
    case Op::compare: return compare(expression, scope);
    case Op::contained: return contained(expression, scope);
    default: {
      const Value value = evaluate_value(expression, scope);
      if (!value || !(*value).is_boolean()) return std::nullopt;
      return (*value).get<bool>();
    }
  }
}

}  // namespace certloop::schema
