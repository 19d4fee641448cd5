#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "store/rows.h"

namespace certloop::store {
namespace {

// One entry per version of the schema; only ever appended to. Columns of type ANY hold text, or a
// blob where the value is sealed. `revision` is the version at which a value was sealed.
constexpr std::array<const char*, 2> kSteps = {R"sql(
CREATE TABLE objects (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL, space TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL UNIQUE,
  generation INTEGER NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL, deleted INTEGER,
  metadata ANY NOT NULL, managed ANY NOT NULL, body ANY NOT NULL, status ANY NOT NULL,
  sealed_by TEXT,
  UNIQUE (kind, space, name)
) STRICT;
CREATE INDEX objects_sealed_by ON objects (sealed_by) WHERE sealed_by IS NOT NULL;

CREATE TABLE owners (
  uid TEXT NOT NULL,
  object INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
  PRIMARY KEY (uid, object)
) STRICT, WITHOUT ROWID;
CREATE INDEX owners_object ON owners (object);

CREATE TABLE changes (
  version INTEGER PRIMARY KEY,
  removed INTEGER NOT NULL,
  kind TEXT NOT NULL, space TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL,
  generation INTEGER NOT NULL, revision INTEGER NOT NULL, created INTEGER NOT NULL, deleted INTEGER,
  metadata ANY NOT NULL, managed ANY NOT NULL, body ANY NOT NULL, status ANY NOT NULL,
  sealed_by TEXT
) STRICT;
CREATE INDEX changes_kind ON changes (kind, version);
CREATE INDEX changes_sealed_by ON changes (sealed_by) WHERE sealed_by IS NOT NULL;
)sql",
                                               // Checksums. A program of schema 1 that is still
                                               // running writes none: it is stopped rather than
                                               // let spoil rows.
                                               R"sql(
ALTER TABLE objects ADD COLUMN checksum BLOB NOT NULL DEFAULT x'';
ALTER TABLE changes ADD COLUMN checksum BLOB NOT NULL DEFAULT x'';
CREATE TRIGGER objects_insert BEFORE INSERT ON objects WHEN length(NEW.checksum) <> 32
BEGIN SELECT RAISE(ABORT, 'a newer certloop has upgraded this state: restart this one'); END;
CREATE TRIGGER objects_update BEFORE UPDATE ON objects WHEN NEW.checksum = OLD.checksum
BEGIN SELECT RAISE(ABORT, 'a newer certloop has upgraded this state: restart this one'); END;
CREATE TRIGGER changes_insert BEFORE INSERT ON changes WHEN length(NEW.checksum) <> 32
BEGIN SELECT RAISE(ABORT, 'a newer certloop has upgraded this state: restart this one'); END;
)sql"};

Result<std::int64_t> schema_version(Connection& connection) {
  Statement statement = TRY(connection.prepare("PRAGMA user_version"));
  TRY(statement.step());
  return statement.integer(0);
}

// An unknown key stops the start: what it sealed could neither be read nor migrated.
Result<void> check_keys(Connection& connection, const Sealer& sealer, const std::string& name) {
  const std::vector<std::string> ids = TRY(Rows(connection, sealer).sealed_by());
  for (const std::string& id : ids)
    if (!sealer.knows(id))
      return Error(Code::invalid,
                   fmt::format("state {}: it holds secrets sealed with the key {}, but the key "
                               "given is {}: give the key that sealed them, or add it to the key "
                               "file as a further line",
                               name, printable(id), sealer.key_id()));
  return {};
}

bool is_json_object(std::string_view text) {
  return text.starts_with('{') && nlohmann::json::accept(text);
}

// Gives every row of schema 1 its checksum, and seals secrets anew, bound to kind, namespace and
// name too. Schema 1 did not bind them, so a row that was moved by hand before this still opens:
// it is recognised where the change log still has what was written. Whatever is not as schema 1
// wrote it keeps an empty checksum, with which no row can be read.
class Adoption {
 public:
  Adoption(Connection& connection, const Sealer& sealer)
      : connection_(connection), sealer_(sealer), key_id_(sealer.key_id()) {}

  Result<void> run() {
    // The objects first: the log tells where their rows were written.
    TRY(run(kObjects));
    return run(kChanges);
  }

 private:
  Result<void> run(const Table& table) {
    const std::vector<std::int64_t> numbers = TRY(numbers_in(connection_, table, "TRUE"));
    for (const std::int64_t number : numbers) TRY(adopt(table, number));
    return {};
  }

  Result<void> adopt(const Table& table, std::int64_t number) {
    Statement select = TRY(connection_.prepare(fmt::format("SELECT {} FROM {} WHERE {} = ?",
                                                           kRowColumns, table.name, table.number)));
    select.integer(1, number);
    const bool found = TRY(select.step());
    if (!found) return {};
    StoredRow row = row_at(select);
    const auto kind = api::kind_named(row.kind);
    StoredValues values;
    if (!kind || is_sealed(*kind) != row.sealed_by.has_value()) return {};
    if (row.sealed_by) {
      const bool was_moved = TRY(has_moved(row));
      if (was_moved) return {};
      auto plain = opened_first_format(row, sealer_);
      if (!plain) return {};
      values = TRY(sealed(std::move(plain).value(), row, sealer_));
      row.sealed_by = key_id_;
    } else {
      if (!std::all_of(row.values.begin(), row.values.end(), is_json_object)) return {};
      std::copy(row.values.begin(), row.values.end(), values.begin());
    }
    return set_values(connection_, table, number, row, values);
  }

  // Whether the log says that what this row holds was written for another object.
  Result<bool> has_moved(const StoredRow& row) {
    Statement written = TRY(
        connection_.prepare("SELECT kind = ? AND space = ? AND name = ? AND uid = ? FROM changes "
                            "WHERE version = ?"));
    written.text(1, row.kind).text(2, row.space).text(3, row.name).text(4, row.uid);
    const bool found = TRY(written.integer(5, row.revision).step());
    return found && written.integer(0) == 0;
  }

  Connection& connection_;
  const Sealer& sealer_;
  const std::string key_id_;
};

}  // namespace

Result<void> migrate(Connection& connection, const Sealer& sealer, const std::string& name) {
  constexpr auto kNewest = static_cast<std::int64_t>(kSteps.size());
  const std::int64_t found = TRY(schema_version(connection));
  if (found > kNewest || found < 0)
    return Error(Code::invalid,
                 fmt::format("state {}: it has schema {}, this program knows {}: it was made by a "
                             "newer certloop; use that one, or another state directory",
                             name, found, kNewest));
  if (found > 0) TRY(check_keys(connection, sealer, name));
  if (found == kNewest) return {};
  Transaction transaction = TRY(Transaction::write(connection));
  for (std::int64_t step = found; step < kNewest; ++step)
    TRY(connection.execute(kSteps[static_cast<std::size_t>(step)]));
  if (found == 1) TRY(Adoption(connection, sealer).run());
  TRY(connection.execute(fmt::format("PRAGMA user_version = {}", kNewest)));
  return transaction.commit();
}

}  // namespace certloop::store
