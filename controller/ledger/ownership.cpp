#include "ledger/ownership.h"

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

bool is_of_another_installation(std::string_view owner, std::string_view ours) {
  const auto after_installation = [](std::string_view value) {
    const auto slash = value.find('/');
    return slash == std::string_view::npos ? std::string_view() : value.substr(slash);
  };
  return owner != ours && !after_installation(ours).empty() &&
         after_installation(owner) == after_installation(ours);
}

}  // namespace certloop::ledger
