#include "cli/session.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "fake_program.h"

namespace certloop::cli {
namespace {

using Variables = std::map<std::string, std::string>;

// One command with its streams.
struct Typed {
  Typed(FakeProgram& program, std::vector<std::string> arguments, Variables variables,
        std::size_t width = 0) {
    Environment environment{.arguments = std::move(arguments),
                            .in = in,
                            .out = out,
                            .err = err,
                            .out_is_terminal = width > 0,
                            .err_is_terminal = width > 0,
                            .width = width,
                            .variable = [&](const std::string& name) {
                              const auto found = variables.find(name);
                              return found == variables.end()
                                         ? std::optional<std::string>()
                                         : std::optional<std::string>(found->second);
                            }};
    code = main(environment, program);
  }
  std::istringstream in;
  std::ostringstream out, err;
  int code = 0;
};

TEST(StateDirectory, IsTheFirstThatIsNamed) {
  struct Case {
    std::vector<std::string> flags;
    Variables variables;
    std::string directory;
  };
  Case cases[] = {
      {{"--state", "/a"}, {{"CERTLOOP_STATE", "/b"}}, "/a"},
      {{"--state=/a"}, {}, "/a"},
      {{}, {{"CERTLOOP_STATE", "/b"}, {"XDG_STATE_HOME", "/c"}}, "/b"},
      {{}, {{"XDG_STATE_HOME", "/c"}, {"HOME", "/d"}}, "/c/certloop"},
      {{}, {{"XDG_STATE_HOME", "relative"}, {"HOME", "/d"}}, "/d/.local/state/certloop"},
      {{}, {{"CERTLOOP_STATE", ""}, {"HOME", "/d"}}, "/d/.local/state/certloop"},
      {{}, {{"KUBECONFIG", "/k"}, {"HOME", "/d"}}, "/d/.local/state/certloop"},
  };
  for (Case& one : cases) {
    FakeProgram program;
    std::vector<std::string> arguments = one.flags;
    arguments.insert(arguments.end(), {"get", "accounts"});
    const Typed run(program, arguments, one.variables);
    // Only the state of whom nobody has said that it exists may be missing.
    const bool is_named = !one.flags.empty() || !one.variables["CERTLOOP_STATE"].empty();
    EXPECT_EQ(run.code, is_named ? 2 : 0);
    EXPECT_EQ(
        run.err.str(),
        is_named ? "error: no state in " + one.directory +
                       "; create it with 'certloop apply -f FILE', or choose another with --state\n"
                 : "There is no state in " + one.directory +
                       " yet: 'certloop apply -f FILE' or 'certloop run' makes one.\n"
                       "No accounts found in namespace default (store " +
                       one.directory + ").\n");
  }
  FakeProgram program;
  const Typed run(program, {"get", "accounts"}, {});
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.str().find("no state directory"), std::string::npos);
}

// `run --once` ends as `apply` does: what is left is named, and is not success.
TEST(Run, OnceSaysWhatIsLeft) {
  FakeProgram program;
  program.next_run = RunResult{};
  const Variables variables{{"XDG_STATE_HOME", program.state_home()}};
  EXPECT_EQ(Typed(program, {"run", "--once"}, variables).code, 0);
  program.next_run->stalled[{api::Kind::certificate, "payments", "shop"}] = "no such account";
  const Typed stalled(program, {"run", "--once"}, variables);
  EXPECT_EQ(stalled.code, 1);
  EXPECT_EQ(stalled.err.str(), "Certificate payments/shop is stalled: no such account\n");
  program.next_run = RunResult{};
  program.next_run->unpruned[{api::Kind::certificate, "payments", "shop"}] = "--max-deletions";
  const Typed unpruned(program, {"run", "--once"}, variables);
  EXPECT_EQ(unpruned.code, 1);
  EXPECT_EQ(unpruned.err.str(), "Certificate payments/shop is not pruned: --max-deletions\n");
  program.next_run = RunResult{.is_interrupted = true};
  const Typed interrupted(program, {"run", "--once"}, variables);
  EXPECT_EQ(interrupted.code, 1);
  EXPECT_EQ(interrupted.err.str(), "stopped before everything was settled\n");
}

report::DriftRow row() {
  report::DriftRow out;
  out.object = {api::Kind::certificate, "payments", "shop"};
  out.difference.drift_class = api::DriftClass::changed;
  return out;
}

TEST(Colours, AreForTerminalsThatWantThem) {
  const auto coloured = [](Variables variables, std::size_t width) {
    FakeProgram program;
    program.next_drift.rows = {row()};
    (void)program.store();
    variables["XDG_STATE_HOME"] = program.state_home();
    return Typed(program, {"drift"}, variables, width).out.str().find('\x1b') != std::string::npos;
  };
  EXPECT_TRUE(coloured({}, 100));
  EXPECT_FALSE(coloured({}, 0));
  EXPECT_FALSE(coloured({{"NO_COLOR", "1"}}, 100));
  EXPECT_TRUE(coloured({{"NO_COLOR", ""}}, 100)) << "no-color.org: empty means unset";
  EXPECT_FALSE(coloured({{"TERM", "dumb"}}, 100));
}

TEST(Progress, IsRewrittenOnATerminalAndPlainElsewhere) {
  FakeProgram program;
  program.progress = {{{api::Kind::certificate, "a", "b"}, "waits", 0, 2},
                      {{api::Kind::certificate, "a", "b"}, "waits", 1, 2},
                      {{api::Kind::certificate, "a", "b"}, "", 2, 2}};
  api::Object object;
  object.kind = api::Kind::account;
  object.meta.space = "default";
  object.meta.name = "prod";
  object.body = *api::Document::parse(
      R"({"spec":{"scope":"Account","regions":["us-east-1"],
          "authentication":{"defaultChain":{}}}})");
  ASSERT_TRUE(program.store()->create(object).ok());
  const Variables variables{{"CERTLOOP_STATE", program.directory()}};
  const std::vector<std::string> arguments{"reconcile", "account/prod"};
  EXPECT_EQ(Typed(program, arguments, variables).err.str(),
            "certificate.certloop.dev/b: waits\n"
            "account.certloop.dev/prod is not ready yet\n");
  EXPECT_EQ(Typed(program, arguments, variables, 80).err.str(),
            "\r\x1b[K[0/2] certificate.certloop.dev/b: waits"
            "\r\x1b[K[1/2] certificate.certloop.dev/b: waits"
            "\r\x1b[K"
            "account.certloop.dev/prod is not ready yet\n");
}

