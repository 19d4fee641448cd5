#pragma once
// The embedded store: one SQLite database in the state directory (DESIGN 5, PROTOCOLS 6).
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "store/merge.h"
#include "store/seal.h"
#include "store/store.h"

namespace certloop::store {

class Database;
class Rows;
struct Row;

// What every new body and status passes before it is stored: answers the object with defaults set,
// or why it is refused (invalid). `old` is what stands now; null for a new object. Changes to the
// identity are ignored. Called while the store is locked for writing: must not call the store.
using Admission = std::function<Result<api::Object>(api::Object wanted, const api::Object* old)>;

// Beyond what Store promises:
// - The directory is 0700, its files 0600, on a local disk (state_directory.h).
// - Secret objects are sealed before SQLite sees them: data, metadata and log alike (seal.h). Reads
//   answer the plain values; who shows them calls masked() (mask.h). A mask written back by create,
//   apply or edit_metadata keeps the value.
// - A write is on the disk when the call returns, and a process killed at any time leaves the store
//   as it was before a call or after it.
// - Objects are at most 256 KiB, metadata included (invalid, reason kObjectTooLarge).
// - Each row carries a checksum of itself, and the seals of a Secret are bound to the object: a row
//   that was damaged, or changed by hand, is an error of this object alone.
// - An owner reference must name an object that is there (conflict): so a child made while its
//   owner is being removed is not left behind. Removal works on children in the same transaction;
//   a child with further owners only loses the reference, one with finalizers is marked.
// - Finalizers cannot be added to an object that is marked for deletion (invalid).
// - watch() and continue tokens reach back over the last `log_length` writes to the store.
// - A Watch may outlive the store.
// Connections must not cross a fork: open the store after it.
class SqliteStore final : public Store {
 public:
  struct Options {
    const Clock& clock;                    // outlives the store
    Random& random;                        // outlives the store
    std::shared_ptr<const Sealer> sealer;  // open_sealer(), seal_key.h
    Admission admission = {};              // unset: everything is taken as it is
    ListTypes list_types = {};             // unset: every list is owned whole
    std::int64_t log_length = 10'000;
    bool make = true;  // false: not_found where there is no state, and none is made
  };

  // Error: denied, invalid, not_found, unavailable, each with the remedy (state_directory.h,
  // database.h).
  static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& directory,
                                                   Options options);
  // Whether there is a state, or something that only open() can tell more about. Changes nothing.
  static bool exists(const std::filesystem::path& directory);
  ~SqliteStore() override;

  Result<api::Object> create(const api::Object& object) override;
  Result<api::Object> get(const api::Key& key) const override;
  Result<Listing> list(const Selector& selector) const override;
  Result<api::Object> apply(const api::Object& object, const ApplyOptions& options) override;
  Result<api::Object> edit_metadata(const api::Object& seen) override;
  Result<api::Object> update_status(const api::Object& seen) override;
  Result<api::Object> remove(const api::Key& key, const RemoveOptions& options) override;
  Result<api::Object> revive(const api::Object& seen) override;
  Result<std::unique_ptr<Watch>> watch(api::Kind kind, const std::string& version) override;
  void wait_for_change(Duration most, std::stop_token stop) override;
  Result<void> check_intact() const override;
  std::string name() const override;

  // Seals everything with the sealer's first key. Answers how many values it found sealed with
  // another.
  Result<std::size_t> rekey();

 private:
  SqliteStore(std::shared_ptr<Database> database, Options options);

  Result<api::Object> admit(api::Object next, const api::Object* live) const;
  Result<api::Object> insert(Rows& rows, api::Object next);
  Result<api::Object> replace(Rows& rows, const Row& live, api::Object next);
  Result<api::Object> erase(Rows& rows, Row row);
  Result<void> release_child(Rows& rows, Row child, const std::string& owner,
                             std::vector<Row>& doomed);
  Result<Row> find_unchanged(Rows& rows, const api::Object& seen) const;
  Time now() const;

  std::shared_ptr<Database> database_;
  Options options_;
};

}  // namespace certloop::store
