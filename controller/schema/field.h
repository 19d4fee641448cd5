#pragma once
// A kind's description as it was read from its CustomResourceDefinition: one Field per field. What
// typing, defaults, validation, comparison, merging and help are computed from. Built once, then
// only read: thread-safe.
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certloop::schema {

class Pattern;
class Rule;

struct Field {
  enum class Type { object, list, string, integer, number, boolean };
  // How lists are compared and merged (x-kubernetes-list-type): atomic as a whole, set by value,
  // map by the values of list_keys.
  enum class ListType { atomic, set, map };

  Type type = Type::object;
  std::string description;
  std::string format;                                   // date, date-time, byte, password, int64
  std::shared_ptr<const nlohmann::json> default_value;  // null: none

  std::vector<std::string> enumeration;  // of strings; empty: free
  std::string pattern_text;
  std::shared_ptr<const Pattern> pattern;
  std::optional<std::size_t> min_length, max_length;  // in characters
  std::optional<double> minimum, maximum;
  std::optional<std::size_t> min_items, max_items, min_properties, max_properties;

  ListType list_type = ListType::atomic;
  std::vector<std::string> list_keys;
  std::unique_ptr<Field> items;  // of a list

  std::map<std::string, Field, std::less<>> properties;  // of an object with fields
  std::unique_ptr<Field> values;                         // of a map: what each value is
  std::vector<std::string> required;
  bool keeps_unknown = false;  // x-kubernetes-preserve-unknown-fields

  std::vector<std::shared_ptr<const Rule>> rules;  // x-kubernetes-validations

  // The remedy, where the field, or one of its values, is described but does nothing yet.
  std::optional<std::string> not_built;
  std::map<std::string, std::string, std::less<>> not_built_values;

  // Whether values must not appear in messages.
  bool is_secret() const { return format == "password" || format == "byte"; }
  bool is_map() const { return values != nullptr; }
  // The field of this name, or what a map's values are; null if there is neither.
  const Field* child(std::string_view name) const;
};

// "object", "map[string]string", "[]string", "string", ...: as kubectl explain prints types.
std::string type_name(const Field& field);

// A column of listings (additionalPrinterColumns).
struct Column {
  std::string name;  // "Ready"
  std::string type;  // string, integer, number, boolean, date
  std::string format;
  std::string description;
  std::string path;  // JSONPath: .status.conditions[?(@.type=="Ready")].status
  int priority = 0;  // 0: always; else only when wide
};

}  // namespace certloop::schema
