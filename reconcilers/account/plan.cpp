#include "reconcilers/account/plan.h"

#include <fmt/format.h>

#include <algorithm>
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

Verdict verdict_of(Truth ready, std::string reason, std::string message, Truth credentials) {
  Verdict verdict;
  verdict.ready = ready;
  verdict.credentials_valid = credentials;
  verdict.credentials_reason = reason;
  verdict.credentials_message = message;
  verdict.reason = std::move(reason);
  verdict.message = std::move(message);
  return verdict;
}

Verdict of_identity(const api::Account& account, const Result<aws::CallerIdentity>& identity) {
  if (!identity.ok()) {
    const Error& error = identity.error();
    const bool refused = error.code() == Code::denied;
    // RegionDisabled and the like: the account's own word is the reason (S1).
    Verdict verdict = verdict_of(Truth::no, error.reason(), error.message(),
                                 refused ? Truth::no : Truth::unknown);
    verdict.stalled = refused || error.code() == Code::invalid || error.code() == Code::not_found;
    return verdict;
  }
  const std::string& wanted = account.spec.account_id;
  if (!wanted.empty() && wanted != identity->account) {
    Verdict verdict = verdict_of(
        Truth::no, "AccountMismatch",
        fmt::format("spec.accountId is {} but the credentials belong to {} ({}): correct one of "
                    "the two",
                    wanted, identity->account, identity->arn),
        Truth::yes);
    verdict.stalled = true;
    verdict.is_own = false;
    return verdict;
  }
  return verdict_of(Truth::yes, "CredentialsAccepted", identity->arn, Truth::yes);
}

// Whether it can be used, deleted or not.
Verdict usable(const api::Account& account, const Observed& observed, Time now) {
  const auto& spec = account.spec;
  if (!spec.enabled)
    return verdict_of(Truth::no, "AccountDisabled",
                      "spec.enabled is false: no AWS call is made with it", Truth::unknown);
  if (is_suspended(spec, now))
    return verdict_of(
        Truth::unknown, "Suspended",
        "management is Suspended" +
            (spec.suspended_until ? " until " + rfc3339(*spec.suspended_until) : std::string()) +
            ": no AWS call is made with it",
        Truth::unknown);
  if (spec.controller_name != observed.controller_name)
    return verdict_of(Truth::no, "NoActiveController",
                      fmt::format("spec.controllerName is {}; this controller is {}",
                                  spec.controller_name, observed.controller_name),
                      Truth::unknown);
  if (!observed.identity)
    return verdict_of(Truth::unknown, "NotChecked", "not checked yet", Truth::unknown);
  return of_identity(account, *observed.identity);
}

// "27 dependants (first 5: Certificate payments/shop, ...)".
std::string text_of(const std::vector<std::string>& users) {
  constexpr std::size_t kNamed = 5;
  const std::size_t named = std::min(kNamed, users.size());
  const auto end = users.begin() + static_cast<std::ptrdiff_t>(named);
  const std::string names = join(std::vector<std::string>(users.begin(), end), ", ");
  if (named == users.size()) return names;
  return fmt::format("{} dependants (first {}: {})", users.size(), named, names);
}

constexpr std::string_view kMissing = "PermissionsMissing", kNoAnswer = "CouldNotAsk",
                           kNotAvailable = "SimulatorNotAvailable";

}  // namespace

bool is_due_for_permissions(const api::Account& account, Time now) {
  using std::chrono::hours;
  const auto* last = api::find(account.status.conditions, "PermissionsGranted");
  if (last == nullptr || last->observed_generation != account.meta.generation) return true;
  if (last->reason == kNotAvailable) return (now - last->since) % hours(24) < hours(2);
  return last->reason == kMissing || last->reason == kNoAnswer;
}

Granted granted(const api::Account& account, const Result<std::vector<connect::Check>>& answer) {
  const std::string hint = fmt::format("run 'certloop preflight {}/{}' for details",
                                       account.meta.space, account.meta.name);
  if (!answer.ok()) {
    const Code code = answer.error().code();
    const bool later = code == Code::throttled || code == Code::unavailable;
    return {Truth::unknown,
            std::string(later ? kNoAnswer : kNotAvailable),
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
  if (account.meta.deleted && observed.users.empty()) {
    Verdict verdict = verdict_of(Truth::no, "Deleted", "", Truth::unknown);
    verdict.may_go = true;
    return verdict;
  }
  Verdict verdict = usable(account, observed, now);
  if (!account.meta.deleted) return verdict;
  const std::string cause =
      verdict.ready == Truth::no ? "; its clean-up cannot begin: " + verdict.message : "";
  verdict.ready = Truth::no;
  verdict.reason = "InUse";
  verdict.message = "deletion is waiting for " + text_of(observed.users) + cause;
  return verdict;
}

Duration retry_wait(Time failing_since, Time now) {
  return std::clamp<Duration>(now - failing_since, std::chrono::seconds(1),
                              std::chrono::minutes(1));
}

}  // namespace certloop::account
