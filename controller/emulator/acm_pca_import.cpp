// Private CA's own certificates: ImportCertificateAuthorityCertificate and its reading back.
#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.h"
#include "emulator/acm_pca_state.h"
#include "pki/chain.h"

namespace certloop::emulator {
namespace {

// API reference, "Enforcement of critical constraints": every other critical extension is refused.
constexpr std::array kMayBeCritical = {NID_authority_key_identifier,
                                       NID_basic_constraints,
                                       NID_certificate_policies,
                                       NID_ext_key_usage,
                                       NID_inhibit_any_policy,
                                       NID_issuer_alt_name,
                                       NID_key_usage,
                                       NID_name_constraints,
                                       NID_policy_mappings,
                                       NID_subject_alt_name,
                                       NID_subject_directory_attributes,
                                       NID_subject_key_identifier,
                                       NID_sinfo_access};

AwsError malformed(std::string message) {
  return {"MalformedCertificateException", std::move(message)};
}
AwsError mismatch(std::string message) {
  return {"CertificateMismatchException", std::move(message)};
}
AwsError prohibited(std::string message) { return {"InvalidRequestException", std::move(message)}; }

Answer<void> check_extensions(const pki::Certificate& certificate) {
  const std::string& der = certificate.der();
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<X509, decltype(&X509_free)> x509(
      d2i_X509(nullptr, &bytes, static_cast<long>(der.size())), &X509_free);
  if (!x509) return malformed("The certificate could not be read.");
  for (int i = 0; i < X509_get_ext_count(x509.get()); ++i) {
    X509_EXTENSION* const extension = X509_get_ext(x509.get(), i);
    const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    const bool critical = X509_EXTENSION_get_critical(extension) == 1;
    const bool allowed =
        std::find(kMayBeCritical.begin(), kMayBeCritical.end(), nid) != kMayBeCritical.end();
    if (critical && !allowed) {
      return malformed(fmt::format("The critical extension {} is not allowed in {}.",
                                   OBJ_nid2ln(nid), certificate.subject().text()));
    }
    if (nid == NID_basic_constraints && !critical) {
      return malformed(fmt::format("The basic constraints of {} must be critical.",
                                   certificate.subject().text()));
    }
  }
  return {};
}

Answer<void> check_is_authority(const pki::Certificate& certificate) {
  TRY(check_extensions(certificate));
  if (!certificate.is_ca()) {
    return malformed(
        fmt::format("The certificate {} is not a CA certificate.", certificate.subject().text()));
  }
  const std::vector<std::string>& usages = certificate.key_usages();
  if (certificate.has_key_usage_extension() &&
      std::find(usages.begin(), usages.end(), "CERTIFICATE_SIGNING") == usages.end()) {
    return malformed(fmt::format("The key usage of {} does not allow signing certificates.",
                                 certificate.subject().text()));
  }
  return {};
}

Answer<std::vector<pki::Certificate>> read_chain(const std::string& pem) {
  if (pem.empty()) return std::vector<pki::Certificate>();
  Result<std::vector<pki::Certificate>> chain = pki::certificates_from_pem(pem);
  if (!chain.ok()) {
    return malformed("The certificate chain is malformed: " + chain.error().message());
  }
  return std::move(chain).value();
}

// Issuer first, root last, each signing the one before.
Answer<void> check_chain(const pki::Certificate& certificate,
                         const std::vector<pki::Certificate>& chain, Time now) {
  if (chain.empty()) {
    return prohibited(
        "A certificate chain must be supplied when importing a subordinate CA "
        "certificate.");
  }
  const pki::Certificate* signed_one = &certificate;
  for (const pki::Certificate& issuer : chain) {
    TRY(check_is_authority(issuer));
    if (issuer.der() == certificate.der()) {
      return prohibited("The certificate chain must not include the certificate being imported.");
    }
    if (!signed_one->is_signed_by(issuer)) {
      return mismatch(
          fmt::format("The certificate {} was not signed by {}, which follows it in "
                      "the chain.",
                      signed_one->subject().text(), issuer.subject().text()));
    }
    signed_one = &issuer;
  }
  if (!chain.back().is_self_signed()) {
    return mismatch("The last certificate of the chain must be a root certificate.");
  }
  const std::vector<pki::Certificate> intermediates(chain.begin(), chain.end() - 1);
  const Result<void> verified = pki::verify_chain(certificate, intermediates, {chain.back()}, now);
  if (!verified.ok()) return mismatch(verified.error().message());
  return {};
}

}  // namespace

Answer<Json> AcmPcaService::Internals::get_authority_certificate(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  TRY(check.result());
  const Authority& authority = *TRY(find(call, arn, "GetCertificateAuthorityCertificate"));
  if (!authority.certificate || authority.life.status(call.now) == AuthorityStatus::deleted) {
    return AwsError{"InvalidStateException",
                    fmt::format("The certificate authority {} is not in the correct state to have "
                                "a certificate signing request",
                                arn)};
  }
  Json output = {{"Certificate", trim(authority.certificate->pem())}};
  if (!authority.chain.empty()) output["CertificateChain"] = trim(authority.chain);
  return output;
}

Answer<Json> AcmPcaService::Internals::import_certificate(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  const std::string pem = check.blob("Certificate", 32768, true);
  const std::string chain_pem = check.blob("CertificateChain", 2097152, false);
  TRY(check.result());
  Authority& authority = *TRY(find_present(call, arn, "ImportCertificateAuthorityCertificate"));
  if (authority.life.status(call.now) == AuthorityStatus::creating) {
    return AwsError{"RequestInProgressException",
                    "The certificate authority is still being created."};
  }
  if (!authority.life.can_install(call.now) || !authority.key) {
    return AwsError{"InvalidStateException",
                    "The certificate authority is not in a valid state for importing a "
                    "certificate"};
  }
  const Result<pki::Certificate> certificate = pki::Certificate::from_pem(pem);
  if (!certificate.ok()) {
    return malformed("The certificate is malformed: " + certificate.error().message());
  }
  if (certificate.value().public_key_der() != authority.key->public_key_der()) {
    return mismatch(
        "The public key of the certificate does not match the private key of the "
        "certificate authority.");
  }
  TRY(check_is_authority(certificate.value()));
  if (certificate.value().not_after() <= call.now) {
    return malformed("The certificate has expired.");
  }
  const std::vector<pki::Certificate> chain = TRY(read_chain(chain_pem));
  const bool self_signed = certificate.value().is_self_signed();
  if (authority.type == "ROOT") {
    if (!self_signed)
      return prohibited("Only a self-signed certificate can be imported as a root CA.");
    if (!chain.empty()) return prohibited("There is no certificate chain for a root CA.");
  } else {
    if (self_signed) {
      return prohibited("A self-signed certificate cannot be imported as a subordinate CA.");
    }
    TRY(check_chain(certificate.value(), chain, call.now));
  }
  authority.certificate = certificate.value();
  authority.chain.clear();
  for (const pki::Certificate& each : chain) authority.chain += each.pem();
  authority.life.install(certificate.value().not_after(), call.now);
  return Json();
}

}  // namespace certloop::emulator
