#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "spec/files.h"
#include "spec/load.h"

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
  EXPECT_TRUE(files_.is_directory(root_).value());
  EXPECT_FALSE(files_.is_directory(root_ + "/a.yaml").value());
  EXPECT_THAT(files_.list(root_).value(), ElementsAre("a.yaml", "b.yaml", "below"));
  EXPECT_EQ(files_.read(root_ + "/b.yaml", 100).value(), "b: 1\n");
  EXPECT_EQ(files_.read(root_ + "/a.yaml", 1 << 20).value().size(), 200'000u);
}

TEST_F(DiskFilesTest, SayWhatCannotBeRead) {
  const std::string missing = root_ + "/missing";
  EXPECT_EQ(files_.read(missing, 100).error().code(), Code::not_found);
  EXPECT_EQ(files_.is_directory(missing).error().code(), Code::not_found);
  EXPECT_EQ(files_.list(missing).error().code(), Code::not_found);
  EXPECT_THAT(files_.read(missing, 100).error().message(), HasSubstr(missing));
  write("large", std::string(1000, 'x'));
  EXPECT_EQ(files_.read(root_ + "/large", 999).error().code(), Code::invalid);
  EXPECT_FALSE(files_.read(root_, 100).ok());
}

TEST_F(DiskFilesTest, StopAtALinkThatLeadsBack) {
  write("a.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n");
  std::filesystem::create_directory_symlink(root_, root_ + "/below/again");
  LoadOptions options;
  options.paths = {root_};
  options.recursive = true;
  const auto loaded = load(files_, options);
  ASSERT_FALSE(loaded.ok());
  EXPECT_THAT(loaded.error().message(), HasSubstr("look for a link that leads back"));
}

}  // namespace
}  // namespace certloop::spec
