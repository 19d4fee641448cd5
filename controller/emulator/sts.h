#pragma once
// Security Token Service: who am I, and become somebody else. AWS Query protocol.
// Source: STS API reference, 2011-06-15.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "emulator/service.h"

namespace certloop::emulator {

// GetCallerIdentity, AssumeRole, GetSessionToken, GetAccessKeyInfo. Sessions live in
// World::identities.
class Sts final : public Service {
 public:
  explicit Sts(World& world);

  std::string_view signing_name() const override { return "sts"; }
  const Operation* operation_of(const net::HttpRequest& request) const override;
  Reply perform(Call& call, const Operation& operation) override;
  net::HttpResponse refusal(const AwsError& error, const std::string& request_id) const override;
  Json request_json(const net::HttpRequest& request) const override;
  AwsError throttled() const override { return {"Throttling", "Rate exceeded"}; }
  Json dump() const override;
  void restore(const Json& state) override;

 private:
  using Form = std::map<std::string, std::string>;
  // Each answers the XML inside <...Result>.
  Answer<std::string> assume_role(Call& call, const Form& form);
  Answer<std::string> get_session_token(Call& call, const Form& form);
  Answer<std::string> get_access_key_info(const Form& form) const;
  std::optional<Role> role_for(const Call& call, const std::string& arn) const;

  World& world_;
  std::vector<Operation> operations_;
};

}  // namespace certloop::emulator
