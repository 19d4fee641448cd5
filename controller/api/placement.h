#pragma once
// Placement: one certificate in one (account, region), made by its Certificate; HostedZone: a Route
// 53 zone with validation records that placements need; ZoneRecord: one such record. Internal
// kinds; plain values.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/certificate.h"
#include "api/difference.h"
#include "api/pending.h"

namespace certloop::api {

struct ValidationRecord {
  std::string name, type, value;  // both end with a dot, as ACM gives them
  bool operator==(const ValidationRecord&) const = default;
};

// Per domain of a public certificate (status.validation).
struct DomainValidation {
  std::string domain;
  std::string method;  // DNS
  std::string status;  // PENDING_VALIDATION, SUCCESS, FAILED
  std::optional<ValidationRecord> record;
  std::string hosted_zone;  // "namespace/name" of the HostedZone that keeps it; empty: none fits
  bool operator==(const DomainValidation&) const = default;
};

// The tags of a certificate as last read, and whether they could be read at all.
using Tags = std::map<std::string, std::string>;

// An ARN that this placement used before, and that is not deleted yet.
struct PreviousArn {
  std::string arn;
  std::vector<std::string> in_use_by = {};
  bool exported = false;  // since its issue or last renewal
  std::optional<Time> not_after = {};
  std::optional<Time> replaced = {};      // when another ARN took its place
  std::optional<Time> unused_since = {};  // when it was first seen without users after that
  bool users_unknown = false;             // ACM did not say who uses it
  bool operator==(const PreviousArn&) const = default;
};

// What ACM said of the certificate when it was last described.
struct PlacementStatus {
  std::int64_t observed_generation = 0;
  std::string last_handled_reconcile;  // see kReconcileRequested
  std::string arn;
  std::vector<PreviousArn> previous;
  std::optional<PendingCall> pending;
  std::int64_t attempts = 0;  // creating calls made so far: each has its own token
  std::string acm_status;     // PENDING_VALIDATION, ISSUED, ...
  std::string type;           // AMAZON_ISSUED, PRIVATE, IMPORTED
  std::vector<std::string> names;
  std::string domain_name, subject, serial, issuer, key_algorithm, certificate_authority_arn;
  std::vector<std::string> key_usages, extended_key_usages;
  std::optional<Time> created, issued, imported, not_before, not_after;
  std::vector<std::string> in_use_by;
  bool users_unknown = false;  // ACM did not say who uses it
  bool exported = false, exportable = false;
  std::string eligibility, renewal_status, renewal_reason, failure_reason;
  std::vector<DomainValidation> validation;
  Tags tags;
  std::string source_fingerprint;  // SHA-256 of the leaf that was last imported
  std::string imported_chain;      // the chain that went with it, as pki::digest_of()
  std::string imported_serial;     // and its serial: another one in ACM was put there by others
  std::string certificate, chain;  // PEM, once issued
  // Which certificate ACM holds, and with which chain (pki::digest_of()); empty: not read. A serial
  // is no identity: two CAs, and many tools, count from one.
  std::string fingerprint, chain_digest;
  std::optional<Time> made;       // when ACM last answered a request or an import for this ARN
  bool marked = false;            // our uid has been seen on this ARN
  std::string trust;              // "public", "private" or "unknown"
  std::optional<Time> described;  // when all this was read
  std::int64_t failed_attempts = 0;
  std::optional<Time> next_attempt;
  CertificateRequestSpec applied;  // the spec as last carried out: the third value of a drift row
  std::vector<Difference> differences;
  std::vector<Correction> corrections;  // of this ARN
  Conditions conditions;
  bool operator==(const PlacementStatus&) const = default;
};

struct Placement {
  static constexpr Kind kind = Kind::placement;
  Metadata meta;
  CertificateRequestSpec spec;
  PlacementStatus status;
  Key key() const { return {kind, meta.space, meta.name}; }
};

struct HostedZoneSpec {
  Reference account_ref;
  std::string id;      // Z...
  std::string domain;  // "example.com."
  bool operator==(const HostedZoneSpec&) const = default;
};

// Through which Account a record was needed, and the AWS account that this was then: ACM asks one
// account for the same record in all regions, and for all certificates of the domain.
struct RecordUser {
  std::string account;     // the object: "payments/prod"
  std::string account_id;  // twelve digits
  auto operator<=>(const RecordUser&) const = default;
};

// One record we look after.
struct KeptRecord {
  ValidationRecord record;
  std::string state;  // InPlace, Missing, Conflict, Refused, ChangedBack
  bool created_by_us = false;
  std::string found;  // with Conflict, the value that stands there; with Refused, Route 53's words
  std::optional<Time> created;          // when we wrote it
  std::vector<RecordUser> users;        // all that ever needed it
  std::optional<Time> unneeded_since;   // no placement has needed it since
  std::optional<Time> checked;          // when its removal (or a refused change) was last tried
  std::string stays_because;            // why it is not removed, though nothing of ours needs it
  std::vector<Correction> corrections;  // how often it was written again; at most one
  bool operator==(const KeptRecord&) const = default;
};

struct HostedZoneStatus {
  std::int64_t observed_generation = 0;
  std::string last_handled_reconcile;  // see kReconcileRequested
  // As earlier versions kept them; each is a ZoneRecord now, so that no object grows with its zone.
  std::vector<KeptRecord> records;
  Conditions conditions;
  bool operator==(const HostedZoneStatus&) const = default;
};

struct HostedZone {
  static constexpr Kind kind = Kind::hosted_zone;
  Metadata meta;
  HostedZoneSpec spec;
  HostedZoneStatus status;
  Key key() const { return {kind, meta.space, meta.name}; }
};

struct ZoneRecordSpec {
  std::string hosted_zone;  // the name of the HostedZone, of the same namespace, that owns it
  std::string name;         // of the record: "_x.shop.example.com."
  bool operator==(const ZoneRecordSpec&) const = default;
};

// What is known of one record of a zone. Its object's name follows from the zone's and the record's
// (zone_record_key()), so whoever needs one record reads that one alone.
struct ZoneRecord {
  static constexpr Kind kind = Kind::zone_record;
  Metadata meta;
  ZoneRecordSpec spec;
  KeptRecord status;
  Key key() const { return {kind, meta.space, meta.name}; }
};

// Of the record of that name, whatever its case, in the HostedZone "namespace/name".
Key zone_record_key(const std::string& hosted_zone, const std::string& record_name);

}  // namespace certloop::api
