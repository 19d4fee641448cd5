#pragma once
// AWS Security Token Service, in its own words (API 2011-06-15). See acm.h for conventions.
#include <string>

#include "aws/credentials.h"
#include "base/result.h"

namespace certloop::aws {

struct CallerIdentity {
  std::string account, arn, user_id;
};

struct AssumeRoleRequest {
  std::string role_arn, role_session_name, external_id, policy;
  int duration_seconds = 3600;
};

// Implementations are safe for concurrent use. Common errors as Acm.
class Sts {
 public:
  virtual ~Sts() = default;
  virtual Result<CallerIdentity> get_caller_identity() = 0;
  virtual Result<Credentials> assume_role(const AssumeRoleRequest&) = 0;  // denied
  // Unsigned: the token is the proof.
  virtual Result<Credentials> assume_role_with_web_identity(const AssumeRoleRequest&,
                                                            const Secret& token) = 0;
};

}  // namespace certloop::aws
