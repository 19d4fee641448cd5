#include "schema/json_path.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

namespace certloop::schema {

Result<JsonPath::Step> JsonPath::bracket(std::string_view inside, const std::string& text) {
  Step step;
  if (inside.size() > 2 && inside.front() == '\'' && inside.back() == '\'') {
    step.name = inside.substr(1, inside.size() - 2);
    return step;
  }
  if (inside.starts_with("?(@.") && inside.ends_with("\")")) {
    const auto equals = inside.find("==\"");
    if (equals != std::string_view::npos) {
      step.kind = Step::Kind::filter;
      step.name = inside.substr(4, equals - 4);
      step.value = inside.substr(equals + 3, inside.size() - equals - 5);
      return step;
    }
  }
  step.kind = Step::Kind::index;
  const auto read = std::from_chars(inside.data(), inside.data() + inside.size(), step.index);
  if (inside.empty() || read.ptr != inside.data() + inside.size())
    return Error(Code::internal, fmt::format("the column path {} is not evaluated here", text));
  return step;
}

Result<JsonPath> JsonPath::compile(const std::string& text) {
  JsonPath path;
  std::string_view rest = text;
  while (!rest.empty()) {
    if (rest.front() == '.') {
      rest.remove_prefix(1);
      const auto end = rest.find_first_of(".[");
      Step step;
      step.name = rest.substr(0, end);
      if (step.name.empty()) break;
      path.steps_.push_back(std::move(step));
      rest.remove_prefix(std::min(end, rest.size()));
      if (rest.empty()) return path;
    } else if (rest.front() == '[') {
      const auto end = rest.find(']');
      if (end == std::string_view::npos) break;
      path.steps_.push_back(TRY(bracket(rest.substr(1, end - 1), text)));
      rest.remove_prefix(end + 1);
      if (rest.empty()) return path;
    } else {
      break;
    }
  }
  return Error(Code::internal, fmt::format("the column path '{}' is not evaluated here", text));
}

const nlohmann::json* JsonPath::find(const nlohmann::json& root) const {
  const nlohmann::json* at = &root;
  for (const Step& step : steps_) {
    const nlohmann::json* next = nullptr;
    if (step.kind == Step::Kind::member && at->is_object()) {
      const auto found = at->find(step.name);
      if (found != at->end()) next = &*found;
    } else if (step.kind == Step::Kind::index && at->is_array() && step.index < at->size()) {
      next = &(*at)[step.index];
    } else if (step.kind == Step::Kind::filter && at->is_array()) {
      for (const auto& item : *at)
        if (next == nullptr && item.is_object() && item.contains(step.name) &&
            item[step.name] == step.value)
          next = &item;
    }
    if (next == nullptr) return nullptr;
    at = next;
  }
  return at;
}

}  // namespace certloop::schema
