#include "schema/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace certloop::schema {
namespace {

using Json = nlohmann::json;

// YAML 1.2's spellings only: yes, no, on and off are words.
std::optional<bool> boolean_in(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

// Decimal only: 010, 0x10 and 0o10 mean different things to different readers of YAML.
bool has_leading_zero(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e' && text[1] != 'E';
}

std::optional<std::int64_t> integer_in(std::string_view text) {
  if (has_leading_zero(text)) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

std::optional<double> number_in(std::string_view text) {
  const bool starts_well = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
  if (!starts_well || has_leading_zero(text)) return std::nullopt;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

// Where no schema says what a plain scalar is: as YAML's core schema has it.
Json guessed_scalar(const Node& node) {
  if (node.quoted) return node.text;
  if (const auto truth = boolean_in(node.text)) return *truth;
  if (const auto integer = integer_in(node.text)) return *integer;
  if (const auto number = number_in(node.text)) return *number;
  return node.text;
}

Json guessed(const Node& node) {
  switch (node.type) {
    case Node::Type::null: return nullptr;
    case Node::Type::scalar: return guessed_scalar(node);
    case Node::Type::list: {
      Json list = Json::array();
      for (const Node& item : node.items) list.push_back(guessed(item));
      return list;
    }
    case Node::Type::map: break;
  }
  Json map = Json::object();
  for (const Node& item : node.items) map[item.key] = guessed(item);
  return map;
}

Json typed_scalar(const Field& field, const Node& node) {
  if (field.type == Field::Type::string || node.quoted) return node.text;
  if (field.type == Field::Type::boolean) {
    if (const auto truth = boolean_in(node.text)) return *truth;
  } else if (field.type == Field::Type::integer) {
    if (const auto integer = integer_in(node.text)) return *integer;
  } else if (field.type == Field::Type::number) {
    if (const auto integer = integer_in(node.text)) return *integer;
    if (const auto number = number_in(node.text)) return *number;
  }
  return node.text;
}

bool is_plain_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

}  // namespace

Json typed(const Field& field, const Node& node) {
  switch (node.type) {
    case Node::Type::null: return nullptr;
    case Node::Type::scalar: return typed_scalar(field, node);
    case Node::Type::list: {
      Json list = Json::array();
      auto& items = list.get_ref<Json::array_t&>();
      items.reserve(node.items.size());
      for (const Node& item : node.items)
        items.push_back(field.items == nullptr ? guessed(item) : typed(*field.items, item));
      return list;
    }
    case Node::Type::map: break;
  }
  Json map = Json::object();
  for (const Node& item : node.items) {
    const Field* child = field.child(item.key);
    map[item.key] = child == nullptr ? guessed(item) : typed(*child, item);
  }
  return map;
}

void apply_defaults(const Field& field, Json& value) {
  if (value.is_array() && field.items != nullptr) {
    for (Json& item : value) apply_defaults(*field.items, item);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [name, child] : field.properties) {
    const auto found = value.find(name);
    if (found == value.end()) {
      if (child.default_value == nullptr) continue;
      Json& filled = value[name] = *child.default_value;
      apply_defaults(child, filled);
    } else if (found->is_null() && child.default_value != nullptr) {
      *found = *child.default_value;
      apply_defaults(child, *found);
    } else if (found->is_structured()) {
      apply_defaults(child, *found);
    }
  }
  if (field.values != nullptr)
    for (Json& item : value) apply_defaults(*field.values, item);
}

std::string path_to(const std::string& parent, std::string_view key) {
  if (!is_plain_key(key)) return fmt::format("{}[{}]", parent, key);
  return parent.empty() ? std::string(key) : fmt::format("{}.{}", parent, key);
}

std::string path_to(const std::string& parent, std::size_t index) {
  return fmt::format("{}[{}]", parent, index);
}

}  // namespace certloop::schema