// Every command teaches: what it is for, how it is called, an example, and what its flags do.
TEST(Help, TeachesEveryCommand) {
  FakeProgram program;
  const Typed overview(program, {}, {});
  EXPECT_EQ(overview.code, 0);
  for (const char* name :
       {"apply", "get", "describe", "delete", "wait", "events", "diff", "plan", "drift", "expiring",
        "run", "explain", "reconcile", "emulator", "version"}) {
    EXPECT_NE(overview.out.str().find(std::string("\n  ") + name), std::string::npos) << name;
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{name, "--help"}, {"help", name}, {"-n", "x", name, "-h"}}) {
      const Typed run(program, arguments, {});
      EXPECT_EQ(run.code, 0) << name;
      for (const char* part : {"Usage: certloop ", "Examples:\n", "Flags:\n", "--state DIR"})
        EXPECT_NE(run.out.str().find(part), std::string::npos) << name;
      for (const std::string& line : {run.out.str()})
        EXPECT_EQ(line.find("\t"), std::string::npos) << name;
    }
  }
}

// S62, SECURITY: the controller's own identity only where it is allowed; a person's own state: all.
TEST(Engine, GetsTheOperatorsLeave) {
  FakeProgram program;
  const Variables variables{{"CERTLOOP_STATE", program.directory()}};
  EXPECT_EQ(Typed(program, {"run"}, variables).code, 0);
  ASSERT_TRUE(program.runs.back().engine.ambient_namespaces.has_value());
  EXPECT_TRUE(program.runs.back().engine.ambient_namespaces->empty());
  Typed(program,
        {"run", "-f", "specs", "--prune", "--ambient-namespaces", "a", "--ambient-namespaces=b",
         "--allow-endpoint=h:1", "--max-deletions=3", "--workers=2", "--controller-name=east"},
        variables);
  const RunRequest& request = program.runs.back();
  EXPECT_EQ(*request.engine.ambient_namespaces, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(request.engine.allow_endpoints, std::vector<std::string>{"h:1"});
  EXPECT_EQ(request.engine.controller_name, "east");
  EXPECT_EQ(request.source, "specs");
  EXPECT_TRUE(request.prune);
  EXPECT_EQ(request.max_deletions, 3U);
  EXPECT_EQ(request.workers, 2U);
  Typed(program, {"plan"}, variables);
  EXPECT_FALSE(program.plans.back().engine.ambient_namespaces.has_value());
}

TEST(Engine, TakesALostStateOverOnlyWhereTheOperatorSaysSo) {
  FakeProgram program;
  const Variables variables{{"CERTLOOP_STATE", program.directory()}};
  api::Object account;
  account.kind = api::Kind::account;
  account.meta.space = "default";
  account.meta.name = "prod";
  account.body = *api::Document::parse(R"({"spec": {
      "scope": "Account", "regions": ["us-east-1"], "authentication": {"defaultChain": {}}}})");
  ASSERT_TRUE(program.store()->create(account).ok());
  const auto reconciled = [&](const std::vector<std::string>& arguments) {
    Typed(program, arguments, variables);
    return program.reconciles.back().engine.take_over_lost_state;
  };
  EXPECT_FALSE(reconciled({"reconcile", "account/prod"}));
  EXPECT_TRUE(reconciled({"reconcile", "account/prod", "--take-over-lost-state"}));
  Typed(program, {"run"}, variables);
  EXPECT_FALSE(program.runs.back().engine.take_over_lost_state);
  Typed(program, {"run", "--take-over-lost-state"}, variables);
  EXPECT_TRUE(program.runs.back().engine.take_over_lost_state);
  EXPECT_NE(Typed(program, {"apply", "--help"}, {}).out.str().find("--take-over-lost-state"),
            std::string::npos);
  // What only looks takes nothing over.
  EXPECT_EQ(Typed(program, {"drift", "--take-over-lost-state"}, variables).code, 2);
}

