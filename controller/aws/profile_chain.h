#pragma once
// What a profile means: where its first credentials come from and which roles are assumed with them
// in turn. Pure; nothing is read or called.
// Source: AWS SDKs and Tools reference guide, "Assume role credential provider".
#include <string>
#include <variant>
#include <vector>

#include "aws/credentials.h"
#include "aws/profile_file.h"
#include "base/result.h"

namespace certloop::aws {

struct StaticKeys {
  Credentials credentials;
};
struct WebIdentityRole {
  std::string role_arn, token_file, session_name;  // session_name may be empty
};
struct SsoRole {
  std::string session;  // empty in the legacy form
  std::string start_url, region;
  std::string account_id, role_name;  // both empty: a token only, which signs no request
};
struct CredentialProcess {
  std::string command;
};
enum class NamedSource { environment, container, instance_metadata };

using BaseCredentials =
    std::variant<StaticKeys, WebIdentityRole, SsoRole, CredentialProcess, NamedSource>;

struct RoleStep {
  std::string role_arn, session_name, external_id;  // the last two may be empty
  int duration_seconds = 3600;
};

struct ProfileChain {
  BaseCredentials base;
  std::vector<RoleStep> roles;  // in the order in which they are assumed
};

// Errors: not_found (no profile of that name, or it says nothing about credentials, so that another
// source may); denied (what it says cannot work). Each names the profile and the file.
Result<ProfileChain> resolve_profile(const ProfileSet& set, const std::string& name);

}  // namespace certloop::aws
