#include "reconcilers/authority/plan.h"

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "ledger/ownership.h"

namespace certloop::authority {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kConfirm = "certloop.dev/confirm";

struct Input {
  const api::CertificateAuthority& authority;
  const Observed& observed;
  const std::vector<api::Difference>& differences;
  Time now;
  const api::AcmPcaSpec& spec() const { return authority.spec.acm_pca; }
  const api::CertificateAuthorityStatus& known() const { return observed.known; }
  bool present() const { return observed.presence == Presence::present; }
  bool deleted() const { return authority.meta.deleted.has_value(); }
  bool has(std::string_view path) const {
    return std::any_of(differences.begin(), differences.end(),
                       [&](const auto& row) { return row.path == path; });
  }
};
using Rule = std::optional<Decision> (*)(const Input&);

std::string tag(const Input& in, std::string_view key) {
  const auto it = in.known().tags.find(std::string(key));
  return it == in.known().tags.end() ? "" : it->second;
}

bool is_proven_ours(const Input& in) { return tag(in, ledger::kUidTag) == in.authority.meta.uid; }

std::optional<Decision> is_suspended(const Input& in) {
  if (in.observed.management != api::Management::suspended) return std::nullopt;
  const auto& until = in.authority.spec.suspended_until;
  return Decision{{},
                  "",
                  "Suspended",
                  "management is Suspended" +
                      (until ? " until " + rfc3339(*until) : std::string()) +
                      ": nothing is compared or changed",
                  false};
}

std::optional<Decision> account_is_unusable(const Input& in) {
  if (!in.observed.account) return std::nullopt;
  return Decision{{},
                  "",
                  in.observed.account->reason,
                  in.observed.account->message,
                  in.observed.account->stalled};
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
                    what + ": it is not sent again, for management is Observe", false};
  return Decision{Recover{*in.observed.recovery}, "Recovery", "RecoveringCall", what, false};
}

// The best of those that carry our owner tag; null if there is none.
const Candidate* best_of_ours(const Input& in) {
  const Candidate* best = nullptr;
  for (const Candidate& candidate : in.observed.owned) {
    if (candidate.status == "FAILED") continue;
    if (best == nullptr || (candidate.status == "ACTIVE" && best->status != "ACTIVE") ||
        (best->status == "DELETED" && candidate.status != "DELETED"))
      best = &candidate;
  }
  return best;
}

Decision takes_over(const Candidate& found) {
  return {TakeOver{found.arn}, "Recovery", "Adopting",
          found.arn + " carries our owner tag: taking it over", false};
}

// A duplicate that carries our uid is deleted, never used (PROTOCOLS 1).
std::optional<Decision> duplicate_must_go(const Input& in) {
  if (!in.present()) return std::nullopt;
  for (const Candidate& other : in.observed.owned)
    if (other.uid == in.authority.meta.uid && other.status != "DELETED" && other.status != "ACTIVE")
      return Decision{DeleteAuthority{other.arn}, "Recovery", "DeletingDuplicate",
                      other.arn + " is a duplicate of " + in.known().arn, false};
  return std::nullopt;
}

std::optional<Decision> is_released(const Input& in) {
  if (!in.deleted() || in.authority.spec.delete_in_aws) return std::nullopt;
  if (in.present() && is_proven_ours(in) && in.known().aws_status != "DELETED" &&
      in.observed.management == api::Management::enforce) {
    std::vector<std::string> ours;
    for (const auto& [key, value] : in.known().tags)
      if (key == ledger::kOwnerTag || key == ledger::kUidTag || key == ledger::kIntentTag)
        ours.push_back(key);
    return Decision{UntagAuthority{ours, true}, "Deleted", "Releasing",
                    "deletionPolicy is Retain: " + in.known().arn + " stays, our tags are removed",
                    false};
  }
  return Decision{LetGo{}, "Deleted", "Released", "deletionPolicy is Retain: nothing is deleted",
                  false};
}

