#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <streambuf>
#include <unordered_map>

#include "base/text.h"
#include "schema/node_reader.h"

namespace certloop::schema {
namespace {

// Reads the text where it stands: std::istringstream would copy it. Piece by piece, so that the
// parser can be stopped: it sees an end of the text then.
// The parser takes a quote that is never closed for closed if the text ends with a blank or a line
// end. So a comment is put behind such a text: it changes nothing, but inside quotes.
class TextBuffer : public std::streambuf {
 public:
  TextBuffer(std::string_view text, const Progress& progress) : left_(text), progress_(progress) {
    if (text.ends_with('\n'))
      rest_ = "#";
    else if (text.ends_with(' ') || text.ends_with('\t') || text.ends_with('\r'))
      rest_ = "\n#";
  }

 protected:
  int_type underflow() override {
    if (!progress_.goes_on()) return traits_type::eof();
    if (left_.empty()) {
      if (rest_.empty()) return traits_type::eof();
      tail_ = std::exchange(rest_, "");
      return give(tail_.data(), tail_.size());
    }
    const std::string_view piece = left_.substr(0, kPiece);
    left_.remove_prefix(piece.size());
    return give(const_cast<char*>(piece.data()), piece.size());
  }

 private:
  static constexpr std::size_t kPiece = 64 << 10;

  int_type give(char* begin, std::size_t size) {
    setg(begin, begin, begin + size);
    return traits_type::to_int_type(*begin);
  }

  std::string_view left_;
  const Progress& progress_;
  std::string rest_, tail_;
};

// What a copy of a node costs.
struct Weight {
  std::size_t nodes = 0, bytes = 0;
};

Weight weight_of(const Node& node) {
  Weight all{1, node.key.size() + node.text.size()};
  for (const Node& item : node.items) {
    const Weight inner = weight_of(item);
    all.nodes += inner.nodes;
    all.bytes += inner.bytes;
  }
  return all;
}

// yaml-cpp's parser straight into our tree, without its own nodes: half the time and the memory.
class Handler final : public YAML::EventHandler {
 public:
  Handler(int first_line, Progress& progress) : first_line_(first_line), progress_(progress) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    // At some tokens, a comma for one, the parser makes documents of nothing without end.
    if (mark.pos <= last_start_)
      NodeBuilder::fail(line(mark), "broken YAML: no value can begin so; quote it if it is text");
    last_start_ = mark.pos;
    progress_.begin_document(line(mark));
    builder_.begin_document();
    anchors_.clear();
    copied_ = {};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (builder_.at_key()) NodeBuilder::fail(line(mark), "a key must not be null; name the field");
    scalar(mark, {}, false, anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    // "?" is a plain scalar, "!" one in quotes or in block form.
    const bool is_text = tag == "!" || tag == "tag:yaml.org,2002:str" || tag == "!!str";
    if (!is_text && tag != "?" && !tag.empty()) refuse_tag(mark);
    scalar(mark, text, is_text, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      NodeBuilder::fail(line(mark), "an alias (*) must not stand inside what it refers to");
    builder_.count(line(mark), found->second.weight.nodes);
    charge(line(mark), found->second.weight);
    Node copy = found->second.node;
    if (builder_.at_key()) {
      if (copy.type != Node::Type::scalar)
        NodeBuilder::fail(line(mark), "a key must be a plain word, not a list or a map");
      return builder_.add_key(copy.text, line(mark));
    }
    copy.line = line(mark);
    copy.key.clear();
    builder_.add(std::move(copy));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Type::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Type::map);
  }
  void OnMapEnd() override { close(); }

  TextDocument take_document() { return builder_.take_document(); }

 private:
  int line(const YAML::Mark& mark) const { return mark.line + first_line_; }

  // What begins with "!" may be a password that lacks its quotes: it is not repeated.
  [[noreturn]] void refuse_tag(const YAML::Mark& mark) const {
    NodeBuilder::fail(line(mark),
                      "a tag (!) is not supported; remove it, or quote the value if it is text");
  }

