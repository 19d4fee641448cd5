// Certificates and requests as PEM and DER: what people put into Secrets and what services answer.
// Keys, chains and PKCS#12 have targets of their own.
#include "base/timestamp.h"
#include "pki/chain.h"
#include "pki/csr.h"
#include "pki/issue.h"
#include "tests/fuzz/seeds.h"

namespace certloop::pki {
namespace {

// Whatever was accepted must be whole, and the same when it is read again.
void check(const Certificate& certificate) {
  const auto again = Certificate::from_pem(certificate.pem());
  fuzz::require(again.ok() && again->fingerprint() == certificate.fingerprint());
  fuzz::require(again->subject() == certificate.subject());
  fuzz::require(again->names() == certificate.names());
  fuzz::require(!certificate.serial().empty() && !certificate.public_key_der().empty());
  static_cast<void>(certificate.subject().text());
  static_cast<void>(certificate.signature_algorithm());
  const bool own = certificate.is_self_signed();
  fuzz::require(!own || certificate.is_signed_by(certificate));
}

std::vector<std::string> seeds() {
  const PrivateKey key = PrivateKey::generate(KeyAlgorithm::ec_prime256v1).value();
  Template what;
  what.serial = "\x03\xe9";
  what.subject = {{{"C", "AU"}, {"O", "Ünlü"}, {"CN", "web.example"}, {"1.2.3.4", "x"}}};
  what.public_key_der = key.public_key_der();
  what.names = {{"web.example", "*.web.example"}, {"a@b.example"}, {"10.0.0.1", "::1"}, {"urn:a"}};
  what.not_before = parse_rfc3339("2026-01-01T00:00:00Z").value();
  what.not_after = parse_rfc3339("2060-01-01T00:00:00Z").value();
  what.key_usages = {"DIGITAL_SIGNATURE", "DECIPHER_ONLY"};
  what.extended_key_usages = {"TLS_WEB_SERVER_AUTHENTICATION", "1.2.3.4"};
  what.crl_urls = {"http://crl.example/"};
  const Certificate leaf = issue(what, key, {}).value();
  what.is_ca = true;
  what.path_length = 1;
  const Certificate authority = issue(what, key, {}).value();
  const auto request = CertificateSigningRequest::create(key, what.subject, what.names).value();
  return {leaf.der(), leaf.pem(), authority.der(), leaf.pem() + authority.pem(), request.pem()};
}

}  // namespace
}  // namespace certloop::pki

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  certloop::fuzz::write_seeds(*argc, *argv, certloop::pki::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace certloop;
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto certificate = pki::Certificate::from_der(text)) pki::check(*certificate);
  if (const auto all = pki::certificates_from_pem(text))
    for (const pki::Certificate& each : *all) pki::check(each);
  if (const auto request = pki::CertificateSigningRequest::from_pem(text))
    fuzz::require(pki::CertificateSigningRequest::from_pem(request->pem()).ok());
  return 0;
}
