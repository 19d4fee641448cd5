// What is done to one certificate: get, export, delete, renew, revoke, change options, resend mail.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "emulator/acm.h"
#include "emulator/acm_words.h"

namespace certloop::emulator {

namespace {

AwsError refused(std::string message) { return {"ValidationException", std::move(message)}; }
AwsError in_progress(const HeldCertificate& held) {
  return {"RequestInProgressException",
          fmt::format("The certificate request for {} is in progress.", held.arn)};
}

Answer<void> check_has_certificate(const HeldCertificate& held) {
  if (held.leaf) return {};
  if (held.is_pending()) return in_progress(held);
  return AwsError{
      "ResourceNotFoundException",
      fmt::format("Could not find certificate {}: its status is {}.", held.arn, held.status)};
}

Json body_of(const HeldCertificate& held) {
  Json json = {{"Certificate", held.leaf->pem()}};
  if (held.chain && !held.chain->empty()) json["CertificateChain"] = *held.chain;
  return json;
}

bool is_passphrase(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x80 && c != '#' && c != '$' && c != '%'; });
}

}  // namespace

Answer<Json> Acm::get_certificate(Call& call, const Json& input) {
  const HeldCertificate* held = TRY(named(call, input));
  TRY(check_has_certificate(*held));
  return body_of(*held);
}

Answer<Json> Acm::export_certificate(Call& call, const Json& input) {
  TRY(Constraints(input)
          .required({"CertificateArn", "Passphrase"})
          .text("CertificateArn", acm::kArn)
          .blob("Passphrase", 4, 128, true)
          .verdict());
  HeldCertificate* held = TRY(named(call, input));
  const bool exportable =
      held->type == "PRIVATE" || (held->type == "AMAZON_ISSUED" && held->export_enabled);
  if (!exportable) {
    return refused(fmt::format("Certificate ARN: {} is not a private certificate", held->arn));
  }
  TRY(check_has_certificate(*held));
  const Secret passphrase = Secret::take(*from_base64(input.value("Passphrase", "")));
  if (!is_passphrase(passphrase.reveal())) {
    return refused("The passphrase must consist of ASCII characters other than #, $ and %.");
  }
  held->exported = true;
  if (!held->exported_at) held->exported_at = call.now;
  held->next_event = call.now;
  Json json = body_of(*held);
  json["PrivateKey"] = held->key->to_encrypted_pem(passphrase);
  return json;
}

Answer<Json> Acm::delete_certificate(Call& call, const Json& input) {
  HeldCertificate* held = TRY(named(call, input));
  if (!held->in_use_by.empty()) {
    return AwsError{"ResourceInUseException", fmt::format("Certificate {} in account {} is in use.",
                                                          held->arn, held->account)};
  }
  AcmRegion& region = region_of(call);
  if (held->type == "IMPORTED") --region.imported;
  if (held->type == "AMAZON_ISSUED") --region.requested;
  world_.tags.erase(held->arn, call.now);
  const std::uint64_t sequence = held->sequence;
  region.by_arn.erase(held->arn);
  region.certificates.erase(sequence);
  return Json();
}

// Only private certificates that were exported: for the others ACM does it by itself or not at all.
Answer<Json> Acm::renew_certificate(Call& call, const Json& input) {
  HeldCertificate* held = TRY(named(call, input));
  if (held->is_pending()) return in_progress(*held);
  if (held->renewal && held->renewal->status != "SUCCESS" && held->renewal->status != "FAILED") {
    return in_progress(*held);
  }
  if (held->type != "PRIVATE" || !held->is_issued() || !held->exported_at) {
    return refused(fmt::format("Certificate {} is not eligible for renewal.", held->arn));
  }
  Renewal renewal;
  renewal.status = "PENDING_AUTO_RENEWAL";
  renewal.updated_at = call.now;
  renewal.due = call.now + world_.options.issue_delay;
  held->renewal = std::move(renewal);
  held->next_event = call.now;
  return Json();
}