// Everything that hangs on a CA dies with it, so its deletion is asked for twice.
std::optional<Decision> is_deleted(const Input& in) {
  if (!in.deleted()) return std::nullopt;
  // The ARN may be lost with the status, and the CA still be there.
  const Candidate* const left = in.present() ? nullptr : best_of_ours(in);
  if (left != nullptr && in.observed.management == api::Management::enforce)
    return takes_over(*left);
  if (!in.present() || in.known().aws_status == "DELETED")
    return Decision{LetGo{}, "Deleted", "Deleted", "no certificate authority is left", false};
  if (!is_proven_ours(in))
    return Decision{{},
                    "Deleted",
                    "OwnershipUnproven",
                    in.known().arn +
                        " does not carry our tag certloop.dev/uid: it is not deleted. Set "
                        "deletionPolicy: Retain to let go of it",
                    true};
  if (!in.observed.dependants.empty())
    return Decision{Wait{minutes(1)}, "Deleted", "HasDependants",
                    "these certificates are issued by it: " + join(in.observed.dependants, ", ") +
                        ". Delete them first",
                    false};
  const std::string digest = deletion_digest(in.authority, in.known().arn);
  const auto it = in.authority.meta.annotations.find(std::string(kConfirm));
  if (it == in.authority.meta.annotations.end() || it->second != digest)
    return Decision{{},
                    "Deleted",
                    "ConfirmationNeeded",
                    "deleting " + in.known().arn + " needs the annotation " +
                        std::string(kConfirm) + ": " + digest,
                    false};
  if (in.known().aws_status == "ACTIVE")
    return Decision{DisableAuthority{}, "Deleted", "Deleting",
                    "an ACTIVE CA must be disabled before it can be deleted", false};
  return Decision{DeleteAuthority{in.known().arn}, "Deleted", "Deleting",
                  "deleting " + in.known().arn + "; AWS can restore it for " +
                      std::to_string(in.spec().permanent_deletion_time_in_days) + " days",
                  false};
}

std::optional<Decision> is_owned_by_another(const Input& in) {
  if (!in.observed.foreign_owner) return std::nullopt;
  const bool other = !in.observed.foreign_owner->starts_with(in.observed.installation + "/");
  return Decision{{},
                  "",
                  other ? "ForeignOwner" : "OwnedByOther",
                  (in.known().arn.empty() ? "a certificate authority" : in.known().arn) +
                      " is kept by " + *in.observed.foreign_owner +
                      " (tag certloop.dev/owner): one spec keeps one CA",
                  true};
}

// What AWS would refuse as a tag, on whatever call carries it.
std::optional<Decision> cannot_be_marked(const Input& in) {
  if (in.observed.management != api::Management::enforce) return std::nullopt;
  const auto tags = owner_tags(in.authority, in.observed);
  const auto owner = ledger::check_owner_tag(tags.at(std::string(ledger::kOwnerTag)));
  if (owner.ok()) return std::nullopt;
  return Decision{{}, "", "OwnerTagInvalid", owner.error().message(), true};
}

std::optional<Decision> takes_over_what_is_ours(const Input& in) {
  if (in.present() || !in.spec().arn.empty()) return std::nullopt;
  const Candidate* best = best_of_ours(in);
  if (best == nullptr) return std::nullopt;
  return takes_over(*best);
}

std::optional<Decision> is_adopted(const Input& in) {
  if (!in.present() || is_proven_ours(in) || in.known().aws_status == "DELETED")
    return std::nullopt;
  return Decision{TagAuthority{owner_tags(in.authority, in.observed), true}, "Adoption", "Adopting",
                  "adopting " + in.known().arn + ": marking it as kept by this spec", false};
}

std::optional<Decision> is_missing(const Input& in) {
  if (in.observed.presence == Presence::unknown)
    return Decision{Wait{minutes(1)}, "", "Unknown",
                    "whether " + in.known().arn + " still exists could not be read", false};
  if (in.present()) return std::nullopt;
  if (!in.spec().arn.empty())
    return Decision{{},
                    "Missing",
                    "Missing",
                    in.spec().arn +
                        " does not exist: correct spec.acmPca.arn, or leave it out to "
                        "have a new CA made",
                    true};
  return Decision{CreateAuthority{}, in.known().arn.empty() ? "Missing" : "Drift", "Creating",
                  in.known().arn.empty() ? "there is no CA for it yet"
                                         : in.known().arn + " is gone: a new CA is made",
                  false};
}

