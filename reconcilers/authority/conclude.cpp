#include "base/timestamp.h"
#include "frame/readiness.h"
#include "reconcilers/authority/authority_reconciler.h"

namespace certloop::authority {
namespace {

using api::Truth;

struct Conclusion {
  api::CertificateAuthority& authority;
  const Observed& observed;
  const Plan& todo;
  const Result<loop::Next>& outcome;
  Time now;

  const api::CertificateAuthorityStatus& status() const { return authority.status; }
  bool suspended() const { return observed.management == api::Management::suspended; }
  // AWS has shown it, or its absence is proven; whatever became of the act that followed.
  bool seen() const {
    return !observed.account && !suspended() && observed.presence != Presence::unknown;
  }
  // As it was last seen: ACTIVE, and inside its validity.
  bool serves() const {
    const bool renewable = !authority.spec.acm_pca.allow_acm_renewal || status().acm_may_renew;
    return observed.presence != Presence::absent && status().aws_status == "ACTIVE" && renewable &&
           (!status().not_after || now < *status().not_after);
  }

  void put(std::string type, Truth is, std::string reason, std::string message) const {
    api::set(authority.status.conditions,
             {std::move(type), is, std::move(reason), std::move(message), authority.meta.generation,
              std::chrono::floor<std::chrono::seconds>(now)});
  }
};

void conclude_in_sync(const Conclusion& c) {
  const Error* unread = c.observed.unread.first();
  if (!c.seen() || (unread != nullptr && c.todo.differences.empty())) {
    c.put("InSync", Truth::unknown, "NotCompared",
          unread == nullptr ? "it could not be compared with AWS"
                            : "it could not be compared completely: " + unread->message());
    return;
  }
  const auto count = c.todo.differences.size();
  c.put("InSync", count == 0 ? Truth::yes : Truth::no, count == 0 ? "InSync" : "Drift",
        count == 0 ? "" : std::to_string(count) + " difference(s)");
}

// When it was last confirmed is when InSync stopped being known: that one is concluded first.
std::string words_of_ready(const Conclusion& c, const frame::Outcome& outcome) {
  if (c.seen()) return c.status().arn + " is ACTIVE";
  const std::string& why =
      outcome.failure != nullptr ? outcome.failure->message() : outcome.message;
  const auto* in_sync = api::find(c.status().conditions, "InSync");
  return c.status().arn + " was ACTIVE when last read, not confirmed since " +
         rfc3339(in_sync->since) + ": " + why;
}

void conclude_ready(const Conclusion& c) {
  const Decision& decision = c.todo.decision;
  frame::Outcome outcome = frame::outcome_of(decision, c.outcome);
  outcome.suspended = c.suspended();
  outcome.deleted = c.authority.meta.deleted.has_value();
  outcome.seen = c.seen();
  outcome.serves = c.serves();
  // What is denied is told by InSync; nobody waits for it.
  const Error* const unread = c.observed.unread.first();
  outcome.busy = (decision.action && changes_aws(*decision.action)) ||
                 (unread != nullptr && unread->code() != Code::denied);
  outcome.serving_reason = "Active";
  outcome.serving = words_of_ready(c, outcome);
  frame::conclude_readiness(c.authority.status.conditions, outcome, c.authority.meta.generation,
                            c.now);
}

}  // namespace

void conclude(api::CertificateAuthority& authority, const Observed& observed, const Plan& todo,
              const Result<loop::Next>& outcome, Time now) {
  const Conclusion c{authority, observed, todo, outcome, now};
  conclude_in_sync(c);
  conclude_ready(c);
  authority.status.observed_generation = authority.meta.generation;
  authority.status.last_handled_reconcile = api::reconcile_request(authority.meta);
}

}  // namespace certloop::authority