Answer<Json> Acm::revoke_certificate(Call& call, const Json& input) {
  TRY(Constraints(input)
          .required({"CertificateArn", "RevocationReason"})
          .text("CertificateArn", acm::kArn)
          .word("RevocationReason", acm::kRevocationReasons)
          .verdict());
  HeldCertificate* held = TRY(named(call, input));
  if (!held->in_use_by.empty()) {
    return AwsError{"ResourceInUseException", fmt::format("Certificate {} in account {} is in use.",
                                                          held->arn, held->account)};
  }
  if (held->status == "REVOKED") {
    return AwsError{"ConflictException", "The certificate " + held->arn + " is already revoked."};
  }
  if (held->type != "AMAZON_ISSUED" || !held->is_issued() || !held->exported) {
    return refused("Only issued public certificates that were exported can be revoked.");
  }
  held->status = "REVOKED";
  held->revoked_at = call.now;
  held->revocation_reason = input.at("RevocationReason");
  return Json{{"CertificateArn", held->arn}};
}

// The transparency preference no longer means anything, and the export option never changes: what
// remains is to say the same again, or to go from e-mail to DNS.
Answer<Json> Acm::update_certificate_options(Call& call, const Json& input) {
  Constraints constraints(input);
  constraints.required({"CertificateArn", "Options"}).text("CertificateArn", acm::kArn);
  const Json options = input.value("Options", Json::object());
  for (const char* name : {"CertificateTransparencyLoggingPreference", "Export"}) {
    if (options.contains(name)) {
      constraints.value_word(options.at(name), "options." + member_path(name), acm::kSwitch);
    }
  }
  if (options.contains("ValidationMethod")) {
    constraints.value_word(options.at("ValidationMethod"), "options.validationMethod", {"DNS"});
  }
  TRY(constraints.verdict());
  HeldCertificate* held = TRY(named(call, input));
  if (held->type != "AMAZON_ISSUED") {
    return AwsError{"InvalidStateException",
                    "Options can be changed for public certificates issued by ACM only."};
  }
  if (options.value("CertificateTransparencyLoggingPreference", "ENABLED") == "DISABLED") {
    return refused("Certificate transparency logging opt-out is no longer available.");
  }
  if (options.contains("Export") && (options.at("Export") == "ENABLED") != held->export_enabled) {
    return refused("The export option of a certificate cannot be changed after it was requested.");
  }
  if (options.contains("ValidationMethod")) TRY(begin_migration(*held, call.now));
  return Json();
}

Answer<Json> Acm::resend_validation_email(Call& call, const Json& input) {
  TRY(Constraints(input)
          .required({"CertificateArn", "Domain", "ValidationDomain"})
          .text("CertificateArn", acm::kArn)
          .text("Domain", acm::kDomainName)
          .text("ValidationDomain", acm::kDomainName)
          .verdict());
  HeldCertificate* held = TRY(named(call, input));
  const bool waits =
      held->is_pending() || (held->renewal && held->renewal->status == "PENDING_VALIDATION");
  if (held->validation_method != "EMAIL" || !waits) {
    return AwsError{"InvalidStateException",
                    "The certificate " + held->arn + " does not wait for validation by e-mail."};
  }
  const std::string domain = lower(input.at("Domain").get<std::string>());
  const std::string parent = lower(input.at("ValidationDomain").get<std::string>());
  const bool fits = domain == parent || domain.ends_with('.' + parent);
  if (!fits || std::find(held->names.begin(), held->names.end(), domain) == held->names.end()) {
    return AwsError{"InvalidDomainValidationOptionsException",
                    "The validation domain '" + parent + "' is not valid for '" + domain + "'."};
  }
  for (NameValidation& name : held->validations) {
    if (name.domain == domain) name.validation_domain = parent;
  }
  return Json();
}

}  // namespace certloop::emulator