std::optional<Decision> is_being_created(const Input& in) {
  if (in.known().aws_status != "CREATING") return std::nullopt;
  return Decision{Wait{seconds(2)}, "", "Creating", "AWS is making the CA's key", false};
}

// S17.
std::optional<Decision> needs_its_certificate(const Input& in) {
  if (in.known().aws_status != "PENDING_CERTIFICATE") return std::nullopt;
  if (in.known().issued_certificate_arn.empty())
    return Decision{IssueRootCertificate{}, "Missing", "InstallingCertificate",
                    "the CA signs its own certificate", false};
  if (!in.observed.certificate_ready)
    return Decision{Wait{seconds(1)}, "", "InstallingCertificate",
                    "waiting for the CA's certificate to be issued", false};
  return Decision{ImportCertificate{}, "Missing", "InstallingCertificate",
                  "the CA's certificate is imported", false};
}

std::optional<Decision> was_deleted_outside(const Input& in) {
  if (in.known().aws_status != "DELETED") return std::nullopt;
  return Decision{RestoreAuthority{}, "Drift", "Restoring",
                  in.known().arn + " is DELETED and is restored while AWS still can", false};
}

std::optional<Decision> was_disabled_outside(const Input& in) {
  if (in.known().aws_status != "DISABLED") return std::nullopt;
  return Decision{EnableAuthority{}, "Drift", "Enabling",
                  in.known().arn + " is DISABLED, the spec says Active", false};
}

std::optional<Decision> cannot_serve(const Input& in) {
  if (in.known().aws_status == "ACTIVE") return std::nullopt;
  const std::string why = in.observed.detail.failure_reason.empty()
                              ? ""
                              : " (" + in.observed.detail.failure_reason + ")";
  return Decision{{},
                  "Drift",
                  "NotActive",
                  in.known().arn + " is " + in.known().aws_status + why +
                      ": it must be replaced; delete it and apply the spec again",
                  true};
}

std::optional<Decision> cannot_change_in_place(const Input& in) {
  // usageMode is sent at creation and never changes; a server that answers another one has ignored
  // it, which is drift to report but nothing that an edit could mend.
  for (const char* path : {"spec.acmPca.type", "spec.acmPca.keyAlgorithm",
                           "spec.acmPca.signingAlgorithm", "spec.acmPca.subject"})
    if (in.has(path))
      return Decision{{},
                      "SpecChanged",
                      "ReplacementHeld",
                      std::string(path) +
                          " cannot be changed: a CA is never replaced on its own. "
                          "Make a new CertificateAuthority",
                      true};
  return std::nullopt;
}

std::optional<Decision> lacks_the_renewal_permission(const Input& in) {
  if (!in.has("spec.acmPca.allowAcmRenewal")) return std::nullopt;
  return Decision{CreatePermission{}, "Missing", "GrantingRenewal",
                  "ACM gets the permission to renew what this CA issued", false};
}

std::optional<Decision> revocation_differs(const Input& in) {
  if (!in.has("spec.acmPca.revocation")) return std::nullopt;
  return Decision{UpdateRevocation{}, "Drift", "Updating", "the revocation configuration differs",
                  false};
}

std::optional<Decision> tags_differ(const Input& in) {
  std::map<std::string, std::string> add;
  constexpr std::string_view kPath = "spec.acmPca.tags.";
  for (const auto& row : in.differences)
    if (row.path.starts_with(kPath)) add[row.path.substr(kPath.size())] = row.spec;
  if (add.empty()) return std::nullopt;
  return Decision{TagAuthority{add}, "Drift", "Tagging", "tags differ from the spec", false};
}