  void scalar(const YAML::Mark& mark, const std::string& text, bool is_text,
              YAML::anchor_t anchor) {
    builder_.count(line(mark));
    if (builder_.at_key() && anchor == YAML::NullAnchor) return builder_.add_key(text, line(mark));
    Node node;
    node.line = line(mark);
    node.quoted = is_text;
    node.type = !is_text && is_null(text) ? Node::Type::null : Node::Type::scalar;
    node.text = text;
    if (anchor != YAML::NullAnchor) keep(anchor, node);
    if (builder_.at_key()) return builder_.add_key(text, line(mark));
    builder_.add(std::move(node));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Type type) {
    if (tag != "?" && tag != "!" && !tag.empty() && !tag.starts_with("tag:yaml.org,2002:"))
      refuse_tag(mark);
    builder_.count(line(mark));
    builder_.open(type, line(mark));
    open_anchors_.push_back(anchor);
  }

  void close() {
    Node node = builder_.close();
    if (open_anchors_.back() != YAML::NullAnchor) keep(open_anchors_.back(), node);
    open_anchors_.pop_back();
    builder_.add(std::move(node));
  }

  // Copies are what a short text can make large: those that aliases ask for, and those that are
  // kept of what has an anchor, for anchors may stand inside one another.
  void charge(int line, const Weight& weight) {
    copied_.nodes += weight.nodes;
    copied_.bytes += weight.bytes;
    if (copied_.bytes > kMostExpandedBytes || copied_.nodes > 2 * kMostNodes)
      NodeBuilder::fail(line, fmt::format("the aliases (*) of the document stand for more than {} "
                                          "MiB or {} values; write fewer",
                                          kMostExpandedBytes >> 20, 2 * kMostNodes));
  }

  void keep(YAML::anchor_t anchor, const Node& node) {
    const Weight weight = weight_of(node);
    charge(node.line, weight);
    anchors_[anchor] = {node, weight};
  }

  struct Anchored {
    Node node;
    Weight weight;
  };

  const int first_line_;
  Progress& progress_;
  int last_start_ = -1;
  NodeBuilder builder_;
  Weight copied_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  std::vector<YAML::anchor_t> open_anchors_;
};

// Whether that line (counted from 0) is indented with a tab.
bool begins_with_tab(std::string_view text, int line) {
  for (; line > 0; --line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  const auto first = text.find_first_not_of(" \t");
  return text.substr(0, first).find('\t') != std::string_view::npos;
}

}  // namespace

std::optional<TextFault> read_yaml(std::string_view text, int line,
                                   const std::function<void(TextDocument)>& take,
                                   Progress& progress) {
  TextBuffer buffer(text, progress);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    Handler handler(line, progress);
    while (parser.HandleNextDocument(handler)) {
      TextDocument document = handler.take_document();
      if (document.root.type != Node::Type::null || !document.faults.empty())
        take(std::move(document));
    }
  } catch (const ReadingEnded& ended) {
    return ended.fault;
  } catch (const YAML::Exception& broken) {
    // Its `msg` is a fixed sentence; what() would quote the text, which may hold a secret.
    // But that of an unknown alias, which may be a password that lacks its quotes.
    const bool in_quotes = broken.msg == YAML::ErrorMsg::EOF_IN_SCALAR;
    const bool unknown = broken.msg.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR);
    if (begins_with_tab(text, broken.mark.line))
      return TextFault{broken.mark.line + line, "broken YAML: a tab cannot indent; use spaces"};
    return TextFault{broken.mark.line + line,
                     in_quotes ? "broken YAML: the text ends inside quotes; close them"
                     : unknown ? "an alias (*) refers to no anchor (&) before it; quote the value "
                                 "if it is text"
                               : "broken YAML: " + printable(broken.msg)};
  }
  return std::nullopt;
}

}  // namespace certloop::schema
