#include "main_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>

#include "api/wire.h"
#include "base/text.h"
#include "connect/connections.h"
#include "loop/controller_lock.h"
#include "main_fresh_look.h"
#include "main_reports.h"
#include "main_running.h"
#include "main_state.h"
#include "main_store.h"
#include "store/empty_store.h"
#include "store/request_reconcile.h"
#include "store/seal_key.h"
#include "store/sqlite_store.h"

namespace certloop {
namespace {

using cli::ReconcileResult;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kOneShotWorkers = 8;
// How long nothing may be due or at work before a one-shot command believes that it is done.
constexpr Duration kQuiet = milliseconds(500);
// A survey mostly waits for the rates of the accounts that it reads.
constexpr std::size_t kReaders = 16;

api::Conditions conditions_of(const api::Object& object) {
  const auto of = [](const auto& typed) {
    return typed.ok() ? typed->status.conditions : api::Conditions{};
  };
  switch (object.kind) {
    case api::Kind::account: return of(api::read<api::Account>(object));
    case api::Kind::certificate_authority: return of(api::read<api::CertificateAuthority>(object));
    case api::Kind::certificate: return of(api::read<api::Certificate>(object));
    case api::Kind::placement: return of(api::read<api::Placement>(object));
    case api::Kind::hosted_zone: return of(api::read<api::HostedZone>(object));
    case api::Kind::zone_record:
    case api::Kind::secret:
    case api::Kind::event: return {};
  }
  return {};
}

std::string lock_holder(const std::string& directory) {
  const auto holder = loop::ControllerLock::holder(directory);
  return holder.ok() ? text_of(*holder) : "another process";
}

}  // namespace

Result<void> pause_until(const Clock& clock, Instant until, std::stop_token stop) {
  Mutex mutex;
  std::condition_variable_any wake;
  Lock lock(mutex);
  for (Instant before = clock.tick(); before < until; before = clock.tick()) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped while waiting for a turn");
    wake.wait_until(mutex, stop, until, [] { return false; });
    if (clock.tick() == before) return {};  // a virtual clock: nobody moves it while we wait
  }
  return {};
}

Result<ReconcileResult::Outcome> outcome_of(const store::Store& store, const api::Key& key) {
  using State = ReconcileResult::State;
  auto object = store.get(key);
  if (!object.ok() && object.error().code() == Code::not_found)
    return ReconcileResult::Outcome{State::gone, "gone"};
  if (!object.ok()) return object.error();
  const api::Conditions conditions = conditions_of(*object);
  const api::Condition* ready = api::find(conditions, "Ready");
  const std::string message = ready == nullptr ? "" : ready->message;
  if (ready == nullptr || ready->observed_generation != object->meta.generation)
    return ReconcileResult::Outcome{State::pending, message};
  if (waits_for_fresh_look(*object))
    return ReconcileResult::Outcome{State::pending, "waiting for a fresh look at AWS"};
  // Of what is being deleted only its going settles it; but what nobody but its owner can resolve
  // need not be waited for.
  if (object->meta.deleted)
    return ReconcileResult::Outcome{
        api::is_true(conditions, "Stalled") || ready->reason == "ConfirmationNeeded"
            ? State::stalled
            : State::pending,
        message};
  if (api::is_true(conditions, "Stalled")) return ReconcileResult::Outcome{State::stalled, message};
  if (api::is_true(conditions, "Reconciling"))
    return ReconcileResult::Outcome{State::pending, message};
  return ReconcileResult::Outcome{ready->status == api::Truth::yes ? State::ready : State::stalled,
                                  message};
}

namespace {

// What goes on being called ready because nobody could look is no answer to who asked for a look.
Result<ReconcileResult::Outcome> if_looked_at(const store::Store& store, const api::Key& key,
                                              ReconcileResult::Outcome outcome) {
  if (outcome.state != ReconcileResult::State::ready) return outcome;
  const api::Conditions conditions = conditions_of(TRY(store.get(key)));
  const api::Condition* in_sync = api::find(conditions, "InSync");
  if (in_sync == nullptr || in_sync->status != api::Truth::unknown) return outcome;
  return ReconcileResult::Outcome{ReconcileResult::State::stalled, in_sync->message};
}

}  // namespace

LocalProgram::LocalProgram(ProgramEdges edges) : edges_(std::move(edges)), breaker_(edges_.clock) {}

std::string LocalProgram::version() const { return CERTLOOP_VERSION; }

