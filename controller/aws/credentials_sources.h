#pragma once
// Private to the credential providers: each source as a function that fetches once. The errors are
// those of CredentialsSource (credentials_cache.h): not_found where nothing is configured.
#include <string>

#include "aws/credentials_providers.h"
#include "aws/profile_chain.h"
#include "aws/profile_settings.h"

namespace certloop::aws {

// AWS_ACCESS_KEY_ID and its companions.
Result<Credentials> from_environment(const CredentialsEnvironment& environment);

// The program's JSON (version 1). `subject` is for messages.
Result<Credentials> from_process(const CredentialsEnvironment& environment,
                                 const std::string& command, const std::string& subject);
// As a POSIX shell splits words: quotes and backslashes, no expansion. Errors: invalid (unclosed).
Result<std::vector<std::string>> split_command(std::string_view command);

// ECS and EKS Pod Identity.
Result<Credentials> from_container(const CredentialsEdges& edges);
// http only to this machine and to AWS's own link-local addresses; https anywhere.
Result<net::Url> container_url(const CredentialsEnvironment& environment);

// What overrides the environment and the profile.
struct MetadataOptions {
  std::string endpoint, endpoint_mode;
};
// Where the instance's metadata are. Errors: denied (not a URL, not a mode).
Result<net::Url> metadata_url(const CredentialsEnvironment& environment, const ProfileSet& set,
                              const std::string& profile, const MetadataOptions& options = {});
// EC2's instance metadata, version 2; version 1 is never spoken, for any process that can be talked
// into a GET could read it. Nothing listening there is `unavailable` with this reason:
inline constexpr const char* kNoMetadata = "NoInstanceMetadata";
Result<Credentials> from_metadata(const CredentialsEdges& edges, const ProfileSet& set,
                                  const std::string& profile);

// IAM Identity Center with the token that `aws sso login` left in ~/.aws/sso/cache.
Result<Credentials> from_sso(const CredentialsEdges& edges, const SsoRole& role,
                             const ServiceSettings& settings, const std::string& subject);

// AssumeRoleWithWebIdentity; the token file is read anew each time, for it rotates.
Result<Credentials> from_web_identity(const CredentialsEdges& edges, const WebIdentityRole& role,
                                      const ServiceSettings& settings);
// AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN.
Result<Credentials> from_web_identity_variables(const CredentialsEdges& edges,
                                                const ServiceSettings& settings);

// One role after the other.
Result<Credentials> assume_roles(const CredentialsEdges& edges, Credentials base,
                                 const std::vector<RoleStep>& roles,
                                 const ServiceSettings& settings);

// Sends a GET or PUT up to three times, as long as the answer is a server's failure.
Result<net::HttpResponse> send_patiently(net::Transport& transport,
                                         const net::HttpRequest& request);

}  // namespace certloop::aws
