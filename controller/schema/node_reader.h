#pragma once
// Private to this folder: how parsers' events become a Node tree within its bounds.
#include <optional>
#include <stdexcept>

#include "schema/node.h"

namespace certloop::schema {

// Leaves a parser's callbacks; caught in the same .cpp file.
struct ReadingEnded : std::runtime_error {
  explicit ReadingEnded(TextFault f) : std::runtime_error(f.message), fault(std::move(f)) {}
  TextFault fault;
};

// Builds one document after another. Not thread-safe.
class NodeBuilder {
 public:
  void begin_document();
  TextDocument take_document() { return std::move(document_); }

  // Whether what comes next is a key.
  bool at_key() const;
  // Throws ReadingEnded when a bound is exceeded.
  void count(int line, std::size_t nodes = 1);
  void open(Node::Type type, int line);
  Node close();
  void add_key(std::string_view key, int line);
  void add(Node node);

  [[noreturn]] static void fail(int line, std::string message) {
    throw ReadingEnded({line, std::move(message)});
  }

 private:
  struct Open {
    Node node;
    std::string key;
    int key_line = 0;
    bool has_key = false;
  };
  TextDocument document_;
  std::vector<Open> open_;
  std::size_t node_count_ = 0;
};

// Whether a plain scalar says that there is nothing.
bool is_null(std::string_view text);

// Adds a fault for each key that stands twice in a map.
void find_duplicates(const Node& map, std::vector<TextFault>& faults);

// Nothing if the text is not one JSON document within the bounds. Scalars but strings are plain.
std::optional<TextDocument> read_json(std::string_view text);

// Counts the documents of a stream, whoever reads them, and knows when to stop. Not thread-safe.
class Progress {
 public:
  explicit Progress(const std::function<bool()>& goes_on) : goes_on_(goes_on) {}
  bool goes_on() const { return !goes_on_ || goes_on_(); }
  // Throws ReadingEnded at one document too many, or where the reading is to stop.
  void begin_document(int line);

 private:
  const std::function<bool()>& goes_on_;
  std::size_t documents_ = 0;
};

// Any YAML, by yaml-cpp. `line` is that of the text's first one.
std::optional<TextFault> read_yaml(std::string_view text, int line,
                                   const std::function<void(TextDocument)>& take,
                                   Progress& progress);

// One document of the YAML that most specs are written in, ten times faster; nothing if there is
// anything in it that only the full reader knows. Both give the same tree (a test holds them to
// it).
std::optional<TextDocument> read_plain(std::string_view text, int line);

}  // namespace certloop::schema
