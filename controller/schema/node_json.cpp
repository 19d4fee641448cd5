#include <iterator>
#include <nlohmann/json.hpp>

#include "schema/node_reader.h"

namespace certloop::schema {
namespace {

using Json = nlohmann::json;

// Walks the text and counts the lines on its way, so that events know where they stand: the
// library's own events do not say. It reads at most one character ahead, never across a value.
struct Position {
  int line = 1;
};
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, Position* position) : at_(at), position_(position) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    if (*at_ == '\n') ++position_->line;
    ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  Position* position_;
};

class Handler final : public Json::json_sax_t {
 public:
  explicit Handler(const Position& position) : position_(position) { builder_.begin_document(); }

  bool null() override { return add(Node::Type::null, "", false); }
  bool boolean(bool value) override {
    return add(Node::Type::scalar, value ? "true" : "false", false);
  }
  bool number_integer(number_integer_t value) override {
    return add(Node::Type::scalar, std::to_string(value), false);
  }
  bool number_unsigned(number_unsigned_t value) override {
    return add(Node::Type::scalar, std::to_string(value), false);
  }
  bool number_float(number_float_t, const string_t& raw) override {
    return add(Node::Type::scalar, raw, false);
  }
  bool string(string_t& value) override { return add(Node::Type::scalar, value, true); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Node::Type::map); }
  bool key(string_t& name) override {
    builder_.add_key(name, position_.line);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Node::Type::list); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

  TextDocument take_document() { return builder_.take_document(); }

 private:
  bool add(Node::Type type, std::string_view text, bool quoted) {
    builder_.count(position_.line);
    Node node;
    node.type = type;
    node.text = text;
    node.quoted = quoted;
    node.line = position_.line;
    builder_.add(std::move(node));
    return true;
  }
  bool open(Node::Type type) {
    builder_.count(position_.line);
    builder_.open(type, position_.line);
    return true;
  }
  bool close() {
    builder_.add(builder_.close());
    return true;
  }

  const Position& position_;
  NodeBuilder builder_;
};

}  // namespace

std::optional<TextDocument> read_json(std::string_view text) {
  Position position;
  Handler handler(position);
  CountingIterator begin(text.data(), &position);
  CountingIterator end(text.data() + text.size(), &position);
  try {
    if (!Json::sax_parse(begin, end, &handler)) return std::nullopt;
  } catch (const ReadingEnded&) {
    return std::nullopt;  // the YAML reader meets the same bound, and says so
  } catch (const Json::exception&) {
    return std::nullopt;
  }
  return handler.take_document();
}

}  // namespace certloop::schema
