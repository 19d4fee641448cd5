#include "reconcilers/placement/source.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "reconcilers/placement/names.h"
#include "reconcilers/placement/plan.h"
#include "secrets/secret_object.h"

namespace certloop::placement {
namespace {

// PKCS#12 under the names that people and tools give it; its passphrase beside it.
constexpr const char* kPkcs12Keys[] = {"keystore.p12", "tls.p12", "certificate.p12", "bundle.p12",
                                       "tls.pfx"};
constexpr std::size_t kMostKnown = 10'000;  // key stores in the cache
constexpr const char* kPemKeys[] = {"tls.pem", "bundle.pem", "tls-combined.pem"};

const Secret* value(const secrets::SecretObject& secret, const std::string& key) {
  const auto it = secret.data.find(key);
  return it == secret.data.end() ? nullptr : &it->second;
}

// The key store, and its passphrase; null: there is none.
struct Pkcs12 {
  const Secret* bytes = nullptr;
  const Secret* passphrase = nullptr;
};

Pkcs12 pkcs12_of(const secrets::SecretObject& secret) {
  Pkcs12 found;
  found.passphrase = value(secret, "password");
  if (found.passphrase == nullptr) found.passphrase = value(secret, "passphrase");
  for (const char* key : kPkcs12Keys)
    if (found.bytes == nullptr) found.bytes = value(secret, key);
  return found;
}

Result<pki::Bundle> bundle_of(const secrets::SecretObject& secret) {
  const Secret none;
  if (const Pkcs12 found = pkcs12_of(secret); found.bytes != nullptr)
    return pki::bundle_from_pkcs12(*found.bytes, found.passphrase ? *found.passphrase : none);
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

std::string digest_of(const Pkcs12& found) {
  const std::string_view passphrase = found.passphrase ? found.passphrase->reveal() : "";
  return sha256(sha256(found.bytes->reveal()) + sha256(passphrase));
}

Source source_of(const pki::Bundle& bundle) {
  const pki::Certificate& leaf = bundle.leaf;
  Source source;
  source.fingerprint = leaf.fingerprint();
  source.chain_digest = pki::digest_of(bundle.chain);
  source.has_chain = source.chain_digest != pki::digest_of({});
  source.serial = leaf.serial();
  source.key_algorithm = std::string(pki::name_of(leaf.key_algorithm()));
  source.names = leaf.names().dns;
  if (source.names.empty() && !leaf.subject().get("CN").empty())
    source.names.push_back(leaf.subject().get("CN"));
  source.all_names = names_of(leaf);
  source.key_usages = leaf.key_usages();
  for (const auto& usage : leaf.extended_key_usages())
    source.extended_key_usages.push_back(usage.name == "CUSTOM" ? usage.oid : usage.name);
  source.not_before = leaf.not_before();
  source.not_after = leaf.not_after();
  return source;
}

// Errors: as read_bundle().
Result<Source> read_source(const store::Store& store, SourceCache& cache, const std::string& space,
                           const std::string& name) {
  const secrets::SecretObject secret = TRY(secrets::read_secret(store, space, name));
  const auto open = [&]() -> Result<Source> { return source_of(TRY(bundle_of(secret))); };
  const Pkcs12 found = pkcs12_of(secret);
  return found.bytes == nullptr ? open() : cache.get(digest_of(found), open);
}

}  // namespace

Result<Source> SourceCache::get(const std::string& digest,
                                const std::function<Result<Source>()>& open) {
  {
    const Lock lock(mutex_);
    if (const auto known = known_.find(digest); known != known_.end()) return known->second;
  }
  // Not under the lock: others need not wait for this one.
  Result<Source> source = open();
  if (!source.ok() && source.error().code() != Code::invalid) return source;
  const Lock lock(mutex_);
  if (known_.size() >= kMostKnown) known_.erase(known_.begin());
  known_.insert_or_assign(digest, source);
  return source;
}

Result<pki::Bundle> read_bundle(const store::Store& store, const std::string& space,
                                const std::string& secret_name) {
  return bundle_of(TRY(secrets::read_secret(store, space, secret_name)));
}

void find_source(const store::Store& store, SourceCache& cache, const api::Placement& placement,
                 Time now, Observed& observed) {
  if (!placement.spec.issuer.imported || !placement.spec.issuer.imported->secret_name) return;
  const std::string& secret = *placement.spec.issuer.imported->secret_name;
  const std::string name = placement.meta.space + "/" + secret;
  const auto problem = [&](std::string reason, const std::string& what) {
    const bool stalled = reason != "SourceUnreadable";
    observed.reference = Problem{std::move(reason), "Secret " + name + what, stalled};
  };
  const auto read = read_source(store, cache, placement.meta.space, secret);
  if (!read.ok()) {
    if (read.error().code() == Code::not_found)
      problem("ReferenceNotFound",
              " not found; create it, or correct spec.issuer.imported.secretRef");
    else
      problem(read.error().code() == Code::invalid ? "SourceInvalid" : "SourceUnreadable",
              ": " + read.error().message());
    return;
  }
  Source source = *read;
  source.secret = name;
  const auto missing = names_not_covered(placement.spec, source.names);
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
