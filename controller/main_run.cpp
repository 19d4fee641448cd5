// `certloop run`: the controller in the foreground.
#include <optional>

#include "loop/controller_lock.h"
#include "main_program.h"
#include "main_reports.h"
#include "main_running.h"
#include "main_source.h"
#include "main_state.h"

namespace certloop {
namespace {

using std::chrono::seconds;

// Whether nothing is left to be done, for `run --once`. Error: the source's, if it cannot be
// applied as it is; the store's.
Result<bool> is_done(const store::Store& store, const Engine& engine, const SpecSource* source) {
  if (source != nullptr && !TRY(source->is_settled())) return false;
  // The store first: where it cannot be read, the engine never comes to rest.
  const bool settled = TRY(everything_is_settled(store));
  return settled && engine.idle();
}

// Until stopped; until everything is settled, if asked to. True then. Error: unavailable (the state
// is gone); of is_done().
Result<bool> follow(store::Store& store, const cli::RunRequest& request, const Engine& engine,
                    const loop::ControllerLock& lock, SpecSource* source, std::stop_token stop) {
  while (!stop.stop_requested()) {
    TRY(lock.check());
    TRY(store.check_intact());
    if (source != nullptr) source->take_in();
    if (request.once && TRY(is_done(store, engine, source))) return true;
    store.wait_for_change(seconds(1), stop);
  }
  return false;
}

// What the state holds may be older than the source: nothing is done by it before the source has
// been taken in once, as far as it can be. One that cannot be read for so long holds up nothing.
Result<void> take_in_first(store::Store& store, const loop::ControllerLock& lock,
                           SpecSource& source, std::stop_token stop) {
  constexpr int kMostLooks = 30;
  for (int look = 0; look < kMostLooks && !stop.stop_requested(); ++look) {
    TRY(lock.check());
    TRY(store.check_intact());
    source.take_in();
    if (source.was_taken_in()) return {};
    store.wait_for_change(seconds(1), stop);
  }
  return {};
}

// What `run --once` leaves.
Result<cli::RunResult> left_by(const store::Store& store, const SpecSource* source, bool is_done) {
  cli::RunResult left{TRY(everything_stalled(store)), {}, !is_done};
  if (source != nullptr) left.unpruned = source->spared();
  return left;
}

}  // namespace

Result<cli::RunResult> LocalProgram::run(store::Store& store, const cli::RunRequest& request) {
  const auto lock =
      TRY(loop::ControllerLock::try_acquire(store.name(), edges_.clock, edges_.command));
  const Installation installation =
      TRY(establish_installation(store.name(), request.engine.installation, edges_.random));
  TRY(keep_run_options(store.name(), request.engine, edges_.random));
  aws::RateBudget budget(edges_.clock, aws::RateShare::controller);
  std::stop_source stop;
  std::stop_callback passed_on(edges_.stop, [&] { stop.request_stop(); });
  const auto engine = TRY(this->engine(store, request.engine, budget, stop.get_token(), {}));
  std::optional<SpecSource> source;
  if (!request.source.empty())
    source.emplace(SourceEdges{store, edges_.clock, edges_.log, stop.get_token()}, request);
  edges_.log.info("controller started", {{"state", store.name()},
                                         {"installation", installation.name},
                                         {"installationId", installation.id},
                                         {"source", request.source}});
  if (source) TRY(take_in_first(store, lock, *source, stop.get_token()));
  Running running(*engine, stop, static_cast<int>(request.workers));
  const Result<bool> followed =
      follow(store, request, *engine, lock, source ? &*source : nullptr, stop.get_token());
  const Result<void> ended = running.end();
  edges_.log.info("controller stopped");
  const bool is_done = TRY(followed);
  TRY(ended);
  if (!request.once) return cli::RunResult{};
  return left_by(store, source ? &*source : nullptr, is_done);
}

}  // namespace certloop
