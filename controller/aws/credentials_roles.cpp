// Roles: assumed with other credentials or with a web identity's token.
#include "aws/credentials_cache.h"
#include "aws/credentials_sources.h"
#include "base/text.h"

#include <fmt/format.h>

namespace certloop::aws {
namespace {

constexpr const char* kSessionName = "certloop";

// STS of any region of the role's partition will do; these are always on.
std::string region_for(const std::string& role_arn) {
  const auto parts = split(role_arn, ':');
  const std::string partition = parts.size() > 1 ? parts[1] : "";
  if (partition == "aws-cn") return "cn-northwest-1";
  if (partition == "aws-us-gov") return "us-gov-west-1";
  if (partition == "aws-eusc") return "eusc-de-east-1";
  return "us-east-1";
}

StsTarget target_for(const ServiceSettings& settings, const std::string& role_arn) {
  StsTarget target;
  target.region = settings.region.empty() ? region_for(role_arn) : settings.region;
  target.endpoint_url = settings.endpoint_url;
  target.use_fips = settings.use_fips;
  target.use_dualstack = settings.use_dualstack;
  return target;
}

Result<Credentials> assume(const StsFactory& factory, const StsTarget& target,
                           const AssumeRoleRequest& request) {
  auto sts = factory(target);
  if (!sts) return std::move(sts).error().during("assuming role " + printable(request.role_arn));
  auto assumed = (*sts)->assume_role(request);
  if (!assumed)
    return std::move(assumed).error().during("assuming role " + printable(request.role_arn));
  return assumed;
}

}  // namespace

Result<Credentials> from_web_identity(const CredentialsEdges& edges, const WebIdentityRole& role,
                                      const ServiceSettings& settings) {
  const std::string path = expand_path(edges.environment, role.token_file);
  const auto text = edges.environment.read_file(path);
  if (!text) {
    return Error(Code::denied,
                 fmt::format("the web identity token file {} cannot be read", printable(path)));
  }
  const Secret token(trim(text->reveal()));
  if (token.empty()) {
    return Error(Code::denied,
                 fmt::format("the web identity token file {} is empty", printable(path)));
  }
  AssumeRoleRequest request;
  request.role_arn = role.role_arn;
  request.role_session_name = role.session_name.empty() ? kSessionName : role.session_name;
  const std::string doing = "assuming role " + printable(role.role_arn) + " by web identity";
  auto sts = edges.sts(target_for(settings, role.role_arn));
  if (!sts) return std::move(sts).error().during(doing);
  auto assumed = (*sts)->assume_role_with_web_identity(request, token);
  if (!assumed) return std::move(assumed).error().during(doing);
  return assumed;
}

Result<Credentials> from_web_identity_variables(const CredentialsEdges& edges,
                                                const ServiceSettings& settings) {
  const auto file = set_variable(edges.environment, "AWS_WEB_IDENTITY_TOKEN_FILE");
  const auto arn = set_variable(edges.environment, "AWS_ROLE_ARN");
  if (!file) return Error(Code::not_found, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
  if (!arn) {
    return Error(Code::denied,
                 "AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN; set both "
                 "or neither");
  }
  const auto session = set_variable(edges.environment, "AWS_ROLE_SESSION_NAME");
  return from_web_identity(edges, {*arn, *file, session.value_or("")}, settings);
}

Result<Credentials> assume_roles(const CredentialsEdges& edges, Credentials base,
                                 const std::vector<RoleStep>& roles,
                                 const ServiceSettings& settings) {
  for (const RoleStep& role : roles) {
    StsTarget target = target_for(settings, role.role_arn);
    target.credentials = static_credentials(std::move(base));
    AssumeRoleRequest request;
    request.role_arn = role.role_arn;
    request.role_session_name = role.session_name.empty() ? kSessionName : role.session_name;
    request.external_id = role.external_id;
    request.duration_seconds = role.duration_seconds;
    base = TRY(assume(edges.sts, target, request));
  }
  return base;
}

std::shared_ptr<CredentialsProvider> role_credentials(const CredentialsEdges& edges,
                                                      StsTarget target, AssumeRoleRequest request) {
  if (request.role_session_name.empty()) request.role_session_name = kSessionName;
  if (target.region.empty()) target.region = region_for(request.role_arn);
  return std::make_shared<CachedCredentials>(
      [factory = edges.sts, target = std::move(target), request = std::move(request)] {
        return assume(factory, target, request);
      },
      edges.clock);
}

}  // namespace certloop::aws
