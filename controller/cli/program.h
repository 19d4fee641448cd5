#pragma once
// What the command line needs of the rest of the program. It may not see reconcilers or AWS
// (DESIGN 3), so main.cpp implements this and passes it in; tests pass a fake.
//
// Errors of every operation: cancelled (the process was told to stop), unavailable and internal
// (the store, the network), besides those named below. The command line turns the code into the
// exit code: denied is 4, everything else 2.
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "api/object.h"
#include "base/clock.h"
#include "base/result.h"
#include "report/choices.h"
#include "report/drift.h"
#include "report/expiry.h"
#include "report/plan.h"
#include "report/preflight.h"
#include "spec/files.h"
#include "store/store.h"

namespace certloop::cli {

// How the engine behaves where it acts or looks at AWS; every command that does either takes it.
struct EngineOptions {
  std::string installation;                 // empty: the one stored in the state, else "default"
  std::string controller_name = "default";  // only accounts with this controllerName are used
  // Namespaces whose accounts may use the controller's own identity. Absent: all of them, as fits
  // an operator who works on his own state; `run` passes its flag, by default none.
  std::optional<std::vector<std::string>> ambient_namespaces;
  std::vector<std::string> allow_endpoints;  // HOST:PORT, besides loopback and AWS's own
  // Certificates and CAs with our owner tag and another uid are those of a state that was lost.
  // Nobody but the operator can know that it was.
  bool take_over_lost_state = false;
  // Accounts and CertificateAuthorities that nothing is asked of, and why, for people.
  std::map<api::Key, std::string> not_called = {};
};

struct StoreOptions {
  std::string directory;
  // What to do where no store is there yet. Reads never make one: `fail` answers not_found, and
  // `empty` an empty store in memory whose name() is the directory all the same.
  enum class Missing { fail, empty, create };
  Missing missing = Missing::fail;
  std::string installation = {};  // stored in a state that has none yet; empty: "default"
};

// One word about work that is under way, for the people who wait.
struct Progress {
  api::Key object;
  std::string message;  // "waiting for DNS validation", "acm RequestCertificate"
  std::size_t settled = 0, total = 0;
  bool standing = false;  // so it was before any work began
  bool ended = false;     // nothing more is waited for; how it ended is said with the result
};

struct ReconcileRequest {
  std::vector<api::Key> keys;  // these, and what they refer to
  bool look_afresh = false;    // and forget failures (`reconcile`)
  Duration timeout{};
  EngineOptions engine;
  std::function<void(const Progress&)> progress;  // called from one thread at a time; may be empty
};

struct ReconcileResult {
  // gone: the object no longer exists, as `delete` wants. pending: the time was up.
  enum class State { ready, stalled, pending, gone };
  struct Outcome {
    State state = State::pending;
    std::string message;  // of the Ready or Stalled condition
  };
  std::map<api::Key, Outcome> outcomes;  // one for each key asked for
  std::string holder;  // "process 4711" if a running controller did the work; empty: this process
};

struct PlanRequest {
  // Objects as they would be, laid over what is stored. Already defaulted and valid.
  std::vector<api::Object> wanted;
  std::vector<api::Key> removed;  // as if deleted
  // Empty: everything that is stored or wanted. Else these only, with what they own.
  std::vector<api::Key> only;
  std::optional<std::string> space = {};  // with `only` empty: of this namespace; absent: of all
  EngineOptions engine = {};
  std::function<void(const Progress&)> progress = {};
};

struct DriftRequest {
  std::optional<std::string> space;  // absent: all namespaces
  std::vector<api::Key> only;        // empty: all
  Duration max_age{};                // read again what is older than this
  EngineOptions engine;
  std::function<void(const Progress&)> progress;
};

struct ExpiryRequest {
  std::optional<std::string> space;
  std::optional<Duration> within;
  EngineOptions engine;
  std::function<void(const Progress&)> progress;
};

struct PreflightRequest {
  std::vector<api::Object> wanted;  // laid over what is stored
  std::vector<api::Key> accounts;
  EngineOptions engine;
  std::function<void(const Progress&)> progress;
};

struct PolicyRequest {
  std::vector<api::Object> wanted;
  std::optional<api::Key> account;  // what its specs need; absent: all that certloop can call
  bool read_only = false;           // what changes nothing
};

struct ChoicesRequest {
  enum class Subject { authorities, certificates };
  Subject subject = Subject::authorities;
  api::Key account;
  std::string region;
  std::string space;  // whose choice it is
  EngineOptions engine;
};

struct RunRequest {
  std::string source;  // directory or file that the specs come from; empty: the store alone
  bool recursive = true;
  std::string space = "default";  // for objects that name no namespace
  bool only_space = false;        // an object of another one makes the whole source faulty
  Duration interval = std::chrono::minutes(1);  // how often what the source wants is put back
  bool prune = false;                    // remove what this source brought before and lacks now
  std::size_t max_deletions = 10;        // in a namespace
  std::size_t max_total_deletions = 50;  // in all that this leaves
  std::size_t workers = 16;
  bool once = false;  // stop as soon as everything is settled
  EngineOptions engine;
};

// What is left when `run --once` ends; otherwise empty.
struct RunResult {
  std::map<api::Key, std::string> stalled;   // not Ready, and nothing is under way: why
  std::map<api::Key, std::string> unpruned;  // missing from the source, and not deleted: why
  bool is_interrupted = false;               // stopped before everything was settled
};

struct EmulatorRequest {
  std::string listen = "127.0.0.1:4599";
  std::string data;                  // file that keeps its state; empty: none
  std::vector<std::string> zones;    // public hosted zones to begin with
  bool rates = false;                // enforce AWS's request rates
  Duration latency{};                // of each answer
  std::vector<std::string> faults;   // acm:RequestCertificate:drop@1, ...:error=Code@0.1
  std::vector<std::string> denials;  // PRINCIPAL=ACTION,ACTION: test=acm-pca:Describe*
};

// Calls are made from one thread. Whatever blocks returns soon after stop() is requested.
class Program {
 public:
  virtual ~Program() = default;

