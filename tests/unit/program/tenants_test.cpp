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

  std::string file_of(const api::Key& of) const {
    return store->get(of).value().meta.annotations.at("certloop.dev/source-file");
  }
  std::string body_of(const api::Key& of) const { return store->get(of).value().body.text(); }
  std::string fault() const {
    const auto settled = source->is_settled();
    return settled.ok() ? "" : settled.error().message();
  }

 private:
  int written_ = 0;
};

const api::Key kProd{api::Kind::account, "default", "prod"};
constexpr const char* kRates = "  rates: {acm: {ImportCertificate: 2}}\n";
constexpr const char* kBadProd =
    "---\napiVersion: certloop.dev/v1alpha1\nkind: Account\nmetadata: {name: prod}\n"
    "spec: {bogus: 1}\n";

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

// Of an object that stands in two files, the one that had it before keeps it.
TEST_F(TenantsTest, ACopyOfAnothersObjectIsTheOnlyError) {
  write("keep.yaml", account("keep"));  // an empty source prunes nothing
  for (const std::string& copy :
       {account("prod"), std::string(kBadProd), account("prod") + "---\na: [",
        account("prod") + "metadata: {name: prod}\n"}) {
    write("platform.yaml", account("prod"));
    write("ours.yaml", certificate("shop"));
    start();
    take_in();
    write("evil.yaml", copy);
    look(3);
    write("platform.yaml", account("prod", kRates));
    write("ours.yaml", certificate("shop") + certificate("blog"));
    for (int process = 0; process < 2; ++process, start()) {
      look(4);
      EXPECT_THAT(body_of(kProd), HasSubstr("ImportCertificate")) << copy;
      EXPECT_EQ(file_of(kProd), "platform.yaml");
      EXPECT_TRUE(exists(key("blog"))) << log;
      EXPECT_THAT(fault(),
                  AllOf(HasSubstr("/evil.yaml:"), Not(HasSubstr("/ours.yaml:")),
                        Not(HasSubstr("/platform.yaml:2: ")), Not(HasSubstr("which has errors"))));
    }
    for (const char* name : {"evil.yaml", "platform.yaml", "ours.yaml"}) erase(name);
    look(100);  // what uses it goes first
    ASSERT_FALSE(exists(kProd)) << log;
  }
}

TEST_F(TenantsTest, SaysWhichFileHadTheObjectBefore) {
  write("platform.yaml", account("prod"));
  start();
  take_in();
  write("evil.yaml", account("prod"));
  look(4);
  EXPECT_EQ(fault(), (directory() / "evil.yaml").string() +
                         ":2: Account default/prod: already defined in " +
                         (directory() / "platform.yaml").string() +
                         ":2, which had it before; remove it here");
}

TEST_F(TenantsTest, WhereNobodyIsKnownToHaveHadItBothAreErrors) {
  write("platform.yaml", account("prod"));
  write("evil.yaml", account("prod"));
  start();
  look(4);
  EXPECT_FALSE(exists(kProd));
  EXPECT_THAT(fault(), HasSubstr("platform.yaml:2: Account default/prod: already defined in "));
}

// Else whoever keeps a copy has the object as soon as its owner makes a mistake.
TEST_F(TenantsTest, ACopyDoesNotTakeOverWhileTheFileThatHadItCannotBeJudged) {
  write("platform.yaml", account("prod"));
  start();
  take_in();
  write("evil.yaml", account("prod", kRates));
  look(3);
  const auto expect_kept = [&](const char* while_what) {
    EXPECT_THAT(body_of(kProd), Not(HasSubstr("ImportCertificate"))) << while_what;
    EXPECT_EQ(file_of(kProd), "platform.yaml") << while_what;
  };
  write("platform.yaml", "kind: [");
  look(70);
  expect_kept("it is broken");
  EXPECT_THAT(fault(), HasSubstr("evil.yaml:2: Account default/prod: came from platform.yaml"));
  start();
  look(4);
  expect_kept("it is broken, and the process begins anew");
  look_while_changing("platform.yaml", 70, "kind: [");
  expect_kept("it keeps changing");
  write("platform.yaml", "");
  look(4);
  expect_kept("it is blank");
  erase("platform.yaml");
  std::filesystem::create_symlink("/dev/zero", directory() / "platform.yaml");
  look(4);
  expect_kept("it cannot be read");
  erase("platform.yaml");
  look(4);
  EXPECT_EQ(file_of(kProd), "evil.yaml") << "it has moved";
  EXPECT_EQ(fault(), "");
}

TEST_F(TenantsTest, ALinkToAnothersFileChangesNothing) {
  write("platform.yaml", account("prod"));
  write("ours.yaml", certificate("shop"));
  std::filesystem::create_symlink("platform.yaml", directory() / "evil.yaml");
  start();
  take_in();
  EXPECT_TRUE(source->is_settled().value()) << log;
  EXPECT_EQ(file_of(kProd), "platform.yaml");
  std::filesystem::create_hard_link(directory() / "platform.yaml", directory() / "also.yaml");
  write("platform.yaml", account("prod", kRates));
  look(4);
  EXPECT_TRUE(source->is_settled().value()) << log;
  EXPECT_EQ(file_of(kProd), "platform.yaml");
  EXPECT_THAT(body_of(kProd), HasSubstr("ImportCertificate"));
}

TEST_F(TenantsTest, TheManyErrorsOfOneFileHideNoOthers) {
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "---\n{}\n";
  write("0.yaml", many);
  write("v.yaml", "kind: Nonsense\n");
  start();
  look(3);
  EXPECT_THAT(log, AllOf(HasSubstr("/0.yaml: (2980 more in this file)"), HasSubstr("/v.yaml:1: ")));
  log.clear();
  write("w.yaml", "kind: Nonsense\n");
  look(3);
  EXPECT_THAT(log, AllOf(HasSubstr("/w.yaml:1: "), Not(HasSubstr("/0.yaml"))))
      << "what was told is not told again";
  log.clear();
  erase("w.yaml");
  look(70);
  write("w.yaml", "kind: Nonsense\n");
  look(3);
  EXPECT_THAT(log, HasSubstr("/w.yaml:1: "));
}

TEST_F(TenantsTest, TheManyThatAreHeldUpHideNoOthers) {
  std::string many = kBadProd;
  for (int i = 0; i < 300; ++i) many += certificate("a" + std::to_string(i));
  write("0.yaml", many);
  write("v.yaml", certificate("shop"));
  start();
  look(3);
  EXPECT_THAT(log, AllOf(HasSubstr("/0.yaml: (280 more in this file)"), HasSubstr("/v.yaml:2: ")));
}

}  // namespace
}  // namespace certloop
