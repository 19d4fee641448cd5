#include "frame/readiness.h"

#include <chrono>

namespace certloop::frame {
namespace {

using api::Truth;

Truth truth(bool yes) { return yes ? Truth::yes : Truth::no; }

bool is_ready(const api::Conditions& conditions, const Outcome& outcome) {
  if (!outcome.serves || outcome.suspended || outcome.deleted) return false;
  const bool spec_is_unmet = outcome.failure == nullptr && outcome.stalled && !outcome.serves_on;
  if (spec_is_unmet) return false;
  if (outcome.seen) return true;
  const auto* last = api::find(conditions, "Ready");
  return last == nullptr || last->status != Truth::no;
}

}  // namespace

// A right that is granted is noticed all the same: the loop looks again.
bool Outcome::needs_person() const {
  if (failure == nullptr) return stalled;
  return failure->code() == Code::invalid || failure->code() == Code::denied ||
         failure->code() == Code::exhausted || stalled;
}

void put(api::Conditions& conditions, const Readiness& readiness, std::int64_t generation,
         Time now) {
  const auto set = [&](std::string type, Truth is, std::string reason, std::string message) {
    api::set(conditions, {std::move(type), is, std::move(reason), std::move(message), generation,
                          std::chrono::floor<std::chrono::seconds>(now)});
  };
  const auto& [ready, reason, message, reconciling, stalled, why, explanation] = readiness;
  set("Ready", ready, reason, message);
  set("Reconciling", truth(reconciling), reconciling ? why : "Settled",
      reconciling ? explanation : "");
  set("Stalled", truth(stalled), stalled ? why : "NotStalled", stalled ? explanation : "");
}

void conclude_readiness(api::Conditions& conditions, const Outcome& outcome,
                        std::int64_t generation, Time now) {
  const bool failed = outcome.failure != nullptr;
  const std::string reason = failed ? outcome.failure->reason() : outcome.reason;
  const std::string message = failed ? outcome.failure->message() : outcome.message;
  const bool ready = is_ready(conditions, outcome);
  Readiness readiness;
  readiness.ready = ready ? Truth::yes : outcome.suspended ? Truth::unknown : Truth::no;
  readiness.reason = ready ? outcome.serving_reason : reason.empty() ? "Pending" : reason;
  readiness.message = ready ? outcome.serving : message;
  readiness.stalled = outcome.needs_person();
  readiness.reconciling = !readiness.stalled && !outcome.suspended &&
                          (!ready || outcome.busy || !outcome.seen || failed);
  readiness.why = reason.empty() ? "Progressing" : reason;
  readiness.explanation = message;
  put(conditions, readiness, generation, now);
}

}  // namespace certloop::frame
