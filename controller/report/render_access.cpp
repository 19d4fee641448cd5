// Preflight and choices as tables, JSON and YAML.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/timestamp.h"
#include "report/render.h"
#include "report/text_forms.h"

namespace certloop::report {
namespace {

using Json = nlohmann::json;
using Yield = Column::Yield;

bool is_table(Format format) { return format == Format::table || format == Format::wide; }

std::string text_form(const std::string& json, Format format) {
  return format == Format::yaml ? yaml_of(json) : indented_json(json);
}

Json json_of(const api::Key& key) {
  if (key.name.empty()) return {};
  return {{"kind", api::info_of(key.kind).name}, {"namespace", key.space}, {"name", key.name}};
}

Json json_of(const PermissionRow& row) {
  return {{"account", json_of(row.account)},
          {"action", row.action},
          {"result", name_of(row.permit)},
          {"optional", row.optional},
          {"mutating", row.mutating},
          {"region", row.region},
          {"resource", row.resource},
          {"neededTo", row.purpose},
          {"how", row.how},
          {"message", row.message}};
}

Json json_of(const Choice& row) {
  return {{"object", json_of(row.object)},
          {"arn", row.arn},
          {"domain", row.domain},
          {"state", row.state},
          {"keyAlgorithm", row.key_algorithm},
          {"usageMode", row.usage_mode},
          {"notAfter", row.not_after ? Json(rfc3339(*row.not_after)) : Json()},
          {"canChoose", row.can_choose},
          {"why", row.why}};
}

Tone tone_of(const PermissionRow& row) {
  if (row.permit == Permit::allowed) return Tone::good;
  return row.permit == Permit::denied && !row.optional ? Tone::bad : Tone::warning;
}

std::string place_of(const api::Key& key) { return key.space + "/" + key.name; }

std::string table_of(const Preflight& preflight, bool wide, const Layout& layout) {
  std::vector<Column> columns = {{"ACCOUNT"}, {"ACTION", Yield::never},    {"RESULT", Yield::never},
                                 {"REGION"},  {"NEEDED-TO", Yield::first}, {"HOW"}};
  if (wide) columns.push_back({"RESOURCE"});
  columns.push_back({"MESSAGE", Yield::first});
  Table table(std::move(columns));
  for (const PermissionRow& row : preflight.rows) {
    std::vector<Cell> cells = {place_of(row.account),
                               row.action,
                               {std::string(name_of(row.permit)), tone_of(row)},
                               row.region.empty() ? "all" : row.region,
                               (row.optional ? "(optional) " : "") + row.purpose,
                               row.how};
    if (wide) cells.emplace_back(row.resource);
    cells.emplace_back(row.message);
    table.add(std::move(cells));
  }
  return table.text(layout);
}

std::string summary_of(const Preflight& preflight) {
  const auto count = [&](Permit permit, bool optional) {
    return std::count_if(preflight.rows.begin(), preflight.rows.end(), [&](const auto& row) {
      return row.permit == permit && row.optional == optional;
    });
  };
  std::string out =
      fmt::format("Needed: {} allowed, {} denied, {} unknown.", count(Permit::allowed, false),
                  count(Permit::denied, false), count(Permit::unknown, false));
  const auto lacking = count(Permit::denied, true) + count(Permit::unknown, true);
  if (lacking > 0) out += fmt::format(" Optional: {} denied or unknown.", lacking);
  return out + '\n';
}

std::string table_of(const Choices& choices, bool wide, const Layout& layout) {
  const bool authorities = choices.subject == "authorities";
  std::vector<Column> columns = {{authorities ? "AUTHORITY" : "CERTIFICATE", Yield::never},
                                 {"CHOOSE", Yield::never},
                                 {authorities ? "USAGE" : "DOMAIN"},
                                 {"STATE"},
                                 {"KEY"},
                                 {"ARN", Yield::never}};
  if (wide) columns.push_back({"EXPIRES"});
  columns.push_back({"WHY", Yield::first});
  Table table(std::move(columns));
  for (const Choice& row : choices.rows) {
    std::vector<Cell> cells = {
        row.object.name.empty() ? "(not declared)" : place_of(row.object),
        {row.can_choose ? "yes" : "no", row.can_choose ? Tone::good : Tone::warning},
        authorities ? row.usage_mode : row.domain,
        row.state,
        row.key_algorithm,
        row.arn};
    if (wide) cells.emplace_back(row.not_after ? date_only(*row.not_after) : "");
    cells.emplace_back(row.why);
    table.add(std::move(cells));
  }
  return table.text(layout);
}

std::string unread_of(const Choices& choices, bool colours) {
  std::string out;
  for (const Unread& unread : choices.unread)
    out += in_tone("INCOMPLETE: ", Tone::bad, colours) + printable(unread.subject) +
           (unread.region.empty() ? "" : " in " + printable(unread.region)) + ": " +
           printable(unread.message) + '\n';
  return out;
}

}  // namespace

std::string json_of(const Preflight& preflight) {
  Json out = {{"format", "certloop.dev/preflight/v1"},
              {"generated", rfc3339(preflight.generated)},
              {"exitCode", static_cast<int>(exit_of(preflight))},
              {"accounts", Json::array()},
              {"permissions", Json::array()}};
  for (const PreflightAccount& each : preflight.accounts)
    out["accounts"].push_back({{"account", json_of(each.account)},
                               {"accountId", each.account_id},
                               {"principal", each.principal},
                               {"needsAssumed", each.assumed_needs}});
  for (const PermissionRow& row : preflight.rows) out["permissions"].push_back(json_of(row));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_of(const Choices& choices) {
  Json out = {{"format", "certloop.dev/choices/v1"},
              {"generated", rfc3339(choices.generated)},
              {"exitCode", static_cast<int>(exit_of(choices))},
              {"subject", choices.subject},
              {"account", choices.account},
              {"region", choices.region},
              {"namespace", choices.space},
              {"choices", Json::array()},
              {"unread", Json::array()}};
  for (const Choice& row : choices.rows) out["choices"].push_back(json_of(row));
  for (const Unread& each : choices.unread)
    out["unread"].push_back(
        {{"subject", each.subject}, {"region", each.region}, {"message", each.message}});
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string render(const Preflight& preflight, Format format, const Layout& layout) {
  if (!is_table(format)) return text_form(json_of(preflight), format);
  std::string out;
  for (const PreflightAccount& each : preflight.accounts) {
    out += fmt::format(
        "{} calls as {}.\n", printable(api::text_of(each.account)),
        each.principal.empty() ? "nobody (MESSAGE says why)" : printable(each.principal));
    if (each.assumed_needs)
      out += "No spec refers to it yet: this is all that certloop can call.\n";
  }
  return out + '\n' + table_of(preflight, format == Format::wide, layout) + '\n' +
         summary_of(preflight);
}

std::string render(const Choices& choices, Format format, const Layout& layout) {
  if (!is_table(format)) return text_form(json_of(choices), format);
  std::string out = unread_of(choices, layout.colours);
  if (!choices.rows.empty()) return out + table_of(choices, format == Format::wide, layout);
  return out + fmt::format("No {} in account {} and region {}{}.\n", choices.subject,
                           printable(choices.account), printable(choices.region),
                           choices.unread.empty() ? "" : " are known");
}

}  // namespace certloop::report
