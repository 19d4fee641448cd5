#pragma once
// Where the sealing key comes from (SECURITY, "At rest").
#include <filesystem>
#include <memory>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "store/seal.h"

namespace certloop::store {

// What main read from the environment; empty: not set.
struct SealEnvironment {
  std::string key_file;               // $CERTLOOP_SEAL_KEY_FILE
  std::string credentials_directory;  // $CREDENTIALS_DIRECTORY, as systemd sets it
  std::string config_home;            // $XDG_CONFIG_HOME, else $HOME/.config
  bool may_make = true;               // false on Kubernetes: a key must be given
};

// The name under $CREDENTIALS_DIRECTORY and $XDG_CONFIG_HOME/certloop.
inline constexpr const char* kSealKeyName = "certloop-seal-key";

// The first source that there is: the key file; the credential; the key under config_home, which is
// made if need be (written and synced to a temporary file, then linked into place: who loses a race
// reads the winner's). `state` is the state directory: a key inside it is refused.
//
// A key file holds 32 bytes, or lines of 64 hex digits or of base64 of 32 bytes: the first key
// seals, the others only open what was sealed with them (rotation). It belongs to us or to root,
// and so does its directory, which nobody else may write to. It must not be readable by group or
// others; a credential may be by the group, for systemd gives it by an access list.
// Error: invalid (no source, not a key, wrong place), denied (somebody else's, or open to others;
// not readable by us), unavailable (disk).
Result<std::unique_ptr<Sealer>> open_sealer(const SealEnvironment& environment,
                                            const std::filesystem::path& state, Random& random);

}  // namespace certloop::store
