#include "store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace certloop::store {
namespace {

constexpr int kPatienceMilliseconds = 10'000;

// Set on every connection. WAL stays with the file, the rest does not.
constexpr const char* kSettings =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = ON;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;";

Code code_of(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM: return Code::unavailable;
    default: return Code::internal;
  }
}

std::string_view remedy_of(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another process kept it locked for 10 seconds; try again";
    case SQLITE_FULL: return "make room on the disk";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN: return "check that the directory and its files are yours and writable";
    case SQLITE_IOERR: return "the disk failed; check it and the system log, then try again";
    case SQLITE_NOMEM: return "memory ran out; try again";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "the file is damaged; restore the state from a backup";
    default: return "";
  }
}

Error error_of(int code, const char* what, std::string_view path, std::string_view doing) {
  const std::string_view remedy = remedy_of(code);
  return Error(code_of(code), fmt::format("store {}: {}: {} (SQLite {}){}{}", path, doing, what,
                                          code, remedy.empty() ? "" : ": ", remedy));
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      sql_(other.sql_),
      statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  const auto found = connection_->idle_.find(sql_);
  found->second.push_back(statement_);
}

Statement& Statement::text(int parameter, std::string_view value) {
  sqlite3_bind_text64(statement_, parameter, value.data(), value.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::blob(int parameter, std::string_view value) {
  sqlite3_bind_blob64(statement_, parameter, value.data(), value.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::integer(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_, parameter, value);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->error(code, sql_);
}

Result<void> Statement::run() {
  TRY(step());
  return {};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

Result<Connection> Connection::open(const std::string& path) {
  sqlite3* database = nullptr;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
  if (code != SQLITE_OK) {
    sqlite3_close(database);
    return error_of(code, sqlite3_errstr(code), path, "opening it");
  }
  Connection connection(database, path);
  sqlite3_busy_timeout(database, kPatienceMilliseconds);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  TRY(connection.execute(kSettings));
  return connection;
}

Connection::Connection(Connection&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)),
      path_(std::move(other.path_)),
      idle_(std::move(other.idle_)) {}

Connection::~Connection() {
  if (database_ == nullptr) return;
  for (const auto& [sql, statements] : idle_)
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

Result<Statement> Connection::prepare(std::string_view sql) {
  auto found = idle_.find(sql);
  if (found == idle_.end()) found = idle_.emplace(sql, std::vector<sqlite3_stmt*>{}).first;
  // The statement refers to the text kept here, which outlives it.
  const std::string_view kept = found->first;
  if (!found->second.empty()) {
    sqlite3_stmt* statement = found->second.back();
    found->second.pop_back();
    return Statement(*this, kept, statement);
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, kept.data(), static_cast<int>(kept.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error(code, kept);
  return Statement(*this, kept, statement);
}

Result<void> Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code, sql);
  return {};
}

Result<std::int64_t> Connection::data_version() {
  Statement statement = TRY(prepare("PRAGMA data_version"));
  TRY(statement.step());
  return statement.integer(0);
}

bool Connection::is_in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

Error Connection::error(int code, std::string_view doing) const {
  return error_of(code, sqlite3_errmsg(database_), path_, doing);
}

Result<void> Connection::run(std::string_view sql) {
  Statement statement = TRY(prepare(sql));
  return statement.run();
}

Result<Transaction> Transaction::read(Connection& connection) {
  TRY(connection.run("BEGIN"));
  return Transaction(connection);
}

Result<Transaction> Transaction::write(Connection& connection) {
  // One that could not be rolled back when it failed, for want of disk or memory.
  if (connection.is_in_transaction()) TRY(connection.run("ROLLBACK"));
  TRY(connection.run("BEGIN IMMEDIATE"));
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  // A failed rollback means that SQLite has rolled back already.
  if (connection_ != nullptr) (void)connection_->run("ROLLBACK");
}

Result<void> Transaction::commit() {
  TRY(connection_->run("COMMIT"));
  connection_ = nullptr;
  return {};
}

}  // namespace certloop::store
