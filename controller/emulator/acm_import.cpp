// ImportCertificate, new and again.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "emulator/acm.h"
#include "emulator/acm_words.h"
#include "pki/chain.h"

namespace certloop::emulator {

namespace {

AwsError refused(std::string message) { return {"ValidationException", std::move(message)}; }

struct Import {
  pki::Certificate leaf;
  pki::PrivateKey key;
  std::shared_ptr<const std::string> chain;
  std::vector<std::string> names;  // the domain name first
};

Answer<pki::PrivateKey> key_from(const std::string& pem) {
  if (pem.find("ENCRYPTED") != std::string::npos) {
    return refused("The private key must be unencrypted.");
  }
  auto key = pki::PrivateKey::from_pem(Secret(pem));
  if (!key.ok()) return refused("The private key is not supported, or it is not in PEM form.");
  return *key;
}

Answer<pki::Certificate> leaf_from(const std::string& pem) {
  const auto certificates = pki::certificates_from_pem(pem);
  if (!certificates.ok() || certificates->empty()) {
    return refused("Could not parse the certificate. The certificate must be in PEM form.");
  }
  if (certificates->size() > 1) {
    return refused(
        "The certificate field contains more than one certificate. You can specify only one "
        "certificate in this field.");
  }
  return certificates->front();
}

// Each certificate of the chain must have signed the one before it.
Answer<void> check_chain(const pki::Certificate& leaf, const std::string& pem) {
  const auto chain = pki::certificates_from_pem(pem);
  if (!chain.ok() || chain->empty()) {
    return refused("Could not parse the certificate chain. The chain must be in PEM form.");
  }
  const pki::Certificate* below = &leaf;
  for (std::size_t at = 0; at < chain->size(); ++at) {
    if (!below->is_signed_by((*chain)[at])) {
      return refused(
          fmt::format("Unable to validate certificate chain. The certificate chain must start "
                      "with the immediate signing certificate, followed by any intermediaries in "
                      "order. The index within the chain of the invalid certificate is: {}",
                      at));
    }
    below = &(*chain)[at];
  }
  const pki::KeyAlgorithm issuer = chain->front().key_algorithm();
  if (pki::is_rsa(issuer) != pki::is_rsa(leaf.key_algorithm())) {
    return refused("The key algorithm of the certificate must match that of its signing CA.");
  }
  return {};
}

std::vector<std::string> names_of(const pki::Certificate& leaf) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  };
  add(leaf.subject().get("CN"));
  for (const std::string& name : leaf.names().dns) add(name);
  for (const std::string& address : leaf.names().ip) add(address);
  return names;
}

Answer<Import> import_from(const Json& input, Time now) {
  const auto bytes = [&](const char* member) {
    return from_base64(input.value(member, "")).value_or("");
  };
  pki::Certificate leaf = TRY(leaf_from(bytes("Certificate")));
  pki::PrivateKey key = TRY(key_from(bytes("PrivateKey")));
  if (key.public_key_der() != leaf.public_key_der()) {
    return refused("The private key does not match the certificate's public key.");
  }
  if (now < leaf.not_before() || leaf.not_after() < now) {
    return refused("The certificate is not valid at this time: it is expired or not yet valid.");
  }
  if (leaf.issuer().empty()) return refused("The certificate must have an issuer.");
  std::shared_ptr<const std::string> chain;
  if (input.contains("CertificateChain")) {
    chain = std::make_shared<const std::string>(bytes("CertificateChain"));
    TRY(check_chain(leaf, *chain));
  }
  std::vector<std::string> names = names_of(leaf);
  return Import{std::move(leaf), std::move(key), std::move(chain), std::move(names)};
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// What a certificate may not lose by being imported again.
Answer<void> check_replacement(const pki::Certificate& old, const Import& fresh) {
  if (old.key_algorithm() != fresh.leaf.key_algorithm()) {
    return refused(fmt::format(
        "The key type and size of a reimported certificate cannot change: {} is not {}.",
        pki::name_of(fresh.leaf.key_algorithm()), pki::name_of(old.key_algorithm())));
  }
  for (const std::string& usage : old.key_usages()) {
    if (!contains(fresh.leaf.key_usages(), usage)) {
      return refused("The reimported certificate lacks the key usage " + usage + ".");
    }
  }
  for (const auto& usage : old.extended_key_usages()) {
    const auto& offered = fresh.leaf.extended_key_usages();
    // Browsers' root programs do away with client authentication: it may go.
    if (usage.name == "TLS_WEB_CLIENT_AUTHENTICATION") continue;
    if (std::find(offered.begin(), offered.end(), usage) == offered.end()) {
      return refused("The reimported certificate lacks the extended key usage " + usage.name + ".");
    }
  }
  return {};
}

Answer<void> check_names_remain(const HeldCertificate& held, const Import& fresh) {
  if (held.names.empty()) return {};
  const bool keeps_one =
      std::any_of(held.names.begin(), held.names.end(),
                  [&](const std::string& name) { return contains(fresh.names, name); });
  if (keeps_one) return {};
  return refused("The reimported certificate must keep at least one of the domain names.");
}

void fill(HeldCertificate& held, Import import, Time now) {
  held.type = "IMPORTED";
  held.status = "ISSUED";
  held.domain_name = import.names.empty() ? "" : import.names.front();
  held.validations.clear();
  for (const std::string& name : import.names) held.validations.push_back({name, name, now});
  held.names = std::move(import.names);
  held.key_algorithm = import.leaf.key_algorithm();
  held.leaf = std::move(import.leaf);
  held.key = std::move(import.key);
  held.chain = std::move(import.chain);
  held.imported_at = now;
  held.next_event = now;
}

}  // namespace

Answer<Json> Acm::import_certificate(Call& call, const Json& input) {
  Constraints constraints(input);
  constraints.required({"Certificate", "PrivateKey"})
      .text("CertificateArn", acm::kArn)
      .blob("Certificate", 1, 32768, false)
      .blob("PrivateKey", 1, 5120, true)
      .blob("CertificateChain", 1, 2097152, false);
  acm::constrain_tags(constraints, input, false);
  TRY(constraints.verdict());

  if (input.contains("CertificateArn")) {
    HeldCertificate* held = TRY(named(call, input));
    if (held->type != "IMPORTED") {
      return refused("The certificate " + held->arn + " was not imported: it cannot be replaced.");
    }
    if (input.contains("Tags")) {
      return AwsError{"InvalidParameterException",
                      "Tags cannot be given when a certificate is imported again."};
    }
    Import fresh = TRY(import_from(input, call.now));
    TRY(check_replacement(*held->leaf, fresh));
    TRY(check_names_remain(*held, fresh));
    fill(*held, std::move(fresh), call.now);
    return Json{{"CertificateArn", held->arn}};
  }
  Tags tags = TRY(acm::tags_from(input));
  Import fresh = TRY(import_from(input, call.now));
  AcmRegion& region = region_of(call);
  TRY(charge(region.imported, region.imports, call.now));
  auto held = std::make_unique<HeldCertificate>();
  fill(*held, std::move(fresh), call.now);
  held->tags = std::move(tags);
  const HeldCertificate& kept = keep(region, call, std::move(held));
  call.arn = kept.arn;
  return Json{{"CertificateArn", kept.arn}};
}

}  // namespace certloop::emulator
