#include "reconcilers/placement/source.h"

#include <algorithm>

#include "base/text.h"
#include "base/timestamp.h"
#include "reconcilers/placement/plan.h"
#include "secrets/secret_object.h"

namespace certloop::placement {
namespace {

// PKCS#12 under the names that people and tools give it; its passphrase beside it.
constexpr const char* kPkcs12Keys[] = {"keystore.p12", "tls.p12", "certificate.p12", "bundle.p12",
                                       "tls.pfx"};
constexpr const char* kPemKeys[] = {"tls.pem", "bundle.pem", "tls-combined.pem"};

const Secret* value(const secrets::SecretObject& secret, const std::string& key) {
  const auto it = secret.data.find(key);
  return it == secret.data.end() ? nullptr : &it->second;
}

}  // namespace

Result<pki::Bundle> read_bundle(const store::Store& store, const std::string& space,
                                const std::string& secret_name) {
  const secrets::SecretObject secret = TRY(secrets::read_secret(store, space, secret_name));
  const Secret* passphrase = value(secret, "password");
  if (passphrase == nullptr) passphrase = value(secret, "passphrase");
  const Secret none;
  for (const char* key : kPkcs12Keys)
    if (const Secret* bytes = value(secret, key))
      return pki::bundle_from_pkcs12(*bytes, passphrase ? *passphrase : none);
  for (const char* key : kPemKeys)
    if (const Secret* pem = value(secret, key)) return pki::bundle_from_pem(pem->reveal(), *pem);
  const Secret* certificate = value(secret, "tls.crt");
  const Secret* key = value(secret, "tls.key");
  if (certificate == nullptr || key == nullptr)
    return Error(Code::invalid,
                 "it needs tls.crt and tls.key, or a PEM bundle tls.pem, or a PKCS#12 keystore.p12 "
                 "with its password")
        .because("SecretKeyMissing");
  std::string pem(certificate->reveal());
  if (const Secret* authority = value(secret, "ca.crt")) pem += authority->reveal();
  return pki::bundle_from_pem(pem, *key);
}

namespace {

// A wildcard stands for exactly one label (RFC 6125, section 6.4.3).
bool covers(const std::string& pattern, const std::string& name) {
  if (pattern == name) return true;
  if (!pattern.starts_with("*.") || name.starts_with("*.")) return false;
  const auto dot = name.find('.');
  return dot != std::string::npos && name.substr(dot) == pattern.substr(1);
}

// The names of the spec that the certificate does not serve.
std::vector<std::string> not_covered(const api::CertificateRequestSpec& spec,
                                     const std::vector<std::string>& names) {
  std::vector<std::string> missing;
  for (const std::string& wanted : wanted_names(spec))
    if (std::none_of(names.begin(), names.end(), [&](const std::string& name) {
          return covers(normalized_domain(name), wanted);
        }))
      missing.push_back(wanted);
  return missing;
}

Source source_of(const pki::Bundle& bundle, const std::string& secret) {
  const pki::Certificate& leaf = bundle.leaf;
  Source source;
  source.secret = secret;
  source.fingerprint = leaf.fingerprint();
  source.chain_digest = pki::digest_of(bundle.chain);
  source.has_chain = source.chain_digest != pki::digest_of({});
  source.serial = leaf.serial();
  source.key_algorithm = std::string(pki::name_of(leaf.key_algorithm()));
  source.names = leaf.names().dns;
  if (source.names.empty() && !leaf.subject().get("CN").empty())
    source.names.push_back(leaf.subject().get("CN"));
  source.key_usages = leaf.key_usages();
  for (const auto& usage : leaf.extended_key_usages())
    source.extended_key_usages.push_back(usage.name == "CUSTOM" ? usage.oid : usage.name);
  source.not_before = leaf.not_before();
  source.not_after = leaf.not_after();
  return source;
}

}  // namespace

void find_source(const store::Store& store, const api::Placement& placement, Time now,
                 Observed& observed) {
  if (!placement.spec.issuer.imported || !placement.spec.issuer.imported->secret_name) return;
  const std::string& secret = *placement.spec.issuer.imported->secret_name;
  const std::string name = placement.meta.space + "/" + secret;
  const auto problem = [&](std::string reason, const std::string& what) {
    const bool stalled = reason != "SourceUnreadable";
    observed.reference = Problem{std::move(reason), "Secret " + name + what, stalled};
  };
  const auto bundle = read_bundle(store, placement.meta.space, secret);
  if (!bundle.ok()) {
    if (bundle.error().code() == Code::not_found)
      problem("ReferenceNotFound",
              " not found; create it, or correct spec.issuer.imported.secretRef");
    else
      problem(bundle.error().code() == Code::invalid ? "SourceInvalid" : "SourceUnreadable",
              ": " + bundle.error().message());
    return;
  }
  Source source = source_of(*bundle, name);
  const auto missing = not_covered(placement.spec, source.names);
  // ACM refuses what is not valid now; and what has ended, or is for other names, must never
  // replace what still serves.
  if (source.not_after <= now)
    problem("SourceExpired", ": its certificate expired at " + rfc3339(source.not_after) +
                                 "; put a valid one there");
  else if (source.not_before > now)
    problem("SourceNotYetValid", ": its certificate is valid from " + rfc3339(source.not_before));
  else if (!missing.empty())
    problem("NamesMismatch",
            ": its certificate is for " +
                (source.names.empty() ? "no DNS name" : join(source.names, ", ")) +
                " and does not cover " + join(missing, ", ") +
                "; put the right one there, or correct spec.domainName and spec.additionalNames");
  observed.source = std::move(source);
}

}  // namespace certloop::placement
