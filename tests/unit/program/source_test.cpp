// How a running controller takes its specs in: what it believes, and when it tries again.
#include <gmock/gmock.h>

#include "source_fixture.h"

namespace certloop {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size())
    ++found;
  return found;
}

TEST_F(SourceTest, BelievesWhatItHasSeenTwice) {
  write("shop.yaml", certificate("shop"));
  start();
  look();
  EXPECT_FALSE(exists(key("shop")));
  look();
  EXPECT_TRUE(exists(key("shop")));
  EXPECT_TRUE(source->is_settled().value());
}

TEST_F(SourceTest, DoesNotCountLooksThatAreLessThanASecondApart) {
  write("shop.yaml", certificate("shop"));
  start();
  for (int i = 0; i < 9; ++i) {
    source->take_in();
    clock.advance(milliseconds(100));
  }
  EXPECT_FALSE(exists(key("shop")));
}

// The content counts: a file may be written twice within one tick of the disk's clock.
TEST_F(SourceTest, SeesAContentThatChangesUnderTheSameSizeAndTime) {
  write("shop.yaml", certificate("shop"));
  const auto time = std::filesystem::last_write_time(directory() / "shop.yaml");
  start();
  look();
  write("shop.yaml", certificate("blog"));
  std::filesystem::last_write_time(directory() / "shop.yaml", time);
  look();
  EXPECT_FALSE(exists(key("shop")));
  EXPECT_FALSE(exists(key("blog")));
  look();
  EXPECT_TRUE(exists(key("blog")));
}

TEST_F(SourceTest, KeepsTheLastGoodSpecsWhileAFileIsBroken) {
  write("shop.yaml", certificate("shop"));
  start();
  take_in();
  write("shop.yaml", "kind: Certificate\nspec: [");
  look(200);
  EXPECT_FALSE(is_going(key("shop")));
  EXPECT_FALSE(source->is_settled().ok());
  EXPECT_EQ(count(log, "still using the specs applied before"), 1U) << log;
  write("shop.yaml", certificate("shop") + certificate("blog"));
  look(2);
  EXPECT_TRUE(exists(key("blog")));
}

TEST_F(SourceTest, TriesAgainWithBackOffWhatTheStoreCouldNotTake) {
  write("shop.yaml", certificate("shop"));
  int tries = 0;
  faulty->before = [&](const std::string& operation) -> Result<void> {
    if (operation != "apply") return {};
    ++tries;
    return Error(Code::unavailable, "database or disk is full");
  };
  start();
  look(300);
  EXPECT_GT(tries, 8);  // 1, 2, 4, ... seconds apart, then a minute
  EXPECT_LT(tries, 13);
  EXPECT_EQ(count(log, "disk is full"), 1U) << log;
  faulty->before = nullptr;
  look(61);
  EXPECT_TRUE(exists(key("shop")));
  EXPECT_TRUE(source->is_settled().value());
}

TEST_F(SourceTest, FinishesWhatWasAppliedInPart) {
  write("all.yaml", certificate("blog") + certificate("shop"));
  int applies = 0;
  faulty->before = [&](const std::string& operation) -> Result<void> {
    // Two rehearsals, one write, and then the disk is full.
    if (operation == "apply" && ++applies == 4) return Error(Code::unavailable, "disk is full");
    return {};
  };
  start();
  look(2);
  EXPECT_TRUE(exists(key("blog")));
  EXPECT_FALSE(exists(key("shop")));
  look(2);
  EXPECT_TRUE(exists(key("shop")));
}

TEST_F(SourceTest, PutsBackAtOnceWhatIsMissingFromTheStore) {
  write("shop.yaml", certificate("shop"));
  start();
  take_in();
  look();
  ASSERT_TRUE(store->remove(key("shop"), {}).ok());
  look(2);
  EXPECT_TRUE(exists(key("shop")));
}

