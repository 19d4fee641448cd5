#pragma once
// Reads the estate of one (account, region) in bulk, again and again. Its keys are those of
// Accounts with the region after a slash: "prod/us-east-1". See loop/reconciler.h for the contract.
#include "connect/access.h"
#include "estate/estate.h"
#include "loop/reconciler.h"
#include "store/store.h"

namespace certloop::sweep {

api::Key key_of(const estate::Place& place);
estate::Place place_of(const api::Key& key);

class SweepReconciler final : public loop::Reconciler {
 public:
  SweepReconciler(const store::Store& store, connect::Connections& connections,
                  estate::Estate& estate, const Clock& clock)
      : store_(store), connections_(connections), estate_(estate), clock_(clock) {}

  Result<loop::Next> reconcile(const api::Key& key) override;

 private:
  const store::Store& store_;
  connect::Connections& connections_;
  estate::Estate& estate_;
  const Clock& clock_;
};

}  // namespace certloop::sweep
