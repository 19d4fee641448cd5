#include "emulator/input_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "base/text.h"

namespace certloop::emulator {
namespace {

// AWS writes member names of its Java models: "CertificateAuthorityArn" is
// 'certificateAuthorityArn'.
std::string path_of(const std::string& parent, std::string_view member) {
  std::string name(member);
  if (!name.empty()) name[0] = lower(name.substr(0, 1))[0];
  return parent.empty() ? name : parent + "." + name;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

const Json& empty_object() {
  static const Json kEmpty = Json::object();
  return kEmpty;
}

const Json& empty_array() {
  static const Json kEmpty = Json::array();
  return kEmpty;
}

}  // namespace

const Json* InputCheck::find(const Json& object, const char* member, const std::string& path,
                             bool required, bool right_type(const Json&)) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) {
    if (required) {
      violations_.push_back(fmt::format(
          "Value null at '{}' failed to satisfy constraint: Member must not be null", path));
    }
    return nullptr;
  }
  if (!right_type(*found)) {
    wrong_type_ = true;
    return nullptr;
  }
  return &*found;
}

void InputCheck::violated(const std::string& path, const Json& value,
                          const std::string& constraint) {
  const std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
  violations_.push_back(
      fmt::format("Value '{}' at '{}' failed to satisfy constraint: {}", shown, path, constraint));
}

std::string InputCheck::text(const char* member, const TextRule& rule) {
  return text_in(input_, "", member, rule);
}

std::string InputCheck::text_in(const Json& object, const std::string& parent, const char* member,
                                const TextRule& rule) {
  const std::string path = path_of(parent, member);
  const Json* value =
      find(object, member, path, rule.required, [](const Json& json) { return json.is_string(); });
  if (!value) return "";
  const std::string text = value->get<std::string>();
  const std::size_t length = characters(text);
  if (length < rule.min) {
    violated(path, *value,
             fmt::format("Member must have length greater than or equal to {}", rule.min));
  }
  if (length > rule.max) {
    violated(path, *value,
             fmt::format("Member must have length less than or equal to {}", rule.max));
  }
  if (!rule.values.empty() &&
      std::find(rule.values.begin(), rule.values.end(), text) == rule.values.end()) {
    violated(path, *value,
             fmt::format("Member must satisfy enum value set: [{}]", join(rule.values, ", ")));
  }
  if (rule.pattern && length <= rule.max && !std::regex_match(text, std::regex(rule.pattern))) {
    violated(path, *value,
             fmt::format("Member must satisfy regular expression pattern: {}", rule.pattern));
  }
  return text;
}

std::optional<std::int64_t> InputCheck::number(const char* member, std::int64_t min,
                                               std::int64_t max, bool required) {
  const std::string path = path_of("", member);
  const Json* value = find(input_, member, path, required,
                           [](const Json& json) { return json.is_number_integer(); });
  if (!value) return std::nullopt;
  const std::int64_t number = value->get<std::int64_t>();
  if (number < min) {
    violated(path, *value, fmt::format("Member must have value greater than or equal to {}", min));
  }
  if (number > max) {
    violated(path, *value, fmt::format("Member must have value less than or equal to {}", max));
  }
  return number;
}

std::string InputCheck::blob(const char* member, std::size_t max, bool required) {
  const std::string path = path_of("", member);
  const Json* value =
      find(input_, member, path, required, [](const Json& json) { return json.is_string(); });
  if (!value) return "";
  std::optional<std::string> bytes = from_base64(value->get<std::string>());
  if (!bytes) {
    wrong_type_ = true;
    return "";
  }
  if (required && bytes->empty()) {
    violated(path, "java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]",
             "Member must have length greater than or equal to 1");
  }
  if (bytes->size() > max) {
    violated(path, "java.nio.HeapByteBuffer",
             fmt::format("Member must have length less than or equal to {}", max));
  }
  return std::move(*bytes);
}

const Json& InputCheck::object(const char* member, bool required) {
  const Json* value = find(input_, member, path_of("", member), required,
                           [](const Json& json) { return json.is_object(); });
  return value ? *value : empty_object();
}

const Json& InputCheck::array(const char* member, std::size_t min, std::size_t max, bool required) {
  const std::string path = path_of("", member);
  const Json* value =
      find(input_, member, path, required, [](const Json& json) { return json.is_array(); });
  if (!value) return empty_array();
  if (value->size() < min) {
    violated(path, *value, fmt::format("Member must have length greater than or equal to {}", min));
  }
  if (value->size() > max) {
    violated(path, *value, fmt::format("Member must have length less than or equal to {}", max));
  }
  return *value;
}

Answer<void> InputCheck::result() const {
  if (wrong_type_) {
    return AwsError{"SerializationException", "A member of the request has an unexpected type."};
  }
  if (violations_.empty()) return {};
  return AwsError{"ValidationException",
                  fmt::format("{} validation error{} detected: {}", violations_.size(),
                              violations_.size() == 1 ? "" : "s", join(violations_, "; "))};
}

}  // namespace certloop::emulator
