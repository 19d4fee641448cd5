#pragma once
// Three small owners around SQLite: a connection, a statement, a transaction. SQLite's own header
// stays in sqlite.cpp. Errors: unavailable (locked for too long, disk full, I/O, permissions),
// internal (corruption, a mistake of ours); the message names the file and, where there is one, the
// remedy.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace certloop::store {

class Connection;

// A prepared statement, lent by its connection and given back when this object dies, reset and
// without bindings. Parameters and columns are numbered as SQLite does: from 1, from 0.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Text and blobs are not copied: they must live until the last step().
  Statement& text(int parameter, std::string_view value);
  Statement& blob(int parameter, std::string_view value);
  Statement& integer(int parameter, std::int64_t value);

  // True: there is a row. False: done.
  Result<bool> step();
  // For a statement that yields no rows.
  Result<void> run();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view bytes(int column) const;  // text or blob; valid until the next step()

 private:
  friend class Connection;
  Statement(Connection& connection, std::string_view sql, sqlite3_stmt* statement)
      : connection_(&connection), sql_(sql), statement_(statement) {}

  Connection* connection_;
  std::string_view sql_;
  sqlite3_stmt* statement_;
};

// One connection to one database file. Used by one thread at a time. Must not cross a fork.
class Connection {
 public:
  // Opens `path` (which must exist) and sets what every connection needs: write-ahead log, full
  // syncs, deleted bytes overwritten, foreign keys, ten seconds of patience with other writers.
  // The path is canonical: SQLite refuses one that contains a symbolic link.
  static Result<Connection> open(const std::string& path);

  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&&) = delete;
  ~Connection();

  // Prepared once per connection and text.
  Result<Statement> prepare(std::string_view sql);
  // One statement without parameters or rows, prepared like the others.
  Result<void> run(std::string_view sql);
  // One or several such statements, read anew each time.
  Result<void> execute(const std::string& sql);
  // What `PRAGMA data_version` says: moves when somebody else has committed.
  Result<std::int64_t> data_version();
  // Whether a transaction is open on it.
  bool is_in_transaction() const;

 private:
  friend class Statement;
  Connection(sqlite3* database, std::string path) : database_(database), path_(std::move(path)) {}
  Error error(int code, std::string_view doing) const;

  sqlite3* database_;
  std::string path_;
  std::map<std::string, std::vector<sqlite3_stmt*>, std::less<>> idle_;
};

// Rolls back when it dies unless committed.
class Transaction {
 public:
  static Result<Transaction> read(Connection& connection);   // one consistent view
  static Result<Transaction> write(Connection& connection);  // alone among writers

  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace certloop::store
