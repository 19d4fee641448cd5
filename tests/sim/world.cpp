#include "tests/sim/world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "main_program.h"
#include "main_store.h"
#include "pki/issue.h"
#include "spec/load.h"

namespace certloop::sim {
namespace {

const Time kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

emulator::EmulatorOptions with_zone(emulator::EmulatorOptions options) {
  options.zones.emplace_back("example.com");
  return options;
}

}  // namespace

const char* const kAccount = R"(
apiVersion: v1
kind: Secret
metadata: {name: prod-aws}
stringData: {secretAccessKey: test}
---
apiVersion: certloop.dev/v1alpha1
kind: Account
metadata: {name: prod}
spec:
  scope: Account
  regions: [us-east-1, eu-west-1]
  authentication:
    accessKey: {accessKeyId: test, secretAccessKeyRef: {name: prod-aws, key: secretAccessKey}}
  endpointUrl: http://127.0.0.1:4599
)";

const char* const kAuthority = R"(
apiVersion: certloop.dev/v1alpha1
kind: CertificateAuthority
metadata: {name: root}
spec:
  deletionPolicy: Delete
  acmPca:
    accountRef: {name: prod}
    region: us-east-1
    type: ROOT
    keyAlgorithm: EC_prime256v1
    subject: {commonName: Test Root, organization: Example, country: NO}
    validityDays: 3650
    tags: {team: platform}
)";

const char* const kPrivate = R"(
apiVersion: certloop.dev/v1alpha1
kind: Certificate
metadata: {name: internal}
spec:
  domainName: api.internal.example.com
  additionalNames: [DB.internal.example.com, api.internal.example.com]
  accountRef: {name: prod}
  region: us-east-1
  issuer: {authority: {name: root}}
  tags: {team: platform, tier: one}
)";

const char* const kPublic = R"(
apiVersion: certloop.dev/v1alpha1
kind: Certificate
metadata: {name: shop}
spec:
  domainName: shop.example.com
  additionalNames: ["*.shop.example.com"]
  accountRef: {name: prod}
  region: us-east-1
  issuer: {amazon: {}}
  tags: {team: shop}
)";

std::string imported_spec() {
  return R"(
apiVersion: certloop.dev/v1alpha1
kind: Certificate
metadata: {name: legacy}
spec:
  domainName: legacy.example.com
  accountRef: {name: prod}
  region: us-east-1
  issuer: {imported: {secretRef: {name: legacy-tls}}}
  tags: {team: legacy}
)";
}

std::string tls_secret(const std::string& name, const std::vector<std::string>& names, Time now,
                       int serial, const std::string& key_algorithm) {
  const auto key =
      pki::PrivateKey::generate(pki::key_algorithm_named(key_algorithm).value()).value();
  pki::Template what;
  what.serial = std::string("\x01", 1) + static_cast<char>(serial);
  what.subject.attributes = {{"CN", names.front()}};
  what.public_key_der = key.public_key_der();
  what.names.dns = names;
  what.not_before = now - std::chrono::hours(1);
  what.not_after = now + std::chrono::days(90);
  what.key_usages = {"DIGITAL_SIGNATURE"};
  what.extended_key_usages = {"TLS_WEB_SERVER_AUTHENTICATION"};
  const auto certificate = pki::issue(what, key, std::nullopt).value();
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name +
         "}\ntype: kubernetes.io/tls\ndata:\n  tls.crt: " + to_base64(certificate.pem()) +
         "\n  tls.key: " + to_base64(key.to_pem().reveal()) + "\n";
}

World::World(emulator::EmulatorOptions options)
    : clock(kStart),
      random(4711),
      aws(with_zone(std::move(options)), clock, random),
      transport(aws),
      log_(
          clock, [this](std::string_view line) { log_text += std::string(line) + '\n'; },
          Log::Format::text, Level::debug),
      budget_(clock),
      breaker_(clock) {
  restart();
}

void World::restart() {
  by_hand_.reset();
  engine_.reset();
  store.reset();
  stop = {};
  std::vector<Secret> keys;
  keys.emplace_back(std::string(store::AesSealer::kKeySize, 'k'));
  std::shared_ptr<const store::Sealer> sealer =
      store::AesSealer::make(std::move(keys), random).value();
  auto opened = store::SqliteStore::open(directory.path() / "state", {.clock = local,
                                                                      .random = random,
                                                                      .sealer = sealer,
                                                                      .admission = admitted,
                                                                      .list_types = list_type});
  if (!opened.ok()) throw std::runtime_error(opened.error().message());
  store = std::move(*opened);
  const auto pass_on = [](const auto& hook, const std::string& operation) {
    return hook ? hook(operation) : Result<void>();
  };
  watched_ = std::make_unique<test::FaultyStore>(*store);
  watched_->before = [this, pass_on](const auto& what) { return pass_on(before_store, what); };
  watched_->after = [this, pass_on](const auto& what) { return pass_on(after_store, what); };
  engine_ = make_engine();
}

void World::lose_state() {
  by_hand_.reset();
  engine_.reset();
  watched_.reset();
  store.reset();
  std::filesystem::remove_all(directory.path() / "state");
  restart();
}

connect::Edges World::edges() {
  connect::Edges edges{transport, transport, local, random, budget_, breaker_, environment};
  edges.stop = stop.get_token();
  edges.pace = [this](Instant until) -> Result<void> {
    if (until > clock.tick()) clock.advance(until - clock.tick());
    return {};
  };
  return edges;
}

