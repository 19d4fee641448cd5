#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "spec/files.h"

namespace certloop::spec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A directory of its own for each test, gone with it.
class DiskFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + "certloop_" + test->name() + "_" +
            std::to_string(reinterpret_cast<std::uintptr_t>(this));
    std::filesystem::create_directories(root_ + "/below");
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(root_ + "/" + name) << text;
  }

  std::string root_;
  DiskFiles files_;
};

TEST_F(DiskFilesTest, ReadWhatStandsThere) {
  write("b.yaml", "b: 1\n");
  write("a.yaml", std::string(200'000, 'x'));
  EXPECT_TRUE(files_.state(root_).value().is_directory());
  const FileState state = files_.state(root_ + "/a.yaml").value();
  EXPECT_EQ(state.type, FileState::Type::file);
  EXPECT_EQ(state.size, 200'000u);
  EXPECT_GT(state.modified, 0);
  EXPECT_THAT(files_.list(root_, 10).value(), ElementsAre("a.yaml", "b.yaml", "below"));
  EXPECT_EQ(files_.read(root_ + "/b.yaml", 100).value(), "b: 1\n");
  EXPECT_EQ(files_.read(root_ + "/a.yaml", 1 << 20, &state).value().size(), 200'000u);
}

TEST_F(DiskFilesTest, SayWhatCannotBeRead) {
  const std::string missing = root_ + "/missing";
  EXPECT_EQ(files_.read(missing, 100).error().code(), Code::not_found);
  EXPECT_EQ(files_.state(missing).error().code(), Code::not_found);
  EXPECT_EQ(files_.list(missing, 10).error().code(), Code::not_found);
  EXPECT_EQ(files_.real_path(missing).error().code(), Code::not_found);
  EXPECT_THAT(files_.read(missing, 100).error().message(), HasSubstr(missing));
  write("large", std::string(1000, 'x'));
  EXPECT_EQ(files_.read(root_ + "/large", 999).error().code(), Code::invalid);
  EXPECT_EQ(files_.list(root_, 1).error().code(), Code::invalid);
  EXPECT_FALSE(files_.read(root_, 100).ok());
}

// Opening a pipe blocks until somebody writes to it; a device may never end.
TEST_F(DiskFilesTest, ReadNeitherPipesNorSocketsNorDevices) {
  const std::string pipe = root_ + "/pipe.yaml";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(files_.state(pipe).value().type, FileState::Type::other);
  EXPECT_EQ(files_.read(pipe, 100).error().code(), Code::invalid);
  const std::string socket_path = root_ + "/s.yaml";
  sockaddr_un address{};
  ASSERT_LT(socket_path.size(), sizeof address.sun_path);
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, socket_path.size());
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(files_.read(socket_path, 100).error().code(), Code::invalid);
  ::close(listener);
  EXPECT_EQ(files_.read("/dev/zero", 100).error().code(), Code::invalid);
}

TEST_F(DiskFilesTest, NoticeThatAFileWasReplaced) {
  write("a.yaml", "a: 1\n");
  write("other.yaml", "b: 2\n");
  const FileState before = files_.state(root_ + "/a.yaml").value();
  std::filesystem::rename(root_ + "/other.yaml", root_ + "/a.yaml");
  EXPECT_EQ(files_.read(root_ + "/a.yaml", 100, &before).error().code(), Code::unavailable);
}

}  // namespace
}  // namespace certloop::spec
