#pragma once
// A real store for one test: SQLite in a directory of its own that goes with this object.
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/timestamp.h"
#include "store/sqlite_store.h"

namespace certloop::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    // In memory where there is such a place: a store waits for the disk with every write.
    const bool memory = access("/dev/shm", W_OK) == 0;
    const std::filesystem::path root =
        memory ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path();
    std::string pattern = (root / "certloop-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
    path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Times stand still on `clock`, uids follow from a seed; no schema is applied.
class TemporaryStore {
 public:
  explicit TemporaryStore(std::int64_t log_length = 10'000) : log_length_(log_length) { reopen(); }

  store::Store& operator*() { return *store_; }
  store::Store* operator->() { return store_.get(); }

  // As another process would find it.
  void reopen() {
    store_.reset();
    std::vector<Secret> keys;
    keys.emplace_back(std::string(store::AesSealer::kKeySize, 'k'));
    auto sealer = store::AesSealer::make(std::move(keys), random_);
    auto store =
        store::SqliteStore::open(directory_.path() / "state", {.clock = clock,
                                                               .random = random_,
                                                               .sealer = std::move(sealer).value(),
                                                               .admission = {},
                                                               .list_types = {},
                                                               .log_length = log_length_,
                                                               .make = true});
    if (!store.ok()) throw std::runtime_error(store.error().message());
    store_ = std::move(store).value();
  }

  SimClock clock{*parse_rfc3339("2026-11-21T00:00:00Z")};

 private:
  TemporaryDirectory directory_;
  SeededRandom random_{1};
  std::int64_t log_length_;
  std::unique_ptr<store::SqliteStore> store_;
};

}  // namespace certloop::test
