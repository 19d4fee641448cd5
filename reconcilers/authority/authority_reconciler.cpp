#include "reconcilers/authority/authority_reconciler.h"

#include <algorithm>

#include "store/typed.h"

namespace certloop::authority {

using api::Truth;
using loop::Next;

constexpr std::string_view kFinalizer = "certloop.dev/certificateauthority";

Result<Next> AuthorityReconciler::reconcile(const api::Key& key) {
  auto found = store::get<api::CertificateAuthority>(world_.store, key.space, key.name);
  if (!found.ok() && found.error().code() == Code::not_found) return Next::gone();
  api::CertificateAuthority authority = TRY(std::move(found));
  TRY(hold(authority));

  const std::string version = authority.meta.version;
  const api::CertificateAuthorityStatus before = authority.status;
  Observed observed;
  Plan todo;
  Result<Next> outcome = advance(authority, observed, todo);
  // Neither a turn that has not come yet nor the end of the process is news: the next pass says how
  // things stand.
  if (!outcome.ok() &&
      (outcome.error().code() == Code::throttled || outcome.error().code() == Code::cancelled))
    return outcome;
  conclude(authority, observed, todo, outcome, world_.clock.now());  // failures are reported too

  // What act() recorded is stored already; the rest is written if it is news.
  const bool gone = todo.decision.action && std::holds_alternative<LetGo>(*todo.decision.action);
  if (!gone && (authority.status != before || authority.meta.version != version)) {
    const auto written = world_.store.update_status(api::write(authority));
    if (!written.ok() && outcome.ok() && written.error().code() != Code::not_found)
      return written.error();
  }
  return outcome;
}

// Before anything is made in AWS, the object must not be able to vanish unnoticed.
Result<void> AuthorityReconciler::hold(api::CertificateAuthority& authority) {
  auto& finalizers = authority.meta.finalizers;
  if (authority.meta.deleted ||
      std::find(finalizers.begin(), finalizers.end(), kFinalizer) != finalizers.end())
    return {};
  finalizers.emplace_back(kFinalizer);
  const api::Object stored = TRY(world_.store.edit_metadata(api::write(authority)));
  authority.meta.version = stored.meta.version;
  return {};
}

Result<Next> AuthorityReconciler::advance(api::CertificateAuthority& authority, Observed& observed,
                                          Plan& todo) {
  observed = TRY(observe(world_, authority));
  authority.status = observed.known;
  todo = plan(authority, observed, world_.clock.now());
  authority.status.differences = todo.differences;
  return act(world_, authority, observed, todo.decision);
}

void conclude(api::CertificateAuthority& authority, const Observed& observed, const Plan& todo,
              const Result<Next>& outcome, Time now) {
  const auto put = [&](std::string type, Truth truth, std::string reason, std::string message) {
    api::set(authority.status.conditions,
             {std::move(type), truth, std::move(reason), std::move(message),
              authority.meta.generation, std::chrono::floor<std::chrono::seconds>(now)});
  };
  const auto& decision = todo.decision;
  const bool failed = !outcome.ok();
  // These need a person. A right that is granted is noticed all the same: the loop looks again.
  const bool terminal = decision.stalled || (failed && (outcome.error().code() == Code::invalid ||
                                                        outcome.error().code() == Code::denied ||
                                                        outcome.error().code() == Code::exhausted));
  const bool suspended = observed.management == api::Management::suspended;
  const std::string reason = failed ? outcome.error().reason() : decision.reason;
  const std::string message = failed ? outcome.error().message() : decision.message;
  // What could not be looked at is as it was last seen.
  const bool active =
      observed.presence != Presence::absent && authority.status.aws_status == "ACTIVE";
  const bool unseen = failed || observed.account || observed.presence == Presence::unknown;
  const bool renewable =
      !authority.spec.acm_pca.allow_acm_renewal || authority.status.acm_may_renew;
  const bool ready = active && renewable && !terminal && !suspended && !authority.meta.deleted;
  put("Ready",
      ready       ? Truth::yes
      : suspended ? Truth::unknown
                  : Truth::no,
      ready            ? "Active"
      : reason.empty() ? "Pending"
                       : reason,
      ready ? authority.status.arn + " is ACTIVE" : message);
  const bool acting = decision.action && changes_aws(*decision.action);
  const bool working = !terminal && !suspended && (!ready || acting || unseen);
  put("Reconciling", working ? Truth::yes : Truth::no,
      working ? (reason.empty() ? "Progressing" : reason) : "Settled", working ? message : "");
  put("Stalled", terminal ? Truth::yes : Truth::no, terminal ? reason : "No",
      terminal ? message : "");
  if (observed.presence == Presence::unknown || observed.account || suspended)
    put("InSync", Truth::unknown, "NotCompared", "it could not be compared with AWS");
  else
    put("InSync", todo.differences.empty() ? Truth::yes : Truth::no,
        todo.differences.empty() ? "InSync" : "Drift",
        todo.differences.empty() ? "" : std::to_string(todo.differences.size()) + " difference(s)");
  authority.status.observed_generation = authority.meta.generation;
}

}  // namespace certloop::authority
