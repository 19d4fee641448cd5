#pragma once
// YAML and JSON as they were written: a tree that knows on which line each value stands and whether
// a scalar stood in quotes. What the scalars mean is decided by the schema (tree.h), not here.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace certloop::schema {

struct Node {
  enum class Type { null, scalar, list, map };

  Type type = Type::null;
  bool quoted = false;      // a scalar in quotes, in block form or tagged !!str: always text
  int line = 0;             // from 1; of the key, where the value stands in a map
  std::string key;          // where the value stands in a map
  std::string text;         // of a scalar
  std::vector<Node> items;  // of a list, or a map's values in the order they were written

  // The value under `name` in a map; null if there is none.
  const Node* find(std::string_view name) const;
  Node* find(std::string_view name);
};

// What is wrong with the text itself, and where.
struct TextFault {
  int line = 0;  // from 1
  std::string message;
};

// One document of a stream. With faults, the tree is what could be read.
struct TextDocument {
  Node root;
  std::vector<TextFault> faults;  // keys that stand twice in one map
};

// Bounds against hostile input (SECURITY, "YAML and JSON").
constexpr int kMostDepth = 64;
constexpr std::size_t kMostDocumentBytes = 4 << 20;
constexpr std::size_t kMostDocuments = 200'000;       // in one stream, empty ones too
constexpr std::size_t kMostNodes = 200'000;           // in one document, aliases expanded
constexpr std::size_t kMostExpandedBytes = 16 << 20;  // what all aliases of one document stand for

// Reads a stream of YAML documents, or one of JSON, and hands over each document that is not empty
// as soon as it is read. Returns the fault that ended the reading early, if there is one: broken
// syntax, text that is not UTF-8 or has control characters, a document or a stream beyond the
// bounds, an alias to itself, a merge key, a tag other than !!str. Pure; thread-safe.
//
// `goes_on`, unless empty, is asked every now and then, in the middle of documents too: with false
// the reading ends at once, and what it answers then means nothing.
std::optional<TextFault> read_documents(std::string_view text,
                                        const std::function<void(TextDocument)>& take,
                                        const std::function<bool()>& goes_on = {});

}  // namespace certloop::schema
