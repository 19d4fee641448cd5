#include "store/rows.h"

#include <fmt/format.h>

#include <utility>

namespace certloop::store {
namespace {

// The columns that follow those of a row, or stand in their place.
enum Column : int {
  kKind,
  kSpace,
  kName,
  kUid,
  kGeneration,
  kRevision,
  kCreated,
  kDeleted,
  kMetadata,
  kSealedBy = kMetadata + 4,
  kChecksum,
  kNumber  // id of the object, or version of the change
};
static_assert(kNumber == kRowColumnCount);

// The log is trimmed by this many entries at a time.
constexpr std::int64_t kTrimStep = 64;

// A hole in the log is like one that fell out of it: whoever follows has to list again.
Error torn_log(std::int64_t version) {
  return Error(Code::conflict,
               fmt::format("change {}: its entry in the log is damaged: list again", version))
      .because("Expired");
}

}  // namespace

StoredRow row_at(const Statement& statement) {
  StoredRow row;
  row.kind = statement.bytes(kKind);
  row.space = statement.bytes(kSpace);
  row.name = statement.bytes(kName);
  row.uid = statement.bytes(kUid);
  row.generation = statement.integer(kGeneration);
  row.revision = statement.integer(kRevision);
  row.created = statement.integer(kCreated);
  if (!statement.is_null(kDeleted)) row.deleted = statement.integer(kDeleted);
  for (std::size_t i = 0; i < row.values.size(); ++i)
    row.values[i] = statement.bytes(kMetadata + static_cast<int>(i));
  if (!statement.is_null(kSealedBy)) row.sealed_by = statement.bytes(kSealedBy);
  row.checksum = statement.bytes(kChecksum);
  return row;
}

Result<std::vector<std::int64_t>> numbers_in(Connection& connection, const Table& table,
                                             std::string_view condition) {
  Statement select = TRY(connection.prepare(
      fmt::format("SELECT {} FROM {} WHERE {}", table.number, table.name, condition)));
  std::vector<std::int64_t> found;
  for (bool more = TRY(select.step()); more; more = TRY(select.step()))
    found.push_back(select.integer(0));
  return found;
}

Result<void> set_values(Connection& connection, const Table& table, std::int64_t number,
                        StoredRow row, const StoredValues& values) {
  for (std::size_t i = 0; i < values.size(); ++i) row.values[i] = values[i];
  const std::string checksum = checksum_of(row);
  Statement update = TRY(connection.prepare(
      fmt::format("UPDATE {} SET (metadata, managed, body, status, sealed_by, checksum) = "
                  "(?, ?, ?, ?, ?, ?) WHERE {} = ?",
                  table.name, table.number)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int at = static_cast<int>(i) + 1;
    row.sealed_by ? update.blob(at, values[i]) : update.text(at, values[i]);
  }
  if (row.sealed_by) update.text(5, *row.sealed_by);
  return update.blob(6, checksum).integer(7, number).run();
}

Result<std::int64_t> Rows::version() {
  Statement newest = TRY(connection_.prepare("SELECT max(version) FROM changes"));
  TRY(newest.step());
  return newest.integer(0);
}

Result<std::int64_t> Rows::oldest() {
  Statement first = TRY(connection_.prepare("SELECT min(version) FROM changes"));
  TRY(first.step());
  return first.is_null(0) ? 0 : first.integer(0) - 1;
}

Result<std::int64_t> Rows::next_version() {
  const std::int64_t newest = TRY(version());
  return newest + 1;
}

Result<std::optional<Row>> Rows::first_row(Statement& statement) const {
  const bool found = TRY(statement.step());
  if (!found) return std::optional<Row>();
  Row row;
  row.id = statement.integer(kNumber);
  row.object = TRY(object_of(row_at(statement), sealer_));
  return std::optional<Row>(std::move(row));
}

Result<std::optional<Row>> Rows::find(const api::Key& key) {
  static const std::string sql =
      fmt::format("SELECT {}, id FROM objects WHERE kind = ? AND space = ? AND name = ?",
                  kRowColumns);
  Statement statement = TRY(connection_.prepare(sql));
  statement.text(1, api::info_of(key.kind).name).text(2, key.space).text(3, key.name);
  return first_row(statement);
}

Result<std::optional<Row>> Rows::find(std::int64_t id) {
  static const std::string sql =
      fmt::format("SELECT {}, id FROM objects WHERE id = ?", kRowColumns);
  Statement statement = TRY(connection_.prepare(sql));
  statement.integer(1, id);
  return first_row(statement);
}

Result<std::vector<std::int64_t>> Rows::owned_by(std::string_view uid) {
  Statement statement =
      TRY(connection_.prepare("SELECT object FROM owners WHERE uid = ? ORDER BY object"));
  statement.text(1, uid);
  std::vector<std::int64_t> found;
  for (bool more = TRY(statement.step()); more; more = TRY(statement.step()))
    found.push_back(statement.integer(0));
  return found;
}

Result<bool> Rows::exists(const api::OwnerReference& owner, std::string_view space) {
  Statement statement = TRY(connection_.prepare(
      "SELECT 1 FROM objects WHERE kind = ? AND space = ? AND name = ? AND uid = ?"));
  statement.text(1, api::info_of(owner.kind).name).text(2, space);
  statement.text(3, owner.name).text(4, owner.uid);
  return statement.step();
}

Result<void> Rows::scan(const Range& range, const Take& take, const Skip& skip) {
  std::string sql = fmt::format("SELECT {} FROM objects WHERE kind = ?1", kRowColumns);
  if (range.space) sql += " AND space = ?2";
  if (range.name) sql += " AND name = ?3";
  if (range.after) sql += " AND (space, name) > (?4, ?5)";
  sql += " ORDER BY space, name";
  Statement statement = TRY(connection_.prepare(sql));
  statement.text(1, api::info_of(range.kind).name);
  if (range.space) statement.text(2, *range.space);
  if (range.name) statement.text(3, *range.name);
  if (range.after) statement.text(4, range.after->first).text(5, range.after->second);
  for (bool more = TRY(statement.step()); more; more = TRY(statement.step())) {
    const StoredRow row = row_at(statement);
    auto object = object_of(row, sealer_);
    if (!object)
      skip({key_of(row, range.kind), std::move(object).error()});
    else if (!take(std::move(object).value()))
      break;
  }
  return {};
}

Result<std::vector<Change>> Rows::changes_after(std::int64_t version, api::Kind kind) {
  static const std::string sql = fmt::format(
      "SELECT {}, version, removed FROM changes WHERE kind = ? AND version > ? "
      "ORDER BY version",
      kRowColumns);
  Statement statement = TRY(connection_.prepare(sql));
  statement.text(1, api::info_of(kind).name).integer(2, version);
  std::vector<Change> found;
  for (bool more = TRY(statement.step()); more; more = TRY(statement.step())) {
    const StoredRow row = row_at(statement);
    auto object = object_of(row, sealer_);
    Change change;
    const std::int64_t at = statement.integer(kNumber);
    change.removed = statement.integer(kNumber + 1) != 0;
    // What a removal copies was written before it, what a write copies is that write.
    if (!object || change.removed != (row.revision != at)) return torn_log(at);
    change.object = std::move(object).value();
    change.object.meta.version = std::to_string(at);
    found.push_back(std::move(change));
  }
  return found;
}

Result<void> Rows::write_columns(std::string_view sql, std::int64_t id, const api::Object& object) {
  const StoredValues values = TRY(values_of(object, sealer_));
  StoredRow row = row_of(object, values);
  const bool seal = is_sealed(object.kind);
  const std::string key_id = seal ? sealer_.key_id() : std::string();
  if (seal) row.sealed_by = key_id;
  const std::string checksum = checksum_of(row);

  Statement statement = TRY(connection_.prepare(sql));
  const auto parameter = [](int column) { return column + 1; };
  statement.text(parameter(kKind), row.kind).text(parameter(kSpace), row.space);
  statement.text(parameter(kName), row.name).text(parameter(kUid), row.uid);
  statement.integer(parameter(kGeneration), row.generation);
  statement.integer(parameter(kRevision), row.revision);
  statement.integer(parameter(kCreated), row.created);
  if (row.deleted) statement.integer(parameter(kDeleted), *row.deleted);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int at = parameter(kMetadata + static_cast<int>(i));
    seal ? statement.blob(at, values[i]) : statement.text(at, values[i]);
  }
  if (seal) statement.text(parameter(kSealedBy), key_id);
  statement.blob(parameter(kChecksum), checksum);
  if (id != 0) statement.integer(parameter(kNumber), id);
  return statement.run();
}

Result<void> Rows::write_owners(std::int64_t id, const api::Object& object) {
  Statement forget = TRY(connection_.prepare("DELETE FROM owners WHERE object = ?"));
  TRY(forget.integer(1, id).run());
  for (const auto& owner : object.meta.owners) {
    Statement insert =
        TRY(connection_.prepare("INSERT OR IGNORE INTO owners (uid, object) VALUES (?, ?)"));
    TRY(insert.text(1, owner.uid).integer(2, id).run());
  }
  return {};
}

// Copies the row as it stands, sealed values and all.
Result<void> Rows::log(std::int64_t id, std::int64_t version, bool removed) {
  static const std::string sql = fmt::format(
      "INSERT INTO changes (version, removed, {0}) SELECT ?, ?, {0} FROM objects "
      "WHERE id = ?",
      kRowColumns);
  Statement statement = TRY(connection_.prepare(sql));
  wrote_ = true;
  return statement.integer(1, version).integer(2, removed ? 1 : 0).integer(3, id).run();
}

Result<void> Rows::insert(api::Object& object) {
  static const std::string sql = fmt::format(
      "INSERT INTO objects ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", kRowColumns);
  const std::int64_t version = TRY(next_version());
  object.meta.version = std::to_string(version);
  TRY(write_columns(sql, 0, object));
  Statement last = TRY(connection_.prepare("SELECT last_insert_rowid()"));
  TRY(last.step());
  const std::int64_t id = last.integer(0);
  if (!object.meta.owners.empty()) TRY(write_owners(id, object));
  return log(id, version, false);
}

Result<void> Rows::replace(std::int64_t id, api::Object& object) {
  static const std::string sql = fmt::format(
      "UPDATE objects SET ({}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?",
      kRowColumns);
  const std::int64_t version = TRY(next_version());
  object.meta.version = std::to_string(version);
  TRY(write_columns(sql, id, object));
  TRY(write_owners(id, object));
  return log(id, version, false);
}

Result<void> Rows::erase(std::int64_t id, api::Object& object) {
  const std::int64_t version = TRY(next_version());
  TRY(log(id, version, true));
  Statement statement = TRY(connection_.prepare("DELETE FROM objects WHERE id = ?"));
  TRY(statement.integer(1, id).run());
  object.meta.version = std::to_string(version);
  return {};
}

Result<void> Rows::trim_log(std::int64_t length) {
  const std::int64_t newest = TRY(version());
  const std::int64_t first = TRY(oldest());
  if (newest - first < length + kTrimStep) return {};
  Statement statement = TRY(connection_.prepare("DELETE FROM changes WHERE version <= ?"));
  return statement.integer(1, newest - length).run();
}

Result<std::vector<std::string>> Rows::sealed_by() {
  Statement statement = TRY(connection_.prepare(
      "SELECT DISTINCT sealed_by FROM objects WHERE sealed_by IS NOT NULL UNION "
      "SELECT DISTINCT sealed_by FROM changes WHERE sealed_by IS NOT NULL"));
  std::vector<std::string> found;
  for (bool more = TRY(statement.step()); more; more = TRY(statement.step()))
    found.emplace_back(statement.bytes(0));
  return found;
}

Result<std::size_t> Rows::seal_again() {
  const std::size_t objects = TRY(seal_again(kObjects));
  const std::size_t changes = TRY(seal_again(kChanges));
  return objects + changes;
}

Result<std::size_t> Rows::seal_again(const Table& table) {
  const std::string key_id = sealer_.key_id();
  const std::vector<std::int64_t> numbers = TRY(numbers_in(
      connection_, table, fmt::format("sealed_by IS NOT NULL AND sealed_by <> '{}'", key_id)));
  for (const std::int64_t number : numbers) {
    Statement select = TRY(connection_.prepare(fmt::format("SELECT {} FROM {} WHERE {} = ?",
                                                           kRowColumns, table.name, table.number)));
    select.integer(1, number);
    TRY(select.step());
    StoredRow row = row_at(select);
    StoredValues values = TRY(opened(row, sealer_));
    values = TRY(sealed(std::move(values), row, sealer_));
    row.sealed_by = key_id;
    TRY(set_values(connection_, table, number, row, values));
  }
  if (!numbers.empty()) wrote_ = true;
  return numbers.size();
}

}  // namespace certloop::store
