// `certloop run` as a process would do it: threads and the machine's clock, but an emulated AWS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "emulator/emulator.h"
#include "loop/controller_lock.h"
#include "main_program.h"
#include "main_state.h"
#include "schema/schema.h"
#include "tests/support/faulty_store.h"
#include "tests/support/sealed_state.h"
#include "tests/support/still_environment.h"
#include "tests/support/temporary_store.h"

namespace certloop {
namespace {

using testing::HasSubstr;

class RunTest : public testing::Test {
 protected:
  RunTest() {
    if (!schema::check_descriptions().ok()) throw std::runtime_error("the definitions are broken");
    const auto key_file = root_.path() / "key";
    std::ofstream(key_file) << test::seal_key();
    std::filesystem::permissions(key_file, std::filesystem::perms(0600));
    environment_.variables["CERTLOOP_SEAL_KEY_FILE"] = key_file.string();
    auto opened = program.open_store({state().string(), cli::StoreOptions::Missing::create});
    if (!opened.ok()) throw std::runtime_error(opened.error().message());
    store = std::move(*opened);
    faulty = std::make_unique<test::FaultyStore>(*store);
  }

  std::filesystem::path state() const { return root_.path() / "state"; }

 private:
  test::TemporaryDirectory root_;

 protected:
  SystemClock clock_;

 private:
  SeededRandom random_{5};
  emulator::Emulator aws_{{}, clock_, random_};
  emulator::EmulatorTransport transport_{aws_};
  test::StillEnvironment environment_;

 protected:
  static cli::RunRequest once() {
    cli::RunRequest request;
    request.once = true;
    return request;
  }

  std::stop_source stop;
  LocalProgram program{
      {clock_, random_, Log::none(), transport_, transport_, environment_, stop.get_token()}};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<test::FaultyStore> faulty;
};

TEST_F(RunTest, OnceEndsAtOnceWhereThereIsNothingToDo) {
  EXPECT_TRUE(program.run(*faulty, once()).ok());
}

TEST_F(RunTest, OnceEndsWithAnErrorWhereTheStoreCannotBeRead) {
  faulty->before = [](const std::string& operation) -> Result<void> {
    if (operation == "list") return Error(Code::unavailable, "disk I/O error");
    return {};
  };
  const auto ended = program.run(*faulty, once());
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code(), Code::unavailable);
}

TEST_F(RunTest, OnceSaysWhatIsStalled) {
  const auto source = state().parent_path() / "shop.yaml";
  std::ofstream(source) << "apiVersion: certloop.dev/v1alpha1\nkind: Certificate\n"
                           "metadata: {name: shop}\nspec: {domainName: shop.example.com, "
                           "accountRef: {name: none}, region: us-east-1, issuer: {amazon: {}}}\n";
  cli::RunRequest request = once();
  request.source = source.string();
  const auto ended = program.run(*faulty, request);
  ASSERT_TRUE(ended.ok()) << ended.error().message();
  EXPECT_FALSE(ended->is_interrupted);
  ASSERT_EQ(ended->stalled.size(), 1U);
  EXPECT_EQ(text_of(ended->stalled.begin()->first), "Certificate default/shop");
  EXPECT_THAT(ended->stalled.begin()->second, HasSubstr("none"));
}

// Two commands on one state: the second says for whom it waits.
TEST_F(RunTest, WhoeverWaitsForTheLockIsToldWhoHoldsIt) {
  api::Object wanted;
  wanted.kind = api::Kind::certificate;
  wanted.meta.space = "default";
  wanted.meta.name = "shop";
  wanted.body = *api::Document::parse(
      R"({"spec": {"domainName": "shop.example.com", "accountRef": {"name": "prod"},
          "region": "us-east-1", "issuer": {"amazon": {}}}})");
  const api::Key key = store->apply(wanted, {}).value().key();
  const auto lock = loop::ControllerLock::try_acquire(store->name(), clock_, "apply");
  ASSERT_TRUE(lock.ok());
  cli::ReconcileRequest request;
  request.keys = {key};
  request.timeout = std::chrono::seconds(30);
  std::vector<std::string> said;
  request.progress = [&](const cli::Progress& progress) {
    said.push_back(progress.message);
    stop.request_stop();
  };
  ASSERT_TRUE(program.reconcile(*faulty, request).ok());
  ASSERT_FALSE(said.empty());
  EXPECT_THAT(said.back(), testing::AllOf(HasSubstr("process " + std::to_string(getpid())),
                                          HasSubstr("(certloop apply)"), HasSubstr("since 20")));
}

TEST_F(RunTest, OnceEndsWithTheSourcesError) {
  const auto source = state().parent_path() / "broken.yaml";
  std::ofstream(source) << "kind: [";
  cli::RunRequest request = once();
  request.source = source.string();
  const auto ended = program.run(*faulty, request);
  ASSERT_FALSE(ended.ok());
  EXPECT_THAT(ended.error().message(), HasSubstr("broken.yaml:1"));
}

// Somebody deletes the state under a running controller: it must not go on with files that nobody
// else can see, beside the next controller.
TEST_F(RunTest, EndsWithAnErrorWhereTheStateIsDeleted) {
  faulty->waiting = [&] { std::filesystem::remove_all(state()); };
  const auto ended = program.run(*faulty, {});
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().code(), Code::unavailable);
  EXPECT_THAT(ended.error().message(), HasSubstr("was deleted, moved or replaced"));
}

TEST_F(RunTest, EndsWithAnErrorWhereTheStateIsReplaced) {
  faulty->waiting = [&] {
    std::filesystem::rename(state(), state().string() + ".old");
    std::filesystem::create_directory(state());
    std::ofstream(state() / "controller.lock") << "";
  };
  EXPECT_EQ(program.run(*faulty, {}).error().code(), Code::unavailable);
}

TEST_F(RunTest, KeepsWhatItWasToldForEveryOtherCommand) {
  cli::RunRequest request = once();
  request.engine.ambient_namespaces = {"platform"};
  request.engine.allow_endpoints = {"vault.test:8200"};
  ASSERT_TRUE(program.run(*faulty, request).ok());
  const auto options = program.options_on(state().string(), {});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->ambient_namespaces, request.engine.ambient_namespaces);
  EXPECT_EQ(options->allow_endpoints, request.engine.allow_endpoints);
}

TEST_F(RunTest, TheInstallationIsStoredWhenTheStateIsMade) {
  EXPECT_EQ(installation_of(state(), "").value().name, "default");
  EXPECT_FALSE(installation_of(state(), "").value().id.empty());
  const auto blue = state().parent_path() / "blue";
  ASSERT_TRUE(program.open_store({blue.string(), cli::StoreOptions::Missing::create, "blue"}).ok());
  EXPECT_EQ(installation_of(blue, "").value().name, "blue");
  const auto again =
      program.open_store({blue.string(), cli::StoreOptions::Missing::create, "green"});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), Code::invalid);
}

TEST_F(RunTest, AnEmptiedStateIsNotFound) {
  const auto empty = state().parent_path() / "empty";
  std::filesystem::create_directory(empty);
  std::filesystem::permissions(empty, std::filesystem::perms(0700));
  using Missing = cli::StoreOptions::Missing;
  EXPECT_EQ(program.open_store({empty.string(), Missing::fail}).error().code(), Code::not_found);
  EXPECT_TRUE(program.open_store({empty.string(), Missing::empty}).ok());
  EXPECT_TRUE(std::filesystem::is_empty(empty));
}

}  // namespace
}  // namespace certloop
