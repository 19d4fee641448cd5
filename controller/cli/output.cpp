#include "cli/output.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "report/table.h"
#include "report/text_forms.h"
#include "schema/schema.h"
#include "store/mask.h"

namespace certloop::cli {
namespace {

using report::Column;
using report::Tone;
using Json = nlohmann::json;

Tone tone_of(const std::string& header, const std::string& text) {
  if (header != "READY") return Tone::plain;
  if (text == "True") return Tone::good;
  return text == "False" ? Tone::bad : Tone::warning;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string labels_of(const api::Object& object) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : object.meta.labels) parts.push_back(key + '=' + value);
  return parts.empty() ? "<none>" : join(parts, ",");
}

}  // namespace

Result<Output> Output::parse(const std::string& text) {
  Output output;
  if (text.empty() || text == "table")
    output.form_ = Form::table;
  else if (text == "wide")
    output.form_ = Form::wide;
  else if (text == "json")
    output.form_ = Form::json;
  else if (text == "yaml")
    output.form_ = Form::yaml;
  else if (text == "name")
    output.form_ = Form::name;
  else if (text.starts_with("jsonpath=")) {
    output.form_ = Form::jsonpath;
    output.path_ = TRY(report::JsonPath::parse(text.substr(sizeof("jsonpath=") - 1)));
  } else {
    return Error(
        Code::invalid,
        fmt::format("-o: '{}' is not one of table, wide, json, yaml, name, jsonpath=...", text));
  }
  return output;
}

std::string Output::text(const std::vector<api::Object>& objects, bool as_list) const {
  if (form_ == Form::name) {
    std::string out;
    for (const api::Object& object : objects) out += resource_of(object.key()) + '\n';
    return out;
  }
  std::string json;
  if (!as_list && objects.size() == 1) {
    json = api::to_json(store::masked(objects.front()));
  } else {
    Json list = {{"apiVersion", "v1"},
                 {"kind", "List"},
                 {"metadata", {{"resourceVersion", ""}}},
                 {"items", Json::array()}};
    for (const api::Object& object : objects)
      list["items"].push_back(Json::parse(api::to_json(store::masked(object))));
    json = list.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  if (form_ == Form::jsonpath) return path_->fill(json);
  return form_ == Form::json ? report::indented_json(json) : report::yaml_of(json);
}

Result<report::Format> parse_format(const std::string& text) {
  if (text.empty() || text == "table") return report::Format::table;
  if (text == "wide") return report::Format::wide;
  if (text == "json") return report::Format::json;
  if (text == "yaml") return report::Format::yaml;
  return Error(Code::invalid, fmt::format("-o: '{}' is not one of table, wide, json, yaml", text));
}

std::string table_of(api::Kind kind, const std::vector<api::Object>& objects,
                     const TableOptions& options, report::Layout layout, Time now) {
  std::vector<Column> columns;
  if (options.with_space) columns.push_back({"NAMESPACE", Column::Yield::never});
  columns.push_back({"NAME", Column::Yield::never});
  for (const schema::Column& column : schema::columns(kind)) {
    if (column.priority > 0 && !options.wide) continue;
    const std::string name = upper(column.name);
    columns.push_back({name, name == "MESSAGE" ? Column::Yield::first : Column::Yield::last});
  }
  if (options.labels) columns.push_back({"LABELS"});
  report::Table table(columns);
  for (const api::Object& object : objects) {
    std::vector<report::Cell> row;
    if (options.with_space) row.emplace_back(object.meta.space);
    row.emplace_back(options.with_kind ? resource_of(object.key()) : object.meta.name);
    for (const std::string& cell : schema::cells(store::masked(object), now, options.wide))
      row.emplace_back(cell, tone_of(columns[row.size()].name, cell));
    if (options.labels) row.emplace_back(labels_of(object));
    table.add(std::move(row));
  }
  layout.headers = options.headers;
  return table.text(layout);
}

}  // namespace certloop::cli
