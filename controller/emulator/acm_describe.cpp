// DescribeCertificate, and the summary that ListCertificates shows.
#include <nlohmann/json.hpp>

#include "emulator/acm.h"
#include "emulator/acm_words.h"
#include "emulator/text_forms.h"

namespace certloop::emulator {

namespace {

constexpr std::size_t kNamesInSummary = 100;

std::string issuer_of(const HeldCertificate& held) {
  if (held.type == "AMAZON_ISSUED") return "Amazon";
  if (!held.leaf) return "";
  const std::string organization = held.leaf->issuer().get("O");
  return organization.empty() ? held.leaf->issuer().get("CN") : organization;
}

void set_time(Json& json, const char* member, const std::optional<Time>& time) {
  if (time) json[member] = epoch_seconds(*time);
}

Json validation(const HeldCertificate& held, const NameValidation& name, bool shows_records,
                const std::string& otherwise) {
  Json json = {{"DomainName", name.domain},
               {"ValidationDomain", name.validation_domain},
               {"ValidationStatus", name.validated_at ? "SUCCESS" : otherwise},
               {"ValidationMethod", held.validation_method}};
  if (held.validation_method == "EMAIL") {
    json["ValidationEmails"] =
        shows_records ? acm::mailboxes(name.validation_domain) : Json::array();
  } else if (held.validation_method == "DNS" && shows_records) {
    const acm::ValidationRecord record = acm::validation_record(held.account, name.domain);
    json["ResourceRecord"] = {{"Name", record.name}, {"Type", "CNAME"}, {"Value", record.value}};
  } else if (held.validation_method == "HTTP" && shows_records) {
    json["HttpRedirect"] = {
        {"RedirectFrom", "http://" + name.domain + "/.well-known/pki-validation/acm.txt"},
        {"RedirectTo", "https://validation." + held.region + ".acm-validations.aws/" +
                           held.account + "/acm.txt"}};
  }
  return json;
}

Json validations(const HeldCertificate& held, const std::vector<NameValidation>& names,
                 bool shows_records, const std::string& otherwise) {
  Json all = Json::array();
  if (held.type == "PRIVATE") return all;
  for (const NameValidation& name : names) {
    all.push_back(held.type == "IMPORTED" ? Json{{"DomainName", name.domain}}
                                          : validation(held, name, shows_records, otherwise));
  }
  return all;
}

void describe_contents(Json& json, const HeldCertificate& held) {
  const bool rsa = pki::is_rsa(held.key_algorithm);
  json["SignatureAlgorithm"] = held.leaf ? held.leaf->signature_algorithm()
                                         : std::string(rsa ? "SHA256WITHRSA" : "SHA256WITHECDSA");
  json["KeyUsages"] = Json::array();
  json["ExtendedKeyUsages"] = Json::array();
  if (!held.leaf) return;
  json["Serial"] = held.leaf->serial();
  json["NotBefore"] = epoch_seconds(held.leaf->not_before());
  json["NotAfter"] = epoch_seconds(held.leaf->not_after());
  for (const std::string& usage : held.leaf->key_usages()) {
    json["KeyUsages"].push_back({{"Name", usage}});
  }
  for (const auto& usage : held.leaf->extended_key_usages()) {
    json["ExtendedKeyUsages"].push_back({{"Name", usage.name}, {"OID", usage.oid}});
  }
}

// RenewalSummary must have DomainValidationOptions, one at least (service model of ACM). A private
// certificate's names are validated by nobody: they stand there alone, as an imported one's do.
Json renewal_validations(const HeldCertificate& held) {
  if (held.type != "PRIVATE")
    return validations(held, held.renewal->validations, true,
                       held.renewal->status == "FAILED" ? "FAILED" : "PENDING_VALIDATION");
  Json all = Json::array();
  for (const std::string& name : held.names) all.push_back({{"DomainName", name}});
  return all;
}

Json renewal_summary(const HeldCertificate& held) {
  const Renewal& renewal = *held.renewal;
  Json json = {{"RenewalStatus", renewal.status},
               {"UpdatedAt", epoch_seconds(renewal.updated_at)},
               {"DomainValidationOptions", renewal_validations(held)}};
  if (!renewal.reason.empty()) json["RenewalStatusReason"] = renewal.reason;
  return json;
}

std::string origin_of(const HeldCertificate& held) {
  return held.type == "IMPORTED" ? "CUSTOMER_PROVIDED" : "AWS_MANAGED";
}

std::string subject_of(const HeldCertificate& held) {
  return held.leaf ? held.leaf->subject().text() : "CN=" + held.domain_name;
}

// What is known of the names; absent in the first moments after a request.
void describe_names(Json& json, const HeldCertificate& held, bool is_complete) {
  json["DomainName"] = held.domain_name;
  json["SubjectAlternativeNames"] = held.names;
  json["Subject"] = subject_of(held);
  json["Issuer"] = issuer_of(held);
  if (held.type == "PRIVATE") return;
  json["DomainValidationOptions"] = validations(
      held, held.validations, is_complete,
      held.status == "FAILED" || held.status == "VALIDATION_TIMED_OUT" ? "FAILED"
                                                                       : "PENDING_VALIDATION");
}

}  // namespace

namespace acm {

Json mailboxes(const std::string& domain) {
  Json all = Json::array();
  for (const char* name : {"admin", "administrator", "hostmaster", "postmaster", "webmaster"}) {
    all.push_back(std::string(name) + '@' + domain);
  }
  return all;
}

Json describe(const HeldCertificate& held, const World& world, Time now) {
  const Duration age = now - held.created_at;
  const Duration delay = world.options.describe_delay;
  const bool is_young = held.type != "IMPORTED" && held.is_pending();
  Json json = {{"CertificateArn", held.arn},
               {"CreatedAt", epoch_seconds(held.created_at)},
               {"Status", held.status},
               {"Type", held.type},
               {"KeyAlgorithm", spelled(held.key_algorithm)},
               {"InUseBy", held.in_use_by},
               {"RenewalEligibility", held.is_eligible() ? "ELIGIBLE" : "INELIGIBLE"},
               {"CertificateKeyPairOrigin", origin_of(held)},
               {"Options",
                {{"CertificateTransparencyLoggingPreference",
                  held.type == "AMAZON_ISSUED" ? "ENABLED" : "DISABLED"},
                 {"Export", held.export_enabled ? "ENABLED" : "DISABLED"}}}};
  if (!is_young || age >= delay / 2) describe_names(json, held, !is_young || age >= delay);
  describe_contents(json, held);
  set_time(json, "IssuedAt", held.issued_at);
  set_time(json, "ImportedAt", held.imported_at);
  set_time(json, "RevokedAt", held.revoked_at);
  if (!held.revocation_reason.empty()) json["RevocationReason"] = held.revocation_reason;
  if (!held.failure_reason.empty()) json["FailureReason"] = held.failure_reason;
  if (!held.authority_arn.empty()) json["CertificateAuthorityArn"] = held.authority_arn;
  if (!held.managed_by.empty()) json["ManagedBy"] = held.managed_by;
  if (held.renewal) json["RenewalSummary"] = renewal_summary(held);
  return json;
}

Json summarize(const HeldCertificate& held) {
  const bool is_cut = held.names.size() > kNamesInSummary;
  const auto end =
      is_cut ? held.names.begin() + static_cast<std::ptrdiff_t>(kNamesInSummary) : held.names.end();
  Json json = {
      {"CertificateArn", held.arn},
      {"DomainName", held.domain_name},
      {"SubjectAlternativeNameSummaries", std::vector<std::string>(held.names.begin(), end)},
      {"HasAdditionalSubjectAlternativeNames", is_cut},
      {"Status", held.status},
      {"Type", held.type},
      {"KeyAlgorithm", spelled(held.key_algorithm)},
      {"KeyUsages", Json::array()},
      {"ExtendedKeyUsages", Json::array()},
      {"ExportOption", held.export_enabled ? "ENABLED" : "DISABLED"},
      {"InUse", !held.in_use_by.empty()},
      {"RenewalEligibility", held.is_eligible() ? "ELIGIBLE" : "INELIGIBLE"},
      {"CreatedAt", epoch_seconds(held.created_at)},
      {"CertificateKeyPairOrigin", origin_of(held)}};
  if (held.type != "IMPORTED") json["Exported"] = held.exported;
  set_time(json, "IssuedAt", held.issued_at);
  set_time(json, "ImportedAt", held.imported_at);
  set_time(json, "RevokedAt", held.revoked_at);
  if (!held.managed_by.empty()) json["ManagedBy"] = held.managed_by;
  if (!held.leaf) return json;
  json["NotBefore"] = epoch_seconds(held.leaf->not_before());
  json["NotAfter"] = epoch_seconds(held.leaf->not_after());
  json["KeyUsages"] = held.leaf->key_usages();
  for (const auto& usage : held.leaf->extended_key_usages()) {
    json["ExtendedKeyUsages"].push_back(usage.name);
  }
  return json;
}

}  // namespace acm

Answer<Json> Acm::describe_certificate(Call& call, const Json& input) {
  const HeldCertificate* held = TRY(named(call, input));
  return Json{{"Certificate", acm::describe(*held, world_, call.now)}};
}

}  // namespace certloop::emulator