TEST_F(SourceTest, PutsBackAtEachIntervalWhatWasChangedInTheState) {
  write("prod.yaml", account("prod"));
  start();
  take_in();
  const api::Object before = store->get(key("prod", api::Kind::account)).value();
  api::Object changed = before;
  changed.meta.labels.erase(kSourceLabel);
  ASSERT_TRUE(store->edit_metadata(changed).ok());
  request.interval = minutes(1);
  look(62);
  EXPECT_EQ(store->get(before.key()).value().meta.labels, before.meta.labels);
}

TEST_F(SourceTest, WritesNothingWhileNothingHasChanged) {
  write("shop.yaml", certificate("shop"));
  start();
  take_in();
  int applies = 0;
  faulty->before = [&](const std::string& operation) -> Result<void> {
    if (operation == "apply") ++applies;
    return {};
  };
  look(600);
  EXPECT_EQ(applies, 0);
}

// Deleted by hand while it is in use, so that its deletion waits: Git still wants it.
TEST_F(SourceTest, RevivesWhatWasMarkedForDeletionByHand) {
  write("shop.yaml", certificate("shop"));
  start();
  take_in();
  hold(key("shop"));
  const std::string uid = store->get(key("shop")).value().meta.uid;
  ASSERT_TRUE(store->remove(key("shop"), {}).ok());
  ASSERT_TRUE(is_going(key("shop")));
  look(62);
  EXPECT_FALSE(is_going(key("shop")));
  EXPECT_EQ(store->get(key("shop")).value().meta.uid, uid);
}

TEST_F(SourceTest, RevivesWhatIsPutBackIntoGitAfterItWasPruned) {
  write("shop.yaml", certificate("shop"));
  write("blog.yaml", certificate("blog"));
  start();
  take_in();
  hold(key("shop"));
  erase("shop.yaml");
  look(20);
  ASSERT_TRUE(is_going(key("shop")));
  write("shop.yaml", certificate("shop"));
  look(2);
  EXPECT_FALSE(is_going(key("shop")));
}

TEST_F(SourceTest, RefusesObjectsOfOtherNamespacesWhereOneIsNamed) {
  request.space = "team";
  request.only_space = true;
  write("shop.yaml", certificate("shop", "team"));
  write("theirs.yaml", certificate("theirs", "platform"));
  start();
  look(3);
  EXPECT_TRUE(exists({api::Kind::certificate, "team", "shop"}));
  EXPECT_FALSE(exists({api::Kind::certificate, "platform", "theirs"}));
  EXPECT_THAT(source->is_settled().error().message(), HasSubstr("theirs.yaml:"));
}

// Another manager's Account, with the very same values: the source must not come to own whom it
// trusts, or it could change that once the other has let go.
TEST_F(SourceTest, DoesNotBecomeCoOwnerOfAnAccountByRepeatingIt) {
  write("prod.yaml", account("prod"));
  start();
  take_in();
  const auto wanted = store->get(key("prod", api::Kind::account)).value();
  ASSERT_TRUE(store->remove(wanted.key(), {}).ok());
  api::Object theirs;
  theirs.kind = wanted.kind;
  theirs.meta.space = wanted.meta.space;
  theirs.meta.name = wanted.meta.name;
  theirs.body = wanted.body;
  ASSERT_TRUE(store->apply(theirs, {.manager = "platform"}).ok());
  start();
  look(3);
  EXPECT_THAT(source->is_settled().error().message(),
              testing::AllOf(HasSubstr("prod.yaml:"), HasSubstr("spec.authentication is managed by "
                                                                "\"platform\"")));
  EXPECT_THAT(store->get(wanted.key()).value().meta.managed_fields.text(),
              Not(HasSubstr("\"certloop\"")));
}

