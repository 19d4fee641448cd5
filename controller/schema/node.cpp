#include "schema/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "schema/node_reader.h"

namespace certloop::schema {

const Node* Node::find(std::string_view name) const {
  if (type != Type::map) return nullptr;
  for (const Node& item : items)
    if (item.key == name) return &item;
  return nullptr;
}

Node* Node::find(std::string_view name) {
  return const_cast<Node*>(static_cast<const Node*>(this)->find(name));
}

void NodeBuilder::begin_document() {
  document_ = {};
  open_.clear();
  node_count_ = 0;
}

bool NodeBuilder::at_key() const {
  return !open_.empty() && open_.back().node.type == Node::Type::map && !open_.back().has_key;
}

void NodeBuilder::count(int line, std::size_t nodes) {
  node_count_ += nodes;
  if (node_count_ > kMostNodes)
    fail(line, fmt::format("the document has more than {} values; split it", kMostNodes));
}

void NodeBuilder::open(Node::Type type, int line) {
  if (at_key()) fail(line, "a key must be a plain word, not a list or a map");
  if (open_.size() >= kMostDepth)
    fail(line, fmt::format("the document is nested deeper than {} levels", kMostDepth));
  Open next;
  next.node.type = type;
  next.node.line = line;
  open_.push_back(std::move(next));
}

Node NodeBuilder::close() {
  Open done = std::move(open_.back());
  open_.pop_back();
  if (done.node.type == Node::Type::map) find_duplicates(done.node, document_.faults);
  return std::move(done.node);
}

void NodeBuilder::add_key(std::string_view key, int line) {
  if (key == "<<") fail(line, "merge keys (<<) are not supported; write the fields out");
  open_.back().key = key;
  open_.back().key_line = line;
  open_.back().has_key = true;
}

void NodeBuilder::add(Node node) {
  if (open_.empty()) {
    document_.root = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.type == Node::Type::map) {
    node.key = std::move(parent.key);
    node.line = parent.key_line;
    parent.has_key = false;
  }
  parent.node.items.push_back(std::move(node));
}

bool is_null(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// A map with few keys is searched as it stands; the set is for hostile ones.
void find_duplicates(const Node& map, std::vector<TextFault>& faults) {
  const auto twice = [&](const Node& item) {
    faults.push_back(
        {item.line, fmt::format("the field '{}' stands twice; remove one", printable(item.key))});
  };
  if (map.items.size() > 16) {
    std::unordered_set<std::string_view> seen;
    for (const Node& item : map.items)
      if (!seen.insert(item.key).second) twice(item);
    return;
  }
  for (std::size_t i = 1; i < map.items.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (map.items[i].key == map.items[j].key) {
        twice(map.items[i]);
        break;
      }
}

namespace {

// The length of the valid UTF-8 sequence of a printable character at `at`; 0 if there is none.
std::size_t printable_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80)
    return (first >= 0x20 && first != 0x7f) || first == '\t' || first == '\n' || first == '\r' ? 1
                                                                                               : 0;
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  if (first >= 0xc2 && first < 0xe0)
    return follows(1) && (first != 0xc2 || byte(1) >= 0xa0 || byte(1) == 0x85) ? 2 : 0;
  if (first >= 0xe0 && first < 0xf0) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) >= 0xa0;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first < 0xf5) {
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool beyond = first == 0xf4 && byte(1) >= 0x90;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

// YAML allows printable characters only, and its parser takes byte 4 for the end of the text.
std::optional<TextFault> find_unprintable(std::string_view text) {
  int line = 1;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = printable_length(text, i);
    if (length == 0)
      return TextFault{line, fmt::format("byte 0x{:02x} is no text; save the file as UTF-8",
                                         static_cast<unsigned char>(text[i]))};
    if (text[i] == '\n') ++line;
    i += length;
  }
  return std::nullopt;
}

bool looks_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

bool is_marker(std::string_view line) {
  return line.starts_with("---") && (line.size() == 3 || line[3] == ' ' || line[3] == '\r');
}

// Cuts a stream before each line that begins a document. Streams with directives (%) or explicit
// ends (...) stay whole.
std::vector<std::pair<std::string_view, int>> cut_documents(std::string_view text) {
  std::vector<std::pair<std::string_view, int>> pieces;
  std::size_t begin = 0;
  int begin_line = 1, line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view found = text.substr(at, end - at);
    if (found.starts_with('%') || found.starts_with("...")) return {{text, 1}};
    if (at > begin && is_marker(found)) {
      pieces.emplace_back(text.substr(begin, at - begin), begin_line);
      begin = at;
      begin_line = line;
    }
    at = end + 1;
  }
  if (begin < text.size()) pieces.emplace_back(text.substr(begin), begin_line);
  return pieces;
}

bool has_content(const TextDocument& document) {
  return document.root.type != Node::Type::null || !document.faults.empty();
}

}  // namespace

std::optional<TextFault> read_documents(std::string_view text,
                                        const std::function<void(TextDocument)>& take) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (auto fault = find_unprintable(text)) return fault;
  // Flow style YAML begins like JSON: what is not JSON may still be YAML.
  if (looks_like_json(text) && text.size() <= kMostDocumentBytes)
    if (auto document = read_json(text)) {
      if (has_content(*document)) take(std::move(*document));
      return std::nullopt;
    }
  for (const auto& [piece, line] : cut_documents(text)) {
    if (piece.size() > kMostDocumentBytes)
      return TextFault{line, fmt::format("the document is larger than {} MiB; split it",
                                         kMostDocumentBytes >> 20)};
    if (auto document = read_plain(piece, line)) {
      if (has_content(*document)) take(std::move(*document));
    } else if (auto fault = read_yaml(piece, line, take)) {
      return fault;
    }
  }
  return std::nullopt;
}

}  // namespace certloop::schema
