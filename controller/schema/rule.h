#pragma once
// Private to this folder: the rules between fields (x-kubernetes-validations), evaluated here just
// as the API server of Kubernetes evaluates them. Only the part of CEL that our schemas need:
// literals, self, oldSelf, a.b, a[i], has(a.b), ! && || == != < <= > >= in, lists, and the calls
// size, startsWith, endsWith, contains, matches, lowerAscii, split, filter, all, exists. Whatever
// else stands in a rule is refused when the schema is read. Thread-safe.
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace certloop::schema {

struct Expression;  // rule_json.h

class Rule {
 public:
  // `message` reads "what is wrong; what to do". `field_path`: ".region", or empty.
  // Error: internal (a form that is not evaluated here).
  static Result<std::shared_ptr<const Rule>> compile(const std::string& rule, std::string message,
                                                     std::string field_path);
  ~Rule();

  // Whether the rule compares with what stood there before.
  bool needs_old() const { return needs_old_; }
  // Nothing if it cannot be evaluated, because a field that it reads is not there.
  std::optional<bool> holds(const nlohmann::json& self, const nlohmann::json* old) const;

  std::string wrong, remedy;  // the two halves of the message
  std::string field_path;     // "region"; empty: the object itself

 private:
  Rule();
  std::unique_ptr<const Expression> expression_;
  bool needs_old_ = false;
};

}  // namespace certloop::schema
