#include "schema/description.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "schema/embedded.h"
#include "schema/json_path.h"
#include "schema/pattern.h"
#include "schema/rule.h"
#include "schema/schema.h"
#include "schema/tree.h"

namespace certloop::schema {
namespace {

Error broken(const std::string& path, std::string_view what) {
  return Error(Code::internal, fmt::format("schema {}: {}", path, what));
}

Result<double> number_in(const Node& node, const std::string& path) {
  double value = 0;
  const char* end = node.text.data() + node.text.size();
  if (std::from_chars(node.text.data(), end, value).ptr != end)
    return broken(path, fmt::format("{} must be a number", node.key));
  return value;
}

std::vector<std::string> words_in(const Node& node) {
  std::vector<std::string> words;
  for (const Node& item : node.items) words.push_back(item.text);
  return words;
}

std::string text_at(const Node& node, std::string_view name) {
  const Node* found = node.find(name);
  return found == nullptr ? std::string() : found->text;
}

Result<void> read_type(Field& field, const std::string& text, const std::string& path) {
  constexpr std::pair<std::string_view, Field::Type> kTypes[] = {
      {"object", Field::Type::object}, {"array", Field::Type::list},
      {"string", Field::Type::string}, {"integer", Field::Type::integer},
      {"number", Field::Type::number}, {"boolean", Field::Type::boolean}};
  for (const auto& [name, type] : kTypes)
    if (text == name) {
      field.type = type;
      return {};
    }
  return broken(path, fmt::format("type '{}' is not known", text));
}

Result<void> read_rules(Field& field, const Node& rules, const std::string& path) {
  for (const Node& rule : rules.items) {
    auto compiled =
        Rule::compile(text_at(rule, "rule"), text_at(rule, "message"), text_at(rule, "fieldPath"));
    if (!compiled) return std::move(compiled).error().during("schema " + path);
    field.rules.push_back(std::move(*compiled));
  }
  return {};
}

Result<void> read_keyword(Field& field, const Node& node, const std::string& path);

// The keywords that hold a number; false if it is another one.
Result<bool> read_number(Field& field, const Node& node, const std::string& path) {
  const auto size = [&](std::optional<std::size_t>& into) -> Result<bool> {
    into = static_cast<std::size_t>(TRY(number_in(node, path)));
    return true;
  };
  if (node.key == "minLength") return size(field.min_length);
  if (node.key == "maxLength") return size(field.max_length);
  if (node.key == "minItems") return size(field.min_items);
  if (node.key == "maxItems") return size(field.max_items);
  if (node.key == "minProperties") return size(field.min_properties);
  if (node.key == "maxProperties") return size(field.max_properties);
  if (node.key != "minimum" && node.key != "maximum") return false;
  (node.key == "minimum" ? field.minimum : field.maximum) = TRY(number_in(node, path));
  return true;
}

Result<bool> read_list_keyword(Field& field, const Node& node, const std::string& path) {
  if (node.key == "items") {
    field.items = std::make_unique<Field>(TRY(read_field(node, path + "[]")));
  } else if (node.key == "x-kubernetes-list-map-keys") {
    field.list_keys = words_in(node);
  } else if (node.key == "x-kubernetes-list-type") {
    if (node.text != "set" && node.text != "map" && node.text != "atomic")
      return broken(path, fmt::format("list type '{}' is not known", node.text));
    field.list_type = node.text == "set"   ? Field::ListType::set
                      : node.text == "map" ? Field::ListType::map
                                           : Field::ListType::atomic;
  } else {
    return false;
  }
  return true;
}

Result<bool> read_object_keyword(Field& field, const Node& node, const std::string& path) {
  if (node.key == "properties") {
    for (const Node& property : node.items)
      field.properties.emplace(property.key,
                               TRY(read_field(property, path_to(path, property.key))));
  } else if (node.key == "additionalProperties") {
    field.values = std::make_unique<Field>(TRY(read_field(node, path + ".*")));
  } else if (node.key == "required") {
    field.required = words_in(node);
  } else if (node.key == "x-kubernetes-preserve-unknown-fields") {
    field.keeps_unknown = node.text == "true";
  } else {
    return false;
  }
  return true;
}

Result<void> read_keyword(Field& field, const Node& node, const std::string& path) {
  if (TRY(read_number(field, node, path))) return {};
  if (TRY(read_list_keyword(field, node, path))) return {};
  if (TRY(read_object_keyword(field, node, path))) return {};
  if (node.key == "type") return read_type(field, node.text, path);
  if (node.key == "x-kubernetes-validations") return read_rules(field, node, path);
  if (node.key == "description") {
    field.description = node.text;
  } else if (node.key == "format") {
    field.format = node.text;
  } else if (node.key == "enum") {
    field.enumeration = words_in(node);
  } else if (node.key == "pattern") {
    field.pattern_text = node.text;
    field.pattern = TRY(Pattern::compile(node.text));
  } else if (node.key != "default") {
    return broken(path, fmt::format("the keyword '{}' is not evaluated here", node.key));
  }
  return {};
}

// Splits "spec.a.b[]=value: remedy" and marks the field it names.
Result<void> mark_not_built(Field& root, std::string_view line) {
  const auto colon = line.find(": ");
  if (colon == std::string_view::npos) return broken("not-built", line);
  std::string_view path = line.substr(0, colon);
  const std::string remedy(line.substr(colon + 2));
  const auto equals = path.find('=');
  Field* field = &root;
  for (std::string name : split(path.substr(0, equals), '.')) {
    const bool item = name.ends_with("[]");
    if (item) name.resize(name.size() - 2);
    const auto found = field->properties.find(name);
    if (found == field->properties.end() || (item && !found->second.items))
      return broken("not-built", fmt::format("there is no field {}", path));
    field = item ? found->second.items.get() : &found->second;
  }
  if (equals == std::string_view::npos)
    field->not_built = remedy;
  else
    field->not_built_values[std::string(path.substr(equals + 1))] = remedy;
  return {};
}

Result<std::vector<Column>> read_columns(const Node& version) {
  std::vector<Column> columns;
  const Node* listed = version.find("additionalPrinterColumns");
  if (listed == nullptr) return columns;
  for (const Node& node : listed->items) {
    Column column;
    column.name = text_at(node, "name");
    column.type = text_at(node, "type");
    column.format = text_at(node, "format");
    column.description = text_at(node, "description");
    column.path = text_at(node, "jsonPath");
    column.priority = text_at(node, "priority").empty() ? 0 : std::stoi(text_at(node, "priority"));
    if (auto path = JsonPath::compile(column.path); !path) return std::move(path).error();
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<Description> read_named(std::string_view name) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.name != name) continue;
    auto read = read_description(file.text);
    if (!read) return std::move(read).error().during(std::string(name));
    return read;
  }
  return broken(std::string(name), "is not compiled in");
}

Result<std::vector<Description>> read_all() {
  std::vector<Description> all;
  for (const api::KindInfo& info : api::all_kinds()) all.push_back(TRY(read_named(info.plural)));
  return all;
}

}  // namespace

