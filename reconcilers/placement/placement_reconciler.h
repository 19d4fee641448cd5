#pragma once
// Makes Placements true: one certificate in one (account, region). Observe, plan, act, publish.
// See loop/reconciler.h for the contract.
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "connect/access.h"
#include "estate/estate.h"
#include "frame/repetition.h"
#include "loop/events.h"
#include "loop/reconciler.h"
#include "reconcilers/placement/plan.h"
#include "store/store.h"

namespace certloop::placement {

class SourceCache;  // source.h

// What the reconciler needs of the world; all of it outlives the reconciler.
struct World {
  store::Store& store;
  connect::Connections& connections;
  estate::Estate& estate;
  SourceCache& sources;
  const Clock& clock;
  loop::Events& events;
  std::string installation;
  bool takes_over_lost_state = false;  // the operator said so (PROTOCOLS 0, "Taking over")
  std::stop_token stopping;            // once requested, nothing that changes AWS is begun
  // Asks for a bulk reading of the place; the placement is queued once it is there, or has failed.
  std::function<void(const estate::Place&, const api::Key&)> read_for;
  // Asks for one within that time, for nobody in particular.
  std::function<void(const estate::Place&, Duration)> read_within;
};

enum class Look { cheap, live };

// When somebody's request for a fresh look (api::kReconcileRequested) was first seen.
struct Asked {
  Instant at{};
  bool is_first = false;  // in this very pass
};

// Reads only. `live` asks ACM for the certificate itself, its tags included, whatever the estate
// says. With `asked`, "nothing there" is believed only of a reading that was begun after that.
// Errors: those of the store and of AWS.
Result<Observed> observe(const World& world, const api::Placement& placement, Look look,
                         const std::optional<Asked>& asked = std::nullopt);

class PlacementReconciler final : public loop::Reconciler {
 public:
  explicit PlacementReconciler(World world) : world_(std::move(world)) {}

  Result<loop::Next> reconcile(const api::Key& key) override;

 private:
  // The first three steps; what they learn stands in placement.status even after a failure.
  Result<loop::Next> advance(api::Placement& placement, Observed& observed, Plan& todo);
  std::optional<Asked> asked(const api::Placement& placement) EXCLUDES(mutex_);
  void forget_request(const api::Key& key) EXCLUDES(mutex_);

  World world_;
  frame::Repetition repetition_;
  Mutex mutex_;
  // Requests for a fresh look that were seen and not taken yet: which, and since when.
  std::map<api::Key, std::pair<std::string, Instant>> asked_ GUARDED_BY(mutex_);
};

// The Certificate and its uid: whoever reads events knows that, not what it made.
std::pair<api::Key, std::string> subject_of_events(const api::Placement& placement);

// Carries the decision out: at most one call that changes AWS.
Result<loop::Next> act(const World& world, api::Placement& placement, const Observed& observed,
                       const Decision& decision);

// The conditions of a pass, put into the status.
void conclude(api::Placement& placement, const Observed& observed, const Plan& todo,
              const Result<loop::Next>& outcome, Time now);
// Of these only Ready, Reconciling and Stalled: no certificate is parsed for them.
void conclude_readiness(api::Placement& placement, const Observed& observed, const Plan& todo,
                        const Result<loop::Next>& outcome, Time now);

}  // namespace certloop::placement
