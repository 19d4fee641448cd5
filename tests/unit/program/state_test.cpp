// What is kept beside the store: the installation's identity, and what `run` was told.
#include "main_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/temporary_store.h"

namespace certloop {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class StateTest : public testing::Test {
 protected:
  const std::filesystem::path& state() const { return directory_.path(); }
  Result<Installation> establish(const std::string& asked = "") {
    return establish_installation(state(), asked, random_);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(state() / name) << text;
    std::filesystem::permissions(state() / name, std::filesystem::perms(0600));
  }
  std::string text_of(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(state() / name).rdbuf();
    return text.str();
  }

  SeededRandom random_{3};

 private:
  test::TemporaryDirectory directory_;
};

TEST_F(StateTest, TheDefaultNameIsStoredAsWellAndCannotBeChangedLater) {
  const auto made = establish();
  ASSERT_TRUE(made.ok()) << made.error().message();
  EXPECT_EQ(made->name, "default");
  EXPECT_THAT(made->id, Not(IsEmpty()));
  const auto other = establish("blue");
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code(), Code::invalid);
  EXPECT_THAT(other.error().message(), HasSubstr("belongs to installation default"));
  EXPECT_EQ(installation_of(state(), "blue").error().code(), Code::invalid);
}

TEST_F(StateTest, TheIdentityStaysTheSame) {
  const auto first = establish("blue");
  ASSERT_TRUE(first.ok());
  for (const char* asked : {"", "blue"}) {
    const auto again = establish(asked);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->name, "blue");
    EXPECT_EQ(again->id, first->id);
    EXPECT_EQ(installation_of(state(), asked).value().id, first->id);
  }
}

TEST_F(StateTest, AStateThatHasOnlyANameGetsItsId) {
  write("installation", "blue\n");
  EXPECT_EQ(installation_of(state(), "").value().name, "blue");
  const auto made = establish();
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->name, "blue");
  EXPECT_EQ(text_of("installation"), "blue\n" + made->id + "\n");
}

TEST_F(StateTest, ReadingWritesNothing) {
  EXPECT_EQ(installation_of(state(), "").value().name, "default");
  EXPECT_EQ(installation_of(state(), "blue").value().name, "blue");
  EXPECT_EQ(installation_of(state() / "nowhere", "").value().name, "default");
  EXPECT_TRUE(std::filesystem::is_empty(state()));
}

// An empty file says that there was a name: to go on under another would orphan every certificate.
TEST_F(StateTest, ADamagedNameIsNotReplacedByTheDefault) {
  for (const char* text : {"", "\n", "two words\n", "a/b\n"}) {
    write("installation", text);
    const auto established = establish();
    ASSERT_FALSE(established.ok()) << text;
    EXPECT_EQ(established.error().code(), Code::invalid);
    EXPECT_EQ(text_of("installation"), text);
  }
}

TEST_F(StateTest, ANameMustFitIntoATag) {
  for (const std::string& name : {std::string("a/b"), std::string("a b"), std::string(64, 'x')})
    EXPECT_EQ(establish(name).error().code(), Code::invalid) << name;
}

TEST_F(StateTest, OtherCommandsKeepToWhatRunWasTold) {
  cli::EngineOptions run;
  run.ambient_namespaces = {"platform"};
  run.allow_endpoints = {"vault.test:8200"};
  ASSERT_TRUE(keep_run_options(state(), run, random_).ok());
  const auto options = options_on(state(), {});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->ambient_namespaces, run.ambient_namespaces);
  EXPECT_EQ(options->allow_endpoints, run.allow_endpoints);
  cli::EngineOptions asked;
  asked.allow_endpoints = {"vault.test:8200"};
  EXPECT_TRUE(options_on(state(), asked).ok());
  asked.allow_endpoints = {"elsewhere.test:443"};
  EXPECT_EQ(options_on(state(), asked).error().code(), Code::denied);
}

TEST_F(StateTest, TheLastRunCounts) {
  cli::EngineOptions run;
  run.ambient_namespaces = {"platform"};
  ASSERT_TRUE(keep_run_options(state(), run, random_).ok());
  run.ambient_namespaces = std::vector<std::string>();
  ASSERT_TRUE(keep_run_options(state(), run, random_).ok());
  EXPECT_THAT(*options_on(state(), {}).value().ambient_namespaces, IsEmpty());
}

TEST_F(StateTest, WhereNothingHasRunItIsTheOperatorsOwnState) {
  cli::EngineOptions asked;
  asked.allow_endpoints = {"vault.test:8200"};
  const auto options = options_on(state(), asked);
  ASSERT_TRUE(options.ok());
  EXPECT_FALSE(options->ambient_namespaces.has_value());
  EXPECT_EQ(options->allow_endpoints, asked.allow_endpoints);
}

TEST_F(StateTest, DamagedRunOptionsAllowNothing) {
  for (const char* text : {"", "{}", "[]", R"({"ambientNamespaces": [1], "allowEndpoints": []})",
                           R"({"ambientNamespaces": "a", "allowEndpoints": []})"}) {
    write("run-options.json", text);
    EXPECT_EQ(options_on(state(), {}).error().code(), Code::invalid) << text;
  }
}

}  // namespace
}  // namespace certloop
