#pragma once
// How objects are printed: -o table, wide, json, yaml, name, jsonpath=... Secrets are masked here,
// whatever the form.
#include <optional>
#include <string>
#include <vector>

#include "api/object.h"
#include "cli/session.h"
#include "report/json_path.h"
#include "report/render.h"

namespace certloop::cli {

class Output {
 public:
  enum class Form { table, wide, json, yaml, name, jsonpath };

  // Error: invalid, naming the forms.
  static Result<Output> parse(const std::string& text);

  Form form() const { return form_; }
  bool is_table() const { return form_ == Form::table || form_ == Form::wide; }

  // Everything but tables. One object stands alone; else they are the items of a List.
  std::string text(const std::vector<api::Object>& objects, bool as_list) const;

 private:
  Form form_ = Form::table;
  std::optional<report::JsonPath> path_;
};

// The forms that reports have. Error: invalid, naming them.
Result<report::Format> parse_format(const std::string& text);

struct TableOptions {
  bool wide = false;
  bool with_space = false;  // a NAMESPACE column, as with -A
  bool with_kind = false;   // names as certificate.certloop.dev/shop, where kinds are mixed
  bool headers = true;
  bool labels = false;  // a LABELS column
};

// Objects of one kind, with the columns of its description.
std::string table_of(api::Kind kind, const std::vector<api::Object>& objects,
                     const TableOptions& options, report::Layout layout, Time now);

}  // namespace certloop::cli
