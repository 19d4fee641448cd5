#include "reconcilers/account/account_reconciler.h"

#include <algorithm>

#include "connect/access.h"
#include "frame/readiness.h"
#include "loop/references.h"
#include "store/typed.h"

namespace certloop::account {
namespace {

using loop::Next;
using std::chrono::hours;

// Credentials can be withdrawn at any time; an hour is soon enough to say so when nothing else
// calls. A call that fails brings the account here at once (connect::Edges::doubt).
constexpr Duration kCheckEvery = hours(1);
// Rights that it was not our turn to ask for.
constexpr Duration kAskAgain = std::chrono::minutes(1);
// Nobody tells that a dependant has gone.
constexpr Duration kDeletionEvery = std::chrono::seconds(15);

// The answer says nothing about the account: it is not our turn, or the process ends.
template <class T>
bool is_no_news(const std::optional<Result<T>>& answer) {
  return answer && !answer->ok() &&
         (answer->error().code() == Code::cancelled || answer->error().code() == Code::throttled);
}

api::AccountStatus published(const api::Account& account, const Verdict& verdict,
                             const Observed& observed, Time now) {
  api::AccountStatus status = account.status;
  status.observed_generation = account.meta.generation;
  status.last_handled_reconcile = api::reconcile_request(account.meta);
  // Whose credentials they are is kept of those only that the Account may use.
  if (observed.identity && observed.identity->ok() && verdict.is_own) {
    status.account_id = (*observed.identity)->account;
    status.principal = (*observed.identity)->arn;
    status.partition = observed.partition;
  }
  const auto put = [&](std::string type, api::Truth truth, std::string reason,
                       std::string message) {
    api::set(status.conditions,
             {std::move(type), truth, std::move(reason), std::move(message),
              account.meta.generation, std::chrono::floor<std::chrono::seconds>(now)});
  };
  using api::Truth;
  put("CredentialsValid", verdict.credentials_valid, verdict.credentials_reason,
      verdict.credentials_message);
  if (observed.permissions) {
    Granted found = granted(account, *observed.permissions);
    status.missing_permissions = std::move(found.missing);
    put("PermissionsGranted", found.is, std::move(found.reason), std::move(found.message));
  }
  const bool idle = verdict.reason == "AccountDisabled" || verdict.reason == "Suspended";
  const bool working = verdict.ready != Truth::yes && !verdict.stalled && !idle;
  frame::put(status.conditions,
             {.ready = verdict.ready,
              .reason = verdict.reason,
              .message = verdict.message,
              .reconciling = working,
              .stalled = verdict.stalled,
              .why = verdict.reason,
              .explanation = verdict.message},
             account.meta.generation, now);
  return status;
}

}  // namespace

Result<Next> AccountReconciler::reconcile(const api::Key& key) {
  auto found = store::get<api::Account>(store_, key.space, key.name);
  if (!found.ok() && found.error().code() == Code::not_found) return Next::gone();
  api::Account account = TRY(std::move(found));

  if (api::asks_afresh(account)) connections_.forget(account);
  Observed observed = TRY(observe(account));
  if (is_no_news(observed.identity)) return observed.identity->error();
  // Which rights there are can wait for its turn; that the credentials work is known by now.
  const bool asks_later = is_no_news(observed.permissions);
  if (asks_later) observed.permissions.reset();
  const Verdict verdict = plan(account, observed, clock_.now());
  const api::AccountStatus before = account.status;
  account.status = published(account, verdict, observed, clock_.now());
  loop::warn_of_trouble(events_, key, account.meta.uid, before.conditions,
                        account.status.conditions);
  if (account.status != before) {
    const api::Object stored = TRY(store_.update_status(api::write(account)));
    account.meta.version = stored.meta.version;
  }
  const auto next = act(account, verdict, observed);
  return next.ok() && asks_later ? Next::after(kAskAgain) : next;
}

Result<Observed> AccountReconciler::observe(const api::Account& account) {
  Observed observed;
  observed.controller_name = connections_.policy().controller_name;
  // Deletion order (PROTOCOLS 5): certificates and CAs first, for they need it to clean up in AWS.
  if (account.meta.deleted) {
    const auto users = TRY(loop::users_of(store_, {account.key()}));
    if (users.empty()) return observed;
    for (const auto& user : users.begin()->second) observed.users.push_back(text_of(user));
  }
  const auto& spec = account.spec;
  const Time now = clock_.now();
  const bool asleep =
      connect::effective(spec.management, spec.suspended_until, api::Management::enforce, now) ==
      api::Management::suspended;
  if (!spec.enabled || asleep || spec.controller_name != observed.controller_name) return observed;
  const auto connection = connections_.open(store_, account);
  if (!connection.ok()) {
    observed.identity = connection.error();
    return observed;
  }
  observed.partition = (*connection)->partition();
  observed.identity = (*connection)->sts(spec.regions.front()).get_caller_identity();
  const bool ours = observed.identity->ok() &&
                    (spec.account_id.empty() || spec.account_id == (*observed.identity)->account);
  const bool asks = api::asks_afresh(account) || is_due_for_permissions(account, now);
  if (ours && !account.meta.deleted && asks)
    observed.permissions = TRY(ask_for_permissions(account, **connection, **observed.identity));
  return observed;
}

// Before any spec refers to the account, it must at least be able to read certificates.
Result<Result<std::vector<connect::Check>>> AccountReconciler::ask_for_permissions(
    const api::Account& account, connect::Connection& connection,
    const aws::CallerIdentity& identity) const {
  connect::Needs needs = TRY(connect::needs_of(store_, account));
  if (needs.assumed) needs.needs = {connect::Need::watching};
  return connect::simulate({connection, account, connect::permissions_for(needs)}, identity.account,
                           identity.arn);
}

Result<Next> AccountReconciler::act(api::Account& account, const Verdict& verdict,
                                    const Observed& observed) {
  auto& finalizers = account.meta.finalizers;
  const bool held = std::find(finalizers.begin(), finalizers.end(), kFinalizer) != finalizers.end();
  if (account.meta.deleted) {
    if (!verdict.may_go) return Next::after(kDeletionEvery);
    std::erase(finalizers, kFinalizer);
    const auto released = store_.edit_metadata(api::write(account));
    if (!released.ok() && released.error().code() != Code::not_found) return released.error();
    return Next::on_change();
  }
  if (!held) {
    finalizers.emplace_back(kFinalizer);
    TRY(store_.edit_metadata(api::write(account)));
  }
  if (observed.identity && verdict.ready == api::Truth::no) {
    const auto* ready = api::find(account.status.conditions, "Ready");
    const Duration wait = retry_wait(ready->since, clock_.now());
    if (observed.identity->ok()) return Next::after(wait);
    // The wait is ours, not the service's.
    const Error& error = observed.identity->error();
    return Error(error.code(), error.message()).because(error.reason()).after(wait);
  }
  return Next::after(
      connect::rest_until_resumed(account.spec.suspended_until, kCheckEvery, clock_.now()));
}

}  // namespace certloop::account
