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

void Progress::begin_document(int line) {
  if (++documents_ > kMostDocuments)
    NodeBuilder::fail(line,
                      fmt::format("more than {} documents in one file; split it", kMostDocuments));
  if (!goes_on()) NodeBuilder::fail(line, "stopped");
}

bool is_null(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// A map with few keys is searched as it stands; the set is for hostile ones.
void find_duplicates(const Node& map, std::vector<TextFault>& faults) {
  const auto twice = [&](const Node& item) {
    faults.push_back(
        {item.line, fmt::format("duplicate field '{}'; remove one", printable(item.key))});
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

// How many bytes are looked at before the next question whether to go on.
constexpr std::size_t kBetweenQuestions = 1 << 20;

// YAML allows printable characters only, and its parser takes byte 4 for the end of the text.
std::optional<TextFault> find_unprintable(std::string_view text, const Progress& progress) {
  int line = 1;
  std::size_t asked = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (i - asked >= kBetweenQuestions) {
      if (!progress.goes_on()) return TextFault{line, "stopped"};
      asked = i;
    }
    const std::size_t length = printable_length(text, i);
    if (length == 0)
      return TextFault{
          line, fmt::format(
                    "invalid {} 0x{:02x}; save the file as UTF-8",
                    static_cast<unsigned char>(text[i]) < 0x80 ? "control character" : "UTF-8 byte",
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

using Piece = std::pair<std::string_view, int>;  // and the line that it begins on

// Cuts a stream before each line that begins a document. Streams with directives (%) or explicit
// ends (...) stay whole. Throws ReadingEnded beyond the bounds, or where the reading is to stop.
std::vector<Piece> cut_documents(std::string_view text, const Progress& progress) {
  std::vector<Piece> pieces;
  std::size_t begin = 0, asked = 0;
  int begin_line = 1, line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    if (at - asked >= kBetweenQuestions) {
      if (!progress.goes_on()) NodeBuilder::fail(line, "stopped");
      asked = at;
    }
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view found = text.substr(at, end - at);
    if (found.starts_with('%') || found.starts_with("...")) return {{text, 1}};
    if (at > begin && is_marker(found)) {
      pieces.emplace_back(text.substr(begin, at - begin), begin_line);
      if (pieces.size() > kMostDocuments) break;  // the next one is not begun
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

std::optional<TextFault> read_piece(std::string_view piece, int line,
                                    const std::function<void(TextDocument)>& take,
                                    Progress& progress) {
  if (piece.size() > kMostDocumentBytes)
    return TextFault{line, fmt::format("the document is larger than {} MiB; split it",
                                       kMostDocumentBytes >> 20)};
  auto document = read_plain(piece, line);
  if (!document) return read_yaml(piece, line, take, progress);
  progress.begin_document(line);
  if (has_content(*document)) take(std::move(*document));
  return std::nullopt;
}

}  // namespace

std::optional<TextFault> read_documents(std::string_view text,
                                        const std::function<void(TextDocument)>& take,
                                        const std::function<bool()>& goes_on) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Progress progress(goes_on);
  if (auto fault = find_unprintable(text, progress)) return fault;
  // Flow style YAML begins like JSON: what is not JSON may still be YAML.
  if (looks_like_json(text) && text.size() <= kMostDocumentBytes)
    if (auto document = read_json(text)) {
      if (has_content(*document)) take(std::move(*document));
      return std::nullopt;
    }
  try {
    for (const auto& [piece, line] : cut_documents(text, progress))
      if (auto fault = read_piece(piece, line, take, progress)) return fault;
  } catch (const ReadingEnded& ended) {
    return ended.fault;
  }
  return std::nullopt;
}

}  // namespace certloop::schema
