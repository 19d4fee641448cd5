#pragma once
// What the environment and a profile say about a service's endpoint. Pure.
// Source: AWS SDKs and Tools reference guide, "Service-specific endpoints", "Dual-stack and FIPS
// endpoints", "AWS Region".
#include <string>

#include "aws/credentials_environment.h"
#include "aws/profile_file.h"

namespace certloop::aws {

struct ServiceSettings {
  std::string region;        // AWS_REGION, AWS_DEFAULT_REGION, the profile's; may be empty
  std::string endpoint_url;  // empty: the service's own
  bool use_fips = false, use_dualstack = false;
};

// `service` is its identifier as the config file spells it: "acm", "acm_pca", "sts", "route_53".
// The endpoint is AWS_ENDPOINT_URL_<SERVICE>, else AWS_ENDPOINT_URL, else that of the section
// [services ...] which the profile refers to, else the profile's endpoint_url; none of them with
// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or ignore_configured_endpoint_urls.
ServiceSettings service_settings(const CredentialsEnvironment& environment, const ProfileSet& set,
                                 const std::string& profile, const std::string& service);

}  // namespace certloop::aws
