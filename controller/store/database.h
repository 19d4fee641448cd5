#pragma once
// One SQLite database: its readers, its writer, and who waits for it to change. Thread-safe.
//
// A connection is used by one thread at a time. Reads borrow one of a few idle connections and
// never wait for a writer (write-ahead log). Writes share one connection under a mutex: SQLite
// admits one writer at a time anyway, and threads that queue for a mutex are served sooner than
// those that poll for SQLite's lock, which is left for other processes. Whoever's turn it is does
// what all who wait want, each in a savepoint of its own, in one transaction: so they share one
// sync of the disk, which is what a write costs.
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/change_signal.h"
#include "store/rows.h"
#include "store/seal.h"
#include "store/sqlite.h"
#include "store/state_directory.h"

namespace certloop::store {

class Database {
 public:
  // Error: what state_directory() answers; not_found (absent, and not to be made); invalid (made by
  // a newer program; sealed with a key that the sealer does not know).
  // Whether the directory holds a database, or cannot be looked into.
  static bool exists(const std::filesystem::path& directory);
  static Result<std::shared_ptr<Database>> open(const std::filesystem::path& directory, bool make,
                                                std::shared_ptr<const Sealer> sealer,
                                                std::int64_t log_length);

  // Runs work(Rows&) -> Result<T> on one consistent view, and answers what it answers.
  template <class Work>
  auto read(const Work& work) const {
    std::invoke_result_t<const Work&, Rows&> answer = Error(Code::internal, "the work did not run");
    auto done = run_read([&](Rows& rows) { return (answer = work(rows)).ok(); });
    if (!done) answer = std::move(done).error();
    return answer;
  }
  // Runs work(Rows&) -> Result<T> alone among writers, of other processes too, perhaps on another
  // thread that is writing. What it wrote is on the disk when this returns; nothing is written if
  // the work failed or `keep` is false. What it throws is thrown here.
  template <class Work>
  auto write(bool keep, const Work& work) {
    std::invoke_result_t<const Work&, Rows&> answer = Error(Code::internal, "the work did not run");
    auto done = run_write(keep, [&](Rows& rows) { return (answer = work(rows)).ok(); });
    if (!done) answer = std::move(done).error();
    return answer;
  }

  // Error: unavailable, reason kStateReplaced. Every read and write asks it first.
  Result<void> check_intact() const;

  ChangeSignal& changes() { return changes_; }
  const std::string& name() const { return name_; }

 private:
  class Borrowed;
  using Run = std::function<bool(Rows& rows)>;  // false: undo
  Database(std::filesystem::path directory, FileIdentity identity,
           std::shared_ptr<const Sealer> sealer, Connection writer, Connection listener,
           std::int64_t log_length);
  // A write that waits, or is done, on the stack of the thread that wants it.
  struct Task {
    bool keep;
    const Run& run;
    bool done = false;
    std::exception_ptr thrown = nullptr;
    Result<void> outcome = {};
  };

  Result<void> run_read(const Run& run) const;
  Result<void> run_write(bool keep, const Run& run);
  void write_for(const std::vector<Task*>& tasks);
  Result<void> write_all(const std::vector<Task*>& tasks) REQUIRES(writing_);
  Result<bool> write_one(Task& task) REQUIRES(writing_);

  const std::string name_, file_;
  const FileIdentity identity_;  // of the file when it was opened
  const std::shared_ptr<const Sealer> sealer_;
  const std::int64_t log_length_;
  ChangeSignal changes_;
  Mutex queueing_;
  std::condition_variable_any turn_;
  bool is_writing_ GUARDED_BY(queueing_) = false;
  std::vector<Task*> queue_ GUARDED_BY(queueing_);
  Mutex writing_;
  Connection writer_ GUARDED_BY(writing_);
  mutable Mutex borrowing_;
  mutable std::vector<std::unique_ptr<Connection>> idle_ GUARDED_BY(borrowing_);
};

}  // namespace certloop::store
