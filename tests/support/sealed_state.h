#pragma once
// The store as the program opens it, schema and all, sealed with a key that every test knows: so
// that several processes, or several stores in one, can share a state directory.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "main_store.h"
#include "store/seal.h"
#include "store/sqlite_store.h"

namespace certloop::test {

// 32 bytes: a key file may hold them as they are.
inline std::string seal_key() { return std::string(store::AesSealer::kKeySize, 'k'); }

// `clock` and `random` outlive the store. Two processes need two seeds: nonces and uids come from
// it.
inline Result<std::unique_ptr<store::SqliteStore>> open_state(
    const std::filesystem::path& directory, const Clock& clock, Random& random) {
  std::vector<Secret> keys;
  keys.emplace_back(seal_key());
  std::shared_ptr<const store::Sealer> sealer =
      TRY(store::AesSealer::make(std::move(keys), random));
  return store::SqliteStore::open(directory, {.clock = clock,
                                              .random = random,
                                              .sealer = std::move(sealer),
                                              .admission = admitted,
                                              .list_types = list_type});
}

}  // namespace certloop::test
