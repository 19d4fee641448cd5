#pragma once
// Objects as rows, within one transaction: where sealing happens and the change log is written. No
// rules of the Store's contract stand here; those are in sqlite_store.cpp and sqlite_write.cpp.
#include <array>
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

namespace certloop::store {

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
class Rows {
 public:
  Rows(Connection& connection, const Sealer& sealer) : connection_(connection), sealer_(sealer) {}

  Result<std::int64_t> version();  // of the newest change; 0 before the first
  Result<std::int64_t> oldest();   // the oldest version after which no change has been forgotten

  Result<std::optional<Row>> find(const api::Key& key);
  Result<std::optional<Row>> find(std::int64_t id);
  Result<std::vector<std::int64_t>> owned_by(std::string_view uid);
  Result<bool> exists(const api::OwnerReference& owner, std::string_view space);

  // Calls `take` for each object, by namespace and name, until it answers false.
  struct Range {
    api::Kind kind = api::Kind::certificate;
    std::optional<std::string> space, name;
    std::optional<std::pair<std::string, std::string>> after;  // namespace, name
  };
  using Take = std::function<bool(api::Object)>;
  Result<void> scan(const Range& range, const Take& take);

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
  // metadata, managed fields, body and status, as they stand in their columns.
  using Values = std::array<std::string, 4>;

  Result<std::int64_t> next_version();
  Result<Values> sealed(Values plain, std::string_view uid, std::string_view revision) const;
  Result<Values> opened(const Statement& row) const;
  Result<api::Object> object_at(const Statement& row, api::Kind kind) const;
  Result<std::optional<Row>> first_row(Statement& statement) const;
  Result<void> write_columns(std::string_view sql, std::int64_t id, const api::Object& object);
  Result<void> write_owners(std::int64_t id, const api::Object& object);
  Result<void> log(std::int64_t id, std::int64_t version, bool removed);
  Result<std::size_t> seal_again(std::string_view table, std::string_view number);

  Connection& connection_;
  const Sealer& sealer_;
  bool wrote_ = false;
};

// Brings the database to the newest schema, step by step (PRAGMA user_version). Error: invalid (it
// was made by a newer program).
Result<void> migrate(Connection& connection);

}  // namespace certloop::store
