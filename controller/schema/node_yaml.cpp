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

// Reads the text where it stands: std::istringstream would copy it.
// The parser takes a quote that is never closed for closed if the text ends with a blank or a line
// end. So a comment is put behind such a text: it changes nothing, but inside quotes.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
    if (text.ends_with('\n'))
      rest_ = "#";
    else if (text.ends_with(' ') || text.ends_with('\t') || text.ends_with('\r'))
      rest_ = "\n#";
  }

 protected:
  int_type underflow() override {
    if (rest_.empty()) return traits_type::eof();
    tail_ = std::exchange(rest_, "");
    setg(tail_.data(), tail_.data(), tail_.data() + tail_.size());
    return traits_type::to_int_type(tail_.front());
  }

 private:
  std::string rest_, tail_;
};

std::size_t nodes_in(const Node& node) {
  std::size_t count = 1;
  for (const Node& item : node.items) count += nodes_in(item);
  return count;
}

// yaml-cpp's parser straight into our tree, without its own nodes: half the time and the memory.
class Handler final : public YAML::EventHandler {
 public:
  explicit Handler(int first_line) : first_line_(first_line) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    // At some tokens, a comma for one, the parser makes documents of nothing without end.
    if (mark.pos <= last_start_)
      NodeBuilder::fail(line(mark), "broken YAML: no value can begin so; quote it if it is text");
    last_start_ = mark.pos;
    builder_.begin_document();
    anchors_.clear();
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
    if (!is_text && tag != "?" && !tag.empty())
      NodeBuilder::fail(line(mark),
                        fmt::format("the tag {} is not supported; remove it", printable(tag)));
    scalar(mark, text, is_text, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      NodeBuilder::fail(line(mark), "an alias (*) must not stand inside what it refers to");
    Node copy = found->second;
    builder_.count(line(mark), nodes_in(copy));
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

  void scalar(const YAML::Mark& mark, const std::string& text, bool is_text,
              YAML::anchor_t anchor) {
    builder_.count(line(mark));
    if (builder_.at_key() && anchor == YAML::NullAnchor) return builder_.add_key(text, line(mark));
    Node node;
    node.line = line(mark);
    node.quoted = is_text;
    node.type = !is_text && is_null(text) ? Node::Type::null : Node::Type::scalar;
    node.text = text;
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    if (builder_.at_key()) return builder_.add_key(text, line(mark));
    builder_.add(std::move(node));
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Type type) {
    if (tag != "?" && tag != "!" && !tag.empty() && !tag.starts_with("tag:yaml.org,2002:"))
      NodeBuilder::fail(line(mark),
                        fmt::format("the tag {} is not supported; remove it", printable(tag)));
    builder_.count(line(mark));
    builder_.open(type, line(mark));
    open_anchors_.push_back(anchor);
  }

  void close() {
    Node node = builder_.close();
    if (open_anchors_.back() != YAML::NullAnchor) anchors_[open_anchors_.back()] = node;
    open_anchors_.pop_back();
    builder_.add(std::move(node));
  }

  const int first_line_;
  int last_start_ = -1;
  NodeBuilder builder_;
  std::unordered_map<YAML::anchor_t, Node> anchors_;
  std::vector<YAML::anchor_t> open_anchors_;
};

}  // namespace

std::optional<TextFault> read_yaml(std::string_view text, int line,
                                   const std::function<void(TextDocument)>& take) {
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    Handler handler(line);
    while (parser.HandleNextDocument(handler)) {
      TextDocument document = handler.take_document();
      if (document.root.type != Node::Type::null || !document.faults.empty())
        take(std::move(document));
    }
  } catch (const ReadingEnded& ended) {
    return ended.fault;
  } catch (const YAML::Exception& broken) {
    // Its `msg` is a fixed sentence; what() would quote the text, which may hold a secret.
    const bool in_quotes = broken.msg == YAML::ErrorMsg::EOF_IN_SCALAR;
    return TextFault{broken.mark.line + line,
                     in_quotes ? "broken YAML: the text ends inside quotes; close them"
                               : "broken YAML: " + printable(broken.msg)};
  }
  return std::nullopt;
}

}  // namespace certloop::schema
