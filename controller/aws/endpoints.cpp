#include "aws/endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace certloop::aws {
namespace {

struct Partition {
  std::string_view name, region_prefix, suffix, dual_stack_suffix, global_region;
};

// IAM answers once for a whole partition, under a name that no rule yields.
struct IamEndpoint {
  std::string_view partition, host, signing_region;
};
constexpr std::array<IamEndpoint, 8> kIamEndpoints = {{
    {"aws", "iam.amazonaws.com", "us-east-1"},
    {"aws-cn", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
    {"aws-us-gov", "iam.us-gov.amazonaws.com", "us-gov-west-1"},
    {"aws-eusc", "iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
    {"aws-iso", "iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"},
    {"aws-iso-b", "iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"},
    {"aws-iso-e", "iam.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"},
    {"aws-iso-f", "iam.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"},
}};

// The longest prefix first. "aws" has many: it is what remains.
constexpr std::array<Partition, 8> kPartitions = {{
    {"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1"},
    {"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1"},
    {"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1"},
    {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws", "us-gov-west-1"},
    {"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1"},
    {"aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"},
    {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1"},
    {"aws", "", "amazonaws.com", "api.aws", "us-east-1"},
}};

// The regions that existed before STS had regional endpoints.
constexpr std::array<std::string_view, 16> kStsLegacyRegions = {
    "ap-northeast-1", "ap-south-1",   "ap-southeast-1", "ap-southeast-2",
    "aws-global",     "ca-central-1", "eu-central-1",   "eu-north-1",
    "eu-west-1",      "eu-west-2",    "eu-west-3",      "sa-east-1",
    "us-east-1",      "us-east-2",    "us-west-1",      "us-west-2"};

const Partition& partition_for(std::string_view region) {
  return *std::find_if(kPartitions.begin(), kPartitions.end(), [&](const Partition& partition) {
    return region.starts_with(partition.region_prefix);
  });
}

bool is_region_name(std::string_view region) {
  return !region.empty() && region.size() <= 63 &&
         std::all_of(region.begin(), region.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

// In GovCloud the plain hosts of these are the FIPS ones.
bool is_fips_already(const EndpointQuery& query, const Partition& partition) {
  return partition.name == "aws-us-gov" && !query.dual_stack &&
         (query.service == "acm" || query.service == "acm-pca" || query.service == "sts");
}

std::string route53_host(const EndpointQuery& query, const Partition& partition) {
  const std::string_view suffix = query.dual_stack ? partition.dual_stack_suffix : partition.suffix;
  if (partition.name == "aws-us-gov") return fmt::format("route53.us-gov.{}", suffix);
  const bool global =
      query.dual_stack && (partition.name == "aws" || (partition.name == "aws-cn" && !query.fips));
  return fmt::format("route53{}.{}{}", query.fips ? "-fips" : "", global ? "global." : "", suffix);
}

std::string regional_host(const EndpointQuery& query, const Partition& partition) {
  const bool fips = query.fips && !is_fips_already(query, partition);
  return fmt::format("{}{}.{}.{}", query.service, fips ? "-fips" : "", query.region,
                     query.dual_stack ? partition.dual_stack_suffix : partition.suffix);
}

const IamEndpoint& iam_endpoint(const Partition& partition) {
  return *std::find_if(kIamEndpoints.begin(), kIamEndpoints.end(),
                       [&](const IamEndpoint& each) { return each.partition == partition.name; });
}

bool is_global_sts(const EndpointQuery& query) {
  if (query.service != "sts" || query.fips || query.dual_stack) return false;
  if (query.region == "aws-global") return true;
  const auto end = kStsLegacyRegions.end();
  return query.sts_global && query.custom_url.empty() &&
         std::find(kStsLegacyRegions.begin(), end, query.region) != end;
}

Result<Endpoint> custom_endpoint(const EndpointQuery& query, Endpoint endpoint) {
  // ACM's own rules let the URL win; those of the others refuse the combination.
  if (query.service != "acm" && (query.fips || query.dual_stack))
    return Error(Code::invalid,
                 fmt::format("{}: a custom endpoint URL cannot be combined with {}; drop one",
                             query.service, query.fips ? "FIPS" : "dual stack"));
  auto url = net::Url::parse(query.custom_url);
  if (!url.ok()) return std::move(url).error().during(query.service + " endpoint");
  endpoint.url = std::move(*url);
  return endpoint;
}

}  // namespace

std::string_view partition_of(std::string_view region) { return partition_for(region).name; }

Result<Endpoint> resolve_endpoint(const EndpointQuery& query) {
  const Partition& partition = partition_for(query.region);
  const bool global = query.service == "route53" || is_global_sts(query);
  Endpoint endpoint;
  endpoint.signing_name = query.service;
  endpoint.signing_region = global ? partition.global_region : std::string_view(query.region);
  if (endpoint.signing_region.empty()) endpoint.signing_region = partition.global_region;
  if (query.service == "iam") endpoint.signing_region = iam_endpoint(partition).signing_region;
  if (!query.custom_url.empty()) return custom_endpoint(query, std::move(endpoint));

  if (!is_region_name(query.region))
    return Error(Code::invalid,
                 query.region.empty()
                     ? query.service + ": no region is set; name one, as in us-east-1"
                     : fmt::format("{}: {} is not a region's name; write one as us-east-1",
                                   query.service, printable(query.region.substr(0, 80))));
  endpoint.url.scheme = "https";
  endpoint.url.path = "/";
  if (query.service == "iam" && (query.fips || query.dual_stack))
    return Error(Code::invalid, "iam: FIPS and dual-stack endpoints are not used; leave both off");
  if (query.service == "iam")
    endpoint.url.host = iam_endpoint(partition).host;
  else if (is_global_sts(query))
    endpoint.url.host = "sts.amazonaws.com";
  else
    endpoint.url.host = query.service == "route53" ? route53_host(query, partition)
                                                   : regional_host(query, partition);
  return endpoint;
}

bool is_service_host(std::string_view service, std::string_view host) {
  const std::string wanted = lower(host);
  if (service == "sts" && wanted == "sts.amazonaws.com") return true;
  std::vector<std::string> regions;
  if (service == "route53" || service == "iam") {
    for (const Partition& partition : kPartitions) regions.emplace_back(partition.global_region);
  } else if (const auto labels = split(wanted, '.'); labels.size() > 2) {
    regions.push_back(labels[1]);
  }
  for (const std::string& region : regions)
    for (const bool fips : {false, true})
      for (const bool dual_stack : {false, true}) {
        const auto endpoint =
            resolve_endpoint({std::string(service), region, fips, dual_stack, false});
        if (endpoint.ok() && endpoint->url.host == wanted) return true;
      }
  return false;
}

}  // namespace certloop::aws
