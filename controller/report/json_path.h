#pragma once
// kubectl's JSONPath templates (k8s.io/kubectl/pkg/util/jsonpath): text with {expressions}.
//   {.metadata.name}  {.items[*].spec.region}  {.a[0]} {.a[-1]} {.a[1:3]}  {..name}  {.a['x.y']}
//   {.status.conditions[?(@.type=="Ready")].status}   ==  !=  <  <=  >  >=, or existence
//   {range .items[*]}{.metadata.name}{"\n"}{end}
// An expression without braces is taken as one (`-o jsonpath=.metadata.name`). Thread-safe.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace certloop::report {

class JsonPath {
 public:
  // Error: invalid, saying at which character and what was expected.
  static Result<JsonPath> parse(std::string_view text);

  // The template filled in from the document, which is valid JSON. Several values of one expression
  // are joined by spaces; objects and lists appear as JSON. What is not there gives nothing. What a
  // terminal would act upon is escaped in values; their line feeds and tabs stay, and the
  // template's own text stays as it is.
  std::string fill(std::string_view json) const;
  // The values that the first expression finds, unescaped: for conditions.
  std::vector<std::string> values(std::string_view json) const;

  struct Node;  // in json_path.cpp

 private:
  explicit JsonPath(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

}  // namespace certloop::report
