// Who may have a certificate for a name, and the signing of public and private ones.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/text.h"
#include "emulator/acm.h"
#include "emulator/text_forms.h"
#include "pki/csr.h"

namespace certloop::emulator {

namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

std::string base_of(const std::string& domain) {
  return domain.starts_with("*.") ? domain.substr(2) : domain;
}

bool is_under(const std::string& name, std::string_view parent) {
  return name == parent || name.ends_with('.' + std::string(parent));
}

// Whether a CAA value ("0 issue \"amazon.com\"") has this tag, and whom it names.
struct CaaValue {
  std::string tag, issuer;
};
CaaValue parse_caa(const std::string& text) {
  const std::vector<std::string> parts = split(trim(text), ' ');
  if (parts.size() < 3) return {};
  std::string issuer = text.substr(text.find(parts[1]) + parts[1].size());
  issuer = std::string(trim(issuer));
  if (issuer.size() >= 2 && issuer.front() == '"') issuer = issuer.substr(1, issuer.size() - 2);
  return {lower(parts[1]), lower(trim(issuer.substr(0, issuer.find(';'))))};
}

// What public and private issuing end with, renewals too.
void install(HeldCertificate& held, pki::Certificate leaf, pki::PrivateKey key,
             std::shared_ptr<const std::string> chain, Time at) {
  held.leaf = std::move(leaf);
  held.key = std::move(key);
  held.chain = std::move(chain);
  held.status = "ISSUED";
  if (!held.issued_at) held.issued_at = at;
  held.exported_at.reset();
}

}  // namespace

namespace acm {

ValidationRecord validation_record(const std::string& account, const std::string& domain) {
  const std::string base = lower(base_of(domain));
  const std::string name = sha256_hex("name " + account + ' ' + base).substr(0, 32);
  const std::string value = sha256_hex("value " + account + ' ' + base).substr(0, 32);
  const std::string pool = lower(letters_from(sha256("pool " + base), 10));
  return {'_' + name + '.' + base + '.', '_' + value + '.' + pool + ".acm-validations.aws."};
}

std::string failure_of(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string base = base_of(name);
    for (const char* reserved : {"invalid", "local", "internal", "localhost"}) {
      if (is_under(base, reserved)) return "INVALID_PUBLIC_DOMAIN";
    }
    for (const char* amazons : {"amazonaws.com", "cloudfront.net", "elasticbeanstalk.com"}) {
      if (is_under(base, amazons)) return "DOMAIN_NOT_ALLOWED";
    }
    if (base.starts_with("blocked.")) return "DOMAIN_NOT_ALLOWED";
    if (base.starts_with("unverified.")) return "ADDITIONAL_VERIFICATION_REQUIRED";
  }
  return "";
}

}  // namespace acm

bool Acm::validate_names(HeldCertificate& held, const std::string& method,
                         std::vector<NameValidation>& names, Time from, Time now) {
  bool all = true;
  for (NameValidation& name : names) {
    if (name.validated_at) continue;
    // CloudFront keeps the redirect as long as it uses the certificate.
    if (method == "HTTP" && held.is_issued()) name.validated_at = from;
    if (method == "DNS" && world_.dns) {
      const acm::ValidationRecord record = acm::validation_record(held.account, name.domain);
      for (const PublicDns::Record& found : world_.dns->lookup(record.name, "CNAME")) {
        if (lower(found.value + (found.value.ends_with('.') ? "" : ".")) != record.value) continue;
        const Time seen = std::max(from, found.since);
        if (seen <= now) {
          name.validated_at = seen;
        } else {
          held.next_event = std::min(held.next_event, seen);
        }
      }
    }
    all = all && name.validated_at.has_value();
  }
  return all;
}

// RFC 8659: the closest ancestor with a CAA record set decides; "issuewild" goes before "issue"
// for wildcards.
bool Acm::caa_forbids(const std::vector<std::string>& names) const {
  if (!world_.dns) return false;
  for (const std::string& name : names) {
    std::string at = base_of(name);
    std::vector<PublicDns::Record> records;
    for (;;) {
      records = world_.dns->lookup(at, "CAA");
      const auto dot = at.find('.');
      if (!records.empty() || dot == std::string::npos) break;
      at = at.substr(dot + 1);
    }
    std::vector<std::string> plain, wild;
    for (const PublicDns::Record& record : records) {
      const CaaValue value = parse_caa(record.value);
      if (value.tag == "issue") plain.push_back(value.issuer);
      if (value.tag == "issuewild") wild.push_back(value.issuer);
    }
    const std::vector<std::string>& deciding =
        name.starts_with("*.") && !wild.empty() ? wild : plain;
    const bool allows = std::any_of(deciding.begin(), deciding.end(), [](const std::string& one) {
      return one == "amazon.com" || one == "amazontrust.com" || one == "awstrust.com" ||
             one == "amazonaws.com";
    });
    if (!deciding.empty() && !allows) return true;
  }
  return false;
}

Answer<void> Acm::issue_public(HeldCertificate& held, Time at) {
  if (caa_forbids(held.names)) return AwsError{"CAA_ERROR", ""};
  Result<pki::PrivateKey> key = keys_.next(held.key_algorithm, held.export_enabled);
  if (!key.ok()) return AwsError{"OTHER", key.error().message()};
  const Time midnight = std::chrono::floor<days>(at);
  const Time last = midnight + days(world_.options.public_validity_days) - seconds(1);
  Result<PublicAuthority::Issued> issued =
      authority_.issue({held.domain_name, held.names, *key, midnight, last}, world_.random);
  if (!issued.ok()) return AwsError{"OTHER", issued.error().message()};
  install(held, std::move(issued->leaf), std::move(*key), std::move(issued->chain), at);
  return {};
}

Answer<void> Acm::issue_private(HeldCertificate& held, Time at, bool renewal) {
  if (!world_.private_ca) return AwsError{"PCA_RESOURCE_NOT_FOUND", ""};
  Result<pki::PrivateKey> key = keys_.next(held.key_algorithm, false);
  if (!key.ok()) return AwsError{"OTHER", key.error().message()};
  pki::DistinguishedName subject;
  subject.attributes = {{"CN", held.domain_name}};
  pki::AlternativeNames names;
  names.dns = held.names;
  const auto csr = pki::CertificateSigningRequest::create(*key, subject, names);
  if (!csr.ok()) return AwsError{"PCA_INVALID_ARGS", csr.error().message()};
  PrivateIssuing::Order order{
      held.account, held.region,      held.authority_arn,
      csr->pem(),   at - minutes(60), at + days(world_.options.private_validity_days),
      renewal};
  PrivateIssuing::Issued issued = TRY(world_.private_ca->issue(order, at));
  Result<pki::Certificate> leaf = pki::Certificate::from_pem(issued.certificate);
  if (!leaf.ok()) return AwsError{"PCA_REQUEST_FAILED", leaf.error().message()};
  install(held, std::move(*leaf), std::move(*key),
          std::make_shared<const std::string>(std::move(issued.chain)), at);
  return {};
}

}  // namespace certloop::emulator
