#include "loop/controller_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/timestamp.h"

namespace certloop::loop {
namespace {

using testing::HasSubstr;

class ControllerLockTest : public testing::Test {
 protected:
  ControllerLockTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "certloop-lock-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~ControllerLockTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_;
  SimClock clock_{*parse_rfc3339("2026-11-21T02:03:04Z")};
};

TEST_F(ControllerLockTest, LetsOneControllerReconcileAndNamesItToTheNext) {
  const auto first = ControllerLock::try_acquire(directory_, clock_);
  ASSERT_TRUE(first.ok()) << first.error().message();
  const auto second = ControllerLock::try_acquire(directory_, clock_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), Code::conflict);
  EXPECT_THAT(second.error().message(), HasSubstr(directory_.string()));
  EXPECT_THAT(second.error().message(), HasSubstr("process " + std::to_string(getpid())));
  EXPECT_THAT(second.error().message(), HasSubstr("since 2026-11-21T02:03:04Z"));
  // Asking did not take the name away.
  const auto holder = ControllerLock::holder(directory_);
  ASSERT_TRUE(holder.ok());
  EXPECT_EQ(holder->pid, getpid());
  EXPECT_EQ(holder->since, clock_.now());
  EXPECT_EQ(holder->command, "");
}

TEST_F(ControllerLockTest, NamesTheCommandAndTheHostThatHoldIt) {
  const auto lock = ControllerLock::try_acquire(directory_, clock_, "apply");
  ASSERT_TRUE(lock.ok());
  const auto holder = ControllerLock::holder(directory_);
  ASSERT_TRUE(holder.ok());
  EXPECT_EQ(holder->command, "apply");
  EXPECT_EQ(text_of(*holder), "process " + std::to_string(getpid()) + " on " + holder->host +
                                  " (certloop apply), since 2026-11-21T02:03:04Z");
}

TEST_F(ControllerLockTest, LetsGoWhenItDies) {
  { ASSERT_TRUE(ControllerLock::try_acquire(directory_, clock_).ok()); }
  EXPECT_EQ(ControllerLock::holder(directory_).error().code(), Code::not_found);
  EXPECT_TRUE(ControllerLock::try_acquire(directory_, clock_).ok());
}

TEST_F(ControllerLockTest, NoticesThatItsDirectoryIsGoneOrAnotherOne) {
  const auto lock = ControllerLock::try_acquire(directory_, clock_);
  ASSERT_TRUE(lock.ok());
  EXPECT_TRUE(lock->check().ok());
  std::filesystem::remove_all(directory_);
  EXPECT_EQ(lock->check().error().code(), Code::unavailable);
  EXPECT_THAT(lock->check().error().message(), HasSubstr(directory_.string()));
  // Somebody makes it anew, and begins to reconcile there.
  std::filesystem::create_directory(directory_);
  const auto second = ControllerLock::try_acquire(directory_, clock_);
  ASSERT_TRUE(second.ok());
  EXPECT_FALSE(lock->check().ok());
  EXPECT_TRUE(second->check().ok());
}

TEST_F(ControllerLockTest, IsReleasedByTheKernelWhenTheProcessIsKilled) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto held = ControllerLock::try_acquire(directory_, clock_);
    const char word = held.ok() ? 'y' : 'n';
    if (write(ready[1], &word, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char word = '?';
  ASSERT_EQ(read(ready[0], &word, 1), 1);
  ASSERT_EQ(word, 'y');
  EXPECT_EQ(ControllerLock::try_acquire(directory_, clock_).error().code(), Code::conflict);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  EXPECT_TRUE(ControllerLock::try_acquire(directory_, clock_).ok());
}

TEST_F(ControllerLockTest, IsReadableByItsOwnerOnly) {
  const auto lock = ControllerLock::try_acquire(directory_, clock_);
  ASSERT_TRUE(lock.ok());
  using std::filesystem::perms;
  const auto mode = std::filesystem::status(directory_ / "controller.lock").permissions();
  EXPECT_EQ(mode & (perms::group_all | perms::others_all), perms::none);
}

TEST_F(ControllerLockTest, RefusesALinkInItsPlace) {
  std::filesystem::create_symlink(directory_ / "elsewhere", directory_ / "controller.lock");
  const auto lock = ControllerLock::try_acquire(directory_, clock_);
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().code(), Code::denied);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "elsewhere"));
}

TEST_F(ControllerLockTest, SaysWhichFileCannotBeOpened) {
  const auto lock = ControllerLock::try_acquire(directory_ / "missing", clock_);
  ASSERT_FALSE(lock.ok());
  EXPECT_THAT(lock.error().message(), HasSubstr("missing/controller.lock"));
  EXPECT_THAT(lock.error().message(), HasSubstr("No such file"));
}

TEST_F(ControllerLockTest, DoesNotBelieveARuinedFile) {
  std::ofstream(directory_ / "controller.lock") << "not a name\x1b[2J";
  EXPECT_EQ(ControllerLock::holder(directory_).error().code(), Code::not_found);
  EXPECT_TRUE(ControllerLock::try_acquire(directory_, clock_).ok());
}

}  // namespace
}  // namespace certloop::loop
