#pragma once
// Security Token Service: who am I, and become somebody else. AWS Query protocol.
// Source: STS API reference, 2011-06-15.
#include <optional>
#include <string>

#include "emulator/query_service.h"

namespace certloop::emulator {

// GetCallerIdentity, AssumeRole, GetSessionToken, GetAccessKeyInfo. Sessions live in
// World::identities.
class Sts final : public QueryService {
 public:
  explicit Sts(World& world);

  Json dump() const override;
  void restore(const Json& state) override;

 private:
  Answer<std::string> assume_role(Call& call, const Form& form);
  Answer<std::string> get_session_token(Call& call, const Form& form);
  Answer<std::string> get_access_key_info(const Form& form) const;
  std::optional<Role> role_for(const Call& call, const std::string& arn) const;

  World& world_;
};

}  // namespace certloop::emulator
