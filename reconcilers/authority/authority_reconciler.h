#pragma once
// Makes CertificateAuthorities true in ACM PCA: created, signed, ACTIVE, allowed to renew. Observe,
// plan, act, publish. See loop/reconciler.h for the contract.
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

#include "connect/access.h"
#include "frame/repetition.h"
#include "loop/events.h"
#include "loop/reconciler.h"
#include "reconcilers/authority/plan.h"
#include "store/store.h"

namespace certloop::authority {

inline constexpr std::string_view kFinalizer = "certloop.dev/certificateauthority";

struct World {
  store::Store& store;
  connect::Connections& connections;
  const Clock& clock;
  loop::Events& events;
  std::string installation;
  std::stop_token stopping;  // once requested, nothing that changes AWS is begun
  // The certificates that a plan has deleted before, though AWS still has them.
  std::set<std::string> assumed_gone = {};
};

// Reads only. Errors: those of the store and of AWS.
Result<Observed> observe(const World& world, const api::CertificateAuthority& authority);

// Carries the decision out: at most one call that changes AWS.
Result<loop::Next> act(const World& world, api::CertificateAuthority& authority,
                       const Observed& observed, const Decision& decision);

// The conditions of a pass, put into the status.
void conclude(api::CertificateAuthority& authority, const Observed& observed, const Plan& todo,
              const Result<loop::Next>& outcome, Time now);

class AuthorityReconciler final : public loop::Reconciler {
 public:
  explicit AuthorityReconciler(World world) : world_(std::move(world)) {}

  Result<loop::Next> reconcile(const api::Key& key) override;

 private:
  Result<void> hold(api::CertificateAuthority& authority);
  Result<loop::Next> advance(api::CertificateAuthority& authority, Observed& observed, Plan& todo);

  const World world_;
  frame::Repetition repetition_;
};

}  // namespace certloop::authority
