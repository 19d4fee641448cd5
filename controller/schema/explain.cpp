#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "schema/description.h"
#include "schema/schema.h"

namespace certloop::schema {
namespace {

constexpr std::size_t kWidth = 80;

// The text in lines of at most kWidth columns, each after `indent`.
std::string wrapped(std::string_view text, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string out, line;
  for (const std::string& word : split(text, ' ')) {
    if (!line.empty() && indent + line.size() + 1 + word.size() > kWidth) {
      out += margin + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  if (!line.empty()) out += margin + line + "\n";
  return out;
}

// Below lists and maps stands what their items are.
const Field& inside(const Field& field) {
  const Field* at = &field;
  for (;;) {
    if (at->type == Field::Type::list)
      at = at->items.get();
    else if (at->is_map())
      at = at->values.get();
    else
      return *at;
  }
}

bool is_required(const Field& parent, const std::string& name) {
  const auto& required = parent.required;
  return std::find(required.begin(), required.end(), name) != required.end();
}

// What may stand there beyond its type, a line each.
std::vector<std::string> facts_of(const Field& field) {
  std::vector<std::string> facts;
  const Field& scalar = inside(field);
  if (!scalar.enumeration.empty()) facts.push_back("enum: " + join(scalar.enumeration, ", "));
  if (field.default_value != nullptr)
    facts.push_back("default: " + (field.default_value->is_string()
                                       ? field.default_value->get<std::string>()
                                       : field.default_value->dump()));
  if (!scalar.pattern_text.empty()) facts.push_back("pattern: " + scalar.pattern_text);
  if (scalar.minimum) facts.push_back(fmt::format("minimum: {}", *scalar.minimum));
  if (scalar.maximum) facts.push_back(fmt::format("maximum: {}", *scalar.maximum));
  if (field.max_items) facts.push_back(fmt::format("at most {} items", *field.max_items));
  if (field.not_built) facts.push_back("not built yet: " + *field.not_built);
  const Field& valued = field.type == Field::Type::list ? *field.items : field;
  for (const auto& [value, remedy] : valued.not_built_values)
    facts.push_back(fmt::format("{} is not built yet: {}", value, remedy));
  return facts;
}

void list_fields(std::string& out, const Field& object, std::size_t indent, bool recursive) {
  const std::string margin(indent, ' ');
  for (const auto& [name, field] : object.properties) {
    out += fmt::format("{}{}\t<{}>{}\n", margin, name, type_name(field),
                       is_required(object, name) ? " -required-" : "");
    if (recursive) {
      list_fields(out, inside(field), indent + 2, true);
      continue;
    }
    for (const std::string& fact : facts_of(field)) out += wrapped(fact, indent + 2);
    out += wrapped(field.description, indent + 4) + "\n";
  }
}

std::string heading(api::Kind kind) {
  const api::KindInfo& info = api::info_of(kind);
  const auto slash = info.api_version.find('/');
  std::string out;
  if (slash != std::string_view::npos)
    out += fmt::format("GROUP:      {}\n", info.api_version.substr(0, slash));
  const auto version =
      slash == std::string_view::npos ? info.api_version : info.api_version.substr(slash + 1);
  return out + fmt::format("KIND:       {}\nVERSION:    {}\n\n", info.name, version);
}

}  // namespace

Result<std::string> explain(api::Kind kind, std::string_view path, bool recursive) {
  const Field* parent = nullptr;
  const Field* field = &field_of(kind);
  std::string name, walked;
  for (const std::string& part : path.empty() ? std::vector<std::string>() : split(path, '.')) {
    parent = &inside(*field);
    name = part.substr(0, part.find('['));
    field = parent->child(name);
    if (field == nullptr) {
      std::vector<std::string> known;
      for (const auto& [other, unused] : parent->properties) known.push_back(other);
      const auto meant = nearest(name, known);
      return Error(Code::invalid,
                   fmt::format("{}{}.{}: unknown field; {}", lower(api::info_of(kind).name), walked,
                               printable(name),
                               meant ? fmt::format("did you mean {}?", *meant)
                                     : fmt::format("the fields here are {}", join(known, ", "))));
    }
    walked += "." + name;
  }
  std::string out = heading(kind);
  const Field& shown = inside(*field);
  if (parent != nullptr)
    out += fmt::format("FIELD: {} <{}>{}\n\n", name, type_name(*field),
                       is_required(*parent, name) ? " -required-" : "");
  for (const std::string& fact : parent == nullptr ? std::vector<std::string>() : facts_of(*field))
    out += wrapped(fact, 0);
  out += "\nDESCRIPTION:\n" + wrapped(field->description, 4);
  if (&shown != field && !shown.description.empty()) out += wrapped(shown.description, 4);
  if (shown.properties.empty()) return out;
  out += "\nFIELDS:\n";
  list_fields(out, shown, 2, recursive);
  return out;
}

}  // namespace certloop::schema
