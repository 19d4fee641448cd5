#pragma once
// What AWS allows the credentials of accounts, of all that their specs need (`preflight`). Plain
// values; renderers are in render.h.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/kind.h"
#include "report/coverage.h"

namespace certloop::report {

enum class Permit { allowed, denied, unknown };
std::string_view name_of(Permit permit);  // "allowed", ...

struct PermissionRow {
  api::Key account;
  std::string action;  // "acm:RequestCertificate"
  Permit permit = Permit::unknown;
  bool optional = false;  // there is another way where it is denied: no reason to fail
  bool mutating = false;
  std::string region;    // empty: all regions of the account alike, or a global service
  std::string resource;  // that AWS was asked about: an ARN, or "*"; may be empty
  std::string purpose;   // what it is needed for
  std::string how;       // "simulated", "tried"; empty: unknown
  std::string message;   // AWS's answer, or why it could not be asked; empty for what is allowed
  bool operator==(const PermissionRow&) const = default;
};

struct PreflightAccount {
  api::Key account;
  std::string account_id, principal;  // empty: AWS did not say
  bool assumed_needs = false;         // no spec refers to it yet: all that certloop can do
  bool operator==(const PreflightAccount&) const = default;
};

struct Preflight {
  Time generated{};
  std::vector<PreflightAccount> accounts;
  std::vector<PermissionRow> rows;  // by account, action, region
  bool operator==(const Preflight&) const = default;
};

// difference if a needed permission is denied; else unread if a needed one is unknown; else done.
// Optional ones never count.
Exit exit_of(const Preflight& preflight);

}  // namespace certloop::report
