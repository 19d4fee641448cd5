#pragma once
// What the emulator is told at start: who may call, what exists, how unreliable it is.
// Plain values with defaults that suit a first try: one account, no rates, no faults.
#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"

namespace certloop::emulator {

// One long-term access key. Several keys of one account are several entries.
struct AccountKey {
  std::string account;  // twelve digits
  std::string access_key_id;
  Secret secret_access_key;
  std::string principal;  // ARN; empty: arn:<partition>:iam::<account>:user/<access key id>
};

// A role that AssumeRole knows. See EmulatorOptions::open_roles for roles that are not listed.
struct Role {
  std::string arn;                   // arn:aws:iam::<account>:role/<path and name>
  std::vector<std::string> trusted;  // account ids or principal ARNs; empty: every known account
  std::string external_id;           // empty: none demanded
  int max_session_seconds = 3600;
};

// What a principal may not do: the call is refused as AWS refuses it for want of a policy.
struct Denial {
  std::string principal;  // an access key's id, the ARN of a user or role, or "*" for everybody
  std::string action;     // "acm:RequestCertificate"; "*" stands for any characters
};

// An answer that goes wrong on purpose. A fault strikes the nth matching call (counted from 1 for
// each fault by itself), or every matching call with the probability given.
struct Fault {
  enum class Kind {
    error,  // refused with `error_code` and `http_status`, no effect
    drop,   // the call has its effect; the connection is closed without an answer
    crash,  // HTTP 500 InternalFailure, no effect
    lost,   // the call has its effect; the answer is HTTP 500 InternalFailure
  };
  std::string service;    // SigV4's name: "acm"; empty: any
  std::string operation;  // "RequestCertificate"; empty: any
  int nth = 0;            // 0: by probability
  double probability = 0;
  Kind kind = Kind::error;
  std::string error_code = "InternalFailure";
  std::string message = "The request failed because of an injected fault.";
  int http_status = 400;  // of Kind::error
};

struct EmulatorOptions {
  std::string partition = "aws";
  // Empty: the one key "test" with the secret "test" of account 123456789012.
  std::vector<AccountKey> keys;
  std::vector<Role> roles;
  // Whether a role that is not listed exists in every account that has a key, trusting all of them
  // and allowing sessions of twelve hours: enough to try several accounts with one base key.
  bool open_roles = true;
  // Whether every twelve-digit account exists for open_roles, with or without a key.
  bool any_account = true;
  std::vector<std::string> disabled_regions;  // opt-in regions that no account has opted into
  std::vector<std::string> zones;  // public zones of the first key's account, made at start

  bool enforce_rates = false;  // AWS's published request rates, per account, region and operation
  std::vector<Fault> faults;
  std::vector<Denial> denials;  // everything else is allowed

  std::size_t call_log_limit = 500000;  // older calls are forgotten

  Duration tagging_lag{0};        // how old the tags are that GetResources shows
  Duration describe_delay{2000};  // until DescribeCertificate is complete and shows the CNAME
  Duration issue_delay{1000};     // from the last validated name (or the request to a CA) to ISSUED
  Duration authority_delay{2000};        // CreateCertificateAuthority to PENDING_CERTIFICATE
  Duration authority_issue_delay{1000};  // IssueCertificate to the first GetCertificate that works
  Duration dns_change_delay{30000};      // Route 53: PENDING to INSYNC, when name servers answer it
  int names_quota = 10;                  // names of one requested certificate
  // Per account and region, each for requested and imported ones; twice as many may be requested,
  // and imported, within 365 days.
  int certificates_quota = 2500;
  int public_validity_days = 198;
  int public_renewal_days = 45;  // before expiry
  int private_validity_days = 395;
  int private_renewal_days = 60;
};

}  // namespace certloop::emulator
