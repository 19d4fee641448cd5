#pragma once
// Amazon Resource Names.
#include <string>
#include <string_view>

#include "base/result.h"

namespace certloop::aws {

// arn:<partition>:<service>:<region>:<account>:<resource>
struct Arn {
  std::string partition, service, region, account, resource;

  // Errors: invalid (not an ARN; longer than 2048 characters; control characters).
  static Result<Arn> parse(std::string_view text);
  std::string text() const;
  bool operator==(const Arn&) const = default;
};

// Twelve digits.
bool is_account_id(std::string_view text);

}  // namespace certloop::aws
