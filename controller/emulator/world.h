#pragma once
// What the services share: time, chance, options, and the few things one service asks another for.
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "emulator/answer.h"
#include "emulator/emulator_options.h"
#include "emulator/identities.h"
#include "emulator/tag_index.h"

namespace certloop::emulator {

// Public DNS as the emulated Route 53 zones of all accounts make it. Implemented by Route 53, used
// by ACM's validation.
class PublicDns {
 public:
  virtual ~PublicDns() = default;
  struct Record {
    std::string value;  // as in the record set: "_x.acm-validations.aws."
    Time since{};       // when the set got this value
  };
  // The values of that name and type in the public zone with the longest matching name; private
  // zones never count. Names compare without regard to case and trailing dot.
  virtual std::vector<Record> lookup(std::string_view name, std::string_view type) const = 0;
  // Grows whenever anything a lookup might see has changed.
  virtual std::uint64_t revision() const = 0;
};

// ACM's way into Private CA. Implemented by ACM PCA.
class PrivateIssuing {
 public:
  virtual ~PrivateIssuing() = default;
  struct Order {
    std::string requester_account;  // whose certificate it will be
    std::string region;
    std::string authority_arn;
    std::string csr;  // PEM: subject and alternative names, signed by the key ACM made
    Time not_before{}, not_after{};
    bool renewal = false;  // then the CA must permit acm.amazonaws.com (CreatePermission)
  };
  struct Issued {
    std::string certificate;  // PEM
    std::string chain;        // PEM: issuer first, root last
  };
  // At once, at virtual `now`. The refusal's code is ACM's FailureReason: PCA_RESOURCE_NOT_FOUND,
  // PCA_INVALID_STATE, PCA_INVALID_DURATION, PCA_ACCESS_DENIED, PCA_INVALID_ARGS, ...
  virtual Answer<Issued> issue(const Order& order, Time now) = 0;
};

// A service whose resources the tagging API may tag. TagResources finds it by the ARN's service.
class Taggable {
 public:
  virtual ~Taggable() = default;
  virtual Answer<void> tag(const std::string& account, const std::string& region,
                           const std::string& arn, const Tags& tags, Time now) = 0;
  virtual Answer<void> untag(const std::string& account, const std::string& region,
                             const std::string& arn, const std::vector<std::string>& keys,
                             Time now) = 0;
};

// What the controls under /_certloop do to ACM. Implemented by ACM.
class CertificateControls {
 public:
  virtual ~CertificateControls() = default;
  virtual Answer<void> set_in_use(const std::string& arn, std::vector<std::string> resources,
                                  Time now) = 0;
  // Makes happen what only Amazon or a person can; see emulator.h for the members of `what`.
  virtual Answer<void> force(const std::string& arn, const nlohmann::json& what, Time now) = 0;
  virtual nlohmann::json all(Time now) = 0;
};

class Permissions;

// Used under the emulator's lock. Services set their own entries when they are made; the pointers
// live as long as the world.
struct World {
  World(const EmulatorOptions& the_options, Random& the_random, Identities& the_identities)
      : options(the_options),
        random(the_random),
        identities(the_identities),
        tags(the_options.tagging_lag) {}

  const EmulatorOptions& options;
  Random& random;
  Identities& identities;
  TagIndex tags;
  const Permissions* permissions = nullptr;     // the emulator's own
  PublicDns* dns = nullptr;                     // Route 53
  CertificateControls* certificates = nullptr;  // ACM
  PrivateIssuing* private_ca = nullptr;         // ACM PCA
  std::map<std::string, Taggable*> taggable;    // by the ARN's service: "acm", "acm-pca"
};

}  // namespace certloop::emulator
