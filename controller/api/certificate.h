#pragma once
// Certificate: what users ask for (KINDS.md). Plain values.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/condition.h"
#include "api/object.h"
#include "api/reference.h"

namespace certloop::api {

struct HostedZoneReference {
  Reference account_ref;
  std::string id;
  bool operator==(const HostedZoneReference&) const = default;
};

// Exactly one member is set (schema/ refuses the rest).
struct AmazonIssuer {
  std::vector<HostedZoneReference> hosted_zones;  // empty: the certificate's own account
  bool exportable = false;
  bool operator==(const AmazonIssuer&) const = default;
};
struct AuthorityIssuer {
  Reference authority;
  bool operator==(const AuthorityIssuer&) const = default;
};
struct ImportedIssuer {
  std::optional<std::string> secret_name;  // absent: watched only (needs spec.arn)
  bool operator==(const ImportedIssuer&) const = default;
};
struct Issuer {
  std::optional<AmazonIssuer> amazon;
  std::optional<AuthorityIssuer> authority;
  std::optional<ImportedIssuer> imported;
  bool operator==(const Issuer&) const = default;
};

enum class Reimport { allowed, skip, required };
enum class Replacement { create_before_delete, hold };

// What a Certificate asks for and a Placement carries out, word for word: copied from one to the
// other, so that a placement can be understood alone.
struct CertificateRequestSpec {
  std::string domain_name;  // as given; compared by normalized_domain()
  std::vector<std::string> additional_names;
  Reference account_ref;
  std::string region;
  std::string arn;  // adopt this certificate
  Issuer issuer;
  std::string key_algorithm;  // empty: follows the CA's family; RSA_2048 for amazon
  std::map<std::string, std::string> tags;
  bool exclusive_tags = false;  // tagOwnership: Exclusive
  bool retain = false;          // deletionPolicy: Retain
  Reimport reimport = Reimport::allowed;
  bool allow_disjoint_names = false;
  Replacement replacement = Replacement::create_before_delete;
  std::int64_t replacement_grace_hours = 24;  // how long an old ARN outlives its last use
  std::string owner;
  Management management = Management::enforce;
  std::optional<Time> suspended_until;
  bool operator==(const CertificateRequestSpec&) const = default;
};

struct CertificateStatus {
  std::int64_t observed_generation = 0;
  std::string last_handled_reconcile;  // see kReconcileRequested
  std::string arn;                     // single placement
  std::optional<Time> not_after;       // earliest
  std::string renewal;                 // who renews, in words: "ACM renews", "the owner renews"
  std::optional<Time> renewal_time;
  std::string issuer;  // as ACM names it
  std::string trust;   // "public", "private" or "unknown"
  std::int64_t failed_attempts = 0;
  std::int64_t accounts = 0;             // AWS accounts in which this very certificate stands
  std::vector<std::string> account_ids;  // which
  std::int64_t placements_desired = 0, placements_issued = 0, placements_ready = 0;
  std::vector<std::string> not_ready;  // the first 50
  Conditions conditions;
  bool operator==(const CertificateStatus&) const = default;
};

struct Certificate {
  static constexpr Kind kind = Kind::certificate;
  Metadata meta;
  CertificateRequestSpec spec;
  CertificateStatus status;
  Key key() const { return {kind, meta.space, meta.name}; }
};

}  // namespace certloop::api
