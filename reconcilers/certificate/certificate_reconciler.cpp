#include "reconcilers/certificate/certificate_reconciler.h"

#include <algorithm>

#include "store/publish.h"
#include "store/request_reconcile.h"
#include "store/typed.h"

namespace certloop::certificate {

using loop::Next;

namespace {

// Applied, so that a field that the spec drops goes. The placement carries the uid and the version
// that were seen, so it cannot be another certificate's by then.
const store::ApplyOptions kApply{.manager = "certloop-controller", .force = true, .dry_run = false};

// Whoever has a placement of the same name may go.
constexpr Duration kWhileNamesClash = std::chrono::minutes(10);

// What it says is true until the certificate expires, whether anything changes or not.
Next next_look(const api::CertificateStatus& status, const Plan& todo, Time now) {
  if (todo.stalled) return Next::after(kWhileNamesClash);
  if (!api::is_true(status.conditions, "Ready") || !status.not_after || *status.not_after <= now)
    return Next::on_change();
  return Next::after(*status.not_after - now);
}

}  // namespace

Result<Next> CertificateReconciler::reconcile(const api::Key& key) {
  auto found = store::get<api::Certificate>(store_, key.space, key.name);
  if (!found.ok() && found.error().code() == Code::not_found) return Next::gone();
  api::Certificate certificate = TRY(std::move(found));

  const Observed observed = observe(certificate);
  const Plan todo = plan(certificate, observed);
  const Time now = clock_.now();
  const api::CertificateStatus before = certificate.status;
  certificate.status = summed_up(certificate, observed, todo, now);
  // All else its placement has told.
  if (todo.stalled)
    loop::warn_of_trouble(events_, key, certificate.meta.uid, before.conditions,
                          certificate.status.conditions);
  if (certificate.status != before) TRY(store::publish(store_, certificate, before, now));
  if (observed.unreadable) return *observed.unreadable;
  TRY(act(certificate, todo));
  return next_look(certificate.status, todo, now);
}

Observed CertificateReconciler::observe(const api::Certificate& certificate) const {
  Observed observed;
  for (const auto& wanted : wanted_placements(certificate)) {
    auto found = store::get<api::Placement>(store_, wanted.meta.space, wanted.meta.name);
    if (!found.ok() && found.error().code() == Code::not_found) continue;
    if (!found.ok()) {
      observed.unreadable = found.error();
      continue;
    }
    api::Placement placement = *std::move(found);
    const bool ours = std::any_of(placement.meta.owners.begin(), placement.meta.owners.end(),
                                  [&](const auto& o) { return o.uid == certificate.meta.uid; });
    if (ours)
      observed.placements.push_back(std::move(placement));
    else
      observed.name_clashes.push_back(placement.meta.name);
  }
  return observed;
}

Result<void> CertificateReconciler::act(api::Certificate& certificate, const Plan& plan) {
  for (const Action& action : plan.actions) TRY(act(certificate, action));
  return {};
}

Result<void> CertificateReconciler::act(api::Certificate& certificate, const Action& action) {
  if (std::holds_alternative<AddFinalizer>(action)) {
    certificate.meta.finalizers.emplace_back(kFinalizer);
    const api::Object stored = TRY(store_.edit_metadata(api::write(certificate)));
    certificate.meta.version = stored.meta.version;
    return {};
  }
  if (const auto* make = std::get_if<MakePlacement>(&action)) {
    // Created, not applied: two certificates can have placements of one name ("a" with account
    // "b.c", "a.b" with account "c"), and neither may become the owner of the other's.
    const auto made = store_.create(api::write(make->placement));
    if (!made.ok() && made.error().code() == Code::already_exists)
      return Error(Code::conflict, text_of(make->placement.key()) + " was made meanwhile");
    TRY(made);
    return {};
  }
  if (const auto* change = std::get_if<ChangePlacement>(&action)) {
    TRY(store_.apply(api::write(change->placement), kApply));
    return {};
  }
  if (const auto* remove = std::get_if<RemovePlacement>(&action)) {
    const auto gone = store_.remove(remove->key, {});
    if (!gone.ok() && gone.error().code() != Code::not_found) return gone.error();
    return {};
  }
  if (const auto* revive = std::get_if<RevivePlacement>(&action)) {
    const auto revived = store_.revive(api::write(revive->placement));
    // Once it has gone, a new one is made.
    if (!revived.ok() && revived.error().code() != Code::not_found) return revived.error();
    return {};
  }
  if (const auto* pass = std::get_if<PassRequestOn>(&action)) {
    for (const api::Key& to : pass->to) TRY(store::request_reconcile(store_, to, pass->request));
    return {};
  }
  std::erase(certificate.meta.finalizers, kFinalizer);
  const auto released = store_.edit_metadata(api::write(certificate));
  if (!released.ok() && released.error().code() != Code::not_found) return released.error();
  return {};
}

}  // namespace certloop::certificate
