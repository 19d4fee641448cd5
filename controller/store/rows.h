#pragma once
// Objects as rows, within one transaction: where the change log is written. What a row must look
// like stands in stored_row.h; the rules of the Store's contract in sqlite_store.cpp and
// sqlite_write.cpp.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/object.h"
#include "base/result.h"
#include "store/seal.h"
#include "store/sqlite.h"
#include "store/store.h"
#include "store/stored_row.h"

namespace certloop::store {

// What every SELECT of rows begins with, and the row where such a statement stands.
inline constexpr std::string_view kRowColumns =
    "kind, space, name, uid, generation, revision, created, deleted, metadata, managed, body, "
    "status, sealed_by, checksum";
inline constexpr int kRowColumnCount = 14;
StoredRow row_at(const Statement& statement);

// A table of rows, and its column that numbers them.
struct Table {
  std::string_view name, number;
};
inline constexpr Table kObjects{"objects", "id"};
inline constexpr Table kChanges{"changes", "version"};

// The numbers of all rows for which `condition` (SQL) holds.
Result<std::vector<std::int64_t>> numbers_in(Connection& connection, const Table& table,
                                             std::string_view condition);
// Puts other values into a row, and the checksum that they make with the rest of it.
Result<void> set_values(Connection& connection, const Table& table, std::int64_t number,
                        StoredRow row, const StoredValues& values);

struct Row {
  std::int64_t id = 0;
  api::Object object;
};

// A change that the log still holds.
struct Change {
  bool removed = false;
  api::Object object;  // after the change; before it if removed, with the removal's version
};

// Lives inside one Transaction on its connection. Versions are whole numbers that count the writes
// to the store; the log holds one entry for each of the last of them, without gaps.
// A row that is damaged is an error of the one that asks for it (internal, reason kDamaged).
class Rows {
 public:
  Rows(Connection& connection, const Sealer& sealer) : connection_(connection), sealer_(sealer) {}

  Result<std::int64_t> version();  // of the newest change; 0 before the first
  Result<std::int64_t> oldest();   // the oldest version after which no change has been forgotten

  Result<std::optional<Row>> find(const api::Key& key);
  Result<std::optional<Row>> find(std::int64_t id);
  Result<std::vector<std::int64_t>> owned_by(std::string_view uid);
  Result<bool> exists(const api::OwnerReference& owner, std::string_view space);

  // Calls `take` for each object, by namespace and name, until it answers false; for what cannot be
  // read it calls `skip`.
  struct Range {
    api::Kind kind = api::Kind::certificate;
    std::optional<std::string> space, name;
    std::optional<std::pair<std::string, std::string>> after;  // namespace, name
  };
  using Take = std::function<bool(api::Object)>;
  using Skip = std::function<void(Unreadable)>;
  Result<void> scan(const Range& range, const Take& take, const Skip& skip);

  // Error: conflict, reason Expired (an entry is damaged: what it told has to be read anew).
  Result<std::vector<Change>> changes_after(std::int64_t version, api::Kind kind);

  // Each writes the object's row and the log, and moves object.meta.version.
  Result<void> insert(api::Object& object);
  Result<void> replace(std::int64_t id, api::Object& object);
  Result<void> erase(std::int64_t id, api::Object& object);

  // Drops all but the newest `length` entries of the log; now and then, not at every write.
  Result<void> trim_log(std::int64_t length);

  // The ids of the keys that something in the database is sealed with.
  Result<std::vector<std::string>> sealed_by();
  // Seals with the sealer's own key what is sealed with another. Answers how many rows.
  Result<std::size_t> seal_again();

  bool wrote() const { return wrote_; }

 private:
  Result<std::int64_t> next_version();
  Result<std::optional<Row>> first_row(Statement& statement) const;
  Result<void> write_columns(std::string_view sql, std::int64_t id, const api::Object& object);
  Result<void> write_owners(std::int64_t id, const api::Object& object);
  Result<void> log(std::int64_t id, std::int64_t version, bool removed);
  Result<std::size_t> seal_again(const Table& table);

  Connection& connection_;
  const Sealer& sealer_;
  bool wrote_ = false;
};

// Brings the database to the newest schema, step by step (PRAGMA user_version), in one transaction.
// `name` is the state's, for messages. Error: invalid (it was made by a newer program; it is sealed
// with a key that the sealer does not know).
Result<void> migrate(Connection& connection, const Sealer& sealer, const std::string& name);

}  // namespace certloop::store