// `apply` and `run` are one owner: a team may pass from one to the other.
TEST_F(SourceTest, GoesOnWithWhatApplyHasWritten) {
  write("prod.yaml", account("prod"));
  for (const char* manager : {"certloop", "certloop-apply"}) {
    SCOPED_TRACE(manager);
    api::Object applied;
    applied.kind = api::Kind::account;
    applied.meta.space = "default";
    applied.meta.name = "prod";
    applied.body = *api::Document::parse(
        R"({"spec": {"scope": "Account", "regions": ["us-east-1", "eu-west-1"],
            "authentication": {"defaultChain": {}}}})");
    ASSERT_TRUE(store->apply(applied, {.manager = manager}).ok());
    start();
    take_in();
    EXPECT_THAT(store->get(applied.key()).value().body.text(), Not(HasSubstr("eu-west-1")));
    ASSERT_TRUE(store->remove(applied.key(), {}).ok());
  }
}

// The label is the source's: whoever applies the same files without it neither takes it away nor
// changes anything, and what the source lacks later is pruned all the same.
TEST_F(SourceTest, ItsLabelOutlivesAnApplyOfTheSameFiles) {
  write("shop.yaml", certificate("shop"));
  write("blog.yaml", certificate("blog"));
  start();
  take_in();
  const api::Object before = store->get(key("blog")).value();
  ASSERT_TRUE(before.meta.labels.contains(kSourceLabel));
  const auto loaded = spec::load_text(certificate("blog"), "blog.yaml", {}).value();
  EXPECT_EQ(store->apply(loaded.front().object, {.dry_run = true}).value(), before);
  EXPECT_EQ(store->apply(loaded.front().object, {}).value(), before);
  for (const char* manager : {"certloop", "somebody"}) {
    api::Object labelled = loaded.front().object;
    labelled.meta.labels["team"] = "blog";
    ASSERT_TRUE(store->apply(labelled, {.manager = manager}).ok());
    ASSERT_TRUE(store->apply(loaded.front().object, {.manager = manager}).ok());
    EXPECT_EQ(store->get(key("blog")).value().meta.labels, before.meta.labels) << manager;
  }
  erase("blog.yaml");
  look(20);
  EXPECT_FALSE(exists(key("blog")));
}

// COMMANDS: one faulty folder or object holds up only itself and what refers to it.
TEST_F(SourceTest, AFaultyObjectHoldsUpNoOther) {
  write("one.yaml", certificate("shop") + certificate("blog"));
  start();
  take_in();
  const std::string better =
      "---\napiVersion: certloop.dev/v1alpha1\nkind: Certificate\n"
      "metadata: {name: blog, labels: {team: web}}\nspec: {domainName: "
      "blog.example.com, accountRef: {name: prod}, region: us-east-1, "
      "issuer: {amazon: {}}}\n";
  write("one.yaml",
        "---\napiVersion: certloop.dev/v1alpha1\nkind: Certificate\nmetadata: {name: "
        "shop}\nspec: {domainName: nonsense, bogus: 1}\n" +
            better);
  write("two.yaml", certificate("news"));
  look(2);
  EXPECT_TRUE(exists(key("news"))) << log;
  EXPECT_EQ(store->get(key("blog")).value().meta.labels.count("team"), 1U);
  EXPECT_THAT(store->get(key("shop")).value().body.text(), HasSubstr("shop.example.com"));
  EXPECT_FALSE(is_going(key("shop")));
  EXPECT_THAT(source->is_settled().error().message(),
              testing::AllOf(HasSubstr("one.yaml:"), HasSubstr("bogus")));
  EXPECT_EQ(count(log, "still using the specs applied before"), 1U) << log;
}

TEST_F(SourceTest, AFileThatCannotBeParsedHoldsUpNoOther) {
  write("broken.yaml", certificate("half") + "---\nkind: [");
  write("shop.yaml", certificate("shop"));
  std::filesystem::create_symlink("/dev/zero", directory() / "endless.yaml");
  start();
  look(2);
  EXPECT_TRUE(exists(key("shop"))) << log;
  EXPECT_FALSE(exists(key("half"))) << "the rest of its file is not known";
  EXPECT_THAT(source->is_settled().error().message(),
              testing::AllOf(HasSubstr("broken.yaml:"), HasSubstr("endless.yaml")));
}

