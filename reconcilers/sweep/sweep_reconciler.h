#pragma once
// Reads the estate of one (account, region) in bulk, again and again for as long as a placement
// stands there: every 5 minutes, and while that fails or the account cannot be used, after 500 ms
// doubling to 15 minutes. Only when no placement is left does it end. Its keys are those of
// Accounts with the region after a slash: "prod/us-east-1". See loop/reconciler.h for the contract.
#include <functional>

#include "connect/access.h"
#include "estate/estate.h"
#include "loop/reconciler.h"
#include "store/store.h"

namespace certloop::sweep {

// A reading older than this one was not followed by the next in time.
inline constexpr Duration kOverdue = std::chrono::minutes(7);

api::Key key_of(const estate::Place& place);
estate::Place place_of(const api::Key& key);

class SweepReconciler final : public loop::Reconciler {
 public:
  // Whether anybody needs the place.
  using Needed = std::function<bool(const estate::Place&)>;

  SweepReconciler(const store::Store& store, connect::Connections& connections,
                  estate::Estate& estate, const Clock& clock, Needed needed)
      : store_(store),
        connections_(connections),
        estate_(estate),
        clock_(clock),
        needed_(std::move(needed)) {}

  Result<loop::Next> reconcile(const api::Key& key) override;

 private:
  Result<loop::Next> sweep(const api::Key& key);

  const store::Store& store_;
  connect::Connections& connections_;
  estate::Estate& estate_;
  const Clock& clock_;
  const Needed needed_;
};

}  // namespace certloop::sweep
