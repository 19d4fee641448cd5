#pragma once
// As much of JSON Schema (2020-12) as the published schemas use: enough to say that a document does
// not fit, and where. Unknown keywords fail, so that a schema cannot promise what is not checked.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

#include "base/timestamp.h"

namespace certloop::test {

using Json = nlohmann::json;

class JsonSchema {
 public:
  explicit JsonSchema(Json schema) : root_(std::move(schema)) {}

  // Empty: valid. Else the first thing that is wrong.
  std::string check(const Json& value) const { return check(root_, value, "$"); }

 private:
  static bool is(const std::string& type, const Json& value) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "boolean") return value.is_boolean();
    return type == "null" && value.is_null();
  }

  static bool fits_type(const Json& type, const Json& value) {
    if (type.is_string()) return is(type, value);
    for (const Json& one : type)
      if (is(one, value)) return true;
    return false;
  }

  std::string check_object(const Json& schema, const Json& value, const std::string& at) const {
    for (const Json& name : schema.value("required", Json::array()))
      if (!value.contains(name.get<std::string>())) return at + " lacks " + name.get<std::string>();
    for (const auto& [name, child] : value.items()) {
      const Json properties = schema.value("properties", Json::object());
      const Json more = schema.value("additionalProperties", Json(true));
      if (!properties.contains(name) && more == false) return at + " has an unknown " + name;
      const Json& rule = properties.contains(name) ? properties[name] : more;
      if (!rule.is_object()) continue;
      if (std::string fault = check(rule, child, at + "." + name); !fault.empty()) return fault;
    }
    return "";
  }

  std::string check(const Json& schema, const Json& value, const std::string& at) const {
    static const std::set<std::string> kKnown = {
        "$schema",  "$id",         "$defs",   "$ref",
        "title",    "description", "type",    "properties",
        "required", "items",       "const",   "enum",
        "minimum",  "format",      "pattern", "additionalProperties"};
    for (const auto& [keyword, ignored] : schema.items())
      if (!kKnown.contains(keyword)) return "the schema uses " + keyword + ", which is not checked";
    if (schema.contains("$ref"))
      return check(root_.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1))), value,
                   at);
    if (schema.contains("type") && !fits_type(schema["type"], value))
      return fmt::format("{} is {}, not {}", at, value.dump(), schema["type"].dump());
    if (schema.contains("const") && schema["const"] != value) return at + " has another value";
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
      return fmt::format("{}: {} is none of the values", at, value.dump());
    if (schema.contains("minimum") && value < schema["minimum"]) return at + " is too small";
    if (value.is_string() && schema.contains("format") && !parse_rfc3339(value.get<std::string>()))
      return at + " is no date-time";
    if (value.is_string() && schema.contains("pattern") &&
        !std::regex_search(value.get<std::string>(),
                           std::regex(schema["pattern"].get<std::string>())))
      return at + " does not match";
    if (value.is_object()) return check_object(schema, value, at);
    if (value.is_array() && schema.contains("items"))
      for (std::size_t i = 0; i < value.size(); ++i)
        if (std::string fault = check(schema["items"], value[i], fmt::format("{}[{}]", at, i));
            !fault.empty())
          return fault;
    return "";
  }

  Json root_;
};

}  // namespace certloop::test
