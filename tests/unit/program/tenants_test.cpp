// One directory with the files of many people: what one of them does holds up no other.
#include <gmock/gmock.h>

#include "source_fixture.h"

namespace certloop {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

api::Key of_team(const std::string& space, const std::string& name) {
  return {api::Kind::certificate, space, name};
}

class TenantsTest : public SourceTest {
 protected:
  // Looks once a second, for that many seconds, while `name` is written anew before each look.
  void look_while_changing(const std::string& name, int seconds, const std::string& content) {
    for (int i = 0; i < seconds; ++i) {
      write(name, content + "# " + std::to_string(++written_) + "\n");
      look();
    }
  }

 private:
  int written_ = 0;
};

TEST_F(TenantsTest, AFileThatKeepsChangingHoldsUpNoOther) {
  write("ours.yaml", certificate("shop", "ours"));
  start();
  look_while_changing("theirs.yaml", 5, certificate("news", "theirs"));
  EXPECT_TRUE(exists(of_team("ours", "shop"))) << log;
  EXPECT_FALSE(exists(of_team("theirs", "news")));
  EXPECT_FALSE(source->is_settled().value());
  write("ours.yaml", certificate("shop", "ours") + certificate("blog", "ours"));
  look_while_changing("theirs.yaml", 20, certificate("news", "theirs"));
  EXPECT_TRUE(exists(of_team("ours", "blog"))) << log;
  EXPECT_THAT(log, AllOf(HasSubstr("theirs.yaml"), HasSubstr("keeps changing")));
  look(2);
  EXPECT_TRUE(exists(of_team("theirs", "news")));
  EXPECT_TRUE(source->is_settled().value());
}

TEST_F(TenantsTest, AFileThatKeepsChangingLosesNothing) {
  write("ours.yaml", certificate("shop", "ours") + certificate("blog", "ours"));
  write("theirs.yaml", certificate("news", "theirs"));
  start();
  take_in();
  look_while_changing("theirs.yaml", 60, "");
  EXPECT_TRUE(exists(of_team("theirs", "news")));
  // What others remove meanwhile is pruned all the same.
  write("ours.yaml", certificate("shop", "ours"));
  look_while_changing("theirs.yaml", 20, "");
  EXPECT_FALSE(exists(of_team("ours", "blog"))) << log;
  EXPECT_TRUE(exists(of_team("theirs", "news")));
}

TEST_F(TenantsTest, AFileThatKeepsChangingLosesNothingWhenTheProcessBeginsAnew) {
  write("ours.yaml", certificate("shop", "ours") + certificate("blog", "ours"));
  write("theirs.yaml", certificate("news", "theirs"));
  start();
  take_in();
  start();
  write("ours.yaml", certificate("shop", "ours"));
  look_while_changing("theirs.yaml", 60, "");
  EXPECT_TRUE(exists(of_team("theirs", "news")));
  EXPECT_FALSE(exists(of_team("ours", "blog"))) << log;
}

// It has moved into the file that keeps changing.
TEST_F(TenantsTest, SparesWhatIsNamedInAFileThatKeepsChanging) {
  write("ours.yaml", certificate("shop", "ours") + certificate("blog", "ours"));
  start();
  take_in();
  write("ours.yaml", certificate("shop", "ours"));
  look_while_changing("theirs.yaml", 60, certificate("blog", "ours"));
  EXPECT_TRUE(exists(of_team("ours", "blog")));
}

// The looks that count are those at a file that stands still.
TEST_F(TenantsTest, CountsAbsenceAnewWhenTheFileHasChangedAgain) {
  write("ours.yaml", certificate("shop", "ours") + certificate("blog", "ours"));
  start();
  take_in();
  write("ours.yaml", certificate("shop", "ours"));
  look(10);
  look_while_changing("ours.yaml", 5, certificate("shop", "ours"));
  look(8);
  EXPECT_TRUE(exists(of_team("ours", "blog")));
  look(10);
  EXPECT_FALSE(exists(of_team("ours", "blog")));
}

TEST_F(TenantsTest, AFaultyFileStopsThePruningOfItsNamespacesOnly) {
  write("ours.yaml", certificate("shop", "ours") + certificate("blog", "ours"));
  write("theirs.yaml", certificate("news", "theirs") + certificate("mail", "theirs"));
  write("more.yaml", certificate("wiki", "theirs"));
  start();
  take_in();
  write("theirs.yaml", certificate("news", "theirs") + "---\nkind: [");
  write("ours.yaml", certificate("shop", "ours"));
  erase("more.yaml");
  look(30);
  EXPECT_FALSE(exists(of_team("ours", "blog"))) << log;
  EXPECT_TRUE(exists(of_team("theirs", "mail")));
  EXPECT_TRUE(exists(of_team("theirs", "wiki"))) << "it may have moved into the broken file";
  EXPECT_THAT(log, AllOf(HasSubstr("not pruned"), HasSubstr("theirs.yaml")));
  write("theirs.yaml", certificate("news", "theirs"));
  look(75);
  EXPECT_FALSE(exists(of_team("theirs", "mail")));
  EXPECT_FALSE(exists(of_team("theirs", "wiki")));
}

TEST_F(TenantsTest, AFaultyObjectStopsThePruningOfItsNamespaceOnly) {
  write("ours.yaml", certificate("shop", "ours") + certificate("blog", "ours"));
  start();
  take_in();
  write("theirs.yaml",
        "---\napiVersion: certloop.dev/v1alpha1\nkind: Certificate\n"
        "metadata: {name: news, namespace: theirs}\nspec: {bogus: 1}\n");
  write("ours.yaml", certificate("shop", "ours"));
  look(30);
  EXPECT_FALSE(exists(of_team("ours", "blog"))) << log;
}

TEST_F(TenantsTest, ALinkThatLeadsOutStopsNobodysPruning) {
  write("ours.yaml", certificate("shop", "ours") + certificate("blog", "ours"));
  write("theirs.yaml", certificate("news", "theirs"));
  start();
  take_in();
  erase("theirs.yaml");
  std::filesystem::create_symlink("/dev/zero", directory() / "theirs.yaml");
  write("ours.yaml", certificate("shop", "ours"));
  look(30);
  EXPECT_FALSE(exists(of_team("ours", "blog"))) << log;
  EXPECT_TRUE(exists(of_team("theirs", "news")));
}

TEST_F(TenantsTest, CountsDeletionsForEachNamespace) {
  request.max_deletions = 2;
  std::string many;
  for (const char* name : {"a", "b", "c"}) many += certificate(name, "theirs");
  write("ours.yaml", certificate("shop", "ours") + certificate("blog", "ours"));
  write("theirs.yaml", many);
  start();
  take_in();
  erase("theirs.yaml");
  write("ours.yaml", certificate("shop", "ours"));
  look(30);
  for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(exists(of_team("theirs", name))) << name;
  EXPECT_FALSE(exists(of_team("ours", "blog"))) << log;
  EXPECT_THAT(log, AllOf(HasSubstr("--max-deletions"), HasSubstr("theirs")));
  EXPECT_TRUE(source->is_settled().value());
}

// A wiped file: a disk that was full, a crash in the middle of writing. Nobody wishes that much.
TEST_F(TenantsTest, ABlankFileIsNoWishToDelete) {
  write("ours.yaml", certificate("shop", "ours") + certificate("blog", "ours"));
  write("theirs.yaml", certificate("news", "theirs"));
  start();
  take_in();
  for (const char* blank : {"", "\n", " \n\t\n"}) {
    write("theirs.yaml", blank);
    write("ours.yaml", certificate("shop", "ours"));
    look(40);
    EXPECT_TRUE(exists(of_team("theirs", "news")));
    EXPECT_THAT(
        source->is_settled().error().message(),
        AllOf(HasSubstr("theirs.yaml"), HasSubstr("is empty"), HasSubstr("delete the file")));
    start();
  }
  EXPECT_FALSE(exists(of_team("ours", "blog"))) << log;
  erase("theirs.yaml");
  look(20);
  EXPECT_FALSE(exists(of_team("theirs", "news")));
}

TEST_F(TenantsTest, ABlankFileThatBroughtNothingIsNoFault) {
  write("ours.yaml", certificate("shop", "ours"));
  write("empty.yaml", "");
  start();
  take_in();
  EXPECT_TRUE(source->is_settled().value());
}

TEST_F(TenantsTest, AFileThatHoldsOnlyACommentIsPrunedAsARemovedOneIs) {
  write("ours.yaml", certificate("shop", "ours"));
  write("theirs.yaml", certificate("news", "theirs"));
  start();
  take_in();
  write("theirs.yaml", "# moved elsewhere\n");
  look(8);
  EXPECT_TRUE(exists(of_team("theirs", "news")));
  EXPECT_THAT(log, AllOf(HasSubstr("will be pruned"), HasSubstr("theirs.yaml")));
  look(10);
  EXPECT_FALSE(exists(of_team("theirs", "news"))) << log;
}

// What an earlier version brought does not say from which file: it may be the broken one.
TEST_F(TenantsTest, SparesWhatDoesNotSayItsFileWhileAnyFileIsBroken) {
  write("ours.yaml", certificate("shop", "ours"));
  write("theirs.yaml", certificate("news", "theirs"));
  start();
  take_in();
  api::Object news = store->get(of_team("theirs", "news")).value();
  news.meta.annotations.clear();
  ASSERT_TRUE(store->edit_metadata(news).ok());
  write("theirs.yaml", "kind: [");
  start();
  look(30);
  EXPECT_TRUE(exists(of_team("theirs", "news")));
}

// Nobody knows what comes after it: neither a part nor a deletion is taken from what was read.
TEST_F(TenantsTest, PastABoundAllStaysAsItWas) {
  max_documents = 3;
  write("a.yaml", certificate("shop", "ours") + certificate("blog", "ours"));
  write("z.yaml", certificate("news", "theirs"));
  start();
  take_in();
  write("a.yaml", certificate("shop", "ours") + certificate("mail", "ours"));
  write("m.yaml", certificate("one", "many") + certificate("two", "many"));
  look(30);
  EXPECT_TRUE(exists(of_team("ours", "blog")));
  EXPECT_TRUE(exists(of_team("theirs", "news")));
  EXPECT_FALSE(exists(of_team("ours", "mail")));
  EXPECT_THAT(source->is_settled().error().message(),
              AllOf(HasSubstr("m.yaml"), HasSubstr("more than 3 documents")));
  erase("m.yaml");
  look(70);
  EXPECT_TRUE(exists(of_team("ours", "mail")));
  EXPECT_FALSE(exists(of_team("ours", "blog")));
}

// Which file brought it is written on the object, and belongs to nobody: not to who applies it.
TEST_F(TenantsTest, WritesOnEachObjectWhichFileBroughtIt) {
  write("ours.yaml", certificate("shop"));
  start();
  take_in();
  const api::Object before = store->get(key("shop")).value();
  EXPECT_EQ(before.meta.annotations.at("certloop.dev/source-file"), "ours.yaml");
  EXPECT_THAT(before.meta.managed_fields.text(), Not(HasSubstr("source-file")));
  const auto loaded = spec::load_text(certificate("shop"), "shop.yaml", {}).value();
  EXPECT_EQ(store->apply(loaded.front().object, {}).value(), before);
  erase("ours.yaml");
  std::filesystem::create_directory(directory() / "team");
  write("team/moved.yaml", certificate("shop"));
  look(20);
  EXPECT_EQ(store->get(key("shop")).value().meta.annotations.at("certloop.dev/source-file"),
            "team/moved.yaml");
}

}  // namespace
}  // namespace certloop
