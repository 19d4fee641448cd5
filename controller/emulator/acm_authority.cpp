#include "emulator/acm_authority.h"

#include <nlohmann/json.hpp>

#include "pki/issue.h"

namespace certloop::emulator {

namespace {

using std::chrono::hours;

constexpr int kYear = 365 * 24;

// Sixteen bytes, positive, and never beginning with a zero byte that DER would drop.
std::string fresh_serial(Random& random) {
  std::string serial = random.bytes(16);
  serial[0] = static_cast<char>((serial[0] & 0x3f) | 0x40);
  return serial;
}

pki::Template authority_template(const std::string& name, const pki::PrivateKey& key, Time now,
                                 Random& random) {
  pki::Template what;
  what.serial = fresh_serial(random);
  what.subject.attributes = {{"C", "US"}, {"O", "Amazon"}, {"CN", name}};
  what.public_key_der = key.public_key_der();
  what.not_before = now - hours(kYear);
  what.not_after = now + hours(30 * kYear);
  what.is_ca = true;
  what.key_usages = {"DIGITAL_SIGNATURE", "CERTIFICATE_SIGNING", "CRL_SIGNING"};
  return what;
}

}  // namespace

Result<pki::PrivateKey> KeySource::next(pki::KeyAlgorithm algorithm, bool leaves_acm) {
  if (leaves_acm || !pki::is_rsa(algorithm)) return pki::PrivateKey::generate(algorithm);
  Pool& pool = pools_[algorithm];
  if (pool.keys.size() < kPoolSize) {
    pool.keys.push_back(TRY(pki::PrivateKey::generate(algorithm)));
    return pool.keys.back();
  }
  return pool.keys[pool.next++ % kPoolSize];
}

Result<const PublicAuthority::Line*> PublicAuthority::line(bool rsa, Time now, Random& random) {
  const auto found = lines_.find(rsa);
  if (found != lines_.end()) return &found->second;

  const auto algorithm = rsa ? pki::KeyAlgorithm::rsa_2048 : pki::KeyAlgorithm::ec_prime256v1;
  const pki::PrivateKey root_key = TRY(pki::PrivateKey::generate(algorithm));
  pki::PrivateKey key = TRY(pki::PrivateKey::generate(algorithm));
  const pki::Certificate root = TRY(pki::issue(
      authority_template(rsa ? "Amazon Root CA 1" : "Amazon Root CA 3", root_key, now, random),
      root_key, std::nullopt));
  pki::Template middle =
      authority_template(rsa ? "Amazon RSA 2048 M02" : "Amazon ECDSA 256 M02", key, now, random);
  middle.path_length = 0;
  pki::Certificate intermediate = TRY(pki::issue(middle, root_key, root));
  auto chain = std::make_shared<const std::string>(intermediate.pem() + root.pem());
  const auto added =
      lines_.emplace(rsa, Line{std::move(key), std::move(intermediate), std::move(chain)});
  return &added.first->second;
}

Result<PublicAuthority::Issued> PublicAuthority::issue(const Order& order, Random& random) {
  const bool rsa = pki::is_rsa(order.key.algorithm());
  const Line* issuer = TRY(line(rsa, order.not_before, random));
  pki::Template what;
  what.serial = fresh_serial(random);
  // RFC 5280 allows a common name of 64 characters; ACM asks for no more.
  what.subject.attributes = {{"CN", order.domain_name}};
  what.public_key_der = order.key.public_key_der();
  what.names.dns = order.names;
  what.not_before = order.not_before;
  what.not_after = order.not_after;
  what.key_usages = {"DIGITAL_SIGNATURE"};
  if (rsa) what.key_usages.push_back("KEY_ENCIPHERMENT");
  what.extended_key_usages = {"TLS_WEB_SERVER_AUTHENTICATION", "TLS_WEB_CLIENT_AUTHENTICATION"};
  return Issued{TRY(pki::issue(what, issuer->key, issuer->intermediate)), issuer->chain};
}

nlohmann::json PublicAuthority::dump() const {
  nlohmann::json state = nlohmann::json::array();
  for (const auto& [rsa, line] : lines_) {
    state.push_back({{"rsa", rsa},
                     {"key", std::string(line.key.to_pem().reveal())},
                     {"intermediate", line.intermediate.pem()},
                     {"chain", *line.chain}});
  }
  return state;
}

void PublicAuthority::restore(const nlohmann::json& state) {
  for (const auto& each : state) {
    auto key = pki::PrivateKey::from_pem(Secret(each.at("key").get<std::string>()));
    auto intermediate = pki::Certificate::from_pem(each.at("intermediate").get<std::string>());
    if (!key.ok() || !intermediate.ok()) continue;
    lines_.emplace(each.at("rsa").get<bool>(),
                   Line{*key, *intermediate,
                        std::make_shared<const std::string>(each.at("chain").get<std::string>())});
  }
}

}  // namespace certloop::emulator
