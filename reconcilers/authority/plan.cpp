#include "reconcilers/authority/plan.h"

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "ledger/found.h"
#include "ledger/ownership.h"
#include "reconcilers/authority/rules.h"

namespace certloop::authority {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// The policy, top to bottom: the first rule that answers decides the pass.
constexpr std::array kRules = std::to_array<Rule*>({
    is_suspended,                  // the user said: leave it alone
    was_never_made,                // being deleted, and nothing was ever begun
    account_is_unusable,           // disabled, not Ready, missing
    has_an_open_call,              // an answer was lost: settle it first
    is_let_go_as_it_is,            // being deleted, Observe
    presence_is_unknown,           // one "not found" is no proof
    duplicate_must_go,             // a second one of ours is never used
    is_released,                   // being deleted, Retain
    is_deleted,                    // being deleted, with a confirmation
    is_owned_by_another,           // never touched
    is_of_a_lost_state,            // only with the operator's word
    cannot_be_marked,              // AWS would not take the owner tag
    another_arn_is_named,          // spec.acmPca.arn was set later
    takes_over_what_is_ours,       // lost status
    is_missing,                    // create it
    is_lost_for_good,              // deleted, and the restore window is over
    was_deleted_outside,           // restore it
    ownership_is_unread,           // not marked as ours before its tags are read
    is_marked,                     // our tags
    is_being_created,              // AWS makes the key
    has_failed,                    // it never served: another one
    was_disabled_outside,          // switch it on
    cannot_change_in_place,        // type, key, subject
    needs_its_certificate,         // CSR, signature, import
    cannot_serve,                  // EXPIRED, FAILED
    is_of_unknown_status,          // newer than this version
    lacks_the_renewal_permission,  // or ACM could not renew
    revocation_differs,            // CRL, OCSP
    tags_differ,                   //
    is_changed_back,               // somebody outside has changed it back three times
    something_is_unread,           // an optional read that failed
});

// Observe compares and reports; it never acts. What is told is what was found.
void tell_as_found(const Input& in, Decision& decision) {
  if (!decision.action || !changes_aws(*decision.action)) return;
  decision.action.reset();
  if (!decision.because.empty()) decision.reason = decision.because;
  const std::string found = ledger::as_found(in.differences);
  decision.message =
      (found.empty() ? in.known().arn + " is " + (in.status().empty() ? "missing" : in.status())
                     : found) +
      " (management is Observe: nothing is changed)";
}

}  // namespace

const Error* Unread::first() const {
  for (const auto* each : {&tags, &permissions, &chain, &issued, &others, &dependants, &open_call})
    if (*each) return &**each;
  return nullptr;
}

std::optional<Error> unread(const Observed& observed) {
  if (const Error* error = observed.unread.first()) return *error;
  if (observed.account || observed.management == api::Management::suspended ||
      observed.presence != Presence::unknown)
    return std::nullopt;
  return Error(Code::unavailable, "AWS does not find " + observed.known.arn +
                                      ", and has not confirmed that it is gone")
      .because("Unknown");
}

Duration attempt_wait(std::int64_t failed_attempts) {
  constexpr Duration kFirst = minutes(1), kLongest = hours(6);
  Duration wait = kFirst;
  for (std::int64_t i = 1; i < failed_attempts && wait < kLongest; ++i) wait *= 2;
  return std::min(wait, kLongest);
}

bool is_lost(const Observed& observed, Time now) {
  const auto& detail = observed.detail;
  return observed.known.aws_status == "DELETED" &&
         ((detail.restorable_until && *detail.restorable_until <= now) ||
          !detail.failure_reason.empty());  // what failed at its creation has no restore window
}

Plan plan(const api::CertificateAuthority& authority, const Observed& observed, Time now) {
  Plan result;
  if (!observed.account && observed.management != api::Management::suspended)
    result.differences = differences(authority, observed);
  const Input input{authority, observed, result.differences, now};
  for (Rule* const rule : kRules) {
    auto decision = rule(input);
    if (!decision) continue;
    if (observed.management == api::Management::observe) tell_as_found(input, *decision);
    result.decision = std::move(*decision);
    return result;
  }
  result.decision.reason = "Active";
  return result;
}

std::string path_of_mark(std::string_view tag) { return "tags[" + std::string(tag) + "]"; }

std::vector<std::string> corrected_by(const Decision& decision) {
  if (!decision.action) return {};
  const Action& action = *decision.action;
  // What is restored is DISABLED, and then enabled: that counts once.
  if (std::holds_alternative<EnableAuthority>(action)) return {std::string(kStatePath)};
  if (std::holds_alternative<UpdateRevocation>(action)) return {std::string(kRevocationPath)};
  if (std::holds_alternative<CreatePermission>(action)) return {std::string(kRenewalPath)};
  std::vector<std::string> paths;
  const auto* tagged = std::get_if<TagAuthority>(&action);
  if (tagged != nullptr && decision.because == "Drift")
    for (const auto& [tag, value] : tagged->tags)
      paths.push_back(tag.starts_with("certloop.dev/") ? path_of_mark(tag)
                                                       : std::string(kTagsPath) + tag);
  return paths;
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
