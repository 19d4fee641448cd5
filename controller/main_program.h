#pragma once
// The program behind the command line, joined from its parts: with main.cpp and its siblings the
// only code that knows everything (DESIGN 3).
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "aws/circuit_breaker.h"
#include "aws/credentials_environment.h"
#include "aws/rate_budget.h"
#include "base/log.h"
#include "base/random.h"
#include "cli/program.h"
#include "loop/controller_lock.h"
#include "net/http.h"
#include "reconcilers/engine.h"

namespace certloop {

// What main.cpp found at the edges of the process; all of it outlives the program.
struct ProgramEdges {
  const Clock& clock;
  Random& random;
  Log& log;
  net::Transport& transport;
  net::Transport& link_local;
  const aws::CredentialsEnvironment& environment;
  std::stop_token stop;
  std::string command = {};  // for whoever waits for it: "apply"
};

class LocalProgram final : public cli::Program {
 public:
  explicit LocalProgram(ProgramEdges edges);

  const Clock& clock() const override { return edges_.clock; }
  std::stop_token stop() const override { return edges_.stop; }
  std::string version() const override;

  Result<std::unique_ptr<store::Store>> open_store(const cli::StoreOptions& options) override;
  Result<cli::EngineOptions> options_on(const std::string& state,
                                        const cli::EngineOptions& asked) const override;
  void wait_for_change(store::Store& store, Duration most) override;
  Result<void> admit(const std::vector<api::Object>& objects,
                     const cli::EngineOptions& engine) override;
  Result<cli::ReconcileResult> reconcile(store::Store& store,
                                         const cli::ReconcileRequest& request) override;
  Result<report::Plan> plan(store::Store& store, const cli::PlanRequest& request) override;
  Result<report::Drift> drift(store::Store& store, const cli::DriftRequest& request) override;
  Result<report::Expiry> expiring(store::Store& store, const cli::ExpiryRequest& request) override;
  Result<report::Preflight> preflight(store::Store& store,
                                      const cli::PreflightRequest& request) override;
  Result<std::string> policy(store::Store& store, const cli::PolicyRequest& request) override;
  Result<report::Choices> choices(store::Store& store, const cli::ChoicesRequest& request) override;
  Result<cli::RunResult> run(store::Store& store, const cli::RunRequest& request) override;
  Result<void> emulator(const cli::EmulatorRequest& request,
                        const std::function<void(const std::string& url)>& ready) override;

 private:
  // By what is stored in the state as well. Whoever acts has established the installation before.
  Result<connect::Policy> policy_of(const store::Store& store, const cli::EngineOptions& asked);
  connect::Edges edges_for(aws::RateBudget& budget, std::stop_token stop);
  Result<std::unique_ptr<Engine>> engine(store::Store& store, const cli::EngineOptions& options,
                                         aws::RateBudget& budget, std::stop_token stop,
                                         std::set<api::Key> scope);
  Result<void> work(store::Store& store, const cli::ReconcileRequest& request,
                    const loop::ControllerLock& lock, cli::ReconcileResult& result,
                    Instant deadline);
  Result<bool> take_in(store::Store& store, const cli::ReconcileRequest& request,
                       cli::ReconcileResult& result, bool standing) const;
  Result<Survey> survey(store::Store& store, const cli::EngineOptions& options,
                        SurveyRequest request,
                        const std::function<void(const cli::Progress&)>& progress);

  const ProgramEdges edges_;
  aws::CircuitBreaker breaker_;
};

// Waits on the process's own clock until then or until stop is requested.
Result<void> pause_until(const Clock& clock, Instant until, std::stop_token stop);

// Ready, stalled, or still under way, by the conditions that every kind has; `gone` for what does
// not exist.
Result<cli::ReconcileResult::Outcome> outcome_of(const store::Store& store, const api::Key& key);

}  // namespace certloop
