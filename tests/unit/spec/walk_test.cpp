#include "spec/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "spec/load.h"
#include "tests/unit/spec/fake_files.h"

namespace certloop::spec {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> paths_of(const Walk& found) {
  std::vector<std::string> paths;
  for (const FoundFile& file : found.files) paths.push_back(file.path);
  return paths;
}

std::vector<std::string> messages_of(const Walk& found) {
  std::vector<std::string> messages;
  for (const Unread& unread : found.errors) messages.push_back(unread.error.message());
  return messages;
}

// Two directories of their own for each test, gone with it: the tree, and what stands outside.
class WalkTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    const std::string own =
        testing::TempDir() + "certloop_walk_" + test->name() + "_" + std::to_string(::getpid());
    std::filesystem::create_directories(own);
    own_ = std::filesystem::canonical(own).string();
    tree_ = own_ + "/tree";
    std::filesystem::create_directories(tree_ + "/below");
  }
  void TearDown() override { std::filesystem::remove_all(own_); }

  void write(const std::string& path) const {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << "a: 1\n";
  }
  Walk walk_tree() const { return walk(files_, tree_, true); }

  std::string own_, tree_;
  DiskFiles files_;
};

TEST_F(WalkTest, FindsTheSpecsInTheOrderOfTheirNames) {
  for (const char* name : {"/b.yaml", "/a.json", "/below/c.yml", "/words.md"}) write(tree_ + name);
  const Walk found = walk_tree();
  EXPECT_THAT(paths_of(found),
              ElementsAre(tree_ + "/a.json", tree_ + "/b.yaml", tree_ + "/below/c.yml"));
  EXPECT_THAT(found.errors, IsEmpty());
  const Walk flat = walk(files_, tree_, false);
  EXPECT_THAT(paths_of(flat), ElementsAre(tree_ + "/a.json", tree_ + "/b.yaml"));
  EXPECT_TRUE(flat.skipped_directories);
}

TEST_F(WalkTest, SkipsWhatIsHiddenOrBelongsToOtherTools) {
  for (const char* name :
       {"/.hidden.yaml", "/.git/config.yaml", "/kustomization.yaml", "/Chart.yaml", "/a.yaml"})
    write(tree_ + name);
  EXPECT_THAT(paths_of(walk_tree()), ElementsAre(tree_ + "/a.yaml"));
  // But what is named is read.
  EXPECT_THAT(paths_of(walk(files_, tree_ + "/.hidden.yaml", false)),
              ElementsAre(tree_ + "/.hidden.yaml"));
}

TEST_F(WalkTest, EndsAtLinksInACircle) {
  write(tree_ + "/below/a.yaml");
  std::filesystem::create_directory_symlink(tree_, tree_ + "/below/again");
  std::filesystem::create_directory_symlink("itself", tree_ + "/itself");
  std::filesystem::create_directory_symlink(tree_ + "/below", tree_ + "/below2");
  const Walk found = walk_tree();
  EXPECT_THAT(paths_of(found), ElementsAre(tree_ + "/below/a.yaml"));
  EXPECT_THAT(messages_of(found), ElementsAre(HasSubstr(tree_ + "/itself: this link leads back")));
}

// 2^40 paths lead through these links, and each directory is read once.
TEST_F(WalkTest, ReadsEachDirectoryOnceHoweverManyLinksLeadToIt) {
  for (int i = 0; i < 40; ++i) {
    const std::string here = tree_ + "/d" + std::to_string(i);
    write(here + "/a.yaml");
    for (const char* name : {"/x", "/y"})
      std::filesystem::create_directory_symlink("../d" + std::to_string(i + 1), here + name);
  }
  std::filesystem::create_directories(tree_ + "/d40");
  std::filesystem::create_directory_symlink("../d0", tree_ + "/d40/x");
  const Walk found = walk_tree();
  EXPECT_EQ(found.files.size(), 40u);
  EXPECT_THAT(found.errors, IsEmpty());
}

