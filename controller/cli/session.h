#pragma once
// What one command works with: the process's edges, the rest of the program, and the flags that
// every command takes. Not thread-safe.
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "api/object.h"
#include "base/result.h"
#include "cli/flags.h"
#include "cli/program.h"
#include "report/render.h"

namespace certloop::cli {

// Exit codes of commands that have no report behind them (COMMANDS, "Exit codes").
enum Exit { kDone = 0, kDifference = 1, kNotReady = 1, kError = 2, kUnread = 3, kRefused = 4 };

class Session {
 public:
  Session(const Environment& environment, Program& program)
      : environment_(environment), program_(program) {}

  void declare_globals(Flags& flags);

  Program& program() { return program_; }
  std::ostream& out() { return environment_.out; }
  std::ostream& err() { return environment_.err; }
  bool err_is_terminal() const { return environment_.err_is_terminal; }
  std::size_t width() const { return environment_.width; }
  const spec::Files& files() const;
  Time now() const { return program_.clock().now(); }

  // The namespace of -n, else "default". Absent with -A.
  const std::string& space() const { return space_; }
  bool space_given() const { return space_given_; }

  // --state, $CERTLOOP_STATE, $XDG_STATE_HOME/certloop, ~/.local/state/certloop.
  // Error: invalid (no home directory is known).
  Result<std::string> state_directory() const;
  // Error: not_found (Missing::fail), with the remedy; of Program::open_store.
  Result<std::unique_ptr<store::Store>> open(StoreOptions::Missing missing,
                                             const std::string& installation = "");
  // To read. A state that somebody named must exist. The default one may be missing, as nothing has
  // been applied yet: that is said.
  Result<std::unique_ptr<store::Store>> open_to_read();
  // To compare with AWS: the state must exist. To answer from an empty one that there is no drift
  // would be a lie.
  Result<std::unique_ptr<store::Store>> open_to_compare() {
    return open(StoreOptions::Missing::fail);
  }

  // For the table on standard output.
  report::Layout layout() const;

  // Prints "error: ..." and answers the exit code: 4 for what was denied, else 2.
  int fail(const Error& error);
  int usage(const std::string& message);
  void warn(const std::string& message);

  // The global help flag was given.
  bool wants_help() const { return help_; }

  void finish_flags();  // after parsing

 private:
  bool colours() const;

  spec::DiskFiles disk_;
  const Environment& environment_;
  Program& program_;
  std::optional<std::string> space_flag_;
  std::string state_, space_ = "default";
  bool space_given_ = false;
  bool help_ = false;
};

// Flags of every command that looks at AWS or acts there.
void declare_engine(Flags& flags, EngineOptions& engine);
// For those that act on certificates: --take-over-lost-state.
void declare_take_over(Flags& flags, EngineOptions& engine);

// "certificate.certloop.dev": how messages name a kind; "secret" for core kinds.
std::string resource_of(api::Kind kind);
// "certificate.certloop.dev/shop"
std::string resource_of(const api::Key& key);

}  // namespace certloop::cli