// The policy, top to bottom: the first rule that answers decides the pass.
constexpr std::array kRules = std::to_array<Rule>({
    is_suspended,                  // the user said: leave it alone
    account_is_unusable,           // disabled, not Ready, missing
    has_an_open_call,              // an answer was lost: settle it first
    duplicate_must_go,             // a second one of ours is never used
    is_released,                   // being deleted, Retain
    is_deleted,                    // being deleted, with a confirmation
    is_owned_by_another,           // never touched
    cannot_be_marked,              // the owner tag would be none that AWS takes
    takes_over_what_is_ours,       // lost state
    is_missing,                    // create it
    was_deleted_outside,           // restore it
    is_adopted,                    // mark it as ours
    is_being_created,              // AWS makes the key
    needs_its_certificate,         // CSR, signature, import
    was_disabled_outside,          // switch it on
    cannot_serve,                  // EXPIRED, FAILED
    cannot_change_in_place,        // type, key, subject
    lacks_the_renewal_permission,  // or ACM could not renew
    revocation_differs,            // CRL, OCSP
    tags_differ,                   //
});

}  // namespace

Plan plan(const api::CertificateAuthority& authority, const Observed& observed, Time now) {
  Plan result;
  if (!observed.account && observed.management != api::Management::suspended)
    result.differences = differences(authority, observed);
  const Input input{authority, observed, result.differences, now};
  for (const Rule rule : kRules) {
    auto decision = rule(input);
    if (!decision) continue;
    // Observe compares and reports; it never acts. Its object may still go.
    if (decision->action && changes_aws(*decision->action) &&
        observed.management == api::Management::observe) {
      if (authority.meta.deleted)
        decision = Decision{LetGo{}, "Deleted", "Released", "management is Observe", false};
      else
        decision->action.reset();
    }
    result.decision = std::move(*decision);
    return result;
  }
  result.decision.reason = "Active";
  return result;
}

bool changes_aws(const Action& action) {
  return !std::holds_alternative<Recover>(action) && !std::holds_alternative<TakeOver>(action) &&
         !std::holds_alternative<LetGo>(action) && !std::holds_alternative<Wait>(action);
}

std::string signing_algorithm(const api::AcmPcaSpec& spec) {
  if (!spec.signing_algorithm.empty()) return spec.signing_algorithm;
  return spec.key_algorithm.starts_with("RSA_") ? "SHA256WITHRSA" : "SHA256WITHECDSA";
}

std::map<std::string, std::string> owner_tags(const api::CertificateAuthority& authority,
                                              const Observed& observed) {
  return {
      {std::string(ledger::kOwnerTag),
       ledger::owner_tag_value(observed.installation, authority.meta.space, authority.meta.name)},
      {std::string(ledger::kUidTag), authority.meta.uid}};
}

aws::CreateCertificateAuthority wanted(const api::CertificateAuthority& authority,
                                       const Observed& observed, const std::string& intent) {
  const auto& spec = authority.spec.acm_pca;
  aws::CreateCertificateAuthority create;
  create.type = spec.type;
  create.key_algorithm = spec.key_algorithm;
  create.signing_algorithm = signing_algorithm(spec);
  create.subject = {
      spec.subject.common_name,  spec.subject.organization, spec.subject.organizational_unit,
      spec.subject.country,      spec.subject.state,        spec.subject.locality,
      spec.subject.serial_number};
  if (const auto& crl = spec.revocation.crl)
    create.revocation.crl =
        aws::CrlConfiguration{crl->enabled, crl->expiration_in_days, crl->s3_bucket_name,
                              crl->custom_cname, crl->s3_object_acl};
  if (spec.revocation.ocsp_enabled)
    create.revocation.ocsp =
        aws::OcspConfiguration{*spec.revocation.ocsp_enabled, spec.revocation.ocsp_custom_cname};
  create.usage_mode = spec.usage_mode;
  create.key_storage_security_standard = spec.key_storage_security_standard;
  create.tags = spec.tags;
  create.tags.merge(owner_tags(authority, observed));
  if (!intent.empty()) create.tags[std::string(ledger::kIntentTag)] = intent;
  return create;
}

std::string deletion_digest(const api::CertificateAuthority& authority, const std::string& arn) {
  return sha256_hex("delete\n" + authority.meta.uid + '\n' + arn).substr(0, 12);
}

}  // namespace certloop::authority