// As Kubernetes mounts a ConfigMap.
TEST_F(WalkTest, FollowsLinksWithinTheTree) {
  write(tree_ + "/..2026_01/a.yaml");
  std::filesystem::create_directory_symlink("..2026_01", tree_ + "/..data");
  std::filesystem::create_symlink("..data/a.yaml", tree_ + "/a.yaml");
  const Walk found = walk_tree();
  EXPECT_THAT(paths_of(found), ElementsAre(tree_ + "/a.yaml"));
  EXPECT_THAT(found.errors, IsEmpty());
}

// By its own path, wherever the links to it stand.
TEST_F(WalkTest, ReadsEachFileOnceHoweverManyLinksLeadToIt) {
  write(tree_ + "/owner/a.yaml");
  std::filesystem::create_directories(tree_ + "/before");
  std::filesystem::create_symlink("../owner/a.yaml", tree_ + "/before/1.yaml");
  std::filesystem::create_symlink("1.yaml", tree_ + "/before/2.yaml");
  std::filesystem::create_symlink("owner/a.yaml", tree_ + "/z.yaml");
  const Walk found = walk_tree();
  EXPECT_THAT(paths_of(found), ElementsAre(tree_ + "/owner/a.yaml"));
  EXPECT_THAT(found.errors, IsEmpty());
}

// As Kubernetes mounts a ConfigMap: its files are known by the links beside them.
TEST_F(WalkTest, KnowsAFileThatOnlyLinksLeadToByTheLinkAboveIt) {
  write(tree_ + "/owner/..2026_01/a.yaml");
  std::filesystem::create_directory_symlink("..2026_01", tree_ + "/owner/..data");
  std::filesystem::create_symlink("..data/a.yaml", tree_ + "/owner/a.yaml");
  std::filesystem::create_directories(tree_ + "/before");
  std::filesystem::create_symlink("../owner/..2026_01/a.yaml", tree_ + "/before/1.yaml");
  std::filesystem::create_directory_symlink("../owner/..2026_01", tree_ + "/before/all");
  EXPECT_THAT(paths_of(walk_tree()), ElementsAre(tree_ + "/owner/a.yaml"));
  std::filesystem::remove(tree_ + "/owner/a.yaml");
  std::filesystem::create_directory_symlink("..2026_01", tree_ + "/owner/all");
  EXPECT_THAT(paths_of(walk_tree()), ElementsAre(tree_ + "/owner/all/a.yaml"));
}

// Each of the names may be anybody's; but it is no object that stands twice.
TEST_F(WalkTest, AFileWithTwoNamesDefinesNothingTwice) {
  std::ofstream(tree_ + "/b.yaml") << "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
  std::filesystem::create_hard_link(tree_ + "/b.yaml", tree_ + "/a.yaml");
  LoadOptions options;
  options.paths = {tree_};
  const Reading reading = load_what_is_good(files_, options);
  EXPECT_FALSE(reading.error);
  ASSERT_EQ(reading.objects.size(), 1u);
  EXPECT_EQ(reading.objects.front().file, tree_ + "/a.yaml");
  options.came_from = [&](const api::Key&, const std::string& file) {
    return file == tree_ + "/b.yaml";
  };
  EXPECT_EQ(load_what_is_good(files_, options).objects.front().file, tree_ + "/b.yaml");
}

TEST_F(WalkTest, RefusesLinksOutOfTheTree) {
  write(own_ + "/secret.yaml");
  write(own_ + "/tree2/b.yaml");
  std::filesystem::create_symlink("../secret.yaml", tree_ + "/file.yaml");
  std::filesystem::create_directory_symlink("../tree2", tree_ + "/directory");
  const Walk found = walk_tree();
  EXPECT_THAT(found.files, IsEmpty());
  EXPECT_THAT(messages_of(found),
              ElementsAre(AllOf(HasSubstr(tree_ + "/directory: "), HasSubstr("leads out of")),
                          AllOf(HasSubstr(tree_ + "/file.yaml: "), HasSubstr("leads out of"))));
}

// The directory that is named may itself be a link: who names it means what it leads to.
TEST_F(WalkTest, FollowsALinkThatIsNamed) {
  write(tree_ + "/a.yaml");
  std::filesystem::create_directory_symlink(tree_, own_ + "/link");
  EXPECT_THAT(paths_of(walk(files_, own_ + "/link", true)), ElementsAre(own_ + "/link/a.yaml"));
}

