#pragma once
// AWS Identity and Access Management, in its own words (API 2010-05-08). See acm.h for conventions.
#include <string>
#include <vector>

#include "base/result.h"

namespace certloop::aws {

struct SimulatePrincipalPolicy {
  std::string policy_source_arn;           // of a user, group or role; never a session's
  std::vector<std::string> action_names;   // "acm:RequestCertificate"
  std::vector<std::string> resource_arns;  // each action is evaluated on each; empty: "*"
};

struct EvaluationResult {
  std::string eval_action_name, eval_resource_name;
  std::string eval_decision;  // allowed, explicitDeny, implicitDeny
};

// One account. Implementations are safe for concurrent use. Common errors as Acm.
class Iam {
 public:
  virtual ~Iam() = default;
  // What the policies attached to the principal say, pages and all: one result for each action and
  // resource. Policies of a session and of resources are not part of it. Changes nothing.
  // Errors: not_found (NoSuchEntity), invalid (InvalidInput: not a principal), denied.
  virtual Result<std::vector<EvaluationResult>> simulate_principal_policy(
      const SimulatePrincipalPolicy& request) = 0;
};

}  // namespace certloop::aws