TEST_F(SourceTest, AFaultyObjectHoldsUpWhatRefersToIt) {
  write("prod.yaml", account("prod"));
  write("shop.yaml", certificate("shop"));
  start();
  take_in();
  write("prod.yaml", account("prod", "  bogus: 1\n"));
  write("blog.yaml", certificate("blog"));  // of prod, too
  std::string other = certificate("news");
  other.replace(other.find("{name: prod}"), 12, "{name: spare}");
  write("other.yaml", account("spare") + other);
  look(2);
  EXPECT_TRUE(exists(key("spare", api::Kind::account)));
  EXPECT_TRUE(exists(key("news")));
  EXPECT_FALSE(exists(key("blog")));
  EXPECT_TRUE(exists(key("shop")));
  EXPECT_THAT(source->is_settled().error().message(),
              HasSubstr("Certificate default/blog: refers to Account default/prod, which has "
                        "errors"));
  write("prod.yaml", account("prod"));
  look(2);
  EXPECT_TRUE(exists(key("blog")));
  EXPECT_TRUE(source->is_settled().value());
}

TEST_F(SourceTest, AnObjectThatIsDefinedTwiceHoldsUpNoOther) {
  write("a.yaml", certificate("shop") + certificate("blog"));
  write("b.yaml", certificate("shop"));
  start();
  look(2);
  EXPECT_FALSE(exists(key("shop")));
  EXPECT_TRUE(exists(key("blog")));
  EXPECT_THAT(source->is_settled().error().message(), HasSubstr("a.yaml:2; remove one"));
}

TEST_F(SourceTest, AnObjectOfAnotherManagerHoldsUpNoOther) {
  const auto theirs = spec::load_text(certificate("shop"), "theirs.yaml", {}).value();
  ASSERT_TRUE(store->apply(theirs.front().object, {.manager = "platform"}).ok());
  std::string changed = certificate("shop");
  changed.replace(changed.find("us-east-1"), 9, "eu-west-1");
  write("shop.yaml", changed);
  write("blog.yaml", certificate("blog"));
  start();
  look(2);
  EXPECT_TRUE(exists(key("blog")));
  EXPECT_THAT(store->get(key("shop")).value().body.text(), HasSubstr("us-east-1"));
  EXPECT_THAT(source->is_settled().error().message(), HasSubstr("shop.yaml:2: "));
  erase("shop.yaml");
  look(2);
  EXPECT_TRUE(source->is_settled().value());
}

TEST_F(SourceTest, PutsBackWhatIsMissingWhileAnotherFileIsFaulty) {
  write("shop.yaml", certificate("shop"));
  write("broken.yaml", "kind: [");
  start();
  look(3);
  ASSERT_TRUE(store->remove(key("shop"), {}).ok());
  look(70);
  EXPECT_TRUE(exists(key("shop")));
}

TEST_F(SourceTest, StopsInTheMiddleWhereTheProcessIsToEnd) {
  std::string all;
  for (int i = 0; i < 50; ++i) all += certificate("c" + std::to_string(i));
  write("all.yaml", all);
  int applies = 0;
  faulty->before = [&](const std::string& operation) -> Result<void> {
    if (operation == "apply" && ++applies == 3) stop.request_stop();
    return {};
  };
  start();
  look(3);
  EXPECT_EQ(applies, 3);
  EXPECT_THAT(log, Not(HasSubstr("not applied")));
}

TEST_F(SourceTest, GoesOnPastWhatCannotBeRead) {
  write("shop.yaml", certificate("shop"));
  start();
  take_in();
  std::filesystem::create_directory_symlink(directory(), directory() / "circle");
  std::filesystem::create_symlink("/dev/zero", directory() / "endless.yaml");
  look(3);
  EXPECT_THAT(source->is_settled().error().message(), HasSubstr("endless.yaml"));
  EXPECT_FALSE(is_going(key("shop")));
  std::filesystem::remove_all(directory());
  look(30);
  EXPECT_FALSE(source->is_settled().ok());
  EXPECT_FALSE(is_going(key("shop")));
}

}  // namespace
}  // namespace certloop
