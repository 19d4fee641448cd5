#pragma once
// Private to this folder: the walk that finds everything wrong with a value.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "schema/field.h"
#include "schema/schema.h"

namespace certloop::schema {

// Where the walk stands: a chain on the stack, written out only when something is wrong.
struct Place {
  const Place* parent = nullptr;
  std::string_view key;
  std::size_t index = 0;
  bool is_item = false;

  std::string text() const;
};

// One walk over one object. Not thread-safe.
class Checker {
 public:
  explicit Checker(std::string kind_name) : kind_name_(std::move(kind_name)) {}

  void check(const Field& field, const nlohmann::json& value, const nlohmann::json* old,
             const Place& place);
  void fault(const std::string& path, std::string message, std::string remedy);
  // Says it better than what was found there before.
  void supersede(const std::string& path, std::string message, std::string remedy);
  // 'certloop explain certificate.spec.region' tells what it is.
  std::string explained(const std::string& path) const;

  // At most 100 of them, and a last one if there were more.
  std::vector<Fault> take_faults();

 private:
  using Json = nlohmann::json;

  void check_type(const Field& field, const Json& value, const Place& place);
  void check_string(const Field& field, const std::string& text, const Place& place);
  void check_format(const Field& field, const std::string& text, const Place& place);
  void check_number(const Field& field, const Json& value, const Place& place);
  void check_object(const Field& field, const Json& value, const Json* old, const Place& place);
  void check_members(const Field& field, const Json& value, const Json* old, const Place& place);
  void check_missing(const Field& field, const Json& value, const Place& place);
  void check_list(const Field& field, const Json& value, const Json* old, const Place& place);
  void check_unique(const Field& field, const Json& value, const Place& place);
  void check_rules(const Field& field, const Json& value, const Json* old, const Place& place,
                   std::size_t faults_before);
  void check_built(const Field& field, const Json& value, const Place& place,
                   std::size_t faults_before);
  bool is_faulty(const std::string& path) const;
  bool is_full() const;
  void refuse_unknown(const Field& field, const std::string& key, const Place& place);

  std::string kind_name_;
  std::vector<Fault> faults_;
  bool has_more_ = false;  // than are kept
};

}  // namespace certloop::schema
