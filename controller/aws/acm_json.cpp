#include "aws/acm_json.h"

#include <algorithm>

#include "base/text.h"

namespace certloop::aws {
namespace {

// The wire writes "RSA-2048" where the enumeration, the requests and the documentation have
// "RSA_2048".
std::string key_algorithm(const Json& object) {
  std::string name = text(object, "KeyAlgorithm");
  for (const std::size_t dash : {std::size_t{2}, std::size_t{3}})
    if (name.size() > dash && name[dash] == '-') name[dash] = '_';
  return name;
}

std::vector<DomainValidation> validations(const Json& list) {
  std::vector<DomainValidation> out;
  if (!list.is_array()) return out;
  for (const Json& element : list) {
    DomainValidation validation;
    validation.domain_name = text(element, "DomainName");
    validation.validation_status = text(element, "ValidationStatus");
    validation.validation_method = text(element, "ValidationMethod");
    const Json& record = member(element, "ResourceRecord");
    if (record.is_object())
      validation.resource_record =
          ResourceRecord{text(record, "Name"), text(record, "Type"), text(record, "Value")};
    out.push_back(std::move(validation));
  }
  return out;
}

// [{"Name": "CUSTOM", "OID": "1.2.3"}]: the name, or for CUSTOM what stands for it.
std::vector<std::string> usages(const Json& list) {
  std::vector<std::string> out;
  if (!list.is_array()) return out;
  for (const Json& element : list) {
    std::string name = text(element, "Name");
    const std::string oid = text(element, "OID");
    out.push_back((name.empty() || name == "CUSTOM") && !oid.empty() ? oid : std::move(name));
  }
  return out;
}

// What both kinds of rows hold beside the names.
template <class Row>
void read_times(Row& row, const Json& dates, const Json& validity) {
  row.created_at = time(dates, "CreatedAt");
  row.issued_at = time(dates, "IssuedAt");
  row.imported_at = time(dates, "ImportedAt");
  row.revoked_at = time(dates, "RevokedAt");
  row.not_before = time(validity, "NotBefore");
  row.not_after = time(validity, "NotAfter");
}

void read_state(CertificateSummary& row, const Json& state) {
  row.status = text(state, "Status");
  row.type = text(state, "Type");
  row.renewal_eligibility = text(state, "RenewalEligibility");
  row.renewal_status = text(state, "RenewalStatus");
  row.in_use = boolean(state, "InUse");
  row.exported = boolean(state, "Exported");
  row.export_enabled = text(state, "ExportOption") == "ENABLED";
}

Asn1Subject read_subject(const Json& subject) {
  return {text(subject, "CommonName"),
          text(subject, "Organization"),
          text(subject, "OrganizationalUnit"),
          text(subject, "Country"),
          text(subject, "State"),
          text(subject, "Locality"),
          text(subject, "SerialNumber")};
}

RevocationConfiguration read_revocation(const Json& configuration) {
  RevocationConfiguration revocation;
  if (const Json& crl = member(configuration, "CrlConfiguration"); crl.is_object())
    revocation.crl = CrlConfiguration{
        boolean(crl, "Enabled"), static_cast<int>(integer(crl, "ExpirationInDays")),
        text(crl, "S3BucketName"), text(crl, "CustomCname"), text(crl, "S3ObjectAcl")};
  if (const Json& ocsp = member(configuration, "OcspConfiguration"); ocsp.is_object())
    revocation.ocsp = OcspConfiguration{boolean(ocsp, "Enabled"), text(ocsp, "OcspCustomCname")};
  return revocation;
}

void set_unless_empty(Json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

}  // namespace

Json tag_list(const Tags& tags) {
  Json list = Json::array();
  for (const auto& [key, value] : tags) list.push_back({{"Key", key}, {"Value", value}});
  return list;
}

Json tag_keys(const std::vector<std::string>& keys) {
  Json list = Json::array();
  for (const std::string& key : keys) list.push_back({{"Key", key}});
  return list;
}

Tags read_tags(const Json& list) {
  Tags tags;
  if (!list.is_array()) return tags;
  for (const Json& tag : list)
    if (std::string key = text(tag, "Key"); !key.empty())
      tags.insert_or_assign(std::move(key), text(tag, "Value"));
  return tags;
}

CertificateDetail read_certificate(const Json& certificate) {
  CertificateDetail detail;
  detail.certificate_arn = text(certificate, "CertificateArn");
  detail.domain_name = text(certificate, "DomainName");
  detail.subject_alternative_names = texts(certificate, "SubjectAlternativeNames");
  detail.domain_validation_options = validations(member(certificate, "DomainValidationOptions"));
  detail.serial = text(certificate, "Serial");
  detail.subject = text(certificate, "Subject");
  detail.issuer = text(certificate, "Issuer");
  detail.status = text(certificate, "Status");
  detail.type = text(certificate, "Type");
  detail.key_algorithm = key_algorithm(certificate);
  detail.signature_algorithm = text(certificate, "SignatureAlgorithm");
  detail.in_use_by = texts(certificate, "InUseBy");
  detail.users_unknown = !member(certificate, "InUseBy").is_array();
  detail.failure_reason = text(certificate, "FailureReason");
  detail.renewal_eligibility = text(certificate, "RenewalEligibility");
  detail.certificate_authority_arn = text(certificate, "CertificateAuthorityArn");
  const Json& renewal = member(certificate, "RenewalSummary");
  detail.renewal_status = text(renewal, "RenewalStatus");
  detail.renewal_status_reason = text(renewal, "RenewalStatusReason");
  detail.renewal_validation_options = validations(member(renewal, "DomainValidationOptions"));
  detail.key_usages = usages(member(certificate, "KeyUsages"));
  detail.extended_key_usages = usages(member(certificate, "ExtendedKeyUsages"));
  detail.export_enabled = text(member(certificate, "Options"), "Export") == "ENABLED";
  read_times(detail, certificate, certificate);
  detail.revocation_reason = text(certificate, "RevocationReason");
  return detail;
}

CertificateSummary read_listed(const Json& row) {
  CertificateSummary summary;
  summary.certificate_arn = text(row, "CertificateArn");
  summary.domain_name = text(row, "DomainName");
  summary.subject_alternative_names = texts(row, "SubjectAlternativeNameSummaries");
  summary.has_additional_names = boolean(row, "HasAdditionalSubjectAlternativeNames");
  summary.key_algorithm = key_algorithm(row);
  read_state(summary, row);
  read_times(summary, row, row);
  return summary;
}

CertificateSummary read_found(const Json& row) {
  const Json& x509 = member(row, "X509Attributes");
  const Json& metadata = member(member(row, "CertificateMetadata"), "AcmCertificateMetadata");
  CertificateSummary summary;
  summary.certificate_arn = text(row, "CertificateArn");
  summary.domain_name = text(member(x509, "Subject"), "CommonName");
  if (const Json& names = member(x509, "SubjectAlternativeNames"); names.is_array())
    for (const Json& name : names)
      if (std::string dns = text(name, "DnsName"); !dns.empty())
        summary.subject_alternative_names.push_back(std::move(dns));
  summary.key_algorithm = key_algorithm(x509);
  summary.serial = text(x509, "SerialNumber");
  const Json& issuer = member(x509, "Issuer");
  summary.issuer = text(issuer, "Organization");
  if (summary.issuer.empty()) summary.issuer = text(issuer, "CommonName");
  read_state(summary, metadata);
  read_times(summary, metadata, x509);
  return summary;
}

// A configuration that is off must say nothing but that it is off.
Json revocation_json(const RevocationConfiguration& revocation) {
  Json out = Json::object();
  if (revocation.crl) {
    Json& crl = out["CrlConfiguration"] = {{"Enabled", revocation.crl->enabled}};
    if (revocation.crl->enabled) {
      if (revocation.crl->expiration_in_days > 0)
        crl["ExpirationInDays"] = revocation.crl->expiration_in_days;
      set_unless_empty(crl, "S3BucketName", revocation.crl->s3_bucket_name);
      set_unless_empty(crl, "CustomCname", revocation.crl->custom_cname);
      set_unless_empty(crl, "S3ObjectAcl", revocation.crl->s3_object_acl);
    }
  }
  if (revocation.ocsp) {
    Json& ocsp = out["OcspConfiguration"] = {{"Enabled", revocation.ocsp->enabled}};
    if (revocation.ocsp->enabled)
      set_unless_empty(ocsp, "OcspCustomCname", revocation.ocsp->ocsp_custom_cname);
  }
  return out;
}

Json subject_json(const Asn1Subject& subject) {
  Json out = Json::object();
  set_unless_empty(out, "CommonName", subject.common_name);
  set_unless_empty(out, "Organization", subject.organization);
  set_unless_empty(out, "OrganizationalUnit", subject.organizational_unit);
  set_unless_empty(out, "Country", subject.country);
  set_unless_empty(out, "State", subject.state);
  set_unless_empty(out, "Locality", subject.locality);
  set_unless_empty(out, "SerialNumber", subject.serial_number);
  return out;
}

CertificateAuthorityDetail read_authority(const Json& authority) {
  const Json& configuration = member(authority, "CertificateAuthorityConfiguration");
  CertificateAuthorityDetail detail;
  detail.arn = text(authority, "Arn");
  detail.owner_account = text(authority, "OwnerAccount");
  detail.type = text(authority, "Type");
  detail.status = text(authority, "Status");
  detail.serial = text(authority, "Serial");
  detail.failure_reason = text(authority, "FailureReason");
  detail.usage_mode = text(authority, "UsageMode");
  detail.key_algorithm = text(configuration, "KeyAlgorithm");
  detail.signing_algorithm = text(configuration, "SigningAlgorithm");
  detail.key_storage_security_standard = text(authority, "KeyStorageSecurityStandard");
  detail.subject = read_subject(member(configuration, "Subject"));
  detail.revocation = read_revocation(member(authority, "RevocationConfiguration"));
  detail.created_at = time(authority, "CreatedAt");
  detail.not_before = time(authority, "NotBefore");
  detail.not_after = time(authority, "NotAfter");
  detail.restorable_until = time(authority, "RestorableUntil");
  return detail;
}

}  // namespace certloop::aws
