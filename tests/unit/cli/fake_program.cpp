#include "fake_program.h"

#include <fmt/format.h>

#include "base/text.h"
#include "schema/schema.h"

namespace certloop::cli {
namespace {

Result<api::Object> admission(api::Object wanted, const api::Object* old) {
  wanted.body = schema::with_defaults(wanted.kind, wanted.body);
  const auto faults = schema::validate(wanted, {{}, old});
  if (!faults.empty()) return schema::refusal(wanted.key(), faults);
  return wanted;
}

// The store that `Missing::empty` asks for: it calls itself as the directory that is not there.
class NamedStore final : public store::Store {
 public:
  NamedStore(std::unique_ptr<store::Store> behind, std::string name)
      : behind_(std::move(behind)), name_(std::move(name)) {}
  Result<api::Object> create(const api::Object& o) override { return behind_->create(o); }
  Result<api::Object> get(const api::Key& k) const override { return behind_->get(k); }
  Result<store::Listing> list(const store::Selector& s) const override { return behind_->list(s); }
  Result<api::Object> apply(const api::Object& o, const store::ApplyOptions& how) override {
    return behind_->apply(o, how);
  }
  Result<api::Object> edit_metadata(const api::Object& o) override {
    return behind_->edit_metadata(o);
  }
  Result<api::Object> update_status(const api::Object& o) override {
    return behind_->update_status(o);
  }
  Result<api::Object> remove(const api::Key& k, const store::RemoveOptions& how) override {
    return behind_->remove(k, how);
  }
  Result<api::Object> revive(const api::Object& o) override { return behind_->revive(o); }
  Result<std::unique_ptr<store::Watch>> watch(api::Kind kind, const std::string& v) override {
    return behind_->watch(kind, v);
  }
  void wait_for_change(Duration most, std::stop_token stop) override {
    behind_->wait_for_change(most, std::move(stop));
  }
  std::string name() const override { return name_; }

 private:
  std::unique_ptr<store::Store> behind_;
  std::string name_;
};

}  // namespace

FakeProgram::FakeProgram() {
  const auto checked = schema::check_descriptions();
  if (!checked) throw std::runtime_error(checked.error().message());
  next_plan.generated = next_drift.generated = next_expiry.generated = clock_.now();
  next_preflight.generated = next_choices.generated = clock_.now();
}

Result<std::unique_ptr<store::Store>> FakeProgram::open(const std::string& directory, bool make) {
  std::vector<Secret> keys;
  keys.emplace_back(std::string(store::AesSealer::kKeySize, 'k'));
  auto sealer = TRY(store::AesSealer::make(std::move(keys), random_));
  auto store = TRY(store::SqliteStore::open(directory, {.clock = clock_,
                                                        .random = random_,
                                                        .sealer = std::move(sealer),
                                                        .admission = admission,
                                                        .list_types = {},
                                                        .log_length = 1000,
                                                        .make = make}));
  return std::unique_ptr<store::Store>(std::move(store));
}

std::unique_ptr<store::Store> FakeProgram::store() {
  auto store = open(directory(), true);
  if (!store) throw std::runtime_error(store.error().message());
  return std::move(store).value();
}

bool FakeProgram::has_state() const { return std::filesystem::exists(directory()); }

Result<std::unique_ptr<store::Store>> FakeProgram::open_store(const StoreOptions& options) {
  auto store = open(options.directory, options.missing == StoreOptions::Missing::create);
  if (store || store.error().code() != Code::not_found ||
      options.missing != StoreOptions::Missing::empty)
    return store;
  auto empty = TRY(open((elsewhere_.path() / random_.uuid()).string(), true));
  return std::unique_ptr<store::Store>(
      std::make_unique<NamedStore>(std::move(empty), options.directory));
}

void FakeProgram::wait_for_change(store::Store& store, Duration most) {
  clock_.advance(most);
  if (while_waiting.empty()) {
    stop_.request_stop();
    return;
  }
  const auto act = std::move(while_waiting.front());
  while_waiting.pop_front();
  act(store);
}

Result<void> FakeProgram::admit(const std::vector<api::Object>&, const EngineOptions&) {
  if (denied.empty()) return {};
  return Error(Code::denied, join(denied, "\n"));
}

Result<ReconcileResult> FakeProgram::reconcile(store::Store& store,
                                               const ReconcileRequest& request) {
  reconciles.push_back(request);
  for (const Progress& each : progress)
    if (request.progress) request.progress(each);
  if (on_reconcile) on_reconcile(store);
  ReconcileResult result;
  for (const api::Key& key : request.keys) {
    if (const auto found = outcomes.find(key); found != outcomes.end())
      result.outcomes[key] = found->second;
    if (result.outcomes[key].state != ReconcileResult::State::gone) continue;
    auto object = store.get(key);
    if (!object || !object->meta.deleted) continue;
    object->meta.finalizers.clear();
    TRY(store.edit_metadata(*object));
  }
  return result;
}

Result<report::Plan> FakeProgram::plan(store::Store&, const PlanRequest& request) {
  plans.push_back(request);
  return next_plan;
}

Result<report::Drift> FakeProgram::drift(store::Store&, const DriftRequest& request) {
  drifts.push_back(request);
  return next_drift;
}

Result<report::Expiry> FakeProgram::expiring(store::Store&, const ExpiryRequest& request) {
  expiries.push_back(request);
  report::Expiry expiry = next_expiry;
  expiry.within = request.within;
  return expiry;
}

Result<report::Preflight> FakeProgram::preflight(store::Store&, const PreflightRequest& request) {
  preflights.push_back(request);
  report::Preflight found = next_preflight;
  for (const api::Key& key : request.accounts)
    found.accounts.push_back({key, "123456789012", "arn:aws:iam::123456789012:user/certloop"});
  return found;
}

Result<std::string> FakeProgram::policy(store::Store&, const PolicyRequest& request) {
  policies.push_back(request);
  return std::string("{}\n");
}

Result<report::Choices> FakeProgram::choices(store::Store&, const ChoicesRequest& request) {
  choosings.push_back(request);
  report::Choices found = next_choices;
  found.subject =
      request.subject == ChoicesRequest::Subject::authorities ? "authorities" : "certificates";
  found.account = request.account.space + "/" + request.account.name;
  found.region = request.region;
  found.space = request.space;
  return found;
}

Result<RunResult> FakeProgram::run(store::Store&, const RunRequest& request) {
  runs.push_back(request);
  if (next_run) return *next_run;
  return Error(Code::cancelled, "stopped");
}

Result<void> FakeProgram::emulator(const EmulatorRequest& request,
                                   const std::function<void(const std::string&)>& ready) {
  emulators.push_back(request);
  ready("http://" + request.listen);
  return Error(Code::cancelled, "stopped");
}

}  // namespace certloop::cli