Result<std::unique_ptr<store::Store>> LocalProgram::open_store(const cli::StoreOptions& options) {
  using Missing = cli::StoreOptions::Missing;
  const auto variable = [&](const char* name) {
    return aws::set_variable(edges_.environment, name).value_or("");
  };
  // Before the sealing key is made: what only reads leaves nothing behind.
  if (options.missing != Missing::create && !store::SqliteStore::exists(options.directory)) {
    if (options.missing == Missing::empty)
      return std::unique_ptr<store::Store>(std::make_unique<store::EmptyStore>(options.directory));
    return Error(Code::not_found, "no state in " + options.directory +
                                      "; apply a spec first, or choose another with --state");
  }
  store::SealEnvironment seal;
  seal.key_file = variable("CERTLOOP_SEAL_KEY_FILE");
  seal.credentials_directory = variable("CREDENTIALS_DIRECTORY");
  seal.config_home = variable("XDG_CONFIG_HOME");
  if (seal.config_home.empty()) seal.config_home = aws::home_of(edges_.environment) + "/.config";
  auto sealer = TRY(store::open_sealer(seal, options.directory, edges_.random));
  auto store = TRY(store::SqliteStore::open(
      options.directory, {.clock = edges_.clock,
                          .random = edges_.random,
                          .sealer = std::shared_ptr<const store::Sealer>(std::move(sealer)),
                          .admission = admitted,
                          .list_types = list_type,
                          .make = options.missing == Missing::create}));
  if (options.missing == Missing::create)
    TRY(establish_installation(store->name(), options.installation, edges_.random));
  return std::unique_ptr<store::Store>(std::move(store));
}

void LocalProgram::wait_for_change(store::Store& store, Duration most) {
  store.wait_for_change(most, edges_.stop);
}

Result<void> LocalProgram::admit(const std::vector<api::Object>& objects,
                                 const cli::EngineOptions& engine) {
  std::vector<std::string> refused;
  for (const auto& object : objects) {
    if (object.kind != api::Kind::account) continue;
    const auto account = TRY(api::read<api::Account>(object));
    const auto check = [&](const std::string& url, const std::string& service,
                           const std::string& field) {
      if (url.empty()) return;
      const auto allowed = connect::admit_endpoint(url, service, engine.allow_endpoints);
      if (!allowed.ok())
        refused.push_back(text_of(object.key()) + ": " + field + ": " + allowed.error().message());
    };
    check(account.spec.endpoint_url, "", "spec.endpointUrl");
    for (const auto& [service, url] : account.spec.endpoints)
      check(url, service, "spec.endpoints." + service);
  }
  if (refused.empty()) return {};
  return Error(Code::denied, join(refused, "\n"));
}

Result<cli::EngineOptions> LocalProgram::options_on(const std::string& state,
                                                    const cli::EngineOptions& asked) const {
  return certloop::options_on(state, asked);
}

Result<connect::Policy> LocalProgram::policy_of(const store::Store& store,
                                                const cli::EngineOptions& asked) {
  const cli::EngineOptions options = TRY(options_on(store.name(), asked));
  connect::Policy policy;
  policy.installation = TRY(installation_of(store.name(), options.installation)).name;
  policy.controller_name = options.controller_name;
  policy.ambient_namespaces = options.ambient_namespaces;
  policy.allow_endpoints = options.allow_endpoints;
  policy.take_over_lost_state = options.take_over_lost_state;
  policy.not_called = options.not_called;
  return policy;
}

connect::Edges LocalProgram::edges_for(aws::RateBudget& budget, std::stop_token stop) {
  connect::Edges edges{edges_.transport, edges_.link_local, edges_.clock,      edges_.random,
                       budget,           breaker_,          edges_.environment};
  edges.stop = stop;
  edges.pace = [this, stop](Instant until) { return pause_until(edges_.clock, until, stop); };
  return edges;
}

Result<std::unique_ptr<Engine>> LocalProgram::engine(store::Store& store,
                                                     const cli::EngineOptions& options,
                                                     aws::RateBudget& budget, std::stop_token stop,
                                                     std::set<api::Key> scope) {
  return std::make_unique<Engine>(EngineEdges{store, edges_for(budget, stop), edges_.log},
                                  TRY(policy_of(store, options)), std::move(scope));
}

// Looks at every key once. True when all are settled.
Result<bool> LocalProgram::take_in(store::Store& store, const cli::ReconcileRequest& request,
                                   ReconcileResult& result, bool standing) const {
  std::size_t settled = 0;
  for (const auto& key : request.keys) {
    auto outcome = TRY(outcome_of(store, key));
    if (request.look_afresh) outcome = TRY(if_looked_at(store, key, std::move(outcome)));
    const bool ended = outcome.state != ReconcileResult::State::pending;
    if (ended) ++settled;
    auto& before = result.outcomes[key];
    const bool news = before.message != outcome.message || before.state != outcome.state;
    before = std::move(outcome);
    if (news && request.progress)
      request.progress({key, before.message, settled, request.keys.size(), standing, ended});
  }
  return settled == request.keys.size();
}

