#include "aws/arn.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace certloop::aws {
namespace {
constexpr std::size_t kLongest = 2048;

Error not_an_arn(std::string_view text) {
  return Error(Code::invalid,
               fmt::format("{}: not an ARN; write arn:partition:service:region:account:resource",
                           printable(text.substr(0, 200))));
}
}  // namespace

Result<Arn> Arn::parse(std::string_view text) {
  const bool printable_ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c != 0x7f; });
  if (text.size() > kLongest || !printable_ascii || !text.starts_with("arn:"))
    return not_an_arn(text);
  std::string_view rest = text.substr(4);
  std::array<std::string, 4> parts;
  for (std::string& part : parts) {
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos) return not_an_arn(text);
    part = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  if (parts[0].empty() || parts[1].empty() || rest.empty()) return not_an_arn(text);
  return Arn{parts[0], parts[1], parts[2], parts[3], std::string(rest)};
}

std::string Arn::text() const {
  return fmt::format("arn:{}:{}:{}:{}:{}", partition, service, region, account, resource);
}

bool is_account_id(std::string_view text) {
  return text.size() == 12 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace certloop::aws
