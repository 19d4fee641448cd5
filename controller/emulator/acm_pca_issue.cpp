// Private CA's issuing: for IssueCertificate and for ACM.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "emulator/acm_pca_content.h"
#include "emulator/acm_pca_state.h"
#include "emulator/acm_pca_validity.h"
#include "pki/issue.h"

namespace certloop::emulator {
namespace {

constexpr Duration kShortLived = std::chrono::hours(24 * 7);
constexpr std::size_t kSerialBytes = 16;
constexpr const char* kNotIssuing =
    "The certificate authority is not in a valid state for issuing certificates";
const std::vector<std::string> kReasons = {
    "UNSPECIFIED",         "KEY_COMPROMISE", "CERTIFICATE_AUTHORITY_COMPROMISE",
    "AFFILIATION_CHANGED", "SUPERSEDED",     "CESSATION_OF_OPERATION",
    "PRIVILEGE_WITHDRAWN", "A_A_COMPROMISE"};

std::string own_id(const Authority& authority) {
  return authority.arn.substr(authority.arn.rfind('/') + 1);
}

std::string crl_url(const Authority& authority) {
  const Json crl = authority.revocation.value("CrlConfiguration", Json::object());
  const Json point = crl.value("CrlDistributionPointExtensionConfiguration", Json::object());
  if (!crl.value("Enabled", false) || point.value("OmitExtension", false)) return "";
  const std::string host = crl.value(
      "CustomCname",
      fmt::format("{}.s3.{}.amazonaws.com", crl.value("S3BucketName", ""), authority.region));
  return fmt::format("http://{}/{}/{}.crl", host, crl.value("CustomPath", "crl"),
                     own_id(authority));
}

std::string ocsp_url(const Authority& authority) {
  const Json ocsp = authority.revocation.value("OcspConfiguration", Json::object());
  if (!ocsp.value("Enabled", false)) return "";
  return "http://" + ocsp.value("OcspCustomCname",
                                fmt::format("ocsp.acm-pca.{}.amazonaws.com", authority.region));
}

// "SHA384WITHECDSA" is "SHA384".
std::string digest_of(const std::string& signing_algorithm) {
  return signing_algorithm.substr(0, signing_algorithm.find("WITH"));
}

std::optional<Validity> validity_in(InputCheck& check, const char* member, const std::string& path,
                                    bool required) {
  const Json& object = check.object(member, required);
  if (object.empty()) return std::nullopt;
  Validity validity;
  validity.type = check.text_in(object, path, "Type",
                                {true, 0, 16, {"END_DATE", "ABSOLUTE", "DAYS", "MONTHS", "YEARS"}});
  const auto value = object.find("Value");
  if (value == object.end() || !value->is_number_integer()) {
    check.violated(path + ".value", nullptr, "Member must not be null");
    return std::nullopt;
  }
  validity.value = value->get<std::int64_t>();
  if (validity.value < 1) {
    check.violated(path + ".value", *value, "Member must have value greater than or equal to 1");
  }
  return validity;
}

// One IssueCertificate, its members checked.
struct IssueOrder {
  std::string authority_arn, csr, signing_algorithm, template_arn, token;
  std::optional<Validity> validity, not_before;
  Json api;
};

Answer<IssueOrder> order_of(const Json& input) {
  InputCheck check(input);
  IssueOrder order;
  order.authority_arn = check.text("CertificateAuthorityArn", arn_rule());
  order.csr = check.blob("Csr", 32768, true);
  order.signing_algorithm = check.text("SigningAlgorithm", {true, 0, 64, signing_algorithms()});
  TextRule optional_arn = arn_rule();
  optional_arn.required = false;
  order.template_arn = check.text("TemplateArn", optional_arn);
  order.validity = validity_in(check, "Validity", "validity", true);
  order.not_before = validity_in(check, "ValidityNotBefore", "validityNotBefore", false);
  order.token = check.text("IdempotencyToken", {false, 1, 36});
  order.api = check.object("ApiPassthrough");
  TRY(check.result());
  return order;
}

// Whether the CA's state, kind and path length let it issue by that template.
Answer<void> check_template(const Authority& authority, const CertificateTemplate& form,
                            const pki::CertificateSigningRequest& csr, Time now) {
  const AuthorityStatus status = authority.life.status(now);
  if (form.is_root) {
    if (!authority.life.can_install(now) || !authority.key) {
      return AwsError{"InvalidStateException", kNotIssuing};
    }
    if (authority.type != "ROOT" || csr.public_key_der() != authority.key->public_key_der()) {
      return AwsError{"InvalidArgsException",
                      fmt::format("The template {} can only be used with the certificate signing "
                                  "request of the root CA itself.",
                                  form.name)};
    }
    return {};
  }
  if (status != AuthorityStatus::active) return AwsError{"InvalidStateException", kNotIssuing};
  const std::optional<int> own_length = authority.certificate->path_length();
  if (form.is_ca && own_length && form.path_length.value_or(*own_length) >= *own_length) {
    return AwsError{"ValidationException", "Path length check failed for CA"};
  }
  return {};
}

Answer<pki::CertificateSigningRequest> read_csr(const std::string& pem) {
  Result<pki::CertificateSigningRequest> csr = pki::CertificateSigningRequest::from_pem(pem);
  if (!csr.ok()) {
    return AwsError{"MalformedCSRException",
                    "The certificate signing request is invalid: " + csr.error().message()};
  }
  if (csr->subject().empty() && csr->names().empty()) {
    return AwsError{"MalformedCSRException",
                    "The certificate signing request must provide either a subject name or a "
                    "subject alternative name."};
  }
  return *csr;
}

}  // namespace

bool same_family(const std::string& signing_algorithm, const pki::PrivateKey& key) {
  return signing_algorithm.ends_with(pki::is_rsa(key.algorithm()) ? "WITHRSA" : "WITHECDSA");
}

Answer<void> check_validity(const Authority& authority, Time not_before, Time not_after, Time now) {
  if (not_before >= not_after) {
    return AwsError{"ValidationException",
                    "The certificate validity specified ends before it begins"};
  }
  if (authority.certificate && not_after > authority.certificate->not_after()) {
    return AwsError{
        "ValidationException",
        "The certificate validity specified exceeds the certificate authority validity"};
  }
  if (authority.usage_mode == "SHORT_LIVED_CERTIFICATE" && not_after > now + kShortLived) {
    return AwsError{"ValidationException",
                    "The certificate validity specified exceeds the 7 days that a certificate "
                    "authority of usage mode SHORT_LIVED_CERTIFICATE may issue"};
  }
  return {};
}

Answer<IssuedCertificate> AcmPcaService::Internals::sign(Authority& authority, pki::Template what,
                                                         bool self_signed, Time now,
                                                         Duration delay) {
  what.serial = world.random.bytes(kSerialBytes);
  what.serial[0] = static_cast<char>((what.serial[0] & 0x3F) | 0x40);  // positive, full length
  if (!self_signed) {
    if (const std::string url = crl_url(authority); !url.empty()) what.crl_urls = {url};
    if (const std::string url = ocsp_url(authority); !url.empty()) what.ocsp_urls = {url};
  }
  const Result<pki::Certificate> certificate =
      pki::issue(what, *authority.key,
                 self_signed ? std::optional<pki::Certificate>() : authority.certificate);
  if (!certificate.ok()) {
    return AwsError{"InvalidArgsException", certificate.error().message()};
  }
  IssuedCertificate issued;
  issued.serial = to_hex(what.serial);
  issued.arn = authority.arn + "/certificate/" + issued.serial;
  issued.certificate = certificate.value().pem();
  if (!self_signed) issued.chain = authority.certificate->pem() + authority.chain;
  issued.ready_at = now + delay;
  return issued;
}

Answer<Json> AcmPcaService::Internals::issue_certificate(Call& call, const Json& input) {
  const IssueOrder order = TRY(order_of(input));
  Authority& authority = *TRY(find(call, order.authority_arn, "IssueCertificate"));
  const std::string scope = "issue " + authority.arn;
  if (const auto before = answered_before(scope, order.token, call.now)) {
    call.arn = *before;
    return Json{{"CertificateArn", *before}};
  }
  const std::optional<CertificateTemplate> form =
      certificate_template(order.template_arn, world.options.partition);
  if (!form) {
    return AwsError{"InvalidArnException",
                    fmt::format("The template ARN {} is not valid.", order.template_arn)};
  }
  if (!authority.key) return AwsError{"InvalidStateException", kNotIssuing};
  const pki::CertificateSigningRequest csr = TRY(read_csr(order.csr));
  TRY(check_template(authority, *form, csr, call.now));
  if (!same_family(order.signing_algorithm, *authority.key)) {
    return AwsError{"InvalidArgsException",
                    fmt::format("The signing algorithm {} cannot be used with the key of the "
                                "certificate authority.",
                                order.signing_algorithm)};
  }
  RequestedContent api;
  if (form->api_passthrough) api = TRY(content_of(order.api));
  pki::Template what = applied(*form, content_of(csr), api);
  what.public_key_der = csr.public_key_der();
  what.digest = digest_of(order.signing_algorithm);
  what.not_before = TRY(beginning_of(order.not_before ? &*order.not_before : nullptr, call.now));
  what.not_after = TRY(end_of(*order.validity, call.now));
  if (!form->is_root) TRY(check_validity(authority, what.not_before, what.not_after, call.now));
  const IssuedCertificate issued = TRY(sign(authority, std::move(what), form->is_root, call.now,
                                            world.options.authority_issue_delay));
  authority.issued[issued.serial] = issued;
  remember(scope, order.token, issued.arn, call.now);
  call.arn = issued.arn;
  return Json{{"CertificateArn", issued.arn}};
}

Answer<Json> AcmPcaService::Internals::get_certificate(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string authority_arn = check.text("CertificateAuthorityArn", arn_rule());
  const std::string arn = check.text("CertificateArn", arn_rule());
  TRY(check.result());
  const Authority& authority = *TRY(find(call, authority_arn, "GetCertificate"));
  call.arn = arn;
  const AuthorityStatus status = authority.life.status(call.now);
  if (status == AuthorityStatus::deleted || status == AuthorityStatus::creating ||
      status == AuthorityStatus::failed) {
    return AwsError{"InvalidStateException",
                    fmt::format("The certificate authority {} is not in the correct state to have "
                                "issued certificates.",
                                authority_arn)};
  }
  if (!arn.starts_with(authority_arn + "/certificate/")) {
    return AwsError{
        "InvalidArnException",
        fmt::format("The ARN {} does not name a certificate of {}.", arn, authority_arn)};
  }
  const auto found = authority.issued.find(arn.substr(arn.rfind('/') + 1));
  if (found == authority.issued.end() || found->second.certificate.empty()) {
    return AwsError{"ResourceNotFoundException",
                    fmt::format("Could not find certificate with ARN {}.", arn)};
  }
  if (call.now < found->second.ready_at) {
    return AwsError{"RequestInProgressException",
                    fmt::format("The request to issue certificate {} is still in progress.", arn)};
  }
  // Private CA's answers end without a line break: who joins them must add one.
  Json output = {{"Certificate", trim(found->second.certificate)}};
  if (!found->second.chain.empty()) output["CertificateChain"] = trim(found->second.chain);
  return output;
}

Answer<Json> AcmPcaService::Internals::revoke_certificate(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  const std::string serial = check.text("CertificateSerial", {true, 0, 128});
  const std::string reason = check.text("RevocationReason", {true, 0, 64, kReasons});
  TRY(check.result());
  Authority& authority = *TRY(find_present(call, arn, "RevokeCertificate"));
  if (!authority.life.can_revoke(call.now)) {
    return AwsError{"InvalidStateException",
                    "The certificate authority is not in a valid state for revoking certificates"};
  }
  std::string digits = lower(serial);
  std::erase(digits, ':');
  if (digits.size() % 2 == 1) digits.insert(digits.begin(), '0');
  if (!from_hex(digits)) {
    return AwsError{"InvalidRequestException",
                    fmt::format("The serial {} is not a hexadecimal number.", serial)};
  }
  const auto found = authority.issued.find(digits);
  if (found == authority.issued.end()) {
    return AwsError{"ResourceNotFoundException",
                    fmt::format("Could not find certificate with serial {}.", serial)};
  }
  IssuedCertificate& issued = found->second;
  if (call.now < issued.ready_at) {
    return AwsError{"RequestInProgressException",
                    fmt::format("The certificate {} is still being issued.", serial)};
  }
  if (!issued.certificate.empty() && issued.chain.empty()) {
    return AwsError{"InvalidRequestException",
                    "You cannot revoke a root CA self-signed certificate."};
  }
  if (issued.revoked_at) {
    return AwsError{"RequestAlreadyProcessedException",
                    fmt::format("The certificate {} is already revoked.", serial)};
  }
  issued.revoked_at = call.now;
  issued.revocation_reason = reason;
  call.arn = issued.arn;
  return Json();
}

// Which of ACM's failure reasons a refusal is. ACM User Guide, "Handling exceptions".
Answer<PrivateIssuing::Issued> AcmPcaService::issue(const Order& order, Time now) {
  Authority* const found = internals_->look_up(order.authority_arn, now);
  if (!found) {
    return AwsError{"PCA_RESOURCE_NOT_FOUND", "The private CA could not be found."};
  }
  Authority& authority = *found;
  if (authority.region != order.region) {
    return AwsError{"PCA_INVALID_ARN", "The private CA is in another region."};
  }
  const bool own = authority.account == order.requester_account;
  const bool permitted =
      std::any_of(authority.permissions.begin(), authority.permissions.end(),
                  [](const CaPermission& permission) { return permission.actions.size() == 3; });
  const bool shared =
      !own && policy_allows(authority.policy, order.requester_account, "IssueCertificate");
  if (own ? order.renewal && !permitted : !shared) {
    return AwsError{"PCA_ACCESS_DENIED", "The private CA has not granted ACM permissions."};
  }
  if (authority.life.status(now) != AuthorityStatus::active) {
    return AwsError{"PCA_INVALID_STATE",
                    "The current state of the private CA is not valid or does not permit the "
                    "requested operation."};
  }
  const Answer<void> valid = check_validity(authority, order.not_before, order.not_after, now);
  if (!valid.ok()) return AwsError{"PCA_INVALID_DURATION", valid.error().message};
  const Answer<pki::CertificateSigningRequest> csr = read_csr(order.csr);
  if (!csr.ok()) return AwsError{"PCA_INVALID_ARGS", csr.error().message};
  const std::optional<CertificateTemplate> form =
      certificate_template("", internals_->world.options.partition);
  pki::Template what = applied(*form, content_of(csr.value()), {});
  what.public_key_der = csr.value().public_key_der();
  what.digest = digest_of(authority.configuration.value("SigningAlgorithm", "SHA256WITHRSA"));
  what.not_before = order.not_before;
  what.not_after = order.not_after;
  Answer<IssuedCertificate> issued =
      internals_->sign(authority, std::move(what), false, now, Duration::zero());
  if (!issued.ok()) return AwsError{"PCA_INVALID_ARGS", issued.error().message};
  // The serial stays known for RevokeCertificate; the certificate itself is ACM's to keep.
  Issued result{std::move(issued.value().certificate), std::move(issued.value().chain)};
  issued.value().certificate.clear();
  issued.value().chain.clear();
  authority.issued[issued.value().serial] = std::move(issued).value();
  return result;
}

}  // namespace certloop::emulator
