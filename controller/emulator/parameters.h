#pragma once
// The checks that AWS's front end makes before an operation sees its parameters, with its words:
// "1 validation error detected: Value 'x' at 'domainName' failed to satisfy constraint: ...".
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/answer.h"

namespace certloop::emulator {

using Json = nlohmann::json;

struct TextRule {
  std::size_t least = 0, most = 0;
  bool (*matches)(std::string_view text) = nullptr;
  std::string_view pattern = {};  // as the message shows it
};

using Words = std::vector<std::string_view>;

// Collects what is wrong; one ValidationException tells all. Absent members are fine unless
// required. A member of the wrong JSON type throws nlohmann's exception (SerializationException).
class Constraints {
 public:
  explicit Constraints(const Json& input) : input_(input) {}

  Constraints& required(std::initializer_list<const char*> members);
  Constraints& text(const char* member, const TextRule& rule);
  Constraints& texts(const char* member, std::size_t least, std::size_t most, const TextRule& rule);
  Constraints& word(const char* member, const Words& words);
  Constraints& words(const char* member, std::size_t least, std::size_t most, const Words& words);
  Constraints& integer(const char* member, long least, long most);
  Constraints& list(const char* member, std::size_t least, std::size_t most);
  // A base64 blob, by its decoded length. `secret` keeps the value out of the message.
  Constraints& blob(const char* member, std::size_t least, std::size_t most, bool secret);
  // Checks of one value that stands at a path of its own: "tags.1.member.key".
  Constraints& value_text(const Json& value, const std::string& path, const TextRule& rule);
  Constraints& value_word(const Json& value, const std::string& path, const Words& words);

  Answer<void> verdict() const;

 private:
  void report(const std::string& value, const std::string& path, const std::string& rule);
  const Json* find(const char* member) const;

  const Json& input_;
  std::vector<std::string> found_;
};

// "CertificateArn" is "certificateArn" in messages.
std::string member_path(std::string_view member);

}  // namespace certloop::emulator
