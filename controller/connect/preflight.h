#pragma once
// What AWS allows the credentials of one Account, of all that its specs need. Only reads, ever.
//
// IAM's policy simulator knows best, because it knows about calls that change something. It needs
// iam:SimulatePrincipalPolicy. Without it, harmless calls that read one thing tell about the
// permissions to read; those to change stay unknown, for only a change would tell. The simulator
// looks at the policies of the user or role, its boundary and its organization; not at those of the
// session and of resources (a CA shared by another account).
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/account.h"
#include "aws/patience.h"
#include "base/result.h"
#include "connect/connection.h"
#include "connect/permissions.h"

namespace certloop::connect {

enum class Verdict { allowed, denied, unknown };

struct Check {
  Permission permission;
  std::string region;    // empty for what is the same in all regions
  std::string resource;  // that AWS was asked about: an ARN, or "*"
  Verdict verdict = Verdict::unknown;
  std::string how;      // "simulated", "tried"; empty: unknown
  std::string message;  // what AWS answered, or why it was not asked; empty for what is allowed
};

struct Preflight {
  std::string account_id, principal;  // as sts:GetCallerIdentity answered; empty: it did not
  std::vector<Check> checks;          // by action, then region
};

// Real resources of the account that AWS is asked about, so far as they are known, by region. An
// example stands in for what does not exist yet.
struct Known {
  std::map<std::string, std::string> certificates, authorities;  // ARNs
};

struct PreflightRequest {
  Connection& connection;
  const api::Account& account;
  std::vector<Permission> permissions;
  Known known = {};
  // Called where a request must wait for its turn; an error ends the checks. Absent: what has to
  // wait stays unknown.
  aws::WaitForTurn wait = {};
};

Preflight preflight(const PreflightRequest& request);

// What the simulator alone says: for the loop, which spends no calls on trying. Errors: denied,
// not_found and invalid (the principal is none that it can be asked about), and those of IAM.
Result<std::vector<Check>> simulate(const PreflightRequest& request, const std::string& account_id,
                                    const std::string& principal);

// The user or role whose policies bind this caller. A session's ARN names no path of its role, so
// `role_arn` (spec.assumeRole) is preferred where it is the same role. Error: invalid (root,
// federated users), saying why there is none.
Result<std::string> policy_source(const std::string& caller_arn, const std::string& role_arn);

}  // namespace certloop::connect
