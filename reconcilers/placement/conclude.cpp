#include <algorithm>

#include "base/text.h"
#include "base/timestamp.h"
#include "frame/readiness.h"
#include "pki/chain.h"
#include "reconcilers/placement/placement_reconciler.h"
#include "reconcilers/placement/usage.h"

namespace certloop::placement {
namespace {

using api::Truth;

Truth truth(bool yes) { return yes ? Truth::yes : Truth::no; }

struct Conclusion {
  api::Placement& placement;
  const Observed& observed;
  const Plan& todo;
  const Result<loop::Next>& outcome;
  Time now;

  const api::PlacementStatus& status() const { return placement.status; }
  // What could not be looked at is as it was last seen.
  bool present() const {
    return observed.presence != Presence::absent && !placement.status.arn.empty();
  }
  bool issued() const { return present() && status().acm_status == "ISSUED"; }

  void put(std::string type, Truth is, std::string reason, std::string message) const {
    api::set(placement.status.conditions,
             {std::move(type), is, std::move(reason), std::move(message), placement.meta.generation,
              std::chrono::floor<std::chrono::seconds>(now)});
  }
};

// It can serve: issued, inside its validity.
bool serves(const Conclusion& c) {
  return c.issued() && (!c.status().not_after || c.now < *c.status().not_after) &&
         (!c.status().not_before || *c.status().not_before <= c.now);
}

void conclude_issued(const Conclusion& c) {
  if (!c.status().described && c.observed.management == api::Management::suspended)
    return c.put("Issued", Truth::unknown, "NotCompared", "nobody has looked at it in ACM");
  if (c.observed.adoption_refused) {
    c.put("Issued", Truth::no, c.todo.decision.reason, c.todo.decision.message);
    return;
  }
  const std::string& word = c.status().acm_status;
  const std::string reason = word == "ISSUED"               ? "Issued"
                             : !c.present()                 ? "Missing"
                             : word == "PENDING_VALIDATION" ? "Pending"
                                                            : word;
  c.put("Issued", truth(c.issued()), reason,
        c.status().arn.empty() ? "ACM holds no certificate for it"
        : !c.present()         ? c.status().arn + " does not exist in ACM"
        : word.empty()         ? "the status of " + c.status().arn + " is not known yet"
                               : c.status().arn + " is " + word);
}

// S163, S167: per domain, what is there and what is missing.
void conclude_validated(const Conclusion& c) {
  if (!c.placement.spec.issuer.amazon || c.observed.adoption_refused)
    return api::remove(c.placement.status.conditions, "Validated");
  const auto* issued = api::find(c.status().conditions, "Issued");
  if (issued != nullptr && issued->status == Truth::unknown)
    return c.put("Validated", Truth::unknown, issued->reason, issued->message);
  std::vector<std::string> open;
  for (const auto& domain : c.status().validation)
    if (domain.status != "SUCCESS") open.push_back(domain.domain);
  const bool done = c.issued() || (!c.status().validation.empty() && open.empty());
  c.put("Validated", truth(done), done ? "Validated" : "PendingValidation",
        done ? "" : "not yet validated: " + (open.empty() ? "all names" : join(open, ", ")));
}

std::string since_when(const Conclusion& c) {
  const auto& when = c.observed.confirmed ? c.observed.confirmed : c.status().described;
  return when ? "since " + rfc3339(*when) : "yet";
}

// True only on evidence that is young (PROTOCOLS 0, "Evidence ages").
void conclude_in_sync(const Conclusion& c) {
  const bool failed = !c.outcome.ok() && c.observed.presence == Presence::unknown;
  if (c.observed.adoption_refused) {
    c.put("InSync", Truth::unknown, "NotCompared", "not compared: " + c.todo.decision.message);
    return;
  }
  if (failed || c.observed.account || !c.observed.estate_read ||
      c.observed.management == api::Management::suspended) {
    c.put("InSync", Truth::unknown, "NotCompared", "not compared with AWS " + since_when(c));
    return;
  }
  if (c.observed.presence == Presence::unknown && !c.status().arn.empty()) {
    c.put("InSync", Truth::unknown, "Unknown", c.todo.decision.message);
    return;
  }
  std::vector<std::string> what;
  for (const auto& row : c.todo.differences)
    what.push_back(std::string(api::name_of(row.drift_class)) +
                   (row.path.empty() ? "" : " " + row.path));
  if (what.empty() && c.observed.tags_unread)
    c.put("InSync", Truth::unknown, c.observed.tags_unread->reason(),
          "its tags could not be compared: " + c.observed.tags_unread->message());
  else if (what.empty() && c.observed.stale)
    c.put("InSync", Truth::unknown, "Stale",
          c.placement.spec.account_ref.name + "/" + c.placement.spec.region +
              " could not be read " + since_when(c));
  else
    c.put("InSync", truth(what.empty()), what.empty() ? "InSync" : "Drift",
          what.empty() ? "" : join(what, "; "));
}

// S144, S145: who renews, and whether they will.
void conclude_renewal(const Conclusion& c) {
  if (!c.issued()) {
    c.put("RenewalAssured", Truth::unknown, "NotIssued", "");
    return;
  }
  const std::string until =
      c.status().not_after ? " before " + date_only(*c.status().not_after) : std::string();
  if (c.placement.spec.issuer.imported) {
    c.put("RenewalAssured", Truth::no, "OwnerMustRenew",
          "ACM never renews an imported certificate: its owner must renew it" + until);
  } else if (c.status().renewal_status == "FAILED") {
    c.put("RenewalAssured", Truth::no, "RenewalFailed",
          "ACM could not renew it: " + c.status().renewal_reason);
  } else if (c.status().eligibility == "ELIGIBLE") {
    c.put("RenewalAssured", Truth::yes, "Eligible", "ACM renews it" + until);
  } else {
    c.put(
        "RenewalAssured", Truth::no, "Ineligible",
        "ACM renews only what a service uses or what was exported: it will not be renewed" + until);
  }
}

// S140.
void conclude_chain(const Conclusion& c) {
  if (c.issued() && c.observed.certificate_unread) {
    c.put("ChainValid", Truth::unknown, c.observed.certificate_unread->reason(),
          c.observed.certificate_unread->message());
    return;
  }
  if (!c.issued() || c.status().certificate.empty()) {
    c.put("ChainValid", Truth::unknown, "NotIssued", "");
    return;
  }
  const auto leaf = pki::Certificate::from_pem(c.status().certificate);
  const auto chain = pki::certificates_from_pem(c.status().chain);
  if (!leaf.ok() || !chain.ok()) {
    c.put("ChainValid", Truth::no, "Unreadable", "ACM's answer does not parse as certificates");
    return;
  }
  if (chain->empty() && !leaf->is_self_signed()) {
    c.put("ChainValid", Truth::unknown, "NoChain",
          "it came without the chain to its issuer " + leaf->issuer().text());
    return;
  }
  // A root in the chain is its anchor; without one the chain is followed to its end.
  std::vector<pki::Certificate> roots;
  for (const auto& certificate : *chain)
    if (certificate.is_self_signed()) roots.push_back(certificate);
  if (roots.empty() && leaf->is_self_signed()) roots.push_back(*leaf);
  const auto verified = pki::verify_chain(*leaf, *chain, roots, c.now);
  c.put("ChainValid", truth(verified.ok()), verified.ok() ? "Verified" : "Broken",
        verified.ok() ? "" : verified.error().message());
}

void conclude_superseded(const Conclusion& c) {
  std::vector<std::string> users;
  for (const auto& old : c.observed.previous)
    for (const auto& user : users_of(old, c.now)) users.push_back(user + " uses " + old.arn);
  if (users.empty()) return api::remove(c.placement.status.conditions, "Superseded");
  c.put("Superseded", Truth::yes, "OldArnInUse", join(users, "; "));
}

// What it says of itself while it is ready.
std::string words_of_ready(const Conclusion& c, const frame::Outcome& outcome) {
  const bool failed = outcome.failure != nullptr;
  const std::string& message = failed ? outcome.failure->message() : outcome.message;
  const bool confirmed = outcome.seen && !failed;
  std::string words = c.status().arn + " can serve";
  if (message.empty()) return words;
  if (!confirmed) return words + "; not confirmed " + since_when(c) + ": " + message;
  return outcome.reason == "Superseded" ? words + "; " + message : message;
}

void conclude_ready(const Conclusion& c) {
  const Decision& decision = c.todo.decision;
  frame::Outcome outcome = frame::outcome_of(decision, c.outcome);
  outcome.suspended = c.observed.management == api::Management::suspended;
  outcome.deleted = c.placement.meta.deleted.has_value();
  outcome.seen =
      !c.observed.account && c.observed.estate_read && c.observed.presence != Presence::unknown;
  outcome.serves = serves(c);
  // As long as an answer is not known, the spec is not in force, whatever serves meanwhile.
  const bool is_open = c.status().pending.has_value();
  outcome.busy = is_open || (decision.action && changes_aws(*decision.action));
  outcome.serving_reason = "Issued";
  outcome.serving = words_of_ready(c, outcome);
  frame::conclude_readiness(c.placement.status.conditions, outcome, c.placement.meta.generation,
                            c.now);
}

}  // namespace

void conclude_readiness(api::Placement& placement, const Observed& observed, const Plan& todo,
                        const Result<loop::Next>& outcome, Time now) {
  conclude_ready({placement, observed, todo, outcome, now});
}

void conclude(api::Placement& placement, const Observed& observed, const Plan& todo,
              const Result<loop::Next>& outcome, Time now) {
  const Conclusion c{placement, observed, todo, outcome, now};
  conclude_issued(c);
  conclude_validated(c);
  conclude_in_sync(c);
  conclude_renewal(c);
  conclude_chain(c);
  conclude_superseded(c);
  conclude_ready(c);
  placement.status.observed_generation = placement.meta.generation;
  placement.status.last_handled_reconcile = api::reconcile_request(placement.meta);
}

}  // namespace certloop::placement
