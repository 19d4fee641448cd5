#include "connect/permissions.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "api/certificate.h"
#include "api/certificate_authority.h"
#include "store/typed.h"

namespace certloop::connect {
namespace {

using R = Resource;

constexpr bool kReads = false, kChanges = true;
constexpr bool kNeeded = false, kOptional = true;

constexpr Permission kPermissions[] = {
    {"acm:DescribeCertificate", Need::watching, R::certificate, kReads, kNeeded,
     "see what a certificate is, who uses it and whether ACM renews it"},
    {"acm:GetCertificate", Need::watching, R::certificate, kReads, kNeeded,
     "check the certificate and its chain"},
    {"acm:ListCertificates", Need::watching, R::everything, kReads, kOptional,
     "read a region where SearchCertificates does not exist"},
    {"acm:ListTagsForCertificate", Need::watching, R::certificate, kReads, kNeeded,
     "tell whose certificate it is"},
    {"acm:SearchCertificates", Need::watching, R::everything, kReads, kNeeded,
     "read all certificates of a region in bulk"},
    {"tag:GetResources", Need::watching, R::everything, kReads, kOptional,
     "read the tags of all certificates in bulk"},

    {"acm:AddTagsToCertificate", Need::keeping, R::certificate, kChanges, kNeeded,
     "mark certificates as ours, and keep spec.tags"},
    {"acm:DeleteCertificate", Need::keeping, R::certificate, kChanges, kNeeded,
     "delete what was replaced, or whose spec was deleted"},
    {"acm:RemoveTagsFromCertificate", Need::keeping, R::certificate, kChanges, kNeeded,
     "remove tags that spec.tags no longer has"},

    {"acm:RequestCertificate", Need::requesting, R::everything, kChanges, kNeeded,
     "request public and private certificates"},
    {"acm:ImportCertificate", Need::importing, R::certificate, kChanges, kNeeded,
     "import what a Secret holds"},

    {"route53:ChangeResourceRecordSets", Need::validating, R::zone, kChanges, kNeeded,
     "write the validation records"},
    {"route53:GetHostedZone", Need::validating, R::zone, kReads, kNeeded,
     "know the domain of a hosted zone"},
    {"route53:ListHostedZones", Need::validating, R::everything, kReads, kNeeded,
     "find the zone of a domain name"},
    {"route53:ListResourceRecordSets", Need::validating, R::zone, kReads, kNeeded,
     "see which records a zone has already"},

    {"acm-pca:DescribeCertificateAuthority", Need::authorities, R::authority, kReads, kNeeded,
     "see the state of the CA"},
    {"acm-pca:GetCertificateAuthorityCertificate", Need::authorities, R::authority, kReads, kNeeded,
     "read the CA's certificate and chain"},
    {"acm-pca:ListCertificateAuthorities", Need::authorities, R::everything, kReads, kNeeded,
     "find CAs of ours, and list those that can be chosen"},
    {"acm-pca:ListPermissions", Need::authorities, R::authority, kReads, kOptional,
     "see whether ACM may renew what the CA has issued"},
    {"acm-pca:ListTags", Need::authorities, R::authority, kReads, kNeeded, "tell whose CA it is"},

    {"acm-pca:CreatePermission", Need::keeping_authority, R::authority, kChanges, kNeeded,
     "let ACM renew what the CA has issued"},
    {"acm-pca:TagCertificateAuthority", Need::keeping_authority, R::authority, kChanges, kNeeded,
     "mark CAs as ours, and keep spec.acmPca.tags"},
    {"acm-pca:UntagCertificateAuthority", Need::keeping_authority, R::authority, kChanges, kNeeded,
     "remove tags that the spec no longer has"},
    {"acm-pca:UpdateCertificateAuthority", Need::keeping_authority, R::authority, kChanges, kNeeded,
     "keep the revocation settings, enable and disable the CA"},

    {"acm-pca:CreateCertificateAuthority", Need::making_authority, R::everything, kChanges, kNeeded,
     "create CAs"},
    {"acm-pca:GetCertificate", Need::making_authority, R::authority, kReads, kNeeded,
     "fetch the CA's own certificate once it is signed"},
    {"acm-pca:GetCertificateAuthorityCsr", Need::making_authority, R::authority, kReads, kNeeded,
     "have the CA's own certificate signed"},
    {"acm-pca:ImportCertificateAuthorityCertificate", Need::making_authority, R::authority,
     kChanges, kNeeded, "install the CA's own certificate"},
    {"acm-pca:IssueCertificate", Need::making_authority, R::authority, kChanges, kNeeded,
     "sign the CA's own certificate"},
    {"acm-pca:RestoreCertificateAuthority", Need::making_authority, R::authority, kChanges, kNeeded,
     "bring back a CA that was deleted and is asked for again"},

    {"acm-pca:DeleteCertificateAuthority", Need::deleting_authority, R::authority, kChanges,
     kNeeded, "delete a CA whose spec was deleted"},
};

bool refers_to(const api::Reference& reference, const std::string& from,
               const api::Account& account) {
  return reference.name == account.meta.name && space_of(reference, from) == account.meta.space;
}

void add_needs_of(const api::Certificate& certificate, const api::Account& account,
                  std::set<Need>& needs) {
  const auto& spec = certificate.spec;
  const std::string& space = certificate.meta.space;
  const bool here = refers_to(spec.account_ref, space, account);
  if (here) needs.insert(Need::watching);
  if (spec.management == api::Management::observe) return;
  if (here) needs.insert(Need::keeping);
  if (here && (spec.issuer.amazon || spec.issuer.authority)) needs.insert(Need::requesting);
  if (here && spec.issuer.imported && spec.issuer.imported->secret_name)
    needs.insert(Need::importing);
  if (!spec.issuer.amazon) return;
  const auto& zones = spec.issuer.amazon->hosted_zones;
  const bool zone_here = std::any_of(zones.begin(), zones.end(), [&](const auto& zone) {
    return refers_to(zone.account_ref, space, account);
  });
  if (zone_here || (here && zones.empty())) needs.insert(Need::validating);
}

void add_needs_of(const api::CertificateAuthority& authority, const api::Account& account,
                  std::set<Need>& needs) {
  const auto& spec = authority.spec.acm_pca;
  if (!refers_to(spec.account_ref, authority.meta.space, account)) return;
  needs.insert(Need::authorities);
  if (authority.spec.management == api::Management::observe) return;
  needs.insert(Need::keeping_authority);
  if (spec.arn.empty()) needs.insert(Need::making_authority);
  if (!authority.spec.delete_in_aws) return;
  needs.insert(Need::deleting_authority);
  needs.insert(Need::watching);  // whether somebody has a certificate by it
}

std::string pattern_of(Resource resource, std::string_view partition) {
  const std::string arn = "arn:" + std::string(partition) + ":";
  switch (resource) {
    case Resource::certificate: return arn + "acm:*:*:certificate/*";
    case Resource::authority: return arn + "acm-pca:*:*:certificate-authority/*";
    case Resource::zone: return arn + "route53:::hostedzone/*";
    case Resource::everything: break;
  }
  return "*";
}

std::string_view sid_of(Resource resource) {
  switch (resource) {
    case Resource::certificate: return "CertloopCertificates";
    case Resource::authority: return "CertloopAuthorities";
    case Resource::zone: return "CertloopHostedZones";
    case Resource::everything: break;
  }
  return "CertloopListAndCreate";
}

}  // namespace

std::span<const Permission> permissions() { return kPermissions; }

Needs all_needs() {
  std::set<Need> needs;
  for (const Permission& each : kPermissions) needs.insert(each.need);
  return {{needs.begin(), needs.end()}, false, true};
}

Result<Needs> needs_of(const store::Store& store, const api::Account& account) {
  std::set<Need> needs;
  for (const auto& authority : TRY(store::list<api::CertificateAuthority>(store)))
    add_needs_of(authority, account, needs);
  for (const auto& certificate : TRY(store::list<api::Certificate>(store)))
    add_needs_of(certificate, account, needs);
  Needs found = needs.empty() ? all_needs() : Needs{{needs.begin(), needs.end()}};
  found.reading_only = account.spec.management == api::Management::observe;
  return found;
}

std::vector<Permission> permissions_for(const Needs& needs) {
  std::vector<Permission> all;
  for (const Permission& each : kPermissions) {
    if (needs.reading_only && each.mutating) continue;
    if (std::binary_search(needs.needs.begin(), needs.needs.end(), each.need)) all.push_back(each);
  }
  return all;
}

std::string policy_document(const std::vector<Permission>& permissions,
                            std::string_view partition) {
  using Json = nlohmann::ordered_json;
  std::map<Resource, std::set<std::string_view>> actions;
  for (const Permission& each : permissions) actions[each.resource].insert(each.action);
  Json document = {{"Version", "2012-10-17"}, {"Statement", Json::array()}};
  for (const auto& [resource, allowed] : actions)
    document["Statement"].push_back({{"Sid", sid_of(resource)},
                                     {"Effect", "Allow"},
                                     {"Action", allowed},
                                     {"Resource", pattern_of(resource, partition)}});
  return document.dump(2) + "\n";
}

}  // namespace certloop::connect
