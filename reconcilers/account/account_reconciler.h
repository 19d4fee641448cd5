#pragma once
// Checks that an Account's credentials work, and holds it for as long as somebody uses it. See
// loop/reconciler.h for the contract.
#include "connect/connections.h"
#include "loop/events.h"
#include "loop/reconciler.h"
#include "reconcilers/account/plan.h"
#include "store/store.h"

namespace certloop::account {

class AccountReconciler final : public loop::Reconciler {
 public:
  AccountReconciler(store::Store& store, connect::Connections& connections, const Clock& clock,
                    loop::Events& events)
      : store_(store), connections_(connections), clock_(clock), events_(events) {}

  Result<loop::Next> reconcile(const api::Key& key) override;

 private:
  Result<Observed> observe(const api::Account& account);
  Result<Result<std::vector<connect::Check>>> ask_for_permissions(
      const api::Account& account, connect::Connection& connection,
      const aws::CallerIdentity& identity) const;
  Result<loop::Next> act(api::Account& account, const Verdict& verdict, const Observed& observed);

  store::Store& store_;
  connect::Connections& connections_;
  const Clock& clock_;
  loop::Events& events_;
};

}  // namespace certloop::account
