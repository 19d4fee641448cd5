#include "reconcilers/account/plan.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "base/timestamp.h"

namespace certloop::account {
namespace {

using api::Truth;

bool is_suspended(const api::AccountSpec& spec, Time now) {
  return spec.management == api::Management::suspended &&
         !(spec.suspended_until && *spec.suspended_until <= now);
}

Verdict of_identity(const api::Account& account, const Result<aws::CallerIdentity>& identity) {
  if (!identity.ok()) {
    const Error& error = identity.error();
    const bool refused = error.code() == Code::denied;
    // RegionDisabled and the like: the account's own word is the reason (S1).
    return {Truth::no,
            error.reason(),
            error.message(),
            refused || error.code() == Code::invalid || error.code() == Code::not_found,
            refused ? Truth::no : Truth::unknown,
            false};
  }
  const std::string& wanted = account.spec.account_id;
  if (!wanted.empty() && wanted != identity->account)
    return {Truth::no,
            "AccountMismatch",
            fmt::format("spec.accountId is {} but the credentials belong to {} ({}): correct one "
                        "of the two",
                        wanted, identity->account, identity->arn),
            true,
            Truth::yes,
            false};
  return {Truth::yes, "CredentialsAccepted", identity->arn, false, Truth::yes, false};
}

constexpr std::string_view kMissing = "PermissionsMissing", kNoAnswer = "CouldNotAsk";

}  // namespace

bool is_due_for_permissions(const api::Account& account) {
  const auto* last = api::find(account.status.conditions, "PermissionsGranted");
  return last == nullptr || last->observed_generation != account.meta.generation ||
         last->reason == kMissing || last->reason == kNoAnswer;
}

Granted granted(const api::Account& account, const Result<std::vector<connect::Check>>& answer) {
  const std::string hint =
      fmt::format("'certloop preflight {}/{}' says more", account.meta.space, account.meta.name);
  if (!answer.ok()) {
    const Code code = answer.error().code();
    const bool later = code == Code::throttled || code == Code::unavailable;
    return {Truth::unknown,
            std::string(later ? kNoAnswer : "SimulatorNotAvailable"),
            fmt::format("IAM does not tell which permissions there are: {}; {}",
                        answer.error().message(), hint),
            {}};
  }
  std::set<std::string> missing;
  for (const auto& check : *answer)
    if (check.verdict == connect::Verdict::denied && !check.permission.optional)
      missing.emplace(check.permission.action);
  Granted result{Truth::yes, "Granted", "", {missing.begin(), missing.end()}};
  if (missing.empty()) return result;
  result.is = Truth::no;
  result.reason = kMissing;
  result.message = fmt::format("AWS does not allow {}; {}", join(result.missing, ", "), hint);
  return result;
}

Verdict plan(const api::Account& account, const Observed& observed, Time now) {
  if (account.meta.deleted) {
    if (observed.users.empty()) return {Truth::no, "Deleted", "", false, Truth::unknown, true};
    return {Truth::no,
            "InUse",
            "it is deleted once these no longer refer to it: " + join(observed.users, ", "),
            false,
            Truth::unknown,
            false};
  }
  if (!account.spec.enabled)
    return {Truth::no, "AccountDisabled", "spec.enabled is false: no AWS call is made with it"};
  if (is_suspended(account.spec, now))
    return {Truth::unknown, "Suspended",
            "management is Suspended" +
                (account.spec.suspended_until ? " until " + rfc3339(*account.spec.suspended_until)
                                              : std::string()) +
                ": no AWS call is made with it"};
  if (account.spec.controller_name != observed.controller_name)
    return {Truth::no, "NoActiveController",
            fmt::format("spec.controllerName is {}; this controller is {}",
                        account.spec.controller_name, observed.controller_name)};
  if (!observed.identity) return {Truth::unknown, "NotChecked", "not checked yet"};
  return of_identity(account, *observed.identity);
}

}  // namespace certloop::account
