#pragma once
// AWS Certificate Manager, in its own words. Field names are the API's, in snake case; times are
// the answers' epoch seconds. KeyAlgorithm comes back in the enumeration's spelling whatever the
// wire said ("RSA-2048" is "RSA_2048" here).
// Source: API reference of ACM, 2015-12-08; shapes in the public service model.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/turn.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace certloop::aws {

using Tags = std::map<std::string, std::string>;

struct RequestCertificate {
  std::string domain_name;
  std::vector<std::string> subject_alternative_names;
  std::string validation_method;          // DNS; empty with a CA
  std::string idempotency_token;          // \w+, at most 32 characters
  std::string certificate_authority_arn;  // empty: a public certificate
  std::string key_algorithm;
  bool exportable = false;  // Options.Export
  Tags tags;
  // When the ledger claimed this call: it is signed as of then (PROTOCOLS 1). Absent: now.
  std::optional<Time> claimed_at = {};
  Turn turn = {};  // taken before the claim
};

struct ImportCertificate {
  std::string certificate_arn;  // empty: a new certificate
  std::string certificate;      // PEM
  Secret private_key;           // PEM
  std::string certificate_chain;
  Tags tags;  // new certificates only
  // When the ledger claimed this call: it is signed as of then (PROTOCOLS 1). Absent: now.
  std::optional<Time> claimed_at = {};
  Turn turn = {};  // taken before the claim
};

struct ResourceRecord {
  std::string name, type, value;
  bool operator==(const ResourceRecord&) const = default;
};

struct DomainValidation {
  std::string domain_name, validation_status, validation_method;
  std::optional<ResourceRecord> resource_record;
};

struct CertificateDetail {
  std::string certificate_arn, domain_name;
  std::vector<std::string> subject_alternative_names;
  std::vector<DomainValidation> domain_validation_options;
  std::string serial, subject, issuer, status, type, key_algorithm, signature_algorithm;
  std::vector<std::string> in_use_by;
  bool users_unknown = false;  // the answer says nothing of InUseBy: not even that nobody uses it
  std::string failure_reason, renewal_eligibility, certificate_authority_arn;
  std::string renewal_status, renewal_status_reason;  // of RenewalSummary; empty without one
  std::vector<DomainValidation> renewal_validation_options;
  std::vector<std::string> key_usages, extended_key_usages;  // Name; CUSTOM ones as their OID
  bool export_enabled = false;                               // Options.Export
  std::optional<Time> created_at, issued_at, imported_at, revoked_at, not_before, not_after;
  std::string revocation_reason;
};

// One row of SearchCertificates or ListCertificates. What the one used does not tell is empty.
struct CertificateSummary {
  std::string certificate_arn, domain_name;
  std::vector<std::string> subject_alternative_names;
  bool has_additional_names = false;  // the list of names is cut
  std::string status, type, key_algorithm, serial, issuer, renewal_eligibility, renewal_status;
  bool in_use = false, exported = false, export_enabled = false;
  std::optional<Time> created_at, issued_at, imported_at, revoked_at, not_before, not_after;
};

struct CertificateAndChain {
  std::string certificate, chain;  // PEM
};

// Rows as they come, page by page; `asked` is when the page was asked for. Return false to stop.
using SummarySink = std::function<bool(CertificateSummary&& row, Instant asked)>;

// One region of one account. Implementations are safe for concurrent use.
// Every call may answer: denied, throttled, exhausted (LimitExceededException is a quota here),
// unavailable, cancelled, internal (an answer that makes no sense), besides what stands beside it.
// Calls that change something are sent once; reads are retried a bounded number of times.
class Acm {
 public:
  virtual ~Acm() = default;

  // The turn for one call of that operation ("RequestCertificate"), for its request's `turn`.
  // Errors: throttled with retry_after() (not now), cancelled, and what keeps the call from being
  // signed (denied, unavailable); all of them mean that nothing was sent.
  virtual Result<Turn> take_turn(std::string_view operation) = 0;

  virtual Result<std::string> request_certificate(
      const RequestCertificate&) = 0;  // the ARN; invalid
  virtual Result<std::string> import_certificate(
      const ImportCertificate&) = 0;  // the ARN; invalid, not_found
  virtual Result<CertificateDetail> describe_certificate(const std::string& arn) = 0;  // not_found
  virtual Result<CertificateAndChain> get_certificate(
      const std::string& arn) = 0;  // not_found; conflict while pending
  virtual Result<Tags> list_tags_for_certificate(const std::string& arn) = 0;  // not_found
  virtual Result<void> add_tags_to_certificate(const std::string& arn, const Tags&) = 0;
  virtual Result<void> remove_tags_from_certificate(const std::string& arn,
                                                    const std::vector<std::string>& keys) = 0;
  virtual Result<void> delete_certificate(
      const std::string& arn) = 0;  // not_found; conflict while in use
  virtual Result<void> renew_certificate(const std::string& arn) = 0;

  // Every certificate of the region, newest first, of every key type and origin: by
  // SearchCertificates, 500 a page, or where the server lacks it by ListCertificates, 1,000 a page.
  virtual Result<void> search_certificates(const SummarySink& sink) = 0;
};

}  // namespace certloop::aws
