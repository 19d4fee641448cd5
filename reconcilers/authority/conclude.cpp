#include "base/timestamp.h"
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
  bool failed() const { return !outcome.ok(); }
  std::string reason() const { return failed() ? outcome.error().reason() : todo.decision.reason; }
  std::string message() const {
    return failed() ? outcome.error().message() : todo.decision.message;
  }
  // These need a person. A right that is granted is noticed all the same: the loop looks again.
  bool needs_person() const {
    const bool refused = failed() && (outcome.error().code() == Code::invalid ||
                                      outcome.error().code() == Code::denied ||
                                      outcome.error().code() == Code::exhausted);
    return todo.decision.stalled || refused;
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

// A reading that fails takes nothing from what serves (PROTOCOLS 0, "Evidence ages").
bool is_ready(const Conclusion& c) {
  if (c.suspended() || c.authority.meta.deleted || !c.serves()) return false;
  if (c.seen()) return !c.needs_person();
  const auto* last = api::find(c.status().conditions, "Ready");
  return last == nullptr || last->status != Truth::no;
}

// When it was last confirmed is when InSync stopped being known: that one is concluded first.
std::string words_of_ready(const Conclusion& c) {
  if (c.seen()) return c.status().arn + " is ACTIVE";
  const auto* in_sync = api::find(c.status().conditions, "InSync");
  return c.status().arn + " was ACTIVE when last read, not confirmed since " +
         rfc3339(in_sync->since) + ": " + c.message();
}

// What kubectl wait, Argo CD and Flux read (kstatus).
void conclude_ready(const Conclusion& c) {
  const bool ready = is_ready(c);
  const bool terminal = c.needs_person();
  const std::string reason = c.reason(), message = c.message();
  if (ready)
    c.put("Ready", Truth::yes, "Active", words_of_ready(c));
  else
    c.put("Ready", c.suspended() ? Truth::unknown : Truth::no, reason.empty() ? "Pending" : reason,
          message);
  const bool acting = c.todo.decision.action && changes_aws(*c.todo.decision.action);
  // What is denied is told by InSync; nobody waits for it.
  const Error* const missing = c.observed.unread.first();
  const bool unread = missing != nullptr && missing->code() != Code::denied;
  const bool working =
      !terminal && !c.suspended() && (!ready || acting || !c.seen() || c.failed() || unread);
  c.put("Reconciling", working ? Truth::yes : Truth::no,
        working ? (reason.empty() ? "Progressing" : reason) : "Settled", working ? message : "");
  c.put("Stalled", terminal ? Truth::yes : Truth::no, terminal ? reason : "NotStalled",
        terminal ? message : "");
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
