#include "schema/field.h"

#include <fmt/format.h>

#include "base/text.h"
#include "schema/description.h"
#include "schema/schema.h"

namespace certloop::schema {

const Field* Field::child(std::string_view name) const {
  const auto found = properties.find(name);
  return found != properties.end() ? &found->second : values.get();
}

std::string type_name(const Field& field) {
  switch (field.type) {
    case Field::Type::object:
      return field.is_map() ? "map[string]" + type_name(*field.values) : "Object";
    case Field::Type::list: return "[]" + type_name(*field.items);
    case Field::Type::string: return "string";
    case Field::Type::integer: return "integer";
    case Field::Type::number: return "number";
    case Field::Type::boolean: break;
  }
  return "boolean";
}

Result<void> check_descriptions() {
  const auto& all = descriptions();
  if (!all) return all.error();
  return {};
}

const Field& field_of(api::Kind kind) { return description_of(kind).root; }

std::span<const Column> columns(api::Kind kind) { return description_of(kind).columns; }

const Field* find_field(api::Kind kind, std::string_view path) {
  const Field* field = &field_of(kind);
  if (path.empty()) return field;
  for (const std::string& part : split(path, '.')) {
    const std::string name = part.substr(0, part.find('['));
    while (field->type == Field::Type::list) field = field->items.get();
    field = field->child(name);
    if (field == nullptr) return nullptr;
  }
  return field;
}

}  // namespace certloop::schema
