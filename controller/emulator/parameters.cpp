#include "emulator/parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace certloop::emulator {

namespace {

std::string in_quotes(const std::string& value) { return "'" + value + "'"; }

std::string one_of(const Words& words) {
  return fmt::format("satisfy enum value set: [{}]", fmt::join(words, ", "));
}

bool is_one_of(const std::string& word, const Words& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::string member_path(std::string_view member) {
  std::string path(member);
  if (!path.empty() && path[0] >= 'A' && path[0] <= 'Z') path[0] = static_cast<char>(path[0] + 32);
  return path;
}

const Json* Constraints::find(const char* member) const {
  const auto found = input_.find(member);
  return found == input_.end() || found->is_null() ? nullptr : &*found;
}

void Constraints::report(const std::string& value, const std::string& path,
                         const std::string& rule) {
  found_.push_back(fmt::format("Value {} at '{}' failed to satisfy constraint: Member must {}",
                               value, path, rule));
}

Constraints& Constraints::required(std::initializer_list<const char*> members) {
  for (const char* member : members) {
    if (!find(member)) report("null", member_path(member), "not be null");
  }
  return *this;
}

Constraints& Constraints::text(const char* member, const TextRule& rule) {
  if (const Json* value = find(member)) value_text(*value, member_path(member), rule);
  return *this;
}

Constraints& Constraints::texts(const char* member, std::size_t least, std::size_t most,
                                const TextRule& rule) {
  list(member, least, most);
  if (const Json* values = find(member)) {
    std::size_t position = 0;
    for (const Json& value : *values) {
      value_text(value, fmt::format("{}.{}.member", member_path(member), ++position), rule);
    }
  }
  return *this;
}

Constraints& Constraints::word(const char* member, const Words& words) {
  if (const Json* value = find(member)) value_word(*value, member_path(member), words);
  return *this;
}

Constraints& Constraints::words(const char* member, std::size_t least, std::size_t most,
                                const Words& words) {
  list(member, least, most);
  if (const Json* values = find(member)) {
    for (const Json& value : *values) {
      if (is_one_of(value.get<std::string>(), words)) continue;
      report(in_quotes(fmt::format("[{}]", value.get<std::string>())), member_path(member),
             "satisfy constraint: [Member must " + one_of(words) + "]");
    }
  }
  return *this;
}

Constraints& Constraints::integer(const char* member, long least, long most) {
  const Json* value = find(member);
  if (!value) return *this;
  if (!value->is_number_integer()) value->get_ref<const std::string&>();  // throws: the wrong type
  const long number = value->get<long>();
  if (number < least) {
    report(in_quotes(std::to_string(number)), member_path(member),
           fmt::format("have value greater than or equal to {}", least));
  }
  if (number > most) {
    report(in_quotes(std::to_string(number)), member_path(member),
           fmt::format("have value less than or equal to {}", most));
  }
  return *this;
}

Constraints& Constraints::list(const char* member, std::size_t least, std::size_t most) {
  const Json* value = find(member);
  if (!value) return *this;
  const auto& items = value->get_ref<const Json::array_t&>();
  if (items.size() < least) {
    report(in_quotes(value->dump()), member_path(member),
           fmt::format("have length greater than or equal to {}", least));
  }
  if (items.size() > most) {
    report(in_quotes(value->dump()), member_path(member),
           fmt::format("have length less than or equal to {}", most));
  }
  return *this;
}

Constraints& Constraints::blob(const char* member, std::size_t least, std::size_t most,
                               bool secret) {
  const Json* value = find(member);
  if (!value) return *this;
  const auto bytes = from_base64(value->get_ref<const std::string&>());
  const std::string shown = secret ? "*** Sensitive Data Redacted ***"
                                   : fmt::format("'java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]'",
                                                 bytes ? bytes->size() : 0);
  if (!bytes) {
    report(shown, member_path(member), "be valid base64");
  } else if (bytes->size() < least) {
    report(shown, member_path(member),
           fmt::format("have length greater than or equal to {}", least));
  } else if (bytes->size() > most) {
    report(shown, member_path(member), fmt::format("have length less than or equal to {}", most));
  }
  return *this;
}

Constraints& Constraints::value_text(const Json& value, const std::string& path,
                                     const TextRule& rule) {
  const std::string& text = value.get_ref<const std::string&>();
  if (text.size() < rule.least) {
    report(in_quotes(text), path,
           fmt::format("have length greater than or equal to {}", rule.least));
  }
  if (text.size() > rule.most) {
    report(in_quotes(text), path, fmt::format("have length less than or equal to {}", rule.most));
  }
  if (rule.matches && !rule.matches(text)) {
    report(in_quotes(text), path,
           fmt::format("satisfy regular expression pattern: {}", rule.pattern));
  }
  return *this;
}

Constraints& Constraints::value_word(const Json& value, const std::string& path,
                                     const Words& words) {
  const std::string& text = value.get_ref<const std::string&>();
  if (!is_one_of(text, words)) report(in_quotes(text), path, one_of(words));
  return *this;
}

Answer<void> Constraints::verdict() const {
  if (found_.empty()) return {};
  return AwsError{"ValidationException",
                  fmt::format("{} validation error{} detected: {}", found_.size(),
                              found_.size() == 1 ? "" : "s", join(found_, "; "))};
}

}  // namespace certloop::emulator
