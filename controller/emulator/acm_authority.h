#pragma once
// Where the emulated ACM's keys and public certificates come from.
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "pki/certificate.h"
#include "pki/private_key.h"

namespace certloop::emulator {

// Keys that ACM makes. EC keys and exportable certificates' keys are always fresh. Making an RSA
// key takes a tenth of a second, so RSA keys that never leave ACM rotate through a small pool made
// on demand: two certificates in a row never have the same key, but many certificates share one.
// Not thread-safe.
class KeySource {
 public:
  Result<pki::PrivateKey> next(pki::KeyAlgorithm algorithm, bool leaves_acm);

 private:
  static constexpr std::size_t kPoolSize = 4;
  struct Pool {
    std::vector<pki::PrivateKey> keys;
    std::size_t next = 0;
  };
  std::map<pki::KeyAlgorithm, Pool> pools_;
};

// The emulator's own "Amazon" authorities, one root and one intermediate for RSA keys and one pair
// for EC keys, made when first needed. Not thread-safe.
class PublicAuthority {
 public:
  struct Order {
    std::string domain_name;
    std::vector<std::string> names;
    const pki::PrivateKey& key;
    Time not_before{}, not_after{};
  };
  struct Issued {
    pki::Certificate leaf;
    std::shared_ptr<const std::string> chain;  // PEM: intermediate, root
  };
  Result<Issued> issue(const Order& order, Random& random);

  nlohmann::json dump() const;
  void restore(const nlohmann::json& state);  // throws nlohmann's exceptions

 private:
  struct Line {
    pki::PrivateKey key;  // the intermediate's
    pki::Certificate intermediate;
    std::shared_ptr<const std::string> chain;
  };
  Result<const Line*> line(bool rsa, Time now, Random& random);
  std::map<bool, Line> lines_;
};

}  // namespace certloop::emulator
