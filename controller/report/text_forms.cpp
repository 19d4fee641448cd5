#include "report/text_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace certloop::report {
namespace {

using Json = nlohmann::json;

std::size_t length_of_point(unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

// "" for what is safe on a terminal. Unsafe characters are all of the basic plane.
std::string escape_of(std::string_view point) {
  if (point.size() == 1) {
    const auto byte = static_cast<unsigned char>(point[0]);
    return byte < 0x20 || byte == 0x7f ? fmt::format("\\u{:04x}", byte) : "";
  }
  if (printable(point) == point) return "";
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(point[i]) & 0x3fU; };
  const unsigned value =
      point.size() == 2
          ? ((static_cast<unsigned char>(point[0]) & 0x1fU) << 6U) | byte(1)
          : ((static_cast<unsigned char>(point[0]) & 0x0fU) << 12U) | (byte(1) << 6U) | byte(2);
  return fmt::format("\\u{:04x}", value);
}

template <class Each>
void each_point(std::string_view text, const Each& each) {
  while (!text.empty()) {
    const std::size_t length =
        std::min(length_of_point(static_cast<unsigned char>(text[0])), text.size());
    each(text.substr(0, length));
    text.remove_prefix(length);
  }
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  each_point(text, [&](std::string_view point) {
    if (point == "\"" || point == "\\")
      out += '\\', out += point;
    else if (point == "\n")
      out += "\\n";
    else if (point == "\t")
      out += "\\t";
    else if (const std::string escape = escape_of(point); !escape.empty())
      out += escape;
    else
      out += point;
  });
  return out + '"';
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether a plain scalar reads back as this string in YAML 1.1 and 1.2.
bool is_plain(std::string_view text) {
  if (text.empty() || !(is_letter(text[0]) || text[0] == '/' || text[0] == '_')) return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  const std::string word = lower(text);
  for (const char* special : {"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
    if (word == special) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool follows_space = i > 0 && text[i - 1] == ' ';
    if (c == ':' && i + 1 < text.size() && text[i + 1] == ' ') return false;
    if (c == '#' && follows_space) return false;
    if (!is_letter(c) && !is_digit(c) &&
        std::string_view(" _./@+=:-()<>;*$,'").find(c) == std::string_view::npos)
      return false;
  }
  return true;
}

// Several lines that stand best as they are: PEM above all.
bool is_block(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n')
    return false;
  for (const std::string& line : split(text, '\n'))
    if (printable(line) != line || line.ends_with(' ')) return false;
  return true;
}

std::string block(std::string_view text, std::size_t indent) {
  std::size_t ends = 0;
  while (ends < text.size() && text[text.size() - 1 - ends] == '\n') ++ends;
  std::string out = ends == 0 ? "|-" : ends == 1 ? "|" : "|+";
  text.remove_suffix(ends > 0 ? 1 : 0);
  for (const std::string& line : split(text, '\n'))
    out += line.empty() ? "\n" : "\n" + std::string(indent, ' ') + line;
  return out;
}

std::string scalar(const Json& value, std::size_t indent) {
  if (!value.is_string()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto& text = value.get_ref<const std::string&>();
  if (is_plain(text)) return text;
  return is_block(text) ? block(text, indent) : double_quoted(text);
}

void write(const Json& value, std::size_t indent, std::string& out);

// What stands behind "key:" or "-".
void write_child(const Json& child, std::size_t indent, bool in_list, std::string& out) {
  if (child.is_structured() && !child.empty()) {
    if (in_list && child.is_object()) {
      std::string nested;
      write(child, indent, nested);
      out += ' ' + nested.substr(indent);  // the first key stands behind the dash
      return;
    }
    out += '\n';
    write(child, indent, out);
    return;
  }
  if (child.is_object()) {
    out += " {}\n";
  } else if (child.is_array()) {
    out += " []\n";
  } else {
    out += ' ' + scalar(child, indent) + '\n';
  }
}

void write(const Json& value, std::size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) {
      out += margin + (is_plain(key) ? key : double_quoted(key)) + ':';
      // Lists stand at their key's own margin, as kubectl writes them.
      const bool list = child.is_array() && !child.empty();
      write_child(child, list ? indent : indent + 2, false, out);
    }
    return;
  }
  for (const Json& child : value) {
    out += margin + '-';
    write_child(child, indent + 2, true, out);
  }
}

}  // namespace

std::string indented_json(std::string_view json) {
  const std::string text = Json::parse(json).dump(4, ' ', false, Json::error_handler_t::replace);
  std::string out;
  each_point(text, [&](std::string_view point) {
    const std::string escape = point == "\n" ? "" : escape_of(point);
    out += escape.empty() ? std::string(point) : escape;
  });
  return out + '\n';
}

std::string yaml_of(std::string_view json) {
  const Json tree = Json::parse(json);
  if (!tree.is_structured() || tree.empty()) return scalar(tree, 0) + '\n';
  std::string out;
  write(tree, 0, out);
  return out;
}

}  // namespace certloop::report
