#pragma once
// Identity and Access Management: what a principal may do. AWS Query protocol, one endpoint for the
// whole partition.
// Source: IAM API reference, 2010-05-08.
#include <string>

#include "emulator/query_service.h"

namespace certloop::emulator {

// SimulatePrincipalPolicy. It answers from the rules that refuse calls (World::permissions), and
// may be refused by them itself.
class Iam final : public QueryService {
 public:
  explicit Iam(World& world);

  Json dump() const override;
  void restore(const Json& state) override;

 private:
  Answer<std::string> simulate_principal_policy(const Call& call, const Form& form) const;
  Answer<void> check_source(const Call& call, const std::string& arn) const;

  World& world_;
};

}  // namespace certloop::emulator
