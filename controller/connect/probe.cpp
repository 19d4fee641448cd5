#include "connect/probe.h"

#include <fmt/format.h>

#include <map>

namespace certloop::connect {
namespace {

constexpr std::string_view kExample = "00000000-0000-4000-8000-000000000000";

template <class T>
Result<void> outcome(const Result<T>& answer) {
  return answer.ok() ? Result<void>() : Result<void>(answer.error());
}

// The id behind the last slash: hosted zones are asked for by it.
std::string id_of(const std::string& arn) { return arn.substr(arn.rfind('/') + 1); }

Result<void> search(Connection& c, const std::string& region, const std::string&) {
  return c.acm(region).search_certificates(
      [](aws::CertificateSummary&&, Instant) { return false; });
}

Result<void> get_resources(Connection& c, const std::string& region, const std::string&) {
  return c.tagging(region).get_resources("acm:certificate", {},
                                         [](std::string&&, aws::Tags&&, Instant) { return false; });
}

const std::map<std::string_view, Probe>& acm_probes() {
  using S = const std::string&;
  static const std::map<std::string_view, Probe> probes = {
      {"acm:SearchCertificates", search},
      {"tag:GetResources", get_resources},
      {"acm:DescribeCertificate",
       [](Connection& c, S in, S arn) { return outcome(c.acm(in).describe_certificate(arn)); }},
      {"acm:GetCertificate",
       [](Connection& c, S in, S arn) { return outcome(c.acm(in).get_certificate(arn)); }},
      {"acm:ListTagsForCertificate",
       [](Connection& c, S in, S arn) {
         return outcome(c.acm(in).list_tags_for_certificate(arn));
       }},
      {"route53:ListHostedZones", [](Connection& c, S, S) { return outcome(c.hosted_zones()); }},
      {"route53:GetHostedZone",
       [](Connection& c, S, S arn) { return outcome(c.route53().get_hosted_zone(id_of(arn))); }},
      {"route53:ListResourceRecordSets",
       [](Connection& c, S, S arn) {
         return outcome(c.route53().find_record_set(id_of(arn), "certloop-preflight.", "CNAME"));
       }},
  };
  return probes;
}

const std::map<std::string_view, Probe>& authority_probes() {
  using S = const std::string&;
  static const std::map<std::string_view, Probe> probes = {
      {"acm-pca:ListCertificateAuthorities",
       [](Connection& c, S in, S) {
         return outcome(c.acm_pca(in).list_certificate_authorities());
       }},
      {"acm-pca:DescribeCertificateAuthority",
       [](Connection& c, S in, S arn) {
         return outcome(c.acm_pca(in).describe_certificate_authority(arn));
       }},
      {"acm-pca:GetCertificateAuthorityCertificate",
       [](Connection& c, S in, S arn) {
         return outcome(c.acm_pca(in).get_certificate_authority_certificate(arn));
       }},
      {"acm-pca:GetCertificateAuthorityCsr",
       [](Connection& c, S in, S arn) {
         return outcome(c.acm_pca(in).get_certificate_authority_csr(arn));
       }},
      {"acm-pca:GetCertificate",
       [](Connection& c, S in, S arn) {
         return outcome(c.acm_pca(in).get_certificate(
             arn, arn + "/certificate/00000000000000000000000000000000"));
       }},
      {"acm-pca:ListPermissions",
       [](Connection& c, S in, S arn) { return outcome(c.acm_pca(in).list_permissions(arn)); }},
      {"acm-pca:ListTags",
       [](Connection& c, S in, S arn) { return outcome(c.acm_pca(in).list_tags(arn)); }},
  };
  return probes;
}

}  // namespace

const Probe* probe_of(std::string_view action) {
  for (const auto* probes : {&acm_probes(), &authority_probes()})
    if (const auto it = probes->find(action); it != probes->end()) return &it->second;
  return nullptr;
}

std::string example_or_known(const Known& known, Resource resource, const Owner& owner) {
  const bool is_certificate = resource == Resource::certificate;
  const auto& arns = is_certificate ? known.certificates : known.authorities;
  if (const auto it = arns.find(owner.region); it != arns.end()) return it->second;
  return fmt::format("arn:{}:{}:{}:{}:{}/{}", owner.partition, is_certificate ? "acm" : "acm-pca",
                     owner.region, owner.account,
                     is_certificate ? "certificate" : "certificate-authority", kExample);
}

}  // namespace certloop::connect
