#pragma once
// Reads the members of a JSON 1.1 request and says what is wrong with them, as AWS's front end
// does: all violations of the model in one ValidationException. Private to this folder's .cpp
// files.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/answer.h"

namespace certloop::emulator {

using Json = nlohmann::json;

// The constraints of a string shape in the service model.
struct TextRule {
  bool required = false;
  std::size_t min = 0;
  std::size_t max = std::numeric_limits<std::size_t>::max();  // in characters
  std::vector<std::string> values = {};                       // the enumeration; empty: any
  const char* pattern = nullptr;                              // of the whole text, ECMAScript
};

// One request's check. Not thread-safe.
class InputCheck {
 public:
  explicit InputCheck(const Json& input) : input_(input) {}

  // The member, or what stands for its absence. `path` names it in messages if it is not
  // `object`'s own member: "certificateAuthorityConfiguration.keyAlgorithm".
  std::string text(const char* member, const TextRule& rule);
  std::string text_in(const Json& object, const std::string& path, const char* member,
                      const TextRule& rule);
  std::optional<std::int64_t> number(const char* member, std::int64_t min, std::int64_t max,
                                     bool required = false);
  // Base64-decoded; `max` in bytes.
  std::string blob(const char* member, std::size_t max, bool required);
  // The member, or an empty object or array if it is absent.
  const Json& object(const char* member, bool required = false);
  const Json& array(const char* member, std::size_t min, std::size_t max, bool required = false);
  // A violation that the rules above cannot say.
  void violated(const std::string& path, const Json& value, const std::string& constraint);

  // ValidationException listing every violation, or SerializationException for a wrong JSON type.
  Answer<void> result() const;

 private:
  const Json* find(const Json& object, const char* member, const std::string& path, bool required,
                   bool right_type(const Json&));

  const Json& input_;
  std::vector<std::string> violations_;
  bool wrong_type_ = false;
};

}  // namespace certloop::emulator