TEST(Requests, SayWhatWasAskedFor) {
  FakeProgram program;
  (void)program.store();
  const Variables variables{{"XDG_STATE_HOME", program.state_home()}};
  Typed(program, {"drift", "--max-age=0"}, variables);
  EXPECT_EQ(program.drifts.back().max_age, Duration{0});
  EXPECT_EQ(program.drifts.back().space, std::nullopt);
  api::Object secret;
  secret.kind = api::Kind::secret;
  secret.meta.space = "payments";
  secret.meta.name = "tls";
  secret.body = *api::Document::parse(R"({"type": "Opaque"})");
  ASSERT_TRUE(program.store()->create(secret).ok());
  Typed(program, {"drift", "-n", "payments", "--state", program.directory()}, variables);
  EXPECT_EQ(program.drifts.back().space, "payments");
  Typed(program, {"expiring", "--within=7d", "-A", "-n", "x"}, variables);
  EXPECT_EQ(program.expiries.back().within, std::chrono::hours(168));
  EXPECT_EQ(program.expiries.back().space, std::nullopt);
  Typed(program, {"emulator", "--zone=a.test", "--zone", "b.test", "--rates", "--latency=20ms"},
        {});
  EXPECT_EQ(program.emulators.back().zones, (std::vector<std::string>{"a.test", "b.test"}));
  EXPECT_TRUE(program.emulators.back().rates);
  EXPECT_EQ(program.emulators.back().latency, std::chrono::milliseconds(20));
}

}  // namespace
}  // namespace certloop::cli
