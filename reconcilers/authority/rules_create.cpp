#include "base/timestamp.h"
#include "reconcilers/authority/rules.h"

namespace certloop::authority {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// What AWS still works on is asked for when an eighth more of its time has passed: a quick answer
// is seen at once, and a slow one costs few calls.
Duration next_look(const std::optional<Time>& began, Time now, Duration least, Duration most) {
  constexpr int kLooksPerWaiting = 8;
  if (!began) return least;
  return std::clamp<Duration>((now - *began) / kLooksPerWaiting, least, most);
}

std::optional<Decision> backs_off(const Input& in, const std::string& what) {
  const auto& next = in.known().next_attempt;
  if (!next || *next <= in.now) return std::nullopt;
  return Decision{Wait{*next - in.now}, "", "BackingOff",
                  what + " failed " + std::to_string(in.known().failed_attempts) +
                      " time(s): the next attempt begins at " + rfc3339(*next),
                  false};
}

std::string why(const Input& in) {
  const std::string& reason = in.observed.detail.failure_reason;
  return reason.empty() ? "" : " (" + reason + ")";
}

Decision creates(const Input& in, std::string because, std::string message) {
  if (const auto& refused = in.observed.creation_refused)
    return {{}, std::move(because), refused->reason, refused->message, refused->stalled};
  if (auto waits = backs_off(in, "creating it")) return *waits;
  return {CreateAuthority{}, std::move(because), "Creating", std::move(message), false};
}

// The best candidate that carries our owner tag and may be used; null if there is none.
const Candidate* best_of_ours(const Input& in) {
  const auto rank = [](const std::string& status) {
    return status == "ACTIVE" ? 3 : status == "DISABLED" || status == "EXPIRED" ? 2 : 1;
  };
  const Candidate* best = nullptr;
  for (const Candidate& candidate : in.observed.owned) {
    if (candidate.status == "FAILED" || candidate.status == "DELETED") continue;
    if (candidate.uid != in.authority.meta.uid && !in.observed.may_take_over) continue;
    if (best == nullptr || rank(candidate.status) > rank(best->status)) best = &candidate;
  }
  return best;
}

}  // namespace

std::optional<Decision> takes_over_what_is_ours(const Input& in) {
  if (in.present() || !in.spec().arn.empty()) return std::nullopt;
  const Candidate* best = best_of_ours(in);
  if (best == nullptr) return std::nullopt;
  return Decision{TakeOver{best->arn}, "Recovery", "Adopting",
                  best->arn + " carries our owner tag: taking it over", false};
}

std::optional<Decision> is_missing(const Input& in) {
  if (in.present()) return std::nullopt;
  if (!in.spec().arn.empty())
    return needs_person("Missing", "Missing",
                        in.spec().arn +
                            " does not exist: correct spec.acmPca.arn, or leave it out to have a "
                            "new CA made");
  if (in.observed.unread.others)
    return held_up(*in.observed.unread.others,
                   "whether AWS holds a CA of ours already could not be read");
  if (in.known().arn.empty()) return creates(in, "Missing", "creating a CA");
  return creates(in, "Drift", in.known().arn + " was deleted from AWS; creating a replacement");
}

std::optional<Decision> is_lost_for_good(const Input& in) {
  if (!in.present() || !is_lost(in.observed, in.now)) return std::nullopt;
  if (!in.spec().arn.empty())
    return needs_person("Missing", "Missing",
                        in.spec().arn +
                            " is DELETED and cannot be restored: correct "
                            "spec.acmPca.arn, or leave it out to have a new CA made");
  return creates(in, "Drift",
                 in.known().arn + " is DELETED and cannot be restored; creating a replacement");
}

// It never served: nothing can depend on it.
std::optional<Decision> has_failed(const Input& in) {
  if (in.status() != "FAILED" || !in.spec().arn.empty() || !is_proven_ours(in)) return std::nullopt;
  if (in.observed.unread.tags) return held_up(*in.observed.unread.tags, in.known().arn + " FAILED");
  return Decision{
      DeleteAuthority{in.known().arn}, "Drift", "Replacing",
      in.known().arn + " is FAILED" + why(in) + ": it is deleted, and another one is created",
      false};
}

