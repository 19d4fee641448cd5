#pragma once
// AWS Private CA, in its own words (API 2017-08-22). See acm.h for conventions.
#include <optional>
#include <string>
#include <vector>

#include "aws/acm.h"

namespace certloop::aws {

struct Asn1Subject {
  std::string common_name, organization, organizational_unit, country, state, locality,
      serial_number;
  bool operator==(const Asn1Subject&) const = default;
};

struct CrlConfiguration {
  bool enabled = false;
  int expiration_in_days = 0;
  std::string s3_bucket_name, custom_cname, s3_object_acl;
  bool operator==(const CrlConfiguration&) const = default;
};
struct OcspConfiguration {
  bool enabled = false;
  std::string ocsp_custom_cname;
  bool operator==(const OcspConfiguration&) const = default;
};
struct RevocationConfiguration {
  std::optional<CrlConfiguration> crl;
  std::optional<OcspConfiguration> ocsp;
  bool operator==(const RevocationConfiguration&) const = default;
};

struct CreateCertificateAuthority {
  std::string type;  // ROOT, SUBORDINATE
  std::string key_algorithm, signing_algorithm;
  Asn1Subject subject;
  RevocationConfiguration revocation;
  std::string idempotency_token;  // at most 36 characters; safe for 5 minutes
  std::string usage_mode, key_storage_security_standard;
  Tags tags;
  std::optional<Time> claimed_at = {};  // as in RequestCertificate
  Turn turn = {};                       // likewise
};

struct CertificateAuthorityDetail {
  std::string arn, owner_account, type, status, serial, failure_reason, usage_mode;
  std::string key_algorithm, signing_algorithm, key_storage_security_standard;
  Asn1Subject subject;
  RevocationConfiguration revocation;
  std::optional<Time> created_at, not_before, not_after, restorable_until;
};

struct IssueCertificate {
  std::string certificate_authority_arn;
  std::string csr;  // PEM
  std::string signing_algorithm;
  std::string template_arn;
  int validity_days = 0;
  std::string idempotency_token;  // at most 36 characters; safe for 5 minutes
  std::optional<Time> claimed_at = {};  // as in RequestCertificate
  Turn turn = {};                       // likewise
};

struct Permission {
  std::string principal, source_account;
  std::vector<std::string> actions;
};

// One region of one account. Thread-safety and common errors as Acm. RequestInProgressException
// comes back as conflict: ask again soon.
class AcmPca {
 public:
  virtual ~AcmPca() = default;

  virtual Result<Turn> take_turn(std::string_view operation) = 0;  // as Acm's

  virtual Result<std::string> create_certificate_authority(
      const CreateCertificateAuthority&) = 0;  // the ARN; invalid
  virtual Result<CertificateAuthorityDetail> describe_certificate_authority(
      const std::string& arn) = 0;  // not_found
  // Every CA of the region owned by this account, deleted ones too.
  virtual Result<std::vector<CertificateAuthorityDetail>> list_certificate_authorities() = 0;
  virtual Result<std::string> get_certificate_authority_csr(
      const std::string& arn) = 0;  // PEM; conflict while creating
  virtual Result<CertificateAndChain> get_certificate_authority_certificate(
      const std::string& arn) = 0;
  virtual Result<std::string> issue_certificate(
      const IssueCertificate&) = 0;  // the certificate's ARN
  virtual Result<CertificateAndChain> get_certificate(
      const std::string& authority_arn,
      const std::string& certificate_arn) = 0;  // conflict while issuing
  virtual Result<void> import_certificate_authority_certificate(const std::string& arn,
                                                                const CertificateAndChain&) = 0;
  virtual Result<void> create_permission(const std::string& authority_arn,
                                         const Permission&) = 0;  // already_exists
  virtual Result<std::vector<Permission>> list_permissions(const std::string& authority_arn) = 0;
  virtual Result<void> delete_permission(const std::string& authority_arn,
                                         const std::string& principal,
                                         const std::string& source_account) = 0;
  virtual Result<void> update_certificate_authority(
      const std::string& arn, const std::string& status,
      const std::optional<RevocationConfiguration>& revocation) = 0;
  virtual Result<void> delete_certificate_authority(
      const std::string& arn,
      int permanent_deletion_time_in_days) = 0;  // not_found; conflict (state)
  virtual Result<void> restore_certificate_authority(const std::string& arn) = 0;
  virtual Result<Tags> list_tags(const std::string& arn) = 0;  // not_found
  virtual Result<void> tag_certificate_authority(const std::string& arn, const Tags&) = 0;
  virtual Result<void> untag_certificate_authority(const std::string& arn,
                                                   const std::vector<std::string>& keys) = 0;
};

}  // namespace certloop::aws
