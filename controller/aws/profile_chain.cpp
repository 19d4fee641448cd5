#include "aws/profile_chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace certloop::aws {
namespace {

// Follows one profile to its sources.
class Resolver {
 public:
  explicit Resolver(const ProfileSet& set) : set_(set) {}

  Result<ProfileChain> resolve(const std::string& selected) {
    std::string name = selected;
    const Profile* profile = find(name);
    if (profile == nullptr) return missing(name);
    std::vector<RoleStep> steps;
    std::vector<std::string> visited;
    for (;;) {
      visited.push_back(name);
      // Static keys of a source profile win over the role that it may name too.
      if (visited.size() > 1 && names_keys(*profile)) return done(TRY(keys_of(name)), steps);
      if (!profile->has("role_arn") || profile->has("web_identity_token_file"))
        return done(TRY(base_of(name)), steps);
      steps.push_back(TRY(step_of(name)));
      const std::string source = TRY(source_of(name));
      if (source.empty()) return done(TRY(named_source(name)), steps);
      if (source == name) return done(TRY(keys_of(name)), steps);
      if (std::find(visited.begin(), visited.end(), source) != visited.end())
        return broken(name, "source_profile leads back to itself; break the loop");
      profile = find(source);
      if (profile == nullptr) {
        return broken(name, fmt::format("source_profile names {}, which is in neither file",
                                        printable(source)));
      }
      name = source;
    }
  }

 private:
  static ProfileChain done(BaseCredentials base, std::vector<RoleStep>& steps) {
    std::reverse(steps.begin(), steps.end());
    return {std::move(base), std::move(steps)};
  }

  const Profile* find(const std::string& name) const {
    const auto found = set_.profiles.find(name);
    return found == set_.profiles.end() ? nullptr : &found->second;
  }
  const Profile& at(const std::string& name) const { return set_.profiles.at(name); }

  Error missing(const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& [each, profile] : set_.profiles) known.push_back(each);
    const auto near = nearest(name, known);
    return Error(Code::not_found,
                 fmt::format("profile {} is neither in {} nor in {}{}", printable(name),
                             printable(set_.files.config), printable(set_.files.credentials),
                             near ? fmt::format("; did you mean {}?", *near) : ""))
        .because("ProfileNotFound");
  }
  Error broken(const std::string& name, std::string_view what) const {
    return {Code::denied,
            fmt::format("profile {} (in {} or {}): {}", printable(name),
                        printable(set_.files.config), printable(set_.files.credentials), what)};
  }

  static bool names_keys(const Profile& profile) {
    return profile.has("aws_access_key_id") || profile.has("aws_secret_access_key");
  }

  Result<BaseCredentials> keys_of(const std::string& name) const {
    const Profile& profile = at(name);
    StaticKeys out;
    out.credentials.access_key_id = profile.get("aws_access_key_id");
    out.credentials.secret_access_key = profile.secret("aws_secret_access_key");
    out.credentials.session_token = profile.secret("aws_session_token");
    if (out.credentials.session_token.empty())
      out.credentials.session_token = profile.secret("aws_security_token");
    if (out.credentials.access_key_id.empty()) return broken(name, "aws_access_key_id is missing");
    if (out.credentials.secret_access_key.empty())
      return broken(name, "aws_secret_access_key is missing");
    return BaseCredentials(std::move(out));
  }

  Result<RoleStep> step_of(const std::string& name) const {
    const Profile& profile = at(name);
    if (profile.has("mfa_serial")) {
      return broken(name,
                    "mfa_serial asks for a code at every refresh, which nobody is there to "
                    "give; use a role without it");
    }
    RoleStep step{profile.get("role_arn"), profile.get("role_session_name"),
                  profile.get("external_id")};
    const std::string duration = profile.get("duration_seconds");
    if (duration.empty()) return step;
    const char* end = duration.data() + duration.size();
    const auto read = std::from_chars(duration.data(), end, step.duration_seconds);
    if (read.ec != std::errc() || read.ptr != end || step.duration_seconds < 900 ||
        step.duration_seconds > 43200) {
      return broken(name, "duration_seconds must be a number from 900 to 43200");
    }
    return step;
  }

