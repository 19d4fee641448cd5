#pragma once
// The files that AWS's tools share: ~/.aws/config and ~/.aws/credentials, their INI dialect, and
// where they are. Source: AWS SDKs and Tools reference guide, "Shared config and credentials
// files"; the SDKs' common parser cases.
//
// Default places, as all of AWS's tools have them:
//   Linux, macOS   $HOME/.aws/config         $HOME/.aws/credentials
//   Windows        %USERPROFILE%\.aws\config %USERPROFILE%\.aws\credentials
// AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name others.
#include <map>
#include <string>
#include <string_view>

#include "aws/credentials_environment.h"
#include "base/result.h"
#include "base/secret.h"

namespace certloop::aws {

// One section's properties by name in lower case. Secret ones (aws_secret_access_key,
// aws_session_token, aws_security_token) are kept apart from the rest.
class Profile {
 public:
  void set(const std::string& name, std::string value);
  // Empty if it is absent; never a secret one.
  std::string get(const std::string& name) const;
  Secret secret(const std::string& name) const;
  bool has(const std::string& name) const;
  // A property that holds a nested block of "name = value" lines: the value of one of them.
  std::string nested(const std::string& block, const std::string& name) const;
  const std::map<std::string, std::string>& properties() const { return properties_; }

 private:
  std::map<std::string, std::string> properties_;
  std::map<std::string, Secret> secrets_;
};

struct ProfileFiles {
  std::string config, credentials;  // paths, also where there is no file
};

// Everything both files say, merged: sections of one name add up, the last property wins, the
// credentials file beats the config file, and [profile default] beats [default].
struct ProfileSet {
  std::map<std::string, Profile> profiles, sso_sessions, services;
  ProfileFiles files;
};

ProfileFiles profile_files(const CredentialsEnvironment& environment);

// AWS_PROFILE, then AWS_DEFAULT_PROFILE, then "default".
std::string selected_profile(const CredentialsEnvironment& environment);

// The texts of the two files. Sections and properties with names that AWS's tools do not take are
// left out, as they do. Errors: invalid (syntax; file and line are named, nothing is quoted).
Result<ProfileSet> parse_profiles(std::string_view config, std::string_view credentials,
                                  const ProfileFiles& files = {"config", "credentials"});

// Reads the files where they are; a missing file is an empty one.
// Errors: denied (one cannot be read or parsed, naming it).
Result<ProfileSet> load_profiles(const CredentialsEnvironment& environment);

}  // namespace certloop::aws
