#pragma once
// What an Account's object says of the connection: pure. It makes no call that changes AWS, so its
// plan is a verdict and never an action in AWS.
#include <optional>
#include <string>
#include <vector>

#include "api/account.h"
#include "aws/sts.h"
#include "base/result.h"
#include "connect/preflight.h"

namespace certloop::account {

inline constexpr std::string_view kFinalizer = "certloop.dev/account";

// What sts:GetCallerIdentity answered, or why there is no answer; empty if it was not asked.
struct Observed {
  std::optional<Result<aws::CallerIdentity>> identity;
  // What the credentials may do of what the specs need, or why IAM does not tell; empty if it was
  // not asked.
  std::optional<Result<std::vector<connect::Check>>> permissions;
  std::vector<std::string> users;  // objects that refer to it: "Certificate payments/shop"
  std::string controller_name;
  std::string partition;
};

struct Verdict {
  api::Truth ready = api::Truth::unknown;
  std::string reason, message;
  bool stalled = false;  // only an edit can help
  api::Truth credentials_valid = api::Truth::unknown;
  std::string credentials_reason, credentials_message;
  bool is_own = true;   // the credentials do not belong to another account than spec.accountId
  bool may_go = false;  // being deleted, and nobody refers to it
};

// An Account that is being deleted goes on serving those that refer to it: Ready says what the
// deletion waits for, CredentialsValid whether the account can still be used.
Verdict plan(const api::Account& account, const Observed& observed, Time now);

// When to look again at one that does not work: soon after it began to fail, once a minute later
// on, so that it is used again at once when it works. `failing_since`: of its Ready condition.
Duration retry_wait(Time failing_since, Time now);

// Whether IAM is to be asked: at creation and after an edit, and again while something is missing.
// Where IAM refuses to tell it is asked for two hours, for one refusal may be a slip, and then for
// two hours of each day: a security team counts refused calls.
bool is_due_for_permissions(const api::Account& account, Time now);

struct Granted {
  api::Truth is = api::Truth::unknown;
  std::string reason, message;
  std::vector<std::string> missing;  // actions, sorted
};

// S72: what the answer means.
Granted granted(const api::Account& account, const Result<std::vector<connect::Check>>& answer);

}  // namespace certloop::account
