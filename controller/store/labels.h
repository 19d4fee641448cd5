#pragma once
// Label selectors, as `kubectl -l` takes them. Plain values; thread-safe to read.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace certloop::store {

using Labels = std::map<std::string, std::string>;

// All requirements hold: "a=b", "a==b", "a!=b", "a in (b,c)", "a notin (b,c)", "a", "!a", "a>1",
// "a<1", joined by commas. != and notin also match objects without the label.
// Source: k8s.io/apimachinery/pkg/labels/selector.go.
class LabelSelector {
 public:
  // The empty text matches everything. Error: invalid, naming the part that is wrong.
  static Result<LabelSelector> parse(std::string_view text);

  bool matches(const Labels& labels) const;
  bool empty() const { return requirements_.empty(); }

 private:
  enum class Operator { in, not_in, exists, absent, greater, less };
  struct Requirement {
    std::string key;
    Operator op = Operator::exists;
    std::vector<std::string> values;
    std::int64_t bound = 0;
  };
  class Parser;
  static bool matches(const Requirement& requirement, const Labels& labels);

  std::vector<Requirement> requirements_;
};

}  // namespace certloop::store
