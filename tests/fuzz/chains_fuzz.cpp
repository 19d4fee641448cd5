// Bundles as people put them into Secrets: certificates in any order, with the leaf's key.
#include "base/timestamp.h"
#include "pki/chain.h"
#include "pki/issue.h"
#include "tests/fuzz/seeds.h"

namespace certloop::pki {
namespace {

// One key for all: what is fuzzed is how certificates are told apart.
const PrivateKey& shared_key() {
  static const PrivateKey key = PrivateKey::generate(KeyAlgorithm::ec_prime256v1).value();
  return key;
}

Certificate made(const std::string& name, bool is_ca, const std::optional<Certificate>& issuer) {
  Template what;
  what.serial = "\x03";
  what.subject = {{{"CN", name}}};
  what.public_key_der = shared_key().public_key_der();
  what.not_before = parse_rfc3339("2026-01-01T00:00:00Z").value();
  what.not_after = parse_rfc3339("2060-01-01T00:00:00Z").value();
  what.is_ca = is_ca;
  if (!is_ca) what.names.dns = {name};
  return issue(what, shared_key(), issuer).value();
}

std::vector<std::string> seeds() {
  const Certificate root = made("Root", true, {});
  const Certificate middle = made("Middle", true, root);
  const Certificate cross = made("Root", true, middle);
  const Certificate leaf = made("web.example", false, middle);
  return {leaf.pem() + middle.pem() + root.pem(), root.pem() + leaf.pem() + cross.pem(),
          middle.pem() + middle.pem() + leaf.pem() + cross.pem() + root.pem()};
}

}  // namespace
}  // namespace certloop::pki

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  certloop::fuzz::write_seeds(*argc, *argv, certloop::pki::seeds());
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace certloop;
  static const Secret key = pki::shared_key().to_pem();
  const auto bundle = pki::bundle_from_pem(fuzz::text_of(data, size), key);
  if (!bundle) return 0;
  // Each is signed by the next, none twice, and no root among them.
  const pki::Certificate* below = &bundle->leaf;
  for (const pki::Certificate& each : bundle->chain) {
    fuzz::require(below->is_signed_by(each) && !each.is_self_signed());
    below = &each;
  }
  fuzz::require(bundle->chain.size() < 20);
  static_cast<void>(
      pki::verify_chain(bundle->leaf, bundle->chain, {}, bundle->leaf.not_before()).ok());
  return 0;
}
