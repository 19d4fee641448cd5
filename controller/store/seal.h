#pragma once
// Sealing of what must not lie readable on disk (SECURITY, "At rest"): AES-256-GCM.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace certloop::store {

// What a sealed value is bound to: it opens nowhere else.
struct SealPlace {
  std::string_view kind, space, name, uid;  // of the object
  std::string_view field;                   // "body", "metadata", ...
  std::string_view revision;                // of the state that was written
};

// Thread-safe.
class Sealer {
 public:
  virtual ~Sealer() = default;
  // Of the key that seals: stands in each blob, tells nothing about the key.
  virtual std::string key_id() const = 0;
  virtual bool knows(std::string_view key_id) const = 0;
  virtual Result<std::string> seal(std::string_view plain, const SealPlace& place) const = 0;
  // Error: internal (unknown key, damaged, or not of this place).
  virtual Result<std::string> open(std::string_view sealed, const SealPlace& place) const = 0;
  // The same for a blob of the first format, which was bound to uid, field and revision alone. Only
  // the migration that seals such blobs anew may take them.
  virtual Result<std::string> open_first_format(std::string_view sealed,
                                                const SealPlace& place) const = 0;
};

// A blob is "CLS2" ("CLS1" in the first format), 8 bytes of key id, 12 of nonce, the ciphertext, 16
// of tag. Nonces are random: one key is good for 2^32 seals (NIST SP 800-38D, 8.3).
class AesSealer final : public Sealer {
 public:
  static constexpr std::size_t kKeySize = 32;

  // The first key seals, all of them open. `random` outlives the sealer. Error: invalid (no key,
  // or one that is not 32 bytes long).
  static Result<std::unique_ptr<AesSealer>> make(std::vector<Secret> keys, Random& random);

  std::string key_id() const override;
  bool knows(std::string_view key_id) const override;
  Result<std::string> seal(std::string_view plain, const SealPlace& place) const override;
  Result<std::string> open(std::string_view sealed, const SealPlace& place) const override;
  Result<std::string> open_first_format(std::string_view sealed,
                                        const SealPlace& place) const override;

 private:
  struct Key {
    std::string id;  // 8 bytes
    Secret bytes;
  };
  AesSealer(std::vector<Key> keys, Random& random) : keys_(std::move(keys)), random_(random) {}
  Result<std::string> opened(std::string_view sealed, std::string_view magic,
                             std::string_view additional, const SealPlace& place) const;

  std::vector<Key> keys_;
  Random& random_;
};

}  // namespace certloop::store
