#pragma once
// A certificate as the emulated ACM holds it. Plain values; see acm.h for who changes them.
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "emulator/tag_index.h"
#include "pki/certificate.h"
#include "pki/private_key.h"

namespace certloop::emulator {

// One name's way through validation.
struct NameValidation {
  std::string domain;             // "*.example.com"
  std::string validation_domain;  // e-mail: whose mailboxes are asked
  std::optional<Time> validated_at;
};

struct Renewal {
  std::string status;  // PENDING_AUTO_RENEWAL, PENDING_VALIDATION, SUCCESS, FAILED
  std::string reason;  // RenewalStatusReason
  Time updated_at{};
  Time due{};  // of the next attempt
  std::vector<NameValidation> validations;
};

// From validation by e-mail to DNS, under the same ARN.
struct Migration {
  Time requested_at{};
  std::vector<NameValidation> validations;
};

struct HeldCertificate {
  std::uint64_t sequence = 0;  // of creation, in its region
  std::string arn, account, region;
  std::string type;    // AMAZON_ISSUED, PRIVATE, IMPORTED
  std::string status;  // CertificateStatus
  std::string domain_name;
  std::vector<std::string> names;  // the domain name first
  pki::KeyAlgorithm key_algorithm{};
  std::string validation_method;  // DNS, EMAIL, HTTP; empty unless AMAZON_ISSUED
  std::vector<NameValidation> validations;
  Time created_at{};
  std::optional<Time> issued_at, imported_at, revoked_at;
  std::string failure_reason, revocation_reason;
  std::string authority_arn, managed_by;
  bool export_enabled = false;
  Tags tags;
  std::vector<std::string> in_use_by;
  std::optional<Time> in_use_since;
  bool exported = false;            // ever
  std::optional<Time> exported_at;  // for the first time since it was issued or last renewed

  std::optional<pki::Certificate> leaf;  // once issued or imported
  std::optional<pki::PrivateKey> key;
  std::shared_ptr<const std::string> chain;  // PEM; null without one
  std::optional<Renewal> renewal;
  std::optional<Migration> migration;  // while it is under way

  // Nothing happens to it by itself before this time, unless public DNS changes.
  Time next_event{};
  std::uint64_t dns_revision = 0;  // the state of DNS that it has seen

  bool is_pending() const { return status == "PENDING_VALIDATION"; }
  bool is_issued() const { return status == "ISSUED"; }
  // What RenewalEligibility says: managed, issued, and in use or exported since the last issue.
  bool is_eligible() const {
    return is_issued() && type != "IMPORTED" && (!in_use_by.empty() || exported_at.has_value());
  }
};

// One region of one account.
struct AcmRegion {
  std::map<std::uint64_t, std::unique_ptr<HeldCertificate>> certificates;  // by sequence
  std::unordered_map<std::string, HeldCertificate*> by_arn;
  std::uint64_t next_sequence = 1;

  struct Token {
    std::string arn;
    Time expires{};
  };
  std::unordered_map<std::string, Token> tokens;  // of RequestCertificate
  int requested = 0, imported = 0;                // held now, as the quotas count them
  std::deque<Time> requests, imports;             // of the last 365 days

  int days_before_expiry = 45;
  struct ConfigurationToken {
    int days = 0;
    Time expires{};
  };
  std::unordered_map<std::string, ConfigurationToken> configuration_tokens;
};

}  // namespace certloop::emulator
