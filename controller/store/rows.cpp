#include "store/rows.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/secret.h"

namespace certloop::store {
namespace {

using Json = nlohmann::json;

// What every SELECT begins with; the enumerators number its columns.
constexpr std::string_view kColumns =
    "kind, space, name, uid, generation, revision, created, deleted, metadata, managed, body, "
    "status, sealed_by";
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
  kNumber  // id of the object, or version of the change
};
constexpr std::array<std::string_view, 4> kFields = {"metadata", "managed", "body", "status"};

// The log is trimmed by this many entries at a time.
constexpr std::int64_t kTrimStep = 64;

bool is_sealed(api::Kind kind) { return kind == api::Kind::secret; }

std::string metadata_text(const api::Metadata& meta) {
  Json json = Json::object();
  if (!meta.labels.empty()) json["labels"] = meta.labels;
  if (!meta.annotations.empty()) json["annotations"] = meta.annotations;
  if (!meta.finalizers.empty()) json["finalizers"] = meta.finalizers;
  for (const auto& owner : meta.owners)
    json["owners"].push_back(
        {{"kind", api::info_of(owner.kind).name}, {"name", owner.name}, {"uid", owner.uid}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void read_metadata(const Json& json, api::Metadata& meta) {
  if (const auto at = json.find("labels"); at != json.end()) at->get_to(meta.labels);
  if (const auto at = json.find("annotations"); at != json.end()) at->get_to(meta.annotations);
  if (const auto at = json.find("finalizers"); at != json.end()) at->get_to(meta.finalizers);
  const auto owners = json.find("owners");
  if (owners == json.end()) return;
  for (const Json& owner : *owners) {
    const auto kind = api::kind_named(owner.at("kind").get_ref<const std::string&>());
    if (kind) meta.owners.push_back({*kind, owner.at("name"), owner.at("uid")});
  }
}

Time time_at(std::int64_t milliseconds) { return Time(Duration(milliseconds)); }
std::int64_t number_of(Time time) { return time.time_since_epoch().count(); }

Error damaged(const api::Key& key) {
  return Error(Code::internal, fmt::format("{}: what is stored of it is damaged: restore the state "
                                           "from a backup",
                                           api::text_of(key)));
}

}  // namespace

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

Result<Rows::Values> Rows::sealed(Values plain, std::string_view uid,
                                  std::string_view revision) const {
  for (std::size_t i = 0; i < plain.size(); ++i) {
    std::string value = TRY(sealer_.seal(plain[i], {uid, kFields[i], revision}));
    wipe(plain[i]);
    plain[i] = std::move(value);
  }
  return plain;
}

Result<Rows::Values> Rows::opened(const Statement& row) const {
  Values values;
  const bool is_plain = row.is_null(kSealedBy);
  const std::string revision = std::to_string(row.integer(kRevision));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string_view stored = row.bytes(kMetadata + static_cast<int>(i));
    if (is_plain)
      values[i] = stored;
    else
      values[i] = TRY(sealer_.open(stored, {row.bytes(kUid), kFields[i], revision}));
  }
  return values;
}

Result<api::Object> Rows::object_at(const Statement& row, api::Kind kind) const {
  api::Object object;
  object.kind = kind;
  api::Metadata& meta = object.meta;
  meta.space = row.bytes(kSpace);
  meta.name = row.bytes(kName);
  meta.uid = row.bytes(kUid);
  meta.generation = row.integer(kGeneration);
  meta.version = std::to_string(row.integer(kRevision));
  meta.created = time_at(row.integer(kCreated));
  if (!row.is_null(kDeleted)) meta.deleted = time_at(row.integer(kDeleted));

  Values values = TRY(opened(row));
  if (values[0] != "{}") {
    const Json json = Json::parse(values[0], nullptr, false);
    if (!row.is_null(kSealedBy)) wipe(values[0]);
    if (!json.is_object()) return damaged(object.key());
    try {
      read_metadata(json, meta);
    } catch (const Json::exception&) {
      return damaged(object.key());
    }
  }
  meta.managed_fields = api::Document::from_canonical(std::move(values[1]));
  object.body = api::Document::from_canonical(std::move(values[2]));
  object.status = api::Document::from_canonical(std::move(values[3]));
  return object;
}

Result<std::optional<Row>> Rows::first_row(Statement& statement) const {
  const bool found = TRY(statement.step());
  if (!found) return std::optional<Row>();
  const auto kind = api::kind_named(statement.bytes(kKind));
  if (!kind)
    return Error(Code::internal, fmt::format("the state holds an object of kind {}, which this "
                                             "program does not know",
                                             statement.bytes(kKind)));
  Row row;
  row.id = statement.integer(kNumber);
  row.object = TRY(object_at(statement, *kind));
  return std::optional<Row>(std::move(row));
}

Result<std::optional<Row>> Rows::find(const api::Key& key) {
  static const std::string sql =
      fmt::format("SELECT {}, id FROM objects WHERE kind = ? AND space = ? AND name = ?", kColumns);
  Statement statement = TRY(connection_.prepare(sql));
  statement.text(1, api::info_of(key.kind).name).text(2, key.space).text(3, key.name);
  return first_row(statement);
}

Result<std::optional<Row>> Rows::find(std::int64_t id) {
  static const std::string sql = fmt::format("SELECT {}, id FROM objects WHERE id = ?", kColumns);
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

Result<void> Rows::scan(const Range& range, const Take& take) {
  std::string sql = fmt::format("SELECT {} FROM objects WHERE kind = ?1", kColumns);
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
    api::Object object = TRY(object_at(statement, range.kind));
    if (!take(std::move(object))) break;
  }
  return {};
}

Result<std::vector<Change>> Rows::changes_after(std::int64_t version, api::Kind kind) {
  static const std::string sql = fmt::format(
      "SELECT {}, version, removed FROM changes WHERE kind = ? AND version > ? "
      "ORDER BY version",
      kColumns);
  Statement statement = TRY(connection_.prepare(sql));
  statement.text(1, api::info_of(kind).name).integer(2, version);
  std::vector<Change> found;
  for (bool more = TRY(statement.step()); more; more = TRY(statement.step())) {
    Change change;
    change.object = TRY(object_at(statement, kind));
    change.object.meta.version = std::to_string(statement.integer(kNumber));
    change.removed = statement.integer(kNumber + 1) != 0;
    found.push_back(std::move(change));
  }
  return found;
}

Result<void> Rows::write_columns(std::string_view sql, std::int64_t id, const api::Object& object) {
  const api::Metadata& meta = object.meta;
  Values values = {metadata_text(meta), meta.managed_fields.text(), object.body.text(),
                   object.status.text()};
  const bool seal = is_sealed(object.kind);
  if (seal) values = TRY(sealed(std::move(values), meta.uid, meta.version));
  const std::string key_id = seal ? sealer_.key_id() : std::string();

  Statement statement = TRY(connection_.prepare(sql));
  const auto parameter = [](int column) { return column + 1; };
  statement.text(parameter(kKind), api::info_of(object.kind).name);
  statement.text(parameter(kSpace), meta.space).text(parameter(kName), meta.name);
  statement.text(parameter(kUid), meta.uid).integer(parameter(kGeneration), meta.generation);
  statement.integer(parameter(kRevision), std::stoll(meta.version));
  statement.integer(parameter(kCreated), number_of(meta.created));
  if (meta.deleted) statement.integer(parameter(kDeleted), number_of(*meta.deleted));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int at = parameter(kMetadata + static_cast<int>(i));
    seal ? statement.blob(at, values[i]) : statement.text(at, values[i]);
  }
  if (seal) statement.text(parameter(kSealedBy), key_id);
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
      kColumns);
  Statement statement = TRY(connection_.prepare(sql));
  wrote_ = true;
  return statement.integer(1, version).integer(2, removed ? 1 : 0).integer(3, id).run();
}

