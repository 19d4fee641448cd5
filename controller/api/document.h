#pragma once
// A piece of JSON in canonical form: what the store keeps of an object beyond its metadata.
#include <string>
#include <string_view>

#include "base/result.h"

namespace certloop::api {

// Always valid JSON, keys sorted, no insignificant white space; so that equal documents have equal
// texts. Parsing happens in the .cpp files that need a tree (nlohmann::json::parse(text())).
class Document {
 public:
  Document() : text_("{}") {}
  // `invalid` for what is not JSON, has duplicate keys, or nests deeper than 64.
  static Result<Document> parse(std::string_view json);
  // For text that a JSON library has just written with sorted keys.
  static Document from_canonical(std::string text) { return Document(std::move(text)); }

  const std::string& text() const { return text_; }
  // Overwrites the text's memory and leaves {}: for what held a secret.
  void wipe();
  bool empty() const { return text_ == "{}"; }
  bool operator==(const Document&) const = default;

 private:
  explicit Document(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace certloop::api