// Our tags are desired state (PROTOCOLS 0): on what we hold already, their absence is drift.
std::optional<Decision> is_marked(const Input& in) {
  if (!in.present() || in.status() == "DELETED" || !in.observed.tags_known || !lacks_our_tags(in) ||
      in.is_contested(path_of_mark(ledger::kUidTag)))
    return std::nullopt;
  if (!in.observed.in_ledger && in.observed.creation_refused) {
    const Problem& refused = *in.observed.creation_refused;
    return Decision{{}, "Adoption", refused.reason, refused.message, refused.stalled};
  }
  TagAuthority tagging{owner_tags(in.authority, in.observed), !in.observed.in_ledger};
  return in.observed.in_ledger
             ? Decision{tagging, "Drift", "Tagging",
                        in.known().arn + " has lost our tags: they are set again", false}
             : Decision{tagging, "Adoption", "Adopting",
                        "adopting " + in.known().arn + ": tagging it as managed by this spec",
                        false};
}

std::optional<Decision> is_being_created(const Input& in) {
  if (in.status() != "CREATING") return std::nullopt;
  const auto& began = in.known().created ? in.known().created : in.observed.detail.created_at;
  return Decision{Wait{next_look(began, in.now, seconds(2), minutes(10))}, "", "Creating",
                  "waiting for AWS to create the CA's key", false};
}

// S17.
std::optional<Decision> needs_its_certificate(const Input& in) {
  if (in.status() != "PENDING_CERTIFICATE") return std::nullopt;
  const Decision issues{IssueRootCertificate{}, "Missing", "InstallingCertificate",
                        "the CA signs its own certificate", false};
  switch (in.observed.issuance) {
    case Issuance::none: return issues;
    case Issuance::failed: {
      if (auto waits = backs_off(in, "signing the CA's certificate")) return waits;
      Decision again = issues;
      again.message = "AWS did not issue " + in.known().issued_certificate_arn +
                      ": the CA's certificate is requested again";
      return again;
    }
    case Issuance::running:
      if (in.observed.unread.issued)
        return held_up(*in.observed.unread.issued,
                       "the certificate that AWS issued for the CA could not be fetched");
      return Decision{Wait{next_look(in.known().issued_at, in.now, seconds(1), minutes(1))}, "",
                      "InstallingCertificate", "waiting for AWS to issue the CA's certificate",
                      false};
    case Issuance::issued: break;
  }
  return Decision{ImportCertificate{}, "Missing", "InstallingCertificate",
                  "the CA's certificate is imported", false};
}

std::optional<Decision> was_deleted_outside(const Input& in) {
  if (in.status() != "DELETED") return std::nullopt;
  // The tags of a deleted CA cannot be read: what they were when it was last seen counts.
  if (!is_proven_ours(in))
    return needs_person("Drift", "NotActive",
                        in.known().arn +
                            " is DELETED and was not ours when it was: restore it in "
                            "AWS, or correct spec.acmPca.arn");
  if (in.is_contested(kStatePath)) return is_changed_back(in);
  return Decision{RestoreAuthority{}, "Drift", "Restoring",
                  in.known().arn + " is DELETED and is restored while AWS still can", false};
}

std::optional<Decision> was_disabled_outside(const Input& in) {
  if (in.status() != "DISABLED") return std::nullopt;
  if (in.is_contested(kStatePath)) return is_changed_back(in);
  return Decision{EnableAuthority{}, "Drift", "Enabling",
                  in.known().arn + " is DISABLED, the spec says Active", false};
}

std::optional<Decision> cannot_serve(const Input& in) {
  if (in.status() != "EXPIRED" && in.status() != "FAILED") return std::nullopt;
  return needs_person("Drift", "NotActive",
                      in.known().arn + " is " + in.status() + why(in) +
                          ": make a new CertificateAuthority, move its certificates there, and "
                          "delete this one");
}

std::optional<Decision> is_of_unknown_status(const Input& in) {
  if (!in.present() || in.status() == "ACTIVE") return std::nullopt;
  return Decision{Wait{hours(1), true}, "", "StatusUnknown",
                  in.known().arn + " is '" + in.status() +
                      "', a status that this version does not know: looking again",
                  false};
}

}  // namespace certloop::authority
