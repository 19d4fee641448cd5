#pragma once
// Ready, Reconciling and Stalled of an object that keeps one thing in AWS: what kubectl wait, Argo
// CD and Flux read (kstatus). One rule for what a failed call means: what serves goes on serving
// until its end, whoever could not read, tag or replace it, and what did not is not called ready by
// a pass that has not seen it (PROTOCOLS 0). Only what the spec itself asks for and does not have
// takes its readiness away.
#include <cstdint>
#include <string>

#include "api/condition.h"
#include "base/result.h"
#include "loop/reconciler.h"

namespace certloop::frame {

// What a pass has come to.
struct Outcome {
  bool suspended = false;  // the effective management
  bool deleted = false;    // the object is being deleted
  bool seen = false;       // this pass found it in AWS, or found that there is none
  bool serves = false;     // when last seen, it could do its job
  // Something in AWS is about to be changed, or has not come to its end yet, or something that was
  // not read will be asked for again.
  bool busy = false;

  // Of the decision.
  std::string reason, message;
  bool stalled = false;    // only a person can help
  bool serves_on = false;  // although stalled: it does its job as the spec says

  const Error* failure = nullptr;  // of observing or acting; may be null

  // Said of Ready while it is true.
  std::string serving_reason, serving;

  bool needs_person() const;
};

// Of a kind's Decision and what act() answered for it; the kind adds what it has seen. The answer
// must outlive the outcome.
template <class Decision>
Outcome outcome_of(const Decision& decision, const Result<loop::Next>& answer) {
  Outcome outcome;
  outcome.reason = decision.reason;
  outcome.message = decision.message;
  outcome.stalled = decision.stalled;
  outcome.serves_on = decision.serves_on;
  outcome.failure = answer.ok() ? nullptr : &answer.error();
  return outcome;
}

// Puts the three conditions; `since` moves as api::set() has it. Pure but for `conditions`.
void conclude_readiness(api::Conditions& conditions, const Outcome& outcome,
                        std::int64_t generation, Time now);

// What the three say, however a kind has come to it.
struct Readiness {
  api::Truth ready = api::Truth::unknown;
  std::string reason = {}, message = {};  // of Ready
  bool reconciling = false, stalled = false;
  // Reason and message of Reconciling or Stalled, whichever holds.
  std::string why = {}, explanation = {};
};
void put(api::Conditions& conditions, const Readiness& readiness, std::int64_t generation,
         Time now);

}  // namespace certloop::frame
