#pragma once
// Who may not do what, and AWS's words for it. Private to this folder's .cpp files.
// Source: "Troubleshoot access denied error messages", IAM User Guide.
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/emulator_options.h"
#include "emulator/identities.h"
#include "emulator/service.h"

namespace certloop::emulator {

// Everything is allowed but what was denied. Not thread-safe: used under the emulator's lock. The
// identities must outlive this.
class Permissions {
 public:
  Permissions(const Identities& identities, std::vector<Denial> denials)
      : identities_(identities), denials_(std::move(denials)) {}

  void deny(Denial denial) { denials_.push_back(std::move(denial)); }
  void clear() { denials_.clear(); }
  // Nothing is denied to anybody: there is no need to look closer.
  bool is_open() const { return denials_.empty(); }

  // `principal` as GetCallerIdentity says it, or a role's ARN; `action` as "acm:ListCertificates".
  bool allows(const std::string& principal, std::string_view action) const;

  // The refusal of a call, if one of the actions that it needs is denied to the caller. Error code
  // AccessDeniedException, as the JSON services spell it.
  std::optional<AwsError> refusal_of(const Identity& caller, std::string_view region,
                                     std::string_view service, const Operation& operation,
                                     const net::HttpRequest& request,
                                     const nlohmann::json& parameters) const;

 private:
  const Identities& identities_;
  std::vector<Denial> denials_;
};

// "User: <principal> is not authorized to perform: <action> on resource: <resource> because no
// identity-based policy allows the <action> action"; an empty resource is left out.
std::string denial_message(std::string_view principal, std::string_view action,
                           std::string_view resource);

// A session's ARN as that of its role, as far as it tells: the role's path is lost in both.
std::string policy_principal(const std::string& arn);

}  // namespace certloop::emulator
