#include "report/describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/timestamp.h"
#include "report/table.h"

namespace certloop::report {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongText = 400;

std::string indented(const std::string& text, std::size_t by) {
  std::string out;
  for (const std::string& line : split(text, '\n'))
    if (!line.empty()) out += std::string(by, ' ') + line + '\n';
  return out;
}

std::string shown(const Json& value) {
  if (value.is_null()) return "<none>";
  if (!value.is_string()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto& text = value.get_ref<const std::string&>();
  const bool lines = text.find('\n') != std::string::npos;
  if (lines || text.size() > kLongText)
    return fmt::format("<{} of {} bytes; -o yaml shows it>",
                       text.starts_with("-----BEGIN") ? "PEM" : "text", text.size());
  return printable(text);
}

std::string ago(const Json& time, Time now) {
  const auto at = time.is_string() ? parse_rfc3339(time.get<std::string>()) : std::nullopt;
  return at ? human_duration(now - *at) : "<unknown>";
}

std::string text_at(const Json& tree, const char* name) {
  const auto found = tree.find(name);
  return found != tree.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string conditions_table(const Json& conditions, Time now) {
  Table table({{"Type"}, {"Status"}, {"Reason"}, {"Age"}, {"Message"}});
  for (const Json& condition : conditions)
    table.add(
        {text_at(condition, "type"), text_at(condition, "status"), text_at(condition, "reason"),
         ago(condition.value("lastTransitionTime", Json()), now), text_at(condition, "message")});
  return table.text({});
}

bool is_scalar_list(const Json& value) {
  return value.is_array() && std::none_of(value.begin(), value.end(),
                                          [](const Json& item) { return item.is_structured(); });
}

void walk(const Json& object, std::size_t indent, Time now, std::string& out);

void field(const std::string& label, const Json& value, std::size_t indent, std::size_t column,
           Time now, std::string& out) {
  const std::string margin(indent, ' ');
  const auto line = [&](const std::string& text) {
    out += fmt::format("{}{:<{}}{}\n", margin, label + ':', column, text);
  };
  if (!value.is_structured()) return line(shown(value));
  if (value.empty()) return line(value.is_object() ? "{}" : "<none>");
  if (is_scalar_list(value)) {
    std::vector<std::string> items;
    for (const Json& item : value) items.push_back(shown(item));
    return line(join(items, ", "));
  }
  out += margin + label + ":\n";
  if (value.is_object()) return walk(value, indent + 2, now, out);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i > 0) out += '\n';
    if (value[i].is_object())
      walk(value[i], indent + 2, now, out);
    else
      out += margin + "  " + shown(value[i]) + '\n';
  }
}

// Maps whose keys are words of the user's (tags, labels) keep them as they are.
bool holds_user_keys(const std::string& name) {
  for (const char* map : {"tags", "labels", "annotations", "data", "endpoints", "rates"})
    if (name == map) return true;
  return false;
}

void user_map(const std::string& name, const Json& map, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  out += margin + label_of(name) + ":\n";
  for (const auto& [key, value] : map.items())
    out += fmt::format("{}  {}={}\n", margin, printable(key), shown(value));
}

void walk(const Json& object, std::size_t indent, Time now, std::string& out) {
  std::size_t column = 0;
  for (const auto& [name, value] : object.items())
    if (!value.is_structured() || value.empty() || is_scalar_list(value))
      column = std::max(column, label_of(name).size() + 3);
  for (const auto& [name, value] : object.items()) {
    if (name == "conditions" && value.is_array() && !value.empty()) {
      out += std::string(indent, ' ') + "Conditions:\n";
      out += indented(conditions_table(value, now), indent + 2);
    } else if (holds_user_keys(name) && value.is_object() && !value.empty()) {
      user_map(name, value, indent, out);
    } else {
      field(label_of(name), value, indent, column, now, out);
    }
  }
}

std::string pairs(const std::map<std::string, std::string>& map, std::size_t column) {
  if (map.empty()) return "<none>";
  std::vector<std::string> lines;
  for (const auto& [key, value] : map)
    lines.push_back(printable(key) + '=' +
                    (value.find('\n') == std::string::npos
                         ? printable(value)
                         : fmt::format("<text of {} bytes>", value.size())));
  return join(lines, "\n" + std::string(column, ' '));
}

std::string metadata_lines(const api::Object& object, Time now) {
  const api::Metadata& meta = object.meta;
  const api::KindInfo& info = api::info_of(object.kind);
  std::string out;
  const auto line = [&](const char* label, const std::string& text) {
    out += fmt::format("{:<14}{}\n", std::string(label) + ':', text);
  };
  line("Name", printable(meta.name));
  line("Namespace", printable(meta.space));
  line("Labels", pairs(meta.labels, 14));
  line("Annotations", pairs(meta.annotations, 14));
  line("API Version", std::string(info.api_version));
  line("Kind", std::string(info.name));
  line("Created",
       fmt::format("{} ({} ago)", rfc3339(meta.created), human_duration(now - meta.created)));
  if (meta.deleted)
    line("Deleting", fmt::format("since {}, held by {}", rfc3339(*meta.deleted),
                                 printable(join(meta.finalizers, ", "))));
  for (const api::OwnerReference& owner : meta.owners)
    line("Made by", fmt::format("{}/{}", api::info_of(owner.kind).name, printable(owner.name)));
  return out;
}

void document(const api::Document& body, const char* title, Time now, std::string& out) {
  const Json tree = Json::parse(body.text());
  if (tree.empty()) return;
  if (title == nullptr) return walk(tree, 0, now, out);
  out += std::string(title) + ":\n";
  walk(tree, 2, now, out);
}

// What is known of a part, and where it stands. The rest of its spec repeats what it is a part of.
Json summary_of(const api::Object& part) {
  const Json body = Json::parse(part.body.text());
  Json out = Json::parse(part.status.text());
  for (const char* name : {"accountRef", "region"})
    if (const auto spec = body.find("spec"); spec != body.end() && spec->contains(name))
      out[name] = spec->at(name);
  return out;
}

std::string events_table(const std::vector<api::Object>& events, Time now) {
  if (events.empty()) return "Events:  <none>\n";
  Table table({{"Type"}, {"Reason"}, {"Age"}, {"Message"}});
  for (const api::Object& event : events) {
    const Json body = Json::parse(event.body.text());
    const auto count = body.value("count", Json(1));
    std::string age = ago(body.value("lastTimestamp", Json()), now);
    if (count.is_number_integer() && count.get<long>() > 1)
      age += fmt::format(" (x{} over {})", count.get<long>(),
                         ago(body.value("firstTimestamp", Json()), now));
    table.add({text_at(body, "type"), text_at(body, "reason"), age, text_at(body, "message")});
  }
  return "Events:\n" + indented(table.text({}), 2);
}

}  // namespace

std::string label_of(const std::string& field) {
  std::string out;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const char c = field[i];
    const bool upper = c >= 'A' && c <= 'Z';
    if (i == 0 && c >= 'a' && c <= 'z') {
      out += static_cast<char>(c - 'a' + 'A');
      continue;
    }
    const bool after_lower = i > 0 && !(field[i - 1] >= 'A' && field[i - 1] <= 'Z');
    if (upper && after_lower) out += ' ';
    out += c;
  }
  return printable(out);
}

std::string describe(const api::Object& object, const std::vector<api::Object>& parts,
                     const std::vector<api::Object>& events, Time now) {
  std::string out = metadata_lines(object, now);
  document(object.body, nullptr, now, out);
  document(object.status, "Status", now, out);
  if (!parts.empty()) out += std::string(api::info_of(parts.front().kind).name) + "s:\n";
  for (const api::Object& part : parts) {
    out += fmt::format("  {}:\n", printable(part.meta.name));
    std::string inner;
    walk(summary_of(part), 0, now, inner);
    out += indented(inner, 4);
  }
  return out + events_table(events, now);
}

}  // namespace certloop::report