Result<Field> read_field(const Node& schema, const std::string& path) {
  Field field;
  if (schema.find("type") == nullptr) return broken(path, "has no type");
  for (const Node& keyword : schema.items) {
    auto read = read_keyword(field, keyword, path);
    if (!read) return std::move(read).error();
  }
  if (const Node* fallback = schema.find("default"))
    field.default_value = std::make_shared<nlohmann::json>(typed(field, *fallback));
  if (field.type == Field::Type::list && field.items == nullptr)
    return broken(path, "is a list of nothing");
  return field;
}

Result<Node> read_single_document(std::string_view text) {
  std::vector<TextDocument> documents;
  const auto fault = read_documents(
      text, [&](TextDocument document) { documents.push_back(std::move(document)); });
  if (fault) return broken(fmt::format("line {}", fault->line), fault->message);
  if (documents.size() != 1) return broken("text", "must be one document");
  for (const TextFault& twice : documents.front().faults)
    return broken(fmt::format("line {}", twice.line), twice.message);
  return std::move(documents.front().root);
}

Result<Description> read_description(std::string_view text) {
  const Node document = TRY(read_single_document(text));
  const Node* spec = document.find("spec");
  const Node* versions = spec == nullptr ? nullptr : spec->find("versions");
  if (versions == nullptr || versions->items.size() != 1)
    return broken("spec.versions", "must be one version");
  const Node& version = versions->items.front();
  const Node* schema = version.find("schema");
  const Node* root = schema == nullptr ? nullptr : schema->find("openAPIV3Schema");
  if (root == nullptr) return broken("spec.versions[0].schema", "has no openAPIV3Schema");
  Description description;
  description.root = TRY(read_field(*root, ""));
  description.columns = TRY(read_columns(version));
  const Node* metadata = document.find("metadata");
  const Node* annotations = metadata == nullptr ? nullptr : metadata->find("annotations");
  if (annotations != nullptr)
    for (const std::string& line : split(text_at(*annotations, "certloop.dev/not-built"), '\n'))
      if (!line.empty()) {
        auto marked = mark_not_built(description.root, line);
        if (!marked) return std::move(marked).error();
      }
  return description;
}

const Result<std::vector<Description>>& descriptions() {
  static const Result<std::vector<Description>> kAll = [] {
    auto all = read_all();
    if (!all) return all;
    // Every kind's metadata is Kubernetes' own, with the kind's limits on top.
    for (std::size_t i = 0; i < all->size(); ++i) {
      for (const EmbeddedFile& file : embedded_files()) {
        if (file.name != "metadata") continue;
        auto node = read_single_document(file.text);
        if (!node) return Result<std::vector<Description>>(std::move(node).error());
        auto metadata = read_field(*node, "metadata");
        if (!metadata) return Result<std::vector<Description>>(std::move(metadata).error());
        Field& mine = (*all)[i].root.properties["metadata"];
        if (const auto name = mine.properties.find("name"); name != mine.properties.end())
          metadata->properties["name"].max_length = name->second.max_length;
        mine = std::move(*metadata);
      }
    }
    return all;
  }();
  return kAll;
}

const Description& description_of(api::Kind kind) {
  return descriptions().value().at(static_cast<std::size_t>(kind));
}

}  // namespace certloop::schema
