#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/timestamp.h"
#include "schema/description.h"
#include "schema/json_path.h"
#include "schema/schema.h"

namespace certloop::schema {
namespace {

using Json = nlohmann::json;

Json row_of(const api::Object& object) {
  Json row = Json::parse(object.body.text());
  row["status"] = Json::parse(object.status.text());
  Json& metadata = row["metadata"] = Json::object();
  metadata["name"] = object.meta.name;
  metadata["namespace"] = object.meta.space;
  metadata["creationTimestamp"] = rfc3339(object.meta.created);
  return row;
}

std::string cell(const Column& column, const Json& value, Time now) {
  if (value.is_null()) return {};
  // Kubernetes counts a Secret's data in code; here a number asked of many things is their count.
  if (value.is_structured())
    return column.type == "integer" ? fmt::format("{}", value.size())
                                    : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!value.is_string()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto& text = value.get_ref<const std::string&>();
  const bool is_age = column.type == "date";
  if (!is_age && column.format != "date") return text;
  const auto time = parse_rfc3339(text);
  if (!time) return text;
  if (is_age) return human_duration(now - *time);
  // What the conditions say may be as old as the last look.
  const bool is_over = column.name == "Expires" && *time <= now;
  return date_only(*time) + (is_over ? " (expired)" : "");
}

}  // namespace

std::vector<std::string> cells(const api::Object& object, Time now, bool wide) {
  const Json row = row_of(object);
  std::vector<std::string> out;
  for (const Column& column : columns(object.kind)) {
    if (column.priority > 0 && !wide) continue;
    const auto path = JsonPath::compile(column.path);
    const Json* value = path ? path->find(row) : nullptr;
    out.push_back(value == nullptr ? std::string() : cell(column, *value, now));
  }
  return out;
}

}  // namespace certloop::schema
