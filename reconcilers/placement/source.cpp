#include "reconcilers/placement/source.h"

#include "base/timestamp.h"
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

Result<void> find_source(const store::Store& store, const api::Placement& placement, Time now,
                         Observed& observed) {
  if (!placement.spec.issuer.imported || !placement.spec.issuer.imported->secret_name) return {};
  const std::string& secret = *placement.spec.issuer.imported->secret_name;
  const std::string name = placement.meta.space + "/" + secret;
  const auto problem = [&](std::string reason, const std::string& what) {
    observed.reference = Problem{std::move(reason), "Secret " + name + ": " + what, true};
  };
  const auto bundle = read_bundle(store, placement.meta.space, secret);
  if (!bundle.ok()) {
    if (bundle.error().code() == Code::not_found)
      problem("ReferenceNotFound",
              "there is none; create it, or correct "
              "spec.issuer.imported.secretRef");
    else if (bundle.error().code() == Code::invalid)
      problem("SourceInvalid", bundle.error().message());
    else
      return bundle.error();
    return {};
  }
  const pki::Certificate& leaf = bundle->leaf;
  Source source;
  source.secret = name;
  source.fingerprint = leaf.fingerprint();
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
  // ACM refuses both; and a source that has ended must never replace what still serves.
  if (source.not_after <= now && source.serial != observed.known.serial)
    problem("SourceExpired",
            "its certificate expired at " + rfc3339(source.not_after) + "; put a valid one there");
  else if (source.not_before > now)
    problem("SourceNotYetValid", "its certificate is valid from " + rfc3339(source.not_before));
  observed.source = std::move(source);
  return {};
}

}  // namespace certloop::placement
