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
  EXPECT_GT(tries, 8);   // 1, 2, 4, ... seconds apart, then a minute
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
  EXPECT_FALSE(exists({api::Kind::certificate, "team", "shop"}));
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
