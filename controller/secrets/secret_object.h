#pragma once
// Secrets that stand in the store as core/v1 Secret objects. The only place that turns one into
// bytes; the store hands them out unsealed, display masks them.
#include <map>
#include <string>

#include "api/reference.h"
#include "base/result.h"
#include "base/secret.h"
#include "store/store.h"

namespace certloop::secrets {

struct SecretObject {
  std::string type;  // Opaque, kubernetes.io/tls
  std::map<std::string, Secret> data;
  std::string version;  // moves when the Secret is written
};

// Errors: not_found (no such Secret), internal (its data is not base64), those of the store.
Result<SecretObject> read_secret(const store::Store& store, const std::string& space,
                                 const std::string& name);

// One value. Errors: also invalid (the Secret lacks the key; the message lists those it has).
Result<Secret> read_secret_key(const store::Store& store, const std::string& space,
                               const api::SecretKeyReference& reference);

}  // namespace certloop::secrets
