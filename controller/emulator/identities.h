#pragma once
// Who may call: long-term access keys from the options, and the sessions STS made.
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/secret.h"
#include "emulator/emulator_options.h"

namespace certloop::emulator {

struct Identity {
  std::string account;
  std::string access_key_id;
  Secret secret_access_key;
  std::string session_token;  // empty: a long-term key
  std::optional<Time> expiration;
  std::string principal_arn;
  std::string user_id;
};

// Safe for concurrent use: signatures are verified before the emulator's lock is taken.
class Identities {
 public:
  explicit Identities(const EmulatorOptions& options);

  std::optional<Identity> find(const std::string& access_key_id) const;
  // Temporary credentials: fills in a fresh key, secret and token, keeps and returns them.
  Identity begin_session(Identity session, Random& random);
  // Sessions that ended more than a day ago answer as unknown rather than as expired.
  void forget_old_sessions(Time now);
  // Whether a long-term key of that account exists.
  bool knows_account(const std::string& account) const;
  // Whether some key or session is that principal's.
  bool knows_principal(const std::string& arn) const;
  std::string first_account() const { return first_account_; }

  nlohmann::json dump() const;
  void restore(const nlohmann::json& state);

 private:
  mutable Mutex mutex_;
  std::map<std::string, Identity> identities_ GUARDED_BY(mutex_);
  std::string first_account_;
};

// "AIDA..." for users, "AROA..." for roles: the same for the same ARN.
std::string unique_id(std::string_view prefix, std::string_view arn);

}  // namespace certloop::emulator
