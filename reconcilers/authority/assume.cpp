#include "ledger/ownership.h"
#include "reconcilers/authority/plan.h"

namespace certloop::authority {
namespace {

std::string known_after(int step) { return "(known after step " + std::to_string(step) + ")"; }

Observed created(const api::CertificateAuthority& authority, Observed observed, int step) {
  const auto want = wanted(authority, observed, "");
  observed.presence = Presence::present;
  observed.in_ledger = observed.tags_known = true;
  observed.known.arn = known_after(step);
  observed.known.aws_status = "CREATING";
  observed.known.key_algorithm = want.key_algorithm;
  observed.known.usage_mode = want.usage_mode;
  observed.known.type = want.type;
  observed.known.tags = want.tags;
  observed.known.issued_certificate_arn.clear();
  observed.issuance = Issuance::none;
  observed.known.acm_may_renew = false;
  observed.permissions_known = true;
  auto& detail = observed.detail;
  detail = {};
  detail.arn = observed.known.arn;
  detail.type = want.type;
  detail.key_algorithm = want.key_algorithm;
  detail.signing_algorithm = want.signing_algorithm;
  detail.subject = want.subject;
  detail.revocation = want.revocation;
  detail.usage_mode = want.usage_mode;
  return observed;
}

// Time passes: what ACM PCA does by itself has happened.
Observed waited(Observed observed) {
  if (observed.known.pending) {
    observed.known.pending.reset();
    observed.recovery.reset();
  }
  if (observed.known.aws_status == "CREATING") observed.known.aws_status = "PENDING_CERTIFICATE";
  observed.known.next_attempt.reset();
  if (observed.issuance == Issuance::running) observed.issuance = Issuance::issued;
  return observed;
}

// What never got as far as a certificate has no restore window.
void deleted(Observed& observed) {
  std::string& status = observed.known.aws_status;
  if (status == "FAILED" || status == "CREATING") {
    observed.presence = Presence::absent;
    observed.known.arn.clear();
    observed.known.tags.clear();
    observed.detail = {};
    status.clear();
  } else {
    status = "DELETED";
    observed.detail.restorable_until.reset();
  }
}

void taken_over(const api::CertificateAuthority& authority, Observed& observed,
                const TakeOver& take) {
  for (const Candidate& candidate : observed.owned)
    if (candidate.arn == take.arn) {
      observed.known.arn = candidate.arn;
      observed.known.aws_status = candidate.status;
      observed.known.tags = owner_tags(authority, observed);
      observed.known.tags[std::string(ledger::kUidTag)] = candidate.uid;
    }
  std::erase_if(observed.owned, [&](const auto& other) { return other.arn == take.arn; });
  observed.presence = Presence::present;
  observed.in_ledger = observed.tags_known = true;
  observed.detail = {};
}

}  // namespace

Observed assume(const api::CertificateAuthority& authority, Observed observed, const Action& action,
                int step, Time) {
  auto& known = observed.known;
  if (std::holds_alternative<CreateAuthority>(action))
    return created(authority, std::move(observed), step);
  if (std::holds_alternative<IssueRootCertificate>(action)) {
    known.issued_certificate_arn = known_after(step);
    observed.issuance = Issuance::running;
  } else if (std::holds_alternative<ImportCertificate>(action) ||
             std::holds_alternative<EnableAuthority>(action)) {
    known.aws_status = "ACTIVE";
    observed.permissions_known = true;
  } else if (std::holds_alternative<CreatePermission>(action)) {
    known.acm_may_renew = true;
  } else if (const auto* tagged = std::get_if<TagAuthority>(&action)) {
    for (const auto& [key, value] : tagged->tags) known.tags[key] = value;
    observed.in_ledger = true;
  } else if (const auto* untagged = std::get_if<UntagAuthority>(&action)) {
    for (const auto& key : untagged->keys) known.tags.erase(key);
  } else if (std::holds_alternative<UpdateRevocation>(action)) {
    observed.detail.revocation = wanted(authority, observed, "").revocation;
  } else if (std::holds_alternative<DisableAuthority>(action) ||
             std::holds_alternative<RestoreAuthority>(action)) {
    known.aws_status = "DISABLED";
  } else if (const auto* gone = std::get_if<DeleteAuthority>(&action)) {
    if (gone->arn == known.arn) deleted(observed);
    std::erase_if(observed.owned, [&](const auto& other) { return other.arn == gone->arn; });
  } else if (const auto* take = std::get_if<TakeOver>(&action)) {
    taken_over(authority, observed, *take);
  } else if (std::holds_alternative<Wait>(action) || std::holds_alternative<Recover>(action)) {
    return waited(std::move(observed));
  }
  return observed;
}

api::Step step_of(const api::CertificateAuthority& authority, const Observed& observed,
                  const Action& action, const Decision& decision) {
  const auto& spec = authority.spec.acm_pca;
  api::Step step;
  step.object = authority.key();
  step.account = space_of(spec.account_ref, authority.meta.space) + "/" + spec.account_ref.name;
  step.region = spec.region;
  step.because = decision.because;
  step.message = decision.message;
  if (!changes_aws(action)) return step;
  step.service = "acm-pca";
  step.subject = observed.known.arn;
  step.in_use_by = observed.dependants;
  if (std::holds_alternative<CreateAuthority>(action)) {
    step.operation = "CreateCertificateAuthority";
    step.subject = spec.subject.common_name;
    step.details = {{"type", spec.type},
                    {"keyAlgorithm", spec.key_algorithm},
                    {"signingAlgorithm", signing_algorithm(spec)}};
  } else if (std::holds_alternative<IssueRootCertificate>(action)) {
    step.operation = "IssueCertificate";
    step.details["template"] = "RootCACertificate/V1";
    step.details["validityDays"] = std::to_string(spec.validity_days);
  } else if (std::holds_alternative<ImportCertificate>(action)) {
    step.operation = "ImportCertificateAuthorityCertificate";
  } else if (std::holds_alternative<CreatePermission>(action)) {
    step.operation = "CreatePermission";
    step.details["principal"] = "acm.amazonaws.com";
  } else if (const auto* tagged = std::get_if<TagAuthority>(&action)) {
    step.operation = "TagCertificateAuthority";
    for (const auto& [key, value] : tagged->tags) step.details["tag:" + key] = value;
  } else if (const auto* untagged = std::get_if<UntagAuthority>(&action)) {
    step.operation = "UntagCertificateAuthority";
    for (const auto& key : untagged->keys) step.details["tag:" + key] = "";
  } else if (const auto* gone = std::get_if<DeleteAuthority>(&action)) {
    step.operation = "DeleteCertificateAuthority";
    step.subject = gone->arn;
  } else if (std::holds_alternative<RestoreAuthority>(action)) {
    step.operation = "RestoreCertificateAuthority";
  } else {
    step.operation = "UpdateCertificateAuthority";
    if (std::holds_alternative<EnableAuthority>(action)) step.details["status"] = "ACTIVE";
    if (std::holds_alternative<DisableAuthority>(action)) step.details["status"] = "DISABLED";
  }
  return step;
}

}  // namespace certloop::authority
