#pragma once
// Where a service answers, and with which region and name its requests are signed.
// Source: the services' endpoint rules as the AWS SDKs publish them (botocore 1.43). Pure
// functions; thread-safe.
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace certloop::aws {

// "aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", ...: by the region's name. A region nobody
// has heard of belongs to "aws", as in the SDKs.
std::string_view partition_of(std::string_view region);

struct EndpointQuery {
  std::string service;  // acm, acm-pca, sts, iam, route53, tagging
  std::string region;
  bool fips = false, dual_stack = false;
  bool sts_global = false;  // AWS_STS_REGIONAL_ENDPOINTS=legacy: the old regions use us-east-1
  // What AWS_ENDPOINT_URL and its relations say, the caller having chosen between them; or empty.
  // Requests to it are signed as if they went to AWS.
  std::string custom_url = {};
};

struct Endpoint {
  net::Url url;
  std::string signing_region, signing_name;
};

// Errors: invalid (no region where one is needed; a custom URL together with FIPS or dual stack; a
// custom URL that is none).
Result<Endpoint> resolve_endpoint(const EndpointQuery& query);

// True if `host` is one that the rules above yield for this service in some region. What merely
// ends in ".amazonaws.com" may belong to anybody: buckets and load balancers do too.
bool is_service_host(std::string_view service, std::string_view host);

}  // namespace certloop::aws
