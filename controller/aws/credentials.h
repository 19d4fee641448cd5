#pragma once
// What requests are signed with, and where it comes from.
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace certloop::aws {

// Always taken and passed as a whole: key, secret and token belong together.
struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;            // empty for long-term keys
  std::optional<Time> expiration;  // absent: until replaced
};

// Implementations cache and refresh, and are safe for concurrent use.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  // Errors: denied (nothing found, or what is configured is broken, naming where); unavailable.
  virtual Result<std::shared_ptr<const Credentials>> get() = 0;
  // The service refused them as expired or unknown: fetch anew at the next get().
  virtual void invalidate() {}
};

}  // namespace certloop::aws
