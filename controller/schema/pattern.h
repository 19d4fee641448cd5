#pragma once
// Private to this folder: the regular expressions of the schemas, in the dialect that Kubernetes
// takes for `pattern` and CEL for matches() (RE2), as far as our schemas use it. Bytes, not
// characters: \p{L}, \p{N} and \p{Z} are taken for their ASCII members and every non-ASCII
// character, which only AWS judges finely. Thread-safe.
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace certloop::schema {

class Pattern {
 public:
  // Error: internal (a schema of ours is broken).
  static Result<std::shared_ptr<const Pattern>> compile(const std::string& text);
  ~Pattern();
  // Whether some part of the text matches, as RE2's PartialMatch: anchor with ^ and $.
  bool matches(std::string_view text) const;

 private:
  struct Compiled;
  explicit Pattern(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace certloop::schema
