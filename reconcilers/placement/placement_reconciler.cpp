#include "reconcilers/placement/placement_reconciler.h"

#include "reconcilers/placement/look.h"
#include "store/publish.h"
#include "store/typed.h"

namespace certloop::placement {

using loop::Next;

namespace {

// Nothing has been read of AWS yet, as after a restart: what was said of this spec still stands.
bool was_not_looked_at(const api::Placement& placement, const Observed& observed) {
  return !observed.account && !observed.estate_read && !placement.meta.deleted &&
         observed.presence == Presence::unknown &&
         observed.management != api::Management::suspended &&
         (observed.asked_afresh ||
          placement.status.observed_generation == placement.meta.generation);
}

}  // namespace

Result<Next> PlacementReconciler::reconcile(const api::Key& key) {
  auto found = store::get<api::Placement>(world_.store, key.space, key.name);
  if (!found.ok() && found.error().code() == Code::not_found) {
    forget_request(key);
    repetition_.forget(key);
    return Next::gone();
  }
  api::Placement placement = TRY(std::move(found));

  const std::string version = placement.meta.version;
  const api::PlacementStatus before = placement.status;
  Observed observed;
  Plan todo;
  Result<Next> outcome = advance(placement, observed, todo);
  // Neither a turn that has not come yet nor the end of the process is news: the next pass says how
  // things stand.
  if (!outcome.ok() && must_look_again(outcome.error())) return outcome;
  if (outcome.ok() && was_not_looked_at(placement, observed)) return outcome;
  const auto& decision = todo.decision;
  if (!decision.action || !changes_aws(*decision.action))
    repetition_.forget(key);
  else if (outcome.ok())
    outcome = repetition_.after(key, decision.reason + ": " + decision.message, *outcome);
  forget_request(key);
  conclude(placement, observed, todo, outcome, world_.clock.now());  // failures are reported too

  const auto [subject, uid] = subject_of_events(placement);
  loop::warn_of_trouble(world_.events, subject, uid, before.conditions,
                        placement.status.conditions);

  // What act() recorded is stored already; the rest is written if it is news.
  const bool gone = todo.decision.action && std::holds_alternative<LetGo>(*todo.decision.action);
  if (!gone && (placement.status != before || placement.meta.version != version)) {
    // What act() recorded (an ARN, an open call) is never undone.
    api::PlacementStatus last = before;
    if (placement.meta.version != version)
      last = TRY(store::get<api::Placement>(world_.store, key.space, key.name)).status;
    const auto written = store::publish(world_.store, placement, last, world_.clock.now());
    if (!written.ok() && outcome.ok() && written.error().code() != Code::not_found)
      return written.error();
  }
  return outcome;
}

Result<Next> PlacementReconciler::advance(api::Placement& placement, Observed& observed,
                                          Plan& todo) {
  const std::optional<Asked> asked = this->asked(placement);
  observed = TRY(observe(world_, placement, asked ? Look::live : Look::cheap, asked));
  placement.status = observed.known;
  todo = plan(placement, observed, world_.clock.now());
  // The estate decides what to look at; an act needs a look at the thing itself (PROTOCOLS 2).
  if (todo.decision.action && needs_live_look(*todo.decision.action) && !observed.live) {
    observed = TRY(observe(world_, placement, Look::live, asked));
    placement.status = observed.known;
    todo = plan(placement, observed, world_.clock.now());
    if (todo.decision.action && needs_live_look(*todo.decision.action) && observed.tags_unread)
      return *observed.tags_unread;
  }
  placement.status.differences = todo.differences;
  return act(world_, placement, observed, todo.decision);
}

std::optional<Asked> PlacementReconciler::asked(const api::Placement& placement) {
  if (!api::asks_afresh(placement)) return std::nullopt;
  const std::string request = api::reconcile_request(placement.meta);
  const Instant now = world_.clock.tick();
  const Lock lock(mutex_);
  const auto [seen, is_new] = asked_.try_emplace(placement.key(), request, now);
  if (is_new) return Asked{now, true};
  if (seen->second.first == request) return Asked{seen->second.second, false};
  seen->second = {request, now};
  return Asked{now, true};
}

void PlacementReconciler::forget_request(const api::Key& key) {
  const Lock lock(mutex_);
  asked_.erase(key);
}

}  // namespace certloop::placement