Result<void> Rows::insert(api::Object& object) {
  static const std::string sql = fmt::format(
      "INSERT INTO objects ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", kColumns);
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
      "UPDATE objects SET ({}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?", kColumns);
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
  const std::size_t objects = TRY(seal_again("objects", "id"));
  const std::size_t changes = TRY(seal_again("changes", "version"));
  return objects + changes;
}

Result<std::size_t> Rows::seal_again(std::string_view table, std::string_view number) {
  const std::string key_id = sealer_.key_id();
  std::vector<std::int64_t> rows;
  {
    Statement select = TRY(connection_.prepare(fmt::format(
        "SELECT {} FROM {} WHERE sealed_by IS NOT NULL AND sealed_by <> ?", number, table)));
    select.text(1, key_id);
    for (bool more = TRY(select.step()); more; more = TRY(select.step()))
      rows.push_back(select.integer(0));
  }
  for (const std::int64_t row : rows) {
    Values values;
    {
      Statement select = TRY(connection_.prepare(
          fmt::format("SELECT {} FROM {} WHERE {} = ?", kColumns, table, number)));
      select.integer(1, row);
      TRY(select.step());
      values = TRY(opened(select));
      values = TRY(
          sealed(std::move(values), select.bytes(kUid), std::to_string(select.integer(kRevision))));
    }
    Statement update = TRY(connection_.prepare(
        fmt::format("UPDATE {} SET (metadata, managed, body, status, sealed_by) = (?, ?, ?, ?, ?) "
                    "WHERE {} = ?",
                    table, number)));
    for (std::size_t i = 0; i < values.size(); ++i) update.blob(static_cast<int>(i) + 1, values[i]);
    TRY(update.text(5, key_id).integer(6, row).run());
  }
  if (!rows.empty()) wrote_ = true;
  return rows.size();
}

}  // namespace certloop::store