TEST_F(WalkTest, RefusesPipesAndDevices) {
  ASSERT_EQ(mkfifo((tree_ + "/pipe.yaml").c_str(), 0600), 0);
  ASSERT_EQ(mkfifo((tree_ + "/other").c_str(), 0600), 0);
  const Walk found = walk_tree();
  EXPECT_THAT(found.files, IsEmpty());
  EXPECT_THAT(messages_of(found), ElementsAre(HasSubstr("/pipe.yaml: not a regular file")));
  EXPECT_THAT(messages_of(walk(files_, "/dev/zero", false)),
              ElementsAre(HasSubstr("not a regular file")));
}

// To skip it could look as if the specs in it had been deleted.
TEST_F(WalkTest, NamesADirectoryThatCannotBeRead) {
  class Unreadable final : public Files {
   public:
    Result<FileState> state(const std::string& path) const override { return fake_.state(path); }
    Result<std::string> real_path(const std::string& path) const override { return path; }
    Result<std::vector<std::string>> list(const std::string& path,
                                          std::size_t most) const override {
      if (path == "d/closed") return Error(Code::denied, path + ": permission denied");
      return fake_.list(path, most);
    }
    Result<std::string> read(const std::string& path, std::size_t most,
                             const FileState* state) const override {
      return fake_.read(path, most, state);
    }

   private:
    const FakeFiles fake_{{{"d/a.yaml", "a: 1\n"}, {"d/closed/b.yaml", "b: 1\n"}}};
  };
  const Unreadable files;
  const Walk found = walk(files, "d", true);
  EXPECT_THAT(paths_of(found), ElementsAre("d/a.yaml"));
  EXPECT_THAT(messages_of(found), ElementsAre("d/closed: permission denied"));
  LoadOptions options;
  options.paths = {"d"};
  options.recursive = true;
  EXPECT_FALSE(load(files, options).ok());
}

TEST_F(WalkTest, NamesADirectoryWithoutPermissionOnDisk) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every directory";
  write(tree_ + "/closed/a.yaml");
  std::filesystem::permissions(tree_ + "/closed", std::filesystem::perms::none);
  const Walk found = walk_tree();
  std::filesystem::permissions(tree_ + "/closed", std::filesystem::perms::owner_all);
  EXPECT_THAT(messages_of(found), ElementsAre(tree_ + "/closed: permission denied"));
}

TEST_F(WalkTest, BoundsTheDepth) {
  std::string path = tree_;
  for (int i = 0; i < 40; ++i) path += "/d";
  write(path + "/a.yaml");
  const Walk found = walk_tree();
  EXPECT_THAT(found.files, IsEmpty());
  EXPECT_THAT(messages_of(found), ElementsAre(HasSubstr("more than 32 directories deep")));
}

TEST(WalkIgnores, WhatTheIgnoreFileMatches) {
  const FakeFiles files({{"d/.certloopignore",
                          "# not for certloop\n"
                          "*.tmp.yaml\n"
                          "values.yaml\n"
                          "!keep/values.yaml\n"
                          "/charts/\n"
                          "deep/**/x?.yaml\n"},
                         {"d/a.yaml", ""},
                         {"d/b.tmp.yaml", ""},
                         {"d/charts/c.yaml", ""},
                         {"d/deep/1/2/x1.yaml", ""},
                         {"d/deep/x22.yaml", ""},
                         {"d/keep/values.yaml", ""},
                         {"d/sub/charts/d.yaml", ""},
                         {"d/sub/values.yaml", ""}});
  EXPECT_THAT(
      paths_of(walk(files, "d", true)),
      ElementsAre("d/a.yaml", "d/deep/x22.yaml", "d/keep/values.yaml", "d/sub/charts/d.yaml"));
}

TEST(WalkIgnores, InTimeThatDoesNotExplode) {
  std::string pattern;
  for (int i = 0; i < 300; ++i) pattern += "a*";
  const FakeFiles files(
      {{"d/.certloopignore", pattern + "b\n"}, {"d/" + std::string(250, 'a') + ".yaml", ""}});
  EXPECT_EQ(walk(files, "d", true).files.size(), 1u);
}

}  // namespace
}  // namespace certloop::spec