  // The profile that the role is assumed with; empty if credential_source says it.
  Result<std::string> source_of(const std::string& name) const {
    const Profile& profile = at(name);
    const bool source = profile.has("source_profile"), named = profile.has("credential_source");
    if (source && named) {
      return broken(name,
                    "it has both source_profile and credential_source; keep the one that is meant");
    }
    if (!source && !named)
      return broken(name, "role_arn needs source_profile or credential_source beside it");
    return profile.get("source_profile");
  }

  Result<BaseCredentials> named_source(const std::string& name) const {
    const std::string source = at(name).get("credential_source");
    if (source == "Environment") return BaseCredentials(NamedSource::environment);
    if (source == "EcsContainer") return BaseCredentials(NamedSource::container);
    if (source == "Ec2InstanceMetadata") return BaseCredentials(NamedSource::instance_metadata);
    return broken(name,
                  "credential_source must be Environment, EcsContainer or Ec2InstanceMetadata");
  }

  Result<BaseCredentials> base_of(const std::string& name) const {
    const Profile& profile = at(name);
    if (profile.has("web_identity_token_file")) {
      if (!profile.has("role_arn"))
        return broken(name, "web_identity_token_file needs role_arn beside it");
      return BaseCredentials(WebIdentityRole{profile.get("role_arn"),
                                             profile.get("web_identity_token_file"),
                                             profile.get("role_session_name")});
    }
    for (const char* key : {"sso_session", "sso_start_url", "sso_account_id", "sso_role_name"})
      if (profile.has(key)) return sso_of(name);
    if (names_keys(profile)) return keys_of(name);
    if (profile.has("login_session")) {
      return broken(name,
                    "login_session (`aws login`) is not supported; use an IAM Identity "
                    "Center session (sso_session), a role, or credential_process");
    }
    if (profile.has("credential_process"))
      return BaseCredentials(CredentialProcess{profile.get("credential_process")});
    return Error(Code::not_found,
                 fmt::format("profile {} (in {} or {}) says nothing about credentials",
                             printable(name), printable(set_.files.config),
                             printable(set_.files.credentials)))
        .because("NoCredentials");
  }

  Result<BaseCredentials> sso_of(const std::string& name) const {
    const Profile& profile = at(name);
    SsoRole out{profile.get("sso_session"), profile.get("sso_start_url"), profile.get("sso_region"),
                profile.get("sso_account_id"), profile.get("sso_role_name")};
    if (out.account_id.empty() != out.role_name.empty())
      return broken(name, "sso_account_id and sso_role_name go together; one is missing");
    if (!out.session.empty()) TRY(use_session(name, out));
    if (out.start_url.empty() || out.region.empty())
      return broken(name, "sso_start_url and sso_region are both needed");
    return BaseCredentials(std::move(out));
  }

  Result<void> use_session(const std::string& name, SsoRole& role) const {
    const auto found = set_.sso_sessions.find(role.session);
    if (found == set_.sso_sessions.end()) {
      return broken(name, fmt::format("sso_session names {}, for which there is no [sso-session] "
                                      "section",
                                      printable(role.session)));
    }
    const auto take = [&](std::string& from_profile, const char* key) -> Result<void> {
      const std::string of_session = found->second.get(key);
      if (!from_profile.empty() && from_profile != of_session)
        return broken(name, fmt::format("{} differs from its [sso-session]'s; leave it out", key));
      from_profile = of_session;
      return {};
    };
    TRY(take(role.region, "sso_region"));
    return take(role.start_url, "sso_start_url");
  }

  const ProfileSet& set_;
};

}  // namespace

Result<ProfileChain> resolve_profile(const ProfileSet& set, const std::string& name) {
  return Resolver(set).resolve(name);
}

}  // namespace certloop::aws
