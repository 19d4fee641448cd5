#include "reconcilers/authority/authority_reconciler.h"

#include <algorithm>

#include "store/typed.h"

namespace certloop::authority {

using api::Truth;
using loop::Next;

Result<Next> AuthorityReconciler::reconcile(const api::Key& key) {
  auto found = store::get<api::CertificateAuthority>(world_.store, key.space, key.name);
  if (!found.ok() && found.error().code() == Code::not_found) {
    repetition_.forget(key);
    return Next::gone();
  }
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
  const auto& decision = todo.decision;
  if (!decision.action || !changes_aws(*decision.action))
    repetition_.forget(key);
  else if (outcome.ok())
    outcome = repetition_.after(key, decision.reason + ": " + decision.message, *outcome);
  conclude(authority, observed, todo, outcome, world_.clock.now());  // failures are reported too

  loop::warn_of_trouble(world_.events, key, authority.meta.uid, before.conditions,
                        authority.status.conditions);

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

}  // namespace certloop::authority
