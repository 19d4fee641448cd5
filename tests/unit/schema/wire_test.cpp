// What reconcilers write stands in the descriptions: Kubernetes would prune the rest, silently, and
// with status.pending goes what a crash is recovered from.
#include "api/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/schema/objects.h"

namespace certloop::schema {
namespace {

using testing::IsEmpty;

constexpr Time kTime{std::chrono::milliseconds(1'795'000'000'000)};

std::vector<std::string> status_faults(const api::Object& object) {
  std::vector<std::string> texts;
  for (const Fault& fault : validate_status(object)) texts.push_back(fault.text());
  return texts;
}

std::vector<std::string> body_faults(api::Object object) {
  object.body = with_defaults(object.kind, object.body);
  std::vector<std::string> texts;
  for (const Fault& fault : validate(object, {})) texts.push_back(fault.text());
  return texts;
}

api::Conditions conditions() {
  return {{"Ready", api::Truth::yes, "Succeeded", "all is well", 3, kTime}};
}

api::PendingCall pending() {
  return {"intent",
          "acm:RequestCertificate",
          "123456789012",
          *api::Document::parse(R"({"DomainName": "a.example.com", "Tags": [{"Key": "a"}]})"),
          "token",
          kTime,
          kTime,
          kTime,
          2};
}

TEST(Wire, AccountsStandInTheirDescription) {
  api::Account account;
  account.meta.name = "prod";
  account.spec.account_id = "123456789012";
  account.spec.regions = {"us-east-1"};
  account.spec.authentication.access_key =
      api::AccessKey{"AKID", {"s", "k"}, api::SecretKeyReference{"t", "k"}};
  account.spec.assume_role =
      api::AssumeRole{"arn:aws:iam::123456789012:role/a", "external", "name"};
  account.spec.reimport_allowed = false;
  account.spec.allowed_namespaces = {
      {{"shop"}, {"123456789012"}, {"us-east-1"}, {"a.com"}, {"Z1"}, true}};
  account.spec.controller_name = "other";
  account.spec.endpoint_url = "http://127.0.0.1:1";
  account.spec.endpoints = {{"acm", "http://127.0.0.1:1"}};
  account.spec.rates = {{"acm", {{"ImportCertificate", 0.5}}}};
  account.spec.management = api::Management::suspended;
  account.spec.suspended_until = kTime;
  account.status = {
      3,           "now", "123456789012", "aws", "arn:aws:iam::123456789012:user/a", {"acm:List"},
      conditions()};
  EXPECT_THAT(body_faults(api::write(account)), IsEmpty());
  EXPECT_THAT(status_faults(api::write(account)), IsEmpty());
}

TEST(Wire, AuthoritiesStandInTheirDescription) {
  api::CertificateAuthority authority;
  authority.meta.name = "root";
  api::AcmPcaSpec& pca = authority.spec.acm_pca;
  pca.account_ref = {"prod", "shared"};
  pca.region = "us-east-1";
  pca.signing_algorithm = "SHA256WITHECDSA";
  pca.subject = {"Root", "Example", "Unit", "DE", "Bayern", "Ort", "1"};
  pca.path_length = 1;
  pca.revocation.crl = api::AcmPcaCrl{true, 8, "bucket", "crl.example.com", "PUBLIC_READ"};
  pca.revocation.ocsp_enabled = true;
  pca.revocation.ocsp_custom_cname = "ocsp.example.com";
  pca.key_storage_security_standard = "FIPS_140_2_LEVEL_3_OR_HIGHER";
  pca.tags = {{"team", "pki"}};
  authority.spec.delete_in_aws = true;
  api::CertificateAuthorityStatus& status = authority.status;
  status.observed_generation = 3;
  status.arn = status.issued_certificate_arn = "arn:aws:acm-pca:...";
  status.aws_status = "ACTIVE";
  status.key_algorithm = "EC_prime256v1";
  status.usage_mode = "GENERAL_PURPOSE";
  status.type = "ROOT";
  status.serial = "01:02";
  status.not_before = status.not_after = kTime;
  status.certificate = status.chain = "-----BEGIN CERTIFICATE-----";
  status.pending = pending();
  status.conditions = conditions();
  EXPECT_THAT(body_faults(api::write(authority)), IsEmpty());
  EXPECT_THAT(status_faults(api::write(authority)), IsEmpty());
}

api::CertificateRequestSpec request_spec() {
  api::CertificateRequestSpec spec;
  spec.domain_name = "shop.example.com";
  spec.additional_names = {"www.example.com"};
  spec.account_ref = {"prod", ""};
  spec.region = "us-east-1";
  spec.arn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
  spec.issuer.amazon = api::AmazonIssuer{{{{"dns", "shared"}, "Z123"}}, true};
  spec.key_algorithm = "RSA_2048";
  spec.tags = {{"team", "shop"}};
  spec.exclusive_tags = spec.retain = spec.allow_disjoint_names = true;
  spec.reimport = api::Reimport::required;
  spec.replacement = api::Replacement::hold;
  spec.owner = "alice";
  spec.management = api::Management::suspended;
  spec.suspended_until = kTime;
  return spec;
}

TEST(Wire, CertificatesStandInTheirDescription) {
  api::Certificate certificate;
  certificate.meta.name = "shop";
  certificate.spec = request_spec();
  certificate.status.observed_generation = 3;
  certificate.status.arn = certificate.spec.arn;
  certificate.status.not_after = certificate.status.renewal_time = kTime;
  certificate.status.renewal = "ACM renews";
  certificate.status.issuer = "Amazon";
  certificate.status.trust = "public";
  certificate.status.failed_attempts = 1;
  certificate.status.placements_desired = certificate.status.placements_issued =
      certificate.status.placements_ready = 1;
  certificate.status.not_ready = {"prod/us-east-1"};
  certificate.status.conditions = conditions();
  EXPECT_THAT(body_faults(api::write(certificate)), IsEmpty());
  EXPECT_THAT(status_faults(api::write(certificate)), IsEmpty());
}

TEST(Wire, EveryIssuerStandsInItsDescription) {
  for (const int issuer : {0, 1, 2}) {
    api::Certificate certificate;
    certificate.meta.name = "shop";
    certificate.spec = request_spec();
    certificate.spec.key_algorithm.clear();
    certificate.spec.issuer = {};
    if (issuer == 0) certificate.spec.issuer.amazon.emplace();
    if (issuer == 1) certificate.spec.issuer.authority = api::AuthorityIssuer{{"root", "pki"}};
    if (issuer == 2) certificate.spec.issuer.imported.emplace();
    EXPECT_THAT(body_faults(api::write(certificate)), IsEmpty()) << issuer;
  }
}

TEST(Wire, PlacementsStandInTheirDescription) {
  api::Placement placement;
  placement.meta.name = "shop-prod-us-east-1";
  placement.spec = request_spec();
  api::PlacementStatus& status = placement.status;
  status.observed_generation = 3;
  status.arn = placement.spec.arn;
  status.previous = {{"arn:aws:acm:us-east-1:123456789012:certificate/0", {"arn:aws:elb"}}};
  status.pending = pending();
  status.acm_status = "ISSUED";
  status.type = "AMAZON_ISSUED";
  status.names = {"shop.example.com"};
  status.domain_name = status.subject = status.serial = status.issuer = status.key_algorithm =
      status.certificate_authority_arn = "x";
  status.key_usages = {"DIGITAL_SIGNATURE"};
  status.extended_key_usages = {"TLS_WEB_SERVER_AUTHENTICATION"};
  status.created = status.issued = status.imported = status.not_before = status.not_after = kTime;
  status.in_use_by = {"arn:aws:elb"};
  status.exported = status.exportable = true;
  status.eligibility = "ELIGIBLE";
  status.renewal_status = status.renewal_reason = status.failure_reason = "x";
  status.validation = {{"shop.example.com", "DNS", "SUCCESS",
                        api::ValidationRecord{"_a.shop.example.com.", "CNAME", "_b."}, "zone"}};
  status.tags = {{"certloop.dev/uid", "u"}};
  status.source_fingerprint = std::string(64, 'a');
  status.imported_serial = "01";
  status.certificate = status.chain = "-----BEGIN CERTIFICATE-----";
  status.trust = "public";
  status.described = kTime;
  status.failed_attempts = 1;
  status.next_attempt = kTime;
  status.applied = request_spec();
  status.differences = {{api::DriftClass::changed, "spec.tags.team", "a", "b", "c"}};
  status.corrections = {{"spec.tags.team", 2, 3, kTime}};
  status.conditions = conditions();
  EXPECT_THAT(body_faults(api::write(placement)), IsEmpty());
  EXPECT_THAT(status_faults(api::write(placement)), IsEmpty());
}

TEST(Wire, HostedZonesStandInTheirDescription) {
  api::HostedZone zone;
  zone.meta.name = "z123";
  zone.spec = {{"dns", "shared"}, "Z123", "example.com."};
  zone.status.observed_generation = 3;
  zone.status.records = {{{"_a.example.com.", "CNAME", "_b."},
                          "Refused",
                          true,
                          "_c.",
                          kTime,
                          {{"payments/prod", "123456789012"}},
                          kTime,
                          kTime,
                          "why",
                          {{"_a.example.com.", 0, 3, kTime}}}};
  zone.status.conditions = conditions();
  EXPECT_THAT(body_faults(api::write(zone)), IsEmpty());
  EXPECT_THAT(status_faults(api::write(zone)), IsEmpty());
}

TEST(Wire, ZoneRecordsStandInTheirDescription) {
  api::ZoneRecord record;
  record.meta.name = "dns.z123.0123456789abcdef";
  record.spec = {"dns.z123", "_a.example.com."};
  record.status = {{"_a.example.com.", "CNAME", "_b."},
                   "Refused",
                   true,
                   "_c.",
                   kTime,
                   {{"payments/prod", "123456789012"}},
                   kTime,
                   kTime,
                   "why",
                   {{"_a.example.com.", 0, 3, kTime}}};
  EXPECT_THAT(body_faults(api::write(record)), IsEmpty());
  EXPECT_THAT(status_faults(api::write(record)), IsEmpty());
}

TEST(Wire, AnUnknownFieldOfAStatusIsNoticed) {
  api::Object object = api::write(api::Certificate{});
  object.status = *api::Document::parse(R"({"pendin": {}})");
  EXPECT_THAT(status_faults(object), testing::ElementsAre(begins("status.pendin: unknown field")));
}

}  // namespace
}  // namespace certloop::schema