std::unique_ptr<Engine> World::make_engine() {
  return std::make_unique<Engine>(EngineEdges{*watched_, edges(), log_}, policy);
}

aws::Acm& World::acm(const std::string& region) {
  if (!by_hand_) by_hand_ = std::make_unique<connect::Connections>(edges(), connect::Policy{});
  return by_hand_->open(*store, account("prod")).value()->acm(region);
}

aws::AcmPca& World::acm_pca(const std::string& region) {
  if (!by_hand_) by_hand_ = std::make_unique<connect::Connections>(edges(), connect::Policy{});
  return by_hand_->open(*store, account("prod")).value()->acm_pca(region);
}

std::vector<api::Object> World::objects(const std::string& yaml) {
  auto loaded = spec::load_text(yaml, "test.yaml", {});
  if (!loaded.ok()) throw std::runtime_error(loaded.error().message());
  std::vector<api::Object> all;
  for (auto& each : *loaded) all.push_back(std::move(each.object));
  return all;
}

Result<void> World::try_apply(const std::string& yaml) {
  auto loaded = TRY(spec::load_text(yaml, "test.yaml", {}));
  for (const auto& each : loaded)
    TRY(store->apply(each.object, {.manager = "certloop", .force = false, .dry_run = false}));
  return {};
}

void World::apply(const std::string& yaml) {
  const auto applied = try_apply(yaml);
  ASSERT_TRUE(applied.ok()) << applied.error().message();
}

void World::remove(api::Kind kind, const std::string& name) {
  const auto removed = store->remove({kind, "default", name}, {});
  ASSERT_TRUE(removed.ok()) << removed.error().message();
}

bool World::is_settled() {
  for (const auto kind :
       {api::Kind::account, api::Kind::certificate_authority, api::Kind::certificate})
    for (const auto& object : store->list({.kind = kind}).value().objects)
      if (outcome_of(*store, object.key()).value().state == cli::ReconcileResult::State::pending)
        return false;
  return true;
}

template <class Run>
Lines World::foretold(const Run& run) {
  if (!keeps_to_plan || transport.before || before_store || after_store) {
    run();
    return {};
  }
  const Foretold before(*this);
  run();
  return before.expect_kept();
}

Lines World::settle(Duration most) {
  return foretold([&] {
    const Time end = clock.now() + most;
    for (;;) {
      while (engine_->step()) {
      }
      if (is_settled() || clock.now() >= end) return;
      const auto due = engine_->next_due();
      if (!due) return;
      clock.advance(std::max<Duration>(*due - clock.tick(), Duration(1)));
    }
  });
}

Lines World::pass(Duration time) {
  return foretold([&] {
    const Time end = clock.now() + time;
    while (clock.now() < end) {
      while (engine_->step()) {
      }
      const auto due = engine_->next_due();
      const Duration left = end - clock.now();
      clock.advance(due ? std::clamp<Duration>(*due - clock.tick(), Duration(1), left) : left);
    }
    while (engine_->step()) {
    }
  });
}

template <class T>
static T typed(store::Store& store, const std::string& name) {
  auto found = store::get<T>(store, "default", name);
  if (!found.ok()) throw std::runtime_error(found.error().message());
  return std::move(*found);
}

api::Certificate World::certificate(const std::string& name) {
  return typed<api::Certificate>(*store, name);
}
api::Placement World::placement(const std::string& certificate) {
  for (auto& placement : store::list<api::Placement>(*store).value())
    if (placement.meta.owners.front().name == certificate) return placement;
  throw std::runtime_error("no placement of " + certificate);
}
api::CertificateAuthority World::authority(const std::string& name) {
  return typed<api::CertificateAuthority>(*store, name);
}
api::Account World::account(const std::string& name) { return typed<api::Account>(*store, name); }

bool World::exists(api::Kind kind, const std::string& name) {
  return store->get({kind, "default", name}).ok();
}

std::string World::condition(const api::Conditions& conditions, const std::string& type) {
  const auto* found = api::find(conditions, type);
  if (found == nullptr) return "absent";
  const char* words[] = {"True", "False", "Unknown"};
  return std::string(words[static_cast<int>(found->status)]) + " " + found->reason + ": " +
         found->message;
}

std::vector<std::string> World::mutating_calls() const {
  std::vector<std::string> calls;
  for (const auto& call : aws.mutating_calls())
    calls.push_back(call.service + " " + call.operation +
                    (call.error_code.empty() ? "" : " refused"));
  std::sort(calls.begin(), calls.end());
  return calls;
}

std::size_t World::count(const std::string& operation) const {
  std::size_t count = 0;
  for (const auto& call : aws.calls())
    if (call.operation == operation && call.error_code.empty()) ++count;
  return count;
}

Survey World::survey(SurveyRequest request) {
  auto engine = make_engine();
  auto found = engine->survey(request);
  if (!found.ok()) throw std::runtime_error(found.error().message());
  return std::move(*found);
}

std::vector<std::string> World::planned_calls(std::vector<api::Object> wanted,
                                              std::vector<api::Key> removed) {
  SurveyRequest request;
  request.wanted = std::move(wanted);
  request.removed = std::move(removed);
  std::vector<std::string> calls;
  bool records = false;
  for (const auto& finding : survey(std::move(request)).findings)
    for (const auto& step : finding.steps) {
      // One call carries every record of a zone.
      if (step.service == "route53" && std::exchange(records, true)) continue;
      calls.push_back(step.service + " " + step.operation);
    }
  std::sort(calls.begin(), calls.end());
  return calls;
}

}  // namespace certloop::sim