  virtual const Clock& clock() const = 0;
  virtual std::stop_token stop() const = 0;  // Ctrl-C, SIGTERM
  virtual std::string version() const = 0;   // "0.1.0"

  // Error: not_found (Missing::fail); denied (not this user's, world-readable secrets).
  virtual Result<std::unique_ptr<store::Store>> open_store(const StoreOptions& options) = 0;

  // The options that a command has to keep to on that state, whether it exists or not: what its
  // `run` was told about ambient namespaces and endpoints holds for every other command as well.
  // Error: denied (`asked` allows more); invalid (the state is damaged).
  virtual Result<EngineOptions> options_on(const std::string& state,
                                           const EngineOptions& asked) const = 0;

  // Returns when the store may have changed, after `most`, or when stopped.
  virtual void wait_for_change(store::Store& store, Duration most) = 0;

  // Refuses what the operator did not allow: URLs in specs, ambient credentials (SECURITY). Error:
  // denied, naming every object and field concerned.
  virtual Result<void> admit(const std::vector<api::Object>& objects,
                             const EngineOptions& engine) = 0;

  // Takes the controller lock and works until each key is Ready or Stalled for its generation, or
  // gone if it is being deleted, or the time is up; if another process holds the lock, watches it.
  virtual Result<ReconcileResult> reconcile(store::Store& store,
                                            const ReconcileRequest& request) = 0;

  // Only read AWS. What cannot be read stands in the report's coverage and is no error.
  virtual Result<report::Plan> plan(store::Store& store, const PlanRequest& request) = 0;
  virtual Result<report::Drift> drift(store::Store& store, const DriftRequest& request) = 0;
  virtual Result<report::Expiry> expiring(store::Store& store, const ExpiryRequest& request) = 0;

  // What AWS allows the accounts' credentials. Never changes anything. Error: not_found (no such
  // account), denied (the operator does not allow its credentials or endpoints).
  virtual Result<report::Preflight> preflight(store::Store& store,
                                              const PreflightRequest& request) = 0;
  // An IAM policy document, as AWS takes it. Error: not_found.
  virtual Result<std::string> policy(store::Store& store, const PolicyRequest& request) = 0;
  // What may be chosen in that account and region. What AWS does not let us read stands in it.
  // Error: not_found, denied as above; invalid (the account does not have that region).
  virtual Result<report::Choices> choices(store::Store& store, const ChoicesRequest& request) = 0;

  // Return when stopped; log to standard error. Error: conflict (another controller holds the
  // lock); of the source, where `run --once` cannot apply it.
  virtual Result<RunResult> run(store::Store& store, const RunRequest& request) = 0;
  // `ready` gets the base URL once requests are answered.
  virtual Result<void> emulator(const EmulatorRequest& request,
                                const std::function<void(const std::string& url)>& ready) = 0;
};

// The edges of the process. The streams outlive the command.
struct Environment {
  std::vector<std::string> arguments;  // without the program's name
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t width = 0;               // columns of the terminal; 0: not a terminal, or unknown
  const spec::Files* files = nullptr;  // where -f reads; null: the disk and standard input
  std::function<std::optional<std::string>(const std::string& name)> variable;
};

// The whole command line. Returns the process's exit code (COMMANDS, "Exit codes").
int main(const Environment& environment, Program& program);

}  // namespace certloop::cli
