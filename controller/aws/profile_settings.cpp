#include "aws/profile_settings.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace certloop::aws {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

}  // namespace

ServiceSettings service_settings(const CredentialsEnvironment& environment, const ProfileSet& set,
                                 const std::string& profile, const std::string& service) {
  const auto found = set.profiles.find(profile);
  static const Profile kNone;
  const Profile& own = found == set.profiles.end() ? kNone : found->second;
  const auto flag = [&](const std::string& variable, const std::string& property) {
    const auto value = set_variable(environment, variable);
    return lower(value ? *value : own.get(property)) == "true";
  };
  ServiceSettings out;
  for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"})
    if (out.region.empty()) out.region = set_variable(environment, variable).value_or("");
  if (out.region.empty()) out.region = own.get("region");
  out.use_fips = flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
  out.use_dualstack = flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
  if (flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")) return out;
  const auto services = set.services.find(own.get("services"));
  out.endpoint_url = set_variable(environment, "AWS_ENDPOINT_URL_" + upper(service)).value_or("");
  if (out.endpoint_url.empty())
    out.endpoint_url = set_variable(environment, "AWS_ENDPOINT_URL").value_or("");
  if (out.endpoint_url.empty() && services != set.services.end())
    out.endpoint_url = services->second.nested(service, "endpoint_url");
  if (out.endpoint_url.empty()) out.endpoint_url = own.get("endpoint_url");
  return out;
}

}  // namespace certloop::aws
