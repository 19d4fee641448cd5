#include "reconcilers/placement/learn.h"

#include "ledger/ownership.h"
#include "pki/chain.h"

namespace certloop::placement {
namespace {

// Bounded, so that a certificate with thousands of users can still be written down.
constexpr std::size_t kMaxUsers = 100;

std::string tag(const aws::Tags& tags, std::string_view key) {
  const auto it = tags.find(std::string(key));
  return it == tags.end() ? "" : it->second;
}

// The zone that was chosen for a domain's record is ours, not ACM's: it is kept.
std::string zone_of(const std::vector<api::DomainValidation>& before, const std::string& domain) {
  for (const auto& old : before)
    if (old.domain == domain) return old.hosted_zone;
  return "";
}

std::vector<api::DomainValidation> validation_of(const std::vector<api::DomainValidation>& before,
                                                 const aws::CertificateDetail& detail) {
  std::vector<api::DomainValidation> all;
  if (detail.type != "AMAZON_ISSUED") return all;
  for (const auto& option : detail.domain_validation_options) {
    api::DomainValidation domain{option.domain_name, option.validation_method,
                                 option.validation_status, std::nullopt,
                                 zone_of(before, option.domain_name)};
    if (option.resource_record)
      domain.record =
          api::ValidationRecord{option.resource_record->name, option.resource_record->type,
                                option.resource_record->value};
    all.push_back(std::move(domain));
  }
  return all;
}

}  // namespace

std::vector<std::string> bounded_users(const aws::CertificateDetail& detail) {
  std::vector<std::string> users = detail.in_use_by;
  if (users.size() > kMaxUsers) users.resize(kMaxUsers);
  return users;
}

void learn(api::PlacementStatus& known, const aws::CertificateDetail& detail, Time now) {
  // Another issue, renewal or import: what was read of the one before no longer holds.
  if (known.serial != detail.serial || known.issued != detail.issued_at ||
      known.imported != detail.imported_at || known.not_after != detail.not_after)
    known.fingerprint = known.chain_digest = known.certificate = known.chain = "";
  known.acm_status = detail.status;
  known.type = detail.type;
  known.domain_name = detail.domain_name;
  known.names = detail.subject_alternative_names;
  known.subject = detail.subject;
  known.serial = detail.serial;
  known.issuer = detail.issuer;
  known.key_algorithm = detail.key_algorithm;
  known.certificate_authority_arn = detail.certificate_authority_arn;
  known.key_usages = detail.key_usages;
  known.extended_key_usages = detail.extended_key_usages;
  known.created = detail.created_at;
  known.issued = detail.issued_at;
  known.imported = detail.imported_at;
  known.not_before = detail.not_before;
  known.not_after = detail.not_after;
  known.in_use_by = bounded_users(detail);
  known.users_unknown = detail.users_unknown;
  known.exportable = detail.export_enabled;
  known.eligibility = detail.renewal_eligibility;
  known.renewal_status = detail.renewal_status;
  known.renewal_reason = detail.renewal_status_reason;
  if (!detail.failure_reason.empty() || detail.status == "ISSUED")
    known.failure_reason = detail.failure_reason;
  // Imports count those that do not show (rules_change.cpp).
  if (detail.status == "ISSUED" && detail.type != "IMPORTED") known.failed_attempts = 0;
  known.validation = validation_of(known.validation, detail);
  known.described = now;
}

void learn(api::PlacementStatus& known, const estate::Row& row) {
  const auto& summary = row.summary;
  known.acm_status = summary.status;
  known.exported = summary.exported;
  if (!summary.renewal_eligibility.empty()) known.eligibility = summary.renewal_eligibility;
  if (!summary.renewal_status.empty()) known.renewal_status = summary.renewal_status;
  if (row.tags) known.tags = *row.tags;
}

void learn(api::PlacementStatus& known, const aws::CertificateAndChain& pem, Time now) {
  known.certificate = pem.certificate;
  known.chain = pem.chain;
  known.trust = "unknown";
  const auto leaf = pki::Certificate::from_pem(pem.certificate);
  const auto chain = pki::certificates_from_pem(pem.chain);
  if (!leaf.ok() || !chain.ok()) return;
  known.fingerprint = leaf->fingerprint();
  known.chain_digest = pki::digest_of(*chain);
  // The certificate itself is the better witness: some servers spell serials in decimal.
  known.serial = leaf->serial();
  // ACM's word counts before ours: an emulated Amazon is in no trust store.
  if (known.type == "PRIVATE")
    known.trust = "private";
  else
    known.trust = pki::is_publicly_trusted(*leaf, *chain, now) ? "public" : "private";
}

bool tells_of_change(const api::PlacementStatus& known, const estate::Row& row) {
  const auto& summary = row.summary;
  const bool serial_differs = !summary.serial.empty() && summary.serial != known.serial;
  return summary.status != known.acm_status || serial_differs ||
         (summary.not_after && summary.not_after != known.not_after) ||
         (summary.imported_at && summary.imported_at != known.imported) ||
         summary.in_use != !known.in_use_by.empty();
}

estate::Row row_of(const api::PlacementStatus& known) {
  estate::Row row;
  auto& summary = row.summary;
  summary.certificate_arn = known.arn;
  summary.domain_name = known.domain_name;
  summary.subject_alternative_names = known.names;
  summary.status = known.acm_status;
  summary.type = known.type;
  summary.key_algorithm = known.key_algorithm;
  summary.serial = known.serial;
  summary.issuer = known.issuer;
  summary.renewal_eligibility = known.eligibility;
  summary.renewal_status = known.renewal_status;
  summary.in_use = !known.in_use_by.empty();
  summary.exported = known.exported;
  summary.export_enabled = known.exportable;
  summary.created_at = known.created;
  summary.issued_at = known.issued;
  summary.imported_at = known.imported;
  summary.not_before = known.not_before;
  summary.not_after = known.not_after;
  row.tags = known.tags;
  return row;
}

Candidate candidate_of(const estate::Row& row, const aws::Tags& tags) {
  Candidate candidate;
  candidate.arn = row.summary.certificate_arn;
  candidate.uid = tag(tags, ledger::kUidTag);
  candidate.intent = tag(tags, ledger::kIntentTag);
  candidate.names = row.summary.subject_alternative_names;
  candidate.status = row.summary.status;
  candidate.key_algorithm = row.summary.key_algorithm;
  candidate.type = row.summary.type;
  candidate.created = row.summary.created_at;
  return candidate;
}

}  // namespace certloop::placement
