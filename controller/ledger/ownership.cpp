#include "ledger/ownership.h"

#include "base/text.h"

namespace certloop::ledger {

std::string owner_tag_value(std::string_view installation, std::string_view space,
                            std::string_view name) {
  std::string value(installation);
  value += '/';
  value += space;
  value += '/';
  value += name;
  return value;
}

Result<void> check_owner_tag(std::string_view value) {
  constexpr std::size_t kMost = 256;
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.:/=+-@";
  if (value.size() > kMost)
    return Error(Code::invalid, "the owner tag \"" + std::string(value) + "\" is longer than " +
                                    std::to_string(kMost) +
                                    " characters: choose a shorter installation name");
  const auto wrong = value.find_first_not_of(kAllowed);
  if (wrong != std::string_view::npos)
    return Error(Code::invalid, "the owner tag \"" + printable(value) +
                                    "\" contains a character that AWS rejects in a tag: \"" +
                                    printable(value.substr(wrong, 1)) + '"');
  return {};
}

bool is_of_another_installation(std::string_view owner, std::string_view ours) {
  const auto after_installation = [](std::string_view value) {
    const auto slash = value.find('/');
    return slash == std::string_view::npos ? std::string_view() : value.substr(slash);
  };
  return owner != ours && !after_installation(ours).empty() &&
         after_installation(owner) == after_installation(ours);
}

}  // namespace certloop::ledger
