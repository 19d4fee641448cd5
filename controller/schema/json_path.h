#pragma once
// Private to this folder: the JSONPath of printer columns, as far as ours use it: .name, ['name'],
// [0] and [?(@.name=="value")]. Thread-safe.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace certloop::schema {

class JsonPath {
 public:
  // Error: internal (a form that is not evaluated here).
  static Result<JsonPath> compile(const std::string& text);
  // The first value it leads to; null if there is none.
  const nlohmann::json* find(const nlohmann::json& root) const;

 private:
  struct Step {
    std::string name;   // of a member, or of the one that the filter reads
    std::string value;  // that the filter wants
    std::size_t index = 0;
    enum class Kind { member, index, filter } kind = Kind::member;
  };
  static Result<Step> bracket(std::string_view inside, const std::string& text);
  std::vector<Step> steps_;
};

}  // namespace certloop::schema
