#include "base/timestamp.h"
#include "reconcilers/placement/rules.h"

namespace certloop::placement {

using std::chrono::minutes;
using std::chrono::seconds;

std::optional<Decision> spec_is_on_its_way(const Input& in) {
  if (!in.observed.outdated) return std::nullopt;
  return waits_for_others(seconds(5), "", "Progressing",
                          "waiting for the controller to pick up the change");
}

std::optional<Decision> is_suspended(const Input& in) {
  if (in.observed.management != api::Management::suspended) return std::nullopt;
  const auto& until = in.spec().suspended_until;
  Decision decision;
  decision.reason = "Suspended";
  decision.message = "management is Suspended" +
                     (until ? " until " + rfc3339(*until) : std::string()) +
                     ": nothing is compared or changed";
  if (in.deleted())
    decision.message = "it is to be deleted, but " + decision.message +
                       ". Set it to Enforce to delete it in AWS too, or to Observe to forget it "
                       "here alone";
  if (until && *until > in.now) decision.again = *until - in.now;
  return decision;
}

// What was never asked for stands nowhere: its object need not wait for an account or a region that
// nobody will ever name, nor for a grant that nobody will ever give.
std::optional<Decision> deletion_of_what_never_was(const Input& in) {
  if (!in.deleted() || !in.observed.account || !in.observed.account->stalled) return std::nullopt;
  const auto& known = in.known();
  const std::string& reason = in.observed.account->reason;
  if (known.pending || !known.previous.empty() || known.marked || known.made) return std::nullopt;
  if ((reason == "ReferenceNotAllowed" || reason == kArnElsewhere) &&
      (known.arn.empty() || known.arn == in.spec().arn))
    return Decision{LetGo{}, "Deleted", "Deleted",
                    "nothing in ACM is ours: " + in.observed.account->message, false};
  if (known.attempts > 0 || !known.arn.empty() || !in.spec().arn.empty()) return std::nullopt;
  if (reason != "ReferenceNotFound" && reason != "RegionNotInAccount") return std::nullopt;
  return Decision{LetGo{}, "Deleted", "Deleted", "no certificate was ever requested", false};
}

std::optional<Decision> account_is_unusable(const Input& in) {
  if (!in.observed.account) return std::nullopt;
  const Problem& problem = *in.observed.account;
  return Decision{{}, "", problem.reason, problem.message, problem.stalled, problem.unread};
}

std::optional<Decision> has_an_open_call(const Input& in) {
  if (!in.known().pending || !in.observed.recovery) return std::nullopt;
  const std::string what = in.known().pending->call + " was sent at " +
                           rfc3339(in.known().pending->sent) + " and its answer is not known";
  if (const auto* wait = std::get_if<ledger::WaitUntil>(&*in.observed.recovery))
    return Decision{Wait{std::max<Duration>(wait->until - in.now, seconds(1))}, "Recovery",
                    "RecoveringCall", what + ": looking for its effect in AWS soon", false};
  // Observe never acts: what was begun before is left until its token's life is over.
  if (std::holds_alternative<ledger::Resend>(*in.observed.recovery) &&
      in.observed.management == api::Management::observe)
    return Decision{Wait{minutes(1)}, "Recovery", "RecoveringCall",
                    what + ": not sending it again because management is Observe", false};
  return Decision{Recover{*in.observed.recovery}, "Recovery", "RecoveringCall", what, false};
}

// PROTOCOLS 5: under Observe the object goes, whoever uses what it stands for.
std::optional<Decision> is_forgotten(const Input& in) {
  if (!in.deleted() || in.observed.management != api::Management::observe) return std::nullopt;
  return Decision{LetGo{}, "Deleted", "Released",
                  "management is Observe: forgotten here, nothing is changed in AWS", false};
}

// "Nothing there" is only believed of a complete reading.
std::optional<Decision> estate_is_unread(const Input& in) {
  if (in.observed.estate_read) return std::nullopt;
  return Decision{Wait{minutes(5)}, "", "ReadingAccount",
                  "reading " + in.spec().account_ref.name + "/" + in.spec().region, false};
}

// PROTOCOLS 0: one answer that an ARN does not exist is believed only when a complete listing,
// begun after it, lacks it too. Until then nothing is made, released, deleted or let go.
std::optional<Decision> existence_is_unknown(const Input& in) {
  if (in.observed.presence != Presence::unknown || in.known().arn.empty()) return std::nullopt;
  const Duration wait = is_young(in.known(), in.now) ? Duration(seconds(5)) : minutes(1);
  return Decision{Wait{wait}, "", "Unknown",
                  "ACM answered that " + in.known().arn +
                      " does not exist; reading the region again to be certain",
                  false};
}

// What spec.arn names and may not be taken was never touched, and is not touched now.
std::optional<Decision> deletion_of_what_was_refused(const Input& in) {
  if (!in.deleted() || !in.observed.adoption_refused || !in.observed.previous.empty())
    return std::nullopt;
  return Decision{LetGo{}, "Deleted", "Released",
                  in.known().arn + " was never taken over: nothing is changed in AWS", false};
}

std::optional<Decision> names_are_awaited(const Input& in) {
  if (!in.observed.names_are_awaited || !in.present()) return std::nullopt;
  return Decision{
      Wait{seconds(5)}, "", "Issuing",
      "ACM has not yet told the names of " + in.known().arn + ", which the account's grant limits",
      false};
}

// SECURITY: a grant limits what is touched. What carries no mark of ours need not hold its object.
std::optional<Decision> exceeds_the_grant(const Input& in) {
  if (!in.observed.grant || !in.present()) return std::nullopt;
  if (in.deleted() && in.observed.tags_known && !is_proven_ours(in) && !in.known().marked)
    return Decision{LetGo{}, "Deleted", "Released", in.observed.grant->message, false};
  return Decision{{}, "", in.observed.grant->reason, in.observed.grant->message, true};
}

}  // namespace certloop::placement
