#include "store/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/store.h"

namespace certloop::store {
namespace {

constexpr const char* kFileName = "certloop.db";
constexpr std::size_t kMostIdle = 8;

}  // namespace

// A connection out of the idle ones, given back when this dies.
class Database::Borrowed {
 public:
  static Result<Borrowed> take(const Database& database) {
    {
      Lock lock(database.borrowing_);
      if (!database.idle_.empty()) {
        Borrowed borrowed(database, std::move(database.idle_.back()));
        database.idle_.pop_back();
        return borrowed;
      }
    }
    Connection connection = TRY(Connection::open(database.file_));
    return Borrowed(database, std::make_unique<Connection>(std::move(connection)));
  }
  Borrowed(Borrowed&&) = default;
  ~Borrowed() {
    // One that could not end its transaction, for want of disk or memory, is of no more use.
    if (connection_ == nullptr || connection_->is_in_transaction()) return;
    Lock lock(database_->borrowing_);
    if (database_->idle_.size() < kMostIdle) database_->idle_.push_back(std::move(connection_));
  }
  Connection& connection() { return *connection_; }

 private:
  Borrowed(const Database& database, std::unique_ptr<Connection> connection)
      : database_(&database), connection_(std::move(connection)) {}

  const Database* database_;
  std::unique_ptr<Connection> connection_;
};

Database::Database(std::filesystem::path directory, FileIdentity identity,
                   std::shared_ptr<const Sealer> sealer, Connection writer, Connection listener,
                   std::int64_t log_length)
    : name_(directory.string()),
      file_((directory / kFileName).string()),
      identity_(identity),
      sealer_(std::move(sealer)),
      log_length_(log_length),
      changes_(std::move(listener), [this] { return check_intact().ok(); }),
      writer_(std::move(writer)) {}

bool Database::exists(const std::filesystem::path& directory) {
  std::error_code unreadable;
  return std::filesystem::exists(directory / kFileName, unreadable) || unreadable;
}

Result<std::shared_ptr<Database>> Database::open(const std::filesystem::path& path, bool make,
                                                 std::shared_ptr<const Sealer> sealer,
                                                 std::int64_t log_length) {
  const std::filesystem::path directory = TRY(state_directory(path, make));
  const std::filesystem::path file = directory / kFileName;
  if (!make && !exists(directory))
    return Error(Code::not_found, fmt::format("state {} not found", directory.string()));
  const OpeningLock lock = TRY(OpeningLock::take(directory));
  TRY(make_private_file(file));
  Connection writer = TRY(Connection::open(file.string()));
  const auto identity = identity_of(file.string());
  TRY(migrate(writer, *sealer, directory.string()));
  Connection listener = TRY(Connection::open(file.string()));
  std::shared_ptr<Database> database(
      new Database(directory, identity.value_or(FileIdentity{}), std::move(sealer),
                   std::move(writer), std::move(listener), log_length));
  TRY(database->check_intact());
  return database;
}

Result<void> Database::check_intact() const {
  if (identity_of(file_) == identity_) return {};
  return Error(Code::unavailable,
               fmt::format("state {}: its database was deleted, moved or replaced while this "
                           "process had it open, and what it writes would be lost: stop it, put "
                           "the state back (from a backup if need be), and start it again",
                           name_))
      .because(kStateReplaced);
}

Result<void> Database::run_read(const Run& run) const {
  Borrowed borrowed = TRY(Borrowed::take(*this));
  TRY(check_intact());
  Transaction transaction = TRY(Transaction::read(borrowed.connection()));
  Rows rows(borrowed.connection(), *sealer_);
  if (!run(rows)) return {};
  return transaction.commit();
}

Result<void> Database::run_write(bool keep, const Run& run) {
  TRY(check_intact());
  Task task{.keep = keep, .run = run};
  std::vector<Task*> tasks;
  {
    Lock lock(queueing_);
    queue_.push_back(&task);
    while (!task.done && is_writing_) turn_.wait(queueing_);
    if (!task.done) {
      is_writing_ = true;
      tasks.swap(queue_);
    }
  }
  if (!tasks.empty()) write_for(tasks);
  if (task.thrown) std::rethrow_exception(task.thrown);
  return task.outcome;
}

void Database::write_for(const std::vector<Task*>& tasks) {
  Result<void> outcome;
  {
    Lock lock(writing_);
    // The others wait for their turn: nothing may end this without passing it on.
    try {
      outcome = write_all(tasks);
    } catch (const std::exception& thrown) {
      outcome = Error(Code::internal, fmt::format("store {}: {}", name_, thrown.what()));
    }
  }
  Lock lock(queueing_);
  for (Task* task : tasks) {
    // If the whole failed, so did those who only read: they may have seen what is not there.
    task->outcome = outcome;
    task->done = true;
  }
  is_writing_ = false;
  turn_.notify_all();
}

Result<void> Database::write_all(const std::vector<Task*>& tasks) {
  Transaction transaction = TRY(Transaction::write(writer_));
  bool any = false;
  for (Task* task : tasks) {
    const bool wrote = TRY(write_one(*task));
    any = any || wrote;
  }
  if (!any) return {};
  Rows rows(writer_, *sealer_);
  TRY(rows.trim_log(log_length_));
  TRY(check_intact());
  TRY(transaction.commit());
  changes_.announce();
  return {};
}

// Whether the task wrote something that is to be kept. An error concerns the whole transaction:
// SQLite gives it up by itself if the disk is full, and what follows must not be written alone.
Result<bool> Database::write_one(Task& task) {
  TRY(writer_.run("SAVEPOINT task"));
  Rows rows(writer_, *sealer_);
  bool is_kept = false;
  try {
    is_kept = task.run(rows) && task.keep && rows.wrote();
  } catch (...) {
    task.thrown = std::current_exception();
  }
  if (!is_kept) TRY(writer_.run("ROLLBACK TO task"));
  TRY(writer_.run("RELEASE task"));
  return is_kept;
}

}  // namespace certloop::store
