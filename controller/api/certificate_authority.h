#pragma once
// CertificateAuthority (KINDS.md). Plain values.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/account.h"
#include "api/condition.h"
#include "api/difference.h"
#include "api/object.h"
#include "api/pending.h"
#include "api/reference.h"

namespace certloop::api {

// The attributes of a distinguished name that ACM PCA takes (ASN1Subject in its API).
struct Subject {
  std::string common_name, organization, organizational_unit, country, state, locality,
      serial_number;
  bool operator==(const Subject&) const = default;
};

struct AcmPcaCrl {
  bool enabled = false;
  int expiration_in_days = 7;
  std::string s3_bucket_name, custom_cname, s3_object_acl;
  bool operator==(const AcmPcaCrl&) const = default;
};

struct AcmPcaRevocation {
  std::optional<AcmPcaCrl> crl;
  std::optional<bool> ocsp_enabled;
  std::string ocsp_custom_cname;
  bool operator==(const AcmPcaRevocation&) const = default;
};

struct AcmPcaSpec {
  Reference account_ref;
  std::string region;
  std::string arn;  // adopt this CA; nothing is created
  std::string type = "ROOT";
  std::string key_algorithm = "EC_prime256v1";
  std::string signing_algorithm;  // empty: SHA256 with the key's family
  Subject subject;
  int validity_days = 3650;
  std::optional<int> path_length;
  std::string usage_mode = "GENERAL_PURPOSE";
  AcmPcaRevocation revocation;
  std::string key_storage_security_standard;  // empty: AWS's default for the partition
  bool allow_acm_renewal = true;
  int permanent_deletion_time_in_days = 30;
  std::map<std::string, std::string> tags;
  bool operator==(const AcmPcaSpec&) const = default;
};

struct CertificateAuthoritySpec {
  AcmPcaSpec acm_pca;
  bool delete_in_aws = false;  // deletionPolicy: Delete
  std::vector<AllowedNamespace> allowed_namespaces;
  Management management = Management::enforce;
  std::optional<Time> suspended_until;
  bool operator==(const CertificateAuthoritySpec&) const = default;
};

struct CertificateAuthorityStatus {
  std::int64_t observed_generation = 0;
  std::string last_handled_reconcile;  // see kReconcileRequested
  std::string arn;
  std::string aws_status;  // CREATING, PENDING_CERTIFICATE, ACTIVE, ...
  std::string key_algorithm, usage_mode, type;
  std::string serial;  // hex, as ACM shows it
  std::optional<Time> not_before, not_after;
  std::string certificate, chain;      // PEM
  std::optional<Time> created;         // when our own call made it
  std::string issued_certificate_arn;  // the CA certificate while it is being installed
  std::optional<Time> issued_at;       // when that was asked for
  std::optional<PendingCall> pending;
  std::int64_t attempts = 0;  // creating calls made so far: each has its own token
  // Creations and signatures that AWS failed, since the CA was last ACTIVE or the spec changed, and
  // when the next one may begin.
  std::int64_t failed_attempts = 0;
  std::optional<Time> next_attempt;
  bool acm_may_renew = false;               // the permission that ACM needs stands on the CA
  std::map<std::string, std::string> tags;  // as last read
  std::vector<Difference> differences;
  std::vector<Correction> corrections;  // of this ARN
  Conditions conditions;
  bool operator==(const CertificateAuthorityStatus&) const = default;
};

struct CertificateAuthority {
  static constexpr Kind kind = Kind::certificate_authority;
  Metadata meta;
  CertificateAuthoritySpec spec;
  CertificateAuthorityStatus status;
  Key key() const { return {kind, meta.space, meta.name}; }
};

}  // namespace certloop::api
