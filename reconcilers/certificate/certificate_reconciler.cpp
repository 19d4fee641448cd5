#include "reconcilers/certificate/certificate_reconciler.h"

#include <algorithm>

#include "store/typed.h"

namespace certloop::certificate {

using loop::Next;

namespace {

// Applied, not created, so that another process that was faster made the very same object, and a
// field that the spec drops goes.
const store::ApplyOptions kApply{.manager = "certloop-controller", .force = true, .dry_run = false};

}  // namespace

Result<Next> CertificateReconciler::reconcile(const api::Key& key) {
  auto found = store::get<api::Certificate>(store_, key.space, key.name);
  if (!found.ok() && found.error().code() == Code::not_found) return Next::gone();
  api::Certificate certificate = TRY(std::move(found));

  const Observed observed = TRY(observe(certificate));
  const Plan todo = plan(certificate, observed);
  const api::CertificateStatus before = certificate.status;
  certificate.status = summed_up(certificate, observed, todo, clock_.now());
  if (certificate.status != before) {
    const api::Object stored = TRY(store_.update_status(api::write(certificate)));
    certificate.meta.version = stored.meta.version;
  }
  TRY(act(certificate, todo));
  return Next::on_change();
}

Result<Observed> CertificateReconciler::observe(const api::Certificate& certificate) const {
  Observed observed;
  for (const auto& wanted : wanted_placements(certificate)) {
    auto found = store::get<api::Placement>(store_, wanted.meta.space, wanted.meta.name);
    if (!found.ok() && found.error().code() == Code::not_found) continue;
    api::Placement placement = TRY(std::move(found));
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
    TRY(store_.apply(api::write(make->placement), kApply));
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
  std::erase(certificate.meta.finalizers, kFinalizer);
  const auto released = store_.edit_metadata(api::write(certificate));
  if (!released.ok() && released.error().code() != Code::not_found) return released.error();
  return {};
}

}  // namespace certloop::certificate
