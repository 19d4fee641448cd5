#pragma once
// Makes Certificates true by making placements. See loop/reconciler.h for the contract.
#include "base/clock.h"
#include "loop/events.h"
#include "loop/reconciler.h"
#include "reconcilers/certificate/plan.h"
#include "store/store.h"

namespace certloop::certificate {

class CertificateReconciler final : public loop::Reconciler {
 public:
  CertificateReconciler(store::Store& store, const Clock& clock, loop::Events& events)
      : store_(store), clock_(clock), events_(events) {}

  Result<loop::Next> reconcile(const api::Key& key) override;

 private:
  Observed observe(const api::Certificate& certificate) const;
  Result<void> act(api::Certificate& certificate, const Plan& plan);
  Result<void> act(api::Certificate& certificate, const Action& action);

  store::Store& store_;
  const Clock& clock_;
  loop::Events& events_;
};

}  // namespace certloop::certificate
