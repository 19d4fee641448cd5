#include "aws/credentials_system.h"

#include <gtest/gtest.h>

namespace certloop::aws {
namespace {

const SystemClock kClock;

TEST(SystemEnvironment, RunsProgramsWithoutAShell) {
  const SystemEnvironment environment(kClock);
  const auto ran = environment.run({"printf", "%s|%s", "a b", "$HOME"}, Duration(20000));
  ASSERT_TRUE(ran.ok()) << ran.error().message();
  EXPECT_EQ(ran->exit_status, 0);
  EXPECT_EQ(ran->output.reveal(), "a b|$HOME");
}

TEST(SystemEnvironment, TellsHowAProgramEnded) {
  const SystemEnvironment environment(kClock);
  EXPECT_EQ(environment.run({"sh", "-c", "exit 3"}, Duration(20000)).value().exit_status, 3);
  EXPECT_EQ(environment.run({"sh", "-c", "kill -9 $$"}, Duration(20000)).value().exit_status, 137);
  EXPECT_EQ(environment.run({"/no/such/program"}, Duration(20000)).error().code(), Code::not_found);
}

TEST(SystemEnvironment, GivesProgramsNothingToReadAndTakesNoErrors) {
  const SystemEnvironment environment(kClock);
  const auto ran = environment.run({"sh", "-c", "cat; echo hush >&2; echo out"}, Duration(20000));
  EXPECT_EQ(ran->output.reveal(), "out\n");
}

TEST(SystemEnvironment, KillsAProgramThatDoesNotEnd) {
  const SystemEnvironment environment(kClock);
  const auto ran = environment.run({"sh", "-c", "sleep 600 & sleep 600"}, Duration(20));
  EXPECT_EQ(ran.error().code(), Code::unavailable);
}

TEST(SystemEnvironment, StopsAProgramThatWritesWithoutEnd) {
  const SystemEnvironment environment(kClock);
  const auto ran = environment.run({"yes"}, Duration(60000));
  EXPECT_EQ(ran.error().code(), Code::unavailable);
}

TEST(SystemEnvironment, ReadsFilesAndVariables) {
  const SystemEnvironment environment(kClock);
  const std::string here = CERTLOOP_SOURCE_DIR "/tests/unit/aws_credentials/CMakeLists.txt";
  EXPECT_NE(environment.read_file(here).value().reveal().find("unit_aws_credentials"),
            std::string::npos);
  EXPECT_EQ(environment.read_file("/no/such/file").error().code(), Code::not_found);
  EXPECT_EQ(environment.read_file("/").error().code(), Code::denied);
  EXPECT_TRUE(environment.variable("PATH").has_value());
  EXPECT_FALSE(environment.variable("NO_SUCH_VARIABLE_AT_ALL").has_value());
  EXPECT_FALSE(environment.home_directory().empty());
}

}  // namespace
}  // namespace certloop::aws