Result<void> LocalProgram::work(store::Store& store, const cli::ReconcileRequest& request,
                                const loop::ControllerLock& lock, ReconcileResult& result,
                                Instant deadline) {
  TRY(establish_installation(store.name(), request.engine.installation, edges_.random));
  aws::RateBudget budget(edges_.clock, aws::RateShare::command_line);
  std::stop_source stop;
  std::stop_callback passed_on(edges_.stop, [&] { stop.request_stop(); });
  const auto engine = TRY(this->engine(store, request.engine, budget, stop.get_token(),
                                       {request.keys.begin(), request.keys.end()}));
  for (const auto& key : request.keys) engine->enqueue(key);
  Running running(*engine, stop, kOneShotWorkers);
  Instant quiet_since = edges_.clock.tick();
  const auto watch = [&]() -> Result<void> {
    for (;;) {
      store.wait_for_change(milliseconds(200), stop.get_token());
      TRY(lock.check());
      TRY(store.check_intact());
      // What stood there before this engine looked says nothing about AWS now.
      // Nor does a moment in which one object is done and the next has not been told yet.
      const bool looked = engine->idle();
      const bool settled = TRY(take_in(store, request, result, false));
      const Instant now = edges_.clock.tick();
      if (!settled || !looked) quiet_since = now;
      if (now - quiet_since >= kQuiet || now >= deadline || stop.stop_requested()) return {};
    }
  };
  const Result<void> watched = watch();
  TRY(running.end());
  TRY(watched);
  TRY(take_in(store, request, result, false));
  return {};
}

// Settled, or we take the lock and work, or we watch who has it (COMMANDS, apply).
Result<ReconcileResult> LocalProgram::reconcile(store::Store& store,
                                                const cli::ReconcileRequest& request) {
  ReconcileResult result;
  const Instant deadline = edges_.clock.tick() + request.timeout;
  FreshLook fresh;
  if (request.look_afresh)
    fresh = TRY(FreshLook::at(
        store, request.keys,
        store::new_reconcile_request(edges_.clock.now(), edges_.random.uuid().substr(0, 8))));
  for (bool first = true;; first = false) {
    const bool looked = TRY(fresh.advance(store));
    const bool settled = TRY(take_in(store, request, result, first)) && looked;
    // What seems settled may be out of date; one look at AWS by whoever holds the lock tells.
    if ((settled && !first) || edges_.clock.tick() >= deadline || edges_.stop.stop_requested()) {
      // Who does not wait any longer has asked all the same.
      TRY(fresh.ask_for_all(store));
      return result;
    }
    auto lock = loop::ControllerLock::try_acquire(store.name(), edges_.clock, edges_.command);
    if (lock.ok()) {
      result.holder.clear();
      TRY(fresh.ask_for_all(store));
      TRY(work(store, request, *lock, result, deadline));
      return result;
    }
    if (lock.error().code() != Code::conflict) return lock.error();
    const std::string holder = lock_holder(store.name());
    if (settled) {
      result.holder = holder;
      return result;
    }
    // Whoever waits is told for whom, and may go and ask.
    if (holder != result.holder && request.progress)
      request.progress({{},
                        "waiting for " + holder + ", which holds the controller lock",
                        0,
                        request.keys.size()});
    result.holder = holder;
    store.wait_for_change(seconds(1), edges_.stop);
  }
}

Result<Survey> LocalProgram::survey(store::Store& store, const cli::EngineOptions& options,
                                    SurveyRequest request,
                                    const std::function<void(const cli::Progress&)>& progress) {
  aws::RateBudget budget(edges_.clock, aws::RateShare::command_line);
  request.readers = kReaders;
  request.wait = [this](Duration wait) {
    return pause_until(edges_.clock, edges_.clock.tick() + wait, edges_.stop);
  };
  if (progress)
    request.progress = [&](const std::string& what, std::size_t done, std::size_t total) {
      progress({{}, what, done, total});
    };
  const auto engine = TRY(this->engine(store, options, budget, edges_.stop, {}));
  return engine->survey(request);
}

Result<report::Plan> LocalProgram::plan(store::Store& store, const cli::PlanRequest& request) {
  std::vector<api::Key> only = request.only;
  if (only.empty() && request.space) only = TRY(keys_in(store, *request.space));
  if (only.empty() && request.space) return report::Plan{edges_.clock.now(), {}, {}};
  const auto found =
      TRY(survey(store, request.engine, {request.wanted, request.removed, only, Duration{0}, {}},
                 request.progress));
  return plan_of(found, found.taken);
}

Result<report::Drift> LocalProgram::drift(store::Store& store, const cli::DriftRequest& request) {
  std::vector<api::Key> only = request.only;
  if (only.empty() && request.space) only = TRY(keys_in(store, *request.space));
  if (only.empty() && request.space) return report::Drift{edges_.clock.now(), {}, {}};
  const auto found =
      TRY(survey(store, request.engine, {{}, {}, only, request.max_age, {}}, request.progress));
  return drift_of(found, found.taken);
}

Result<report::Expiry> LocalProgram::expiring(store::Store& store,
                                              const cli::ExpiryRequest& request) {
  std::vector<api::Key> only;
  if (request.space) only = TRY(keys_in(store, *request.space));
  if (only.empty() && request.space)
    return report::Expiry{edges_.clock.now(), {}, request.within, {}};
  const auto found =
      TRY(survey(store, request.engine, {{}, {}, only, Duration{0}, {}}, request.progress));
  return expiry_of(found, found.taken, request.within);
}

}  // namespace certloop
