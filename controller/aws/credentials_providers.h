#pragma once
// Where credentials come from: the providers that an account's authentication method chooses among.
// Source: AWS SDKs and Tools reference guide, "Standardized credential providers".
#include <functional>
#include <memory>
#include <string>

#include "aws/credentials.h"
#include "aws/credentials_environment.h"
#include "aws/sts.h"
#include "base/random.h"
#include "net/http.h"

namespace certloop::aws {

// How to reach STS for a role.
struct StsTarget {
  std::shared_ptr<CredentialsProvider> credentials;  // null: calls go unsigned
  std::string region;                                // never empty
  std::string endpoint_url;                          // empty: the region's own
  bool use_fips = false, use_dualstack = false;
};
// Makes a client that lives as long as the call it is made for. Its endpoint may be unusable:
// Errors: invalid.
using StsFactory = std::function<Result<std::unique_ptr<Sts>>(const StsTarget&)>;

// What the providers reach the world through. All must outlive the providers.
struct CredentialsEdges {
  const CredentialsEnvironment& environment;
  net::Transport& transport;
  const Clock& clock;
  Random& random;
  StsFactory sts;
};

// Always these. Long-term keys, or what a test holds.
std::shared_ptr<CredentialsProvider> static_credentials(Credentials credentials);

// The default chain (S79). Asks in this order and takes the first that is configured; one that is
// configured and broken ends the search, for using another identity than the one meant is worse
// than none:
//   1. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY
//   2. AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN
//   3. the profile that AWS_PROFILE selects, else "default", in the shared files (profile_file.h)
//   4. the container's endpoint: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI
//   5. the instance's metadata, version 2 only, unless AWS_EC2_METADATA_DISABLED is true
std::shared_ptr<CredentialsProvider> default_credentials(const CredentialsEdges& edges);

// The profile of that name and nothing else (S80). The shared files are read again at each refresh.
std::shared_ptr<CredentialsProvider> profile_credentials(const CredentialsEdges& edges,
                                                         const std::string& profile);

// The session of a role, assumed with what the target names.
std::shared_ptr<CredentialsProvider> role_credentials(const CredentialsEdges& edges,
                                                      StsTarget target, AssumeRoleRequest request);

}  // namespace certloop::aws
