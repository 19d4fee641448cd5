// The sources put together: a profile with its roles, and the default chain.
#include <fmt/format.h>

#include <array>

#include "aws/credentials_cache.h"
#include "aws/credentials_sources.h"
#include "base/text.h"

namespace certloop::aws {
namespace {

class StaticCredentials final : public CredentialsProvider {
 public:
  explicit StaticCredentials(Credentials credentials)
      : credentials_(std::make_shared<const Credentials>(std::move(credentials))) {}
  Result<std::shared_ptr<const Credentials>> get() override { return credentials_; }

 private:
  std::shared_ptr<const Credentials> credentials_;
};

// What a profile names must be there: "not configured" is a mistake now, not a reason to go on.
Result<Credentials> required(Result<Credentials> found, const std::string& subject) {
  if (found.ok() || found.error().code() != Code::not_found) return found;
  return Error(Code::denied, fmt::format("{}: {}", subject, found.error().message()));
}

Result<Credentials> base_of(const CredentialsEdges& edges, const ProfileSet& set,
                            const std::string& name, const ProfileChain& chain) {
  const std::string subject = "profile " + printable(name);
  if (const auto* keys = std::get_if<StaticKeys>(&chain.base)) return keys->credentials;
  if (const auto* process = std::get_if<CredentialProcess>(&chain.base))
    return from_process(edges.environment, process->command, subject);
  if (const auto* sso = std::get_if<SsoRole>(&chain.base))
    return from_sso(edges, *sso, service_settings(edges.environment, set, name, "sso"), subject);
  if (const auto* web = std::get_if<WebIdentityRole>(&chain.base)) {
    return from_web_identity(edges, *web, service_settings(edges.environment, set, name, "sts"));
  }
  switch (std::get<NamedSource>(chain.base)) {
    case NamedSource::environment: return required(from_environment(edges.environment), subject);
    case NamedSource::container: return required(from_container(edges), subject);
    case NamedSource::instance_metadata: return required(from_metadata(edges, set, name), subject);
  }
  return Error(Code::internal, subject + ": a source without a meaning");
}

Result<Credentials> from_profile(const CredentialsEdges& edges, const ProfileSet& set,
                                 const std::string& name) {
  const ProfileChain chain = TRY(resolve_profile(set, name));
  Credentials base = TRY(base_of(edges, set, name, chain));
  return assume_roles(edges, std::move(base), chain.roles,
                      service_settings(edges.environment, set, name, "sts"));
}

// In the default chain a profile that nobody asked for by name may be absent, and one that only
// holds settings leaves the search open.
Result<Credentials> from_selected_profile(const CredentialsEdges& edges, const ProfileSet& set,
                                          const std::string& name) {
  const bool chosen = set_variable(edges.environment, "AWS_PROFILE").has_value() ||
                      set_variable(edges.environment, "AWS_DEFAULT_PROFILE").has_value();
  auto found = from_profile(edges, set, name);
  if (chosen && !set.profiles.contains(name) && !found) {
    Error error(Code::denied, found.error().message());
    return std::move(error).because(found.error().reason());
  }
  return found;
}

Result<Credentials> from_metadata_if_there(const CredentialsEdges& edges, const ProfileSet& set,
                                           const std::string& name) {
  auto found = from_metadata(edges, set, name);
  if (found.ok() || found.error().reason() != kNoMetadata) return found;
  return Error(Code::not_found,
               "instance metadata do not answer: this is no EC2 instance, or a "
               "container beyond the hop limit");
}

Result<Credentials> default_chain(const CredentialsEdges& edges) {
  std::vector<std::string> looked;
  const auto settled = [&](const Result<Credentials>& found) {
    if (found.ok() || found.error().code() != Code::not_found) return true;
    looked.push_back(found.error().message());
    return false;
  };
  if (auto found = from_environment(edges.environment); settled(found)) return found;
  const ProfileSet set = TRY(load_profiles(edges.environment));
  const std::string name = selected_profile(edges.environment);
  const std::array<std::function<Result<Credentials>()>, 4> links = {
      [&] {
        return from_web_identity_variables(edges,
                                           service_settings(edges.environment, set, name, "sts"));
      },
      [&] { return from_selected_profile(edges, set, name); },
      [&] { return from_container(edges); },
      [&] { return from_metadata_if_there(edges, set, name); }};
  for (const auto& link : links)
    if (auto found = link(); settled(found)) return found;
  return Error(Code::denied, fmt::format("no AWS credentials found: {}", fmt::join(looked, "; ")))
      .because("NoCredentials");
}

}  // namespace

std::shared_ptr<CredentialsProvider> static_credentials(Credentials credentials) {
  return std::make_shared<StaticCredentials>(std::move(credentials));
}

std::shared_ptr<CredentialsProvider> default_credentials(const CredentialsEdges& edges) {
  return std::make_shared<CachedCredentials>(
      [edges] {
        auto found = default_chain(edges);
        if (!found) return Result<Credentials>(std::move(found).error().during("default chain"));
        return found;
      },
      edges.clock);
}

std::shared_ptr<CredentialsProvider> profile_credentials(const CredentialsEdges& edges,
                                                         const std::string& profile) {
  return std::make_shared<CachedCredentials>(
      [edges, profile]() -> Result<Credentials> {
        const ProfileSet set = TRY(load_profiles(edges.environment));
        auto found = from_profile(edges, set, profile);
        if (found.ok() || found.error().code() != Code::not_found) return found;
        Error error(Code::denied, found.error().message());
        return std::move(error).because(found.error().reason());
      },
      edges.clock);
}

}  // namespace certloop::aws
