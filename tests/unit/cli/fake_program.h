#pragma once
// A Program for tests: a real store in a directory of its own, and an engine that answers what it
// is told to.
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/timestamp.h"
#include "cli/program.h"
#include "tests/support/temporary_store.h"

namespace certloop::cli {

class FakeProgram final : public Program {
 public:
  FakeProgram();

  // Where the state would be; made by the first command that may.
  std::string directory() const { return state_home() + "/certloop"; }
  std::string state_home() const { return directory_.path().string(); }  // $XDG_STATE_HOME
  // The store as another process would open it.
  std::unique_ptr<store::Store> store();
  bool has_state() const;

  // What the engine answers.
  std::map<api::Key, ReconcileResult::Outcome> outcomes;
  std::vector<Progress> progress;  // shown by each reconcile
  std::function<void(store::Store&)> on_reconcile;
  report::Plan next_plan;
  report::Drift next_drift;
  report::Expiry next_expiry;
  report::Preflight next_preflight;
  report::Choices next_choices;
  std::optional<RunResult> next_run;  // else it is stopped
  std::vector<std::string> denied;  // admit refuses, with these lines
  // Done one after another, whenever a command waits; when none is left, the process is stopped.
  std::deque<std::function<void(store::Store&)>> while_waiting;

  // What commands asked for.
  std::vector<ReconcileRequest> reconciles;
  std::vector<PlanRequest> plans;
  std::vector<DriftRequest> drifts;
  std::vector<ExpiryRequest> expiries;
  std::vector<PreflightRequest> preflights;
  std::vector<PolicyRequest> policies;
  std::vector<ChoicesRequest> choosings;
  std::vector<RunRequest> runs;
  std::vector<EmulatorRequest> emulators;

  const Clock& clock() const override { return clock_; }
  std::stop_token stop() const override { return stop_.get_token(); }
  std::string version() const override { return "0.1.0"; }
  Result<std::unique_ptr<store::Store>> open_store(const StoreOptions& options) override;
  Result<EngineOptions> options_on(const std::string&, const EngineOptions& asked) const override {
    return asked;
  }
  void wait_for_change(store::Store& store, Duration most) override;
  Result<void> admit(const std::vector<api::Object>& objects, const EngineOptions& engine) override;
  Result<ReconcileResult> reconcile(store::Store& store, const ReconcileRequest& request) override;
  Result<report::Plan> plan(store::Store& store, const PlanRequest& request) override;
  Result<report::Drift> drift(store::Store& store, const DriftRequest& request) override;
  Result<report::Expiry> expiring(store::Store& store, const ExpiryRequest& request) override;
  Result<report::Preflight> preflight(store::Store& store,
                                      const PreflightRequest& request) override;
  Result<std::string> policy(store::Store& store, const PolicyRequest& request) override;
  Result<report::Choices> choices(store::Store& store, const ChoicesRequest& request) override;
  Result<RunResult> run(store::Store& store, const RunRequest& request) override;
  Result<void> emulator(const EmulatorRequest& request,
                        const std::function<void(const std::string&)>& ready) override;

  SimClock clock_{*parse_rfc3339("2026-11-21T12:00:00Z")};

 private:
  Result<std::unique_ptr<store::Store>> open(const std::string& directory, bool make);

  test::TemporaryDirectory directory_;
  test::TemporaryDirectory elsewhere_;
  SeededRandom random_{1};
  std::stop_source stop_;
};

}  // namespace certloop::cli
