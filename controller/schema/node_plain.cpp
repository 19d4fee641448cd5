#include <algorithm>
#include <array>

#include "schema/node_reader.h"

namespace certloop::schema {
namespace {

constexpr int kMostPlainDepth = kMostDepth - 2;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
bool begins_plain(char c) { return is_letter_or_digit(c) || is_one_of(c, "_./"); }
bool is_key_character(char c) { return is_letter_or_digit(c) || is_one_of(c, "_./-"); }
bool is_flow_character(char c) { return is_letter_or_digit(c) || is_one_of(c, "_./-+=@"); }
bool is_block_character(char c) { return is_flow_character(c) || is_one_of(c, " :,()*"); }

std::string_view without_spaces_at_end(std::string_view text) {
  const auto last = text.find_last_not_of(' ');
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

// The length of the key that the text begins with, if it is a map's entry; else 0.
std::size_t key_length(std::string_view text) {
  if (text.empty() || !(is_letter_or_digit(text[0]) || text[0] == '_')) return 0;
  std::size_t length = 1;
  while (length < text.size() && is_key_character(text[length])) ++length;
  if (length == text.size() || text[length] != ':' || is_null(text.substr(0, length))) return 0;
  return length + 1 == text.size() || text[length + 1] == ' ' ? length : 0;
}

bool is_list_item(std::string_view text) { return text == "-" || text.starts_with("- "); }

// Reads the YAML that people write for Kubernetes: block maps and lists, scalars of one line
// without escapes, flow collections of one line. Gives up at whatever else there is, and leaves the
// document to the full reader; it never decides that something is wrong. Not thread-safe.
class PlainReader {
 public:
  explicit PlainReader(std::string_view text, int line) : rest_(text), number_(line - 1) {}

  std::optional<TextDocument> read() {
    advance();
    if (has_line_ && indent_ == 0 && content_ == "---") advance();
    if (!has_line_) return given_up_ ? std::nullopt : std::optional<TextDocument>(TextDocument{});
    document_.root = block(0);
    if (given_up_ || has_line_) return std::nullopt;
    return std::move(document_);
  }

 private:
  Node give_up() {
    given_up_ = true;
    has_line_ = false;
    return {};
  }

  // Moves to the next line that says something.
  void advance() {
    has_line_ = false;
    while (!given_up_ && !rest_.empty()) {
      const auto end = rest_.find('\n');
      std::string_view line = rest_.substr(0, end);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++number_;
      const auto first = line.find_first_not_of(' ');
      if (first == std::string_view::npos || line[first] == '#') continue;
      indent_ = first;
      content_ = without_spaces_at_end(line.substr(first));
      has_line_ = true;
      if (content_.find_first_of("#\t\r") != std::string_view::npos) give_up();
      return;
    }
  }

  Node begin(Node::Type type) {
    if (++node_count_ > kMostNodes) give_up();
    Node node;
    node.type = type;
    node.line = number_;
    return node;
  }

  Node block(int depth) {
    if (depth > kMostPlainDepth) return give_up();
    return is_list_item(content_) ? block_list(indent_, depth) : block_map(indent_, depth);
  }

  // What stands below an entry without a value of its own.
  Node nested(std::size_t indent, bool may_be_list_here, int depth) {
    const Node none = begin(Node::Type::null);
    advance();
    if (has_line_ && indent_ > indent) return block(depth + 1);
    if (has_line_ && may_be_list_here && indent_ == indent && is_list_item(content_))
      return block_list(indent, depth + 1);
    return none;
  }

  // A value on the line itself; a line that is indented further would continue it.
  Node on_line(std::string_view text, std::size_t indent, int depth) {
    Node node = value(text, depth);
    if (!text.empty()) return give_up();
    advance();
    if (has_line_ && indent_ > indent) return give_up();
    return node;
  }

  Node block_map(std::size_t indent, int depth) {
    Node map = begin(Node::Type::map);
    while (has_line_ && indent_ == indent && !is_list_item(content_)) {
      const std::size_t length = key_length(content_);
      if (length == 0) return give_up();
      const int line = number_;
      std::string key(content_.substr(0, length));
      std::string_view text = content_.substr(length + 1);
      text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
      Node item = text.empty() ? nested(indent, true, depth) : on_line(text, indent, depth);
      item.key = std::move(key);
      item.line = line;
      map.items.push_back(std::move(item));
    }
    if (has_line_ && indent_ >= indent) return give_up();
    find_duplicates(map, document_.faults);
    return map;
  }

  Node block_list(std::size_t indent, int depth) {
    Node list = begin(Node::Type::list);
    while (has_line_ && indent_ == indent && is_list_item(content_)) {
      std::string_view text = content_.substr(1);
      const std::size_t gap = std::min(text.find_first_not_of(' '), text.size());
      text.remove_prefix(gap);
      if (text.empty()) {
        list.items.push_back(nested(indent, false, depth));
      } else if (key_length(text) > 0 || is_list_item(text)) {
        // A map or list that begins behind the hyphen is indented as far as it stands to the right.
        indent_ += 1 + gap;
        content_ = text;
        list.items.push_back(block(depth + 1));
      } else {
        list.items.push_back(on_line(text, indent, depth));
      }
    }
    if (has_line_ && indent_ > indent) return give_up();
    return list;
  }

  // Takes a value of one line off the front of `text`.
  Node value(std::string_view& text, int depth) {
    const char first = text.front();
    if (first == '[' || first == '{') return flow(text, depth + 1);
    if (first == '\'' || first == '"') return quoted(text);
    return plain(text, is_block_character);
  }

  Node plain(std::string_view& text, bool (*is_allowed)(char)) {
    if (!begins_plain(text.front())) return give_up();
    std::size_t length = 1;
    while (length < text.size() && is_allowed(text[length])) ++length;
    const std::string_view word = text.substr(0, length);
    if (word.find(": ") != std::string_view::npos || word.ends_with(':')) return give_up();
    Node node = begin(is_null(word) ? Node::Type::null : Node::Type::scalar);
    node.text = word;
    text.remove_prefix(length);
    return node;
  }

  Node quoted(std::string_view& text) {
    const auto end = text.find(text.front(), 1);
    if (end == std::string_view::npos) return give_up();
    Node node = begin(Node::Type::scalar);
    node.quoted = true;
    node.text = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    const bool goes_on = !text.empty() && is_one_of(text.front(), "'\":");
    if (goes_on || node.text.find('\\') != std::string::npos) return give_up();
    return node;
  }

  static void skip_spaces(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }

  Node flow(std::string_view& text, int depth) {
    const bool is_map = text.front() == '{';
    const char closing = is_map ? '}' : ']';
    Node node = begin(is_map ? Node::Type::map : Node::Type::list);
    if (depth > kMostPlainDepth) return give_up();
    text.remove_prefix(1);
    skip_spaces(text);
    bool is_first = true;
    while (!given_up_ && !text.empty() && text.front() != closing) {
      if (!is_first) {
        if (text.front() != ',') return give_up();
        text.remove_prefix(1);
        skip_spaces(text);
      }
      is_first = false;
      node.items.push_back(is_map ? flow_entry(text, depth) : flow_value(text, depth));
      skip_spaces(text);
    }
    if (given_up_ || text.empty()) return give_up();
    text.remove_prefix(1);
    if (is_map) find_duplicates(node, document_.faults);
    return node;
  }

  Node flow_entry(std::string_view& text, int depth) {
    const std::size_t length = key_length(text);
    if (length == 0 || length + 1 == text.size()) return give_up();
    const int line = number_;
    std::string key(text.substr(0, length));
    text.remove_prefix(length + 1);
    skip_spaces(text);
    Node node = flow_value(text, depth);
    node.key = std::move(key);
    node.line = line;
    return node;
  }

  Node flow_value(std::string_view& text, int depth) {
    if (text.empty()) return give_up();
    const char first = text.front();
    if (first == '[' || first == '{') return flow(text, depth + 1);
    if (first == '\'' || first == '"') return quoted(text);
    Node node = plain(text, is_flow_character);
    const auto next = text.find_first_not_of(' ');
    if (next == std::string_view::npos || !is_one_of(text[next], ",]}")) return give_up();
    return node;
  }

  std::string_view rest_;     // what follows the line at hand
  std::string_view content_;  // the line at hand, without what stands around it
  std::size_t indent_ = 0;
  int number_ = 0;
  bool has_line_ = false;
  bool given_up_ = false;
  std::size_t node_count_ = 0;
  TextDocument document_;
};

}  // namespace

std::optional<TextDocument> read_plain(std::string_view text, int line) {
  return PlainReader(text, line).read();
}

}  // namespace certloop::schema
