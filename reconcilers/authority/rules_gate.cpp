#include "base/timestamp.h"
#include "reconcilers/authority/rules.h"

namespace certloop::authority {

using std::chrono::minutes;
using std::chrono::seconds;

std::string tag(const Input& in, std::string_view key) {
  const auto it = in.known().tags.find(std::string(key));
  return it == in.known().tags.end() ? "" : it->second;
}

bool is_proven_ours(const Input& in) {
  return !in.observed.foreign_owner && tag(in, ledger::kUidTag) == in.authority.meta.uid;
}

bool is_of_another_state(const Input& in) {
  const std::string uid = tag(in, ledger::kUidTag);
  const std::string owner = ledger::owner_tag_value(
      in.observed.installation, in.authority.meta.space, in.authority.meta.name);
  return tag(in, ledger::kOwnerTag) == owner && !uid.empty() && uid != in.authority.meta.uid;
}

bool lacks_our_tags(const Input& in) {
  if (in.observed.foreign_owner || (is_of_another_state(in) && !in.observed.may_take_over))
    return false;
  const auto ours = owner_tags(in.authority, in.observed);
  return std::any_of(ours.begin(), ours.end(),
                     [&](const auto& each) { return tag(in, each.first) != each.second; });
}

Decision held_up(const Error& error, const std::string& what) {
  const bool denied = error.code() == Code::denied || error.code() == Code::exhausted;
  return {Wait{denied ? minutes(10) : minutes(1), true},
          "",
          error.reason(),
          what + ": " + error.message(),
          denied,
          true};
}

Decision needs_person(std::string because, std::string reason, std::string message) {
  return {{}, std::move(because), std::move(reason), std::move(message), true};
}

std::optional<Decision> is_suspended(const Input& in) {
  if (in.observed.management != api::Management::suspended) return std::nullopt;
  const auto& until = in.authority.spec.suspended_until;
  return Decision{{},
                  "",
                  "Suspended",
                  "management is Suspended" +
                      (until ? " until " + rfc3339(*until) : std::string()) +
                      ": nothing is compared or changed" +
                      (in.deleted() ? ". It is to be deleted: set management to Enforce to delete "
                                      "it in AWS too, or to Observe to forget it here alone"
                                    : ""),
                  false};
}

// A slip in spec.accountRef must not make an object that nobody can delete.
std::optional<Decision> was_never_made(const Input& in) {
  const auto& known = in.known();
  if (!in.deleted() || !in.observed.account || in.observed.in_ledger || known.attempts > 0 ||
      known.pending)
    return std::nullopt;
  return Decision{LetGo{}, "Deleted", "Deleted", "no CA was ever created or adopted for it", false};
}

std::optional<Decision> account_is_unusable(const Input& in) {
  if (!in.observed.account) return std::nullopt;
  const Problem& problem = *in.observed.account;
  return Decision{{}, "", problem.reason, problem.message, problem.stalled, problem.unread};
}

std::optional<Decision> has_an_open_call(const Input& in) {
  if (!in.known().pending) return std::nullopt;
  const std::string what = in.known().pending->call + " was sent at " +
                           rfc3339(in.known().pending->sent) + " and its answer is not known";
  if (in.observed.unread.open_call)
    return held_up(*in.observed.unread.open_call, what + "; its effect could not be looked for");
  if (!in.observed.recovery) return std::nullopt;
  if (const auto* wait = std::get_if<ledger::WaitUntil>(&*in.observed.recovery))
    return Decision{Wait{std::max<Duration>(wait->until - in.now, seconds(1))}, "Recovery",
                    "RecoveringCall", what + ": looking for its effect in AWS soon", false};
  // Observe never acts: what was begun before is left until its token's life is over.
  if (std::holds_alternative<ledger::Resend>(*in.observed.recovery) &&
      in.observed.management == api::Management::observe)
    return Decision{Wait{minutes(1)}, "Recovery", "RecoveringCall",
                    what + ": it is not sent again while management is Observe", false};
  return Decision{Recover{*in.observed.recovery}, "Recovery", "RecoveringCall", what, false};
}

// Who never acts needs nothing in order to go.
std::optional<Decision> is_let_go_as_it_is(const Input& in) {
  if (!in.deleted() || in.observed.management != api::Management::observe) return std::nullopt;
  return Decision{LetGo{}, "Deleted", "Released", "management is Observe: nothing is changed",
                  false};
}

// One answer "not found" proves nothing (PROTOCOLS 0, "Gone").
std::optional<Decision> presence_is_unknown(const Input& in) {
  if (in.observed.presence != Presence::unknown) return std::nullopt;
  if (in.observed.unread.others)
    return held_up(*in.observed.unread.others, "AWS does not find " + in.known().arn +
                                                   "; whether it is gone could not be confirmed");
  return Decision{Wait{minutes(1), true}, "", "Unknown",
                  "AWS does not find " + in.known().arn +
                      ": looking again until a listing confirms that it is gone",
                  false};
}

std::optional<Decision> is_owned_by_another(const Input& in) {
  if (!in.observed.foreign_owner) return std::nullopt;
  const bool other = !in.observed.foreign_owner->starts_with(in.observed.installation + "/");
  return needs_person("", other ? "ForeignOwner" : "OwnedByOther",
                      (in.known().arn.empty() ? "a certificate authority" : in.known().arn) +
                          " is managed by " + *in.observed.foreign_owner +
                          " (tag certloop.dev/owner): remove that tag, or this object");
}

// Another state under our name, or a lost one: only the operator knows which.
std::optional<Decision> is_of_a_lost_state(const Input& in) {
  if (in.observed.may_take_over) return std::nullopt;
  std::string arn;
  if (in.present() && is_of_another_state(in)) arn = in.known().arn;
  if (!in.present() && in.spec().arn.empty())
    for (const Candidate& candidate : in.observed.owned)
      if (candidate.uid != in.authority.meta.uid && candidate.status != "FAILED")
        arn = candidate.arn;
  if (arn.empty()) return std::nullopt;
  return needs_person("", "ForeignUid",
                      arn + " belongs to another state of installation " +
                          in.observed.installation +
                          " (tag certloop.dev/uid): if that state is lost, run with "
                          "--take-over-lost-state; if it is in use, choose another --installation");
}

// What AWS would refuse as a tag, on whatever call carries it.
std::optional<Decision> cannot_be_marked(const Input& in) {
  if (in.observed.management != api::Management::enforce) return std::nullopt;
  const auto tags = owner_tags(in.authority, in.observed);
  const auto owner = ledger::check_owner_tag(tags.at(std::string(ledger::kOwnerTag)));
  if (owner.ok()) return std::nullopt;
  return needs_person("", "OwnerTagInvalid", owner.error().message());
}

// What the last reading has proven is still good enough to keep it, not to mark it.
std::optional<Decision> ownership_is_unread(const Input& in) {
  if (!in.present() || in.observed.tags_known || !in.observed.unread.tags || is_proven_ours(in))
    return std::nullopt;
  return held_up(*in.observed.unread.tags,
                 "whose " + in.known().arn + " is could not be read from its tags");
}

std::optional<Decision> another_arn_is_named(const Input& in) {
  const std::string& named = in.spec().arn;
  if (named.empty() || in.known().arn.empty() || named == in.known().arn) return std::nullopt;
  return needs_person("SpecChanged", "ArnChanged",
                      "spec.acmPca.arn names " + named + ", but this object manages " +
                          in.known().arn +
                          ": remove spec.acmPca.arn, or make a new CertificateAuthority for it");
}

}  // namespace certloop::authority
