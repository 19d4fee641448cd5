#pragma once
// What an Account's object says of the connection: pure. It makes no call that changes AWS, so its
// plan is a verdict and never an action in AWS.
#include <optional>
#include <string>
#include <vector>

#include "api/account.h"
#include "aws/sts.h"
#include "base/result.h"

namespace certloop::account {

inline constexpr std::string_view kFinalizer = "certloop.dev/account";

// What sts:GetCallerIdentity answered, or why there is no answer; empty if it was not asked.
struct Observed {
  std::optional<Result<aws::CallerIdentity>> identity;
  std::vector<std::string> users;  // objects that refer to it: "Certificate payments/shop"
  std::string controller_name;
  std::string partition;
};

struct Verdict {
  api::Truth ready = api::Truth::unknown;
  std::string reason, message;
  bool stalled = false;  // only an edit can help
  api::Truth credentials_valid = api::Truth::unknown;
  bool may_go = false;  // being deleted, and nobody refers to it
};

Verdict plan(const api::Account& account, const Observed& observed, Time now);

}  // namespace certloop::account
