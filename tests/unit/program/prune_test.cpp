// What a running controller deletes because its source lacks it, and what it does not.
#include <gmock/gmock.h>

#include "source_fixture.h"

namespace certloop {
namespace {

using testing::HasSubstr;

constexpr auto kAccount = api::Kind::account;

TEST_F(SourceTest, PrunesWhatIsMissingForTenSecondsAndTwoFurtherLooks) {
  write("shop.yaml", certificate("shop"));
  write("blog.yaml", certificate("blog"));
  start();
  take_in();
  erase("blog.yaml");
  look(2);
  look(9);
  EXPECT_TRUE(exists(key("blog")));
  EXPECT_FALSE(source->is_settled().value());
  look(4);
  EXPECT_FALSE(exists(key("blog")));
  EXPECT_TRUE(exists(key("shop")));
  EXPECT_TRUE(source->is_settled().value());
}

// The clock alone is no look: a process that was suspended has not seen anything in between.
TEST_F(SourceTest, DoesNotPruneForThePassingOfTimeAlone) {
  write("shop.yaml", certificate("shop"));
  write("blog.yaml", certificate("blog"));
  start();
  take_in();
  erase("blog.yaml");
  look(2);
  clock.advance(std::chrono::hours(1));
  look(1);
  EXPECT_TRUE(exists(key("blog")));
}

// Truncated, and filled again a moment later: between two looks, and after so long that the short
// file itself is taken in.
TEST_F(SourceTest, DeletesNothingWhileAFileIsBeingRewritten) {
  const std::string whole = certificate("shop") + certificate("blog");
  write("all.yaml", whole);
  start();
  take_in();
  for (int seconds = 0; seconds < 8; ++seconds) {
    SCOPED_TRACE(seconds);
    write("all.yaml", certificate("shop"));
    look(seconds);
    write("all.yaml", whole);
    look(5);
    EXPECT_FALSE(is_going(key("blog")));
  }
  look(60);
  EXPECT_FALSE(is_going(key("blog")));
}

TEST_F(SourceTest, PrunesNothingWhileTheSourceIsBrokenOrEmpty) {
  write("shop.yaml", certificate("shop"));
  write("blog.yaml", certificate("blog"));
  start();
  take_in();
  erase("blog.yaml");
  write("shop.yaml", "kind: [");
  look(60);
  erase("shop.yaml");
  look(60);
  EXPECT_TRUE(exists(key("shop")));
  EXPECT_TRUE(exists(key("blog")));
}

// Its file may be the one that cannot be read, and the object may have moved into it.
TEST_F(SourceTest, PrunesNothingWhileAnyFileIsFaulty) {
  write("shop.yaml", certificate("shop"));
  write("blog.yaml", certificate("blog"));
  write("news.yaml", certificate("news"));
  start();
  take_in();
  erase("blog.yaml");
  write("shop.yaml", "kind: [");
  look(60);
  EXPECT_FALSE(is_going(key("shop")));
  EXPECT_FALSE(is_going(key("blog")));
  write("shop.yaml", certificate("shop", "default") + "---\nkind: Nonsense\n");
  look(60);
  EXPECT_FALSE(is_going(key("blog")));
  write("shop.yaml", certificate("shop"));
  look(20);
  EXPECT_FALSE(exists(key("blog")));
  EXPECT_TRUE(exists(key("shop")));
  EXPECT_TRUE(exists(key("news")));
}

TEST_F(SourceTest, PrunesNothingWhereMoreIsMissingThanAllowed) {
  request.max_deletions = 2;
  write("shop.yaml", certificate("shop"));
  for (const char* name : {"a", "b", "c"}) write(std::string(name) + ".yaml", certificate(name));
  start();
  take_in();
  for (const char* name : {"a", "b", "c"}) erase(std::string(name) + ".yaml");
  look(120);
  for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(exists(key(name))) << name;
  EXPECT_THAT(log, HasSubstr("--max-deletions"));
  write("a.yaml", certificate("a"));
  look(75);
  EXPECT_TRUE(exists(key("a")));
  EXPECT_FALSE(exists(key("b")));
  EXPECT_FALSE(exists(key("c")));
}

TEST_F(SourceTest, SparesWhatIsProtectedAndWhatOthersBrought) {
  write("shop.yaml", certificate("shop"));
  write("blog.yaml", certificate("blog"));
  start();
  take_in();
  api::Object blog = store->get(key("blog")).value();
  blog.meta.annotations["certloop.dev/prune"] = "disabled";
  ASSERT_TRUE(store->edit_metadata(blog).ok());
  api::Object other = store->get(key("shop")).value();
  other.meta = {};
  other.meta.space = "default";
  other.meta.name = "by-hand";
  ASSERT_TRUE(store->create(other).ok());
  erase("blog.yaml");
  look(30);
  EXPECT_TRUE(exists(key("blog")));
  EXPECT_TRUE(exists(key("by-hand")));
}

// An Account must outlive what is still to be deleted with it.
TEST_F(SourceTest, LeavesWhatOthersStillReferToUntilTheyAreGone) {
  write("prod.yaml", account("prod"));
  write("spare.yaml", account("spare"));
  write("shop.yaml", certificate("shop"));
  start();
  take_in();
  hold(key("shop"));
  erase("prod.yaml");
  erase("shop.yaml");
  look(200);
  EXPECT_TRUE(is_going(key("shop")));
  EXPECT_FALSE(is_going(key("prod", kAccount)));
  EXPECT_THAT(log, HasSubstr("still in use"));
  EXPECT_TRUE(source->is_settled().value());
  api::Object shop = store->get(key("shop")).value();
  shop.meta.finalizers.clear();
  ASSERT_TRUE(store->edit_metadata(shop).ok());
  look(75);
  EXPECT_FALSE(exists(key("prod", kAccount)));
  EXPECT_TRUE(exists(key("spare", kAccount)));
}

TEST_F(SourceTest, PrunesWhatWasMissingWhileNoProcessRan) {
  write("shop.yaml", certificate("shop"));
  write("blog.yaml", certificate("blog"));
  start();
  take_in();
  erase("blog.yaml");
  start();
  look(3);
  EXPECT_TRUE(exists(key("blog")));
  look(13);
  EXPECT_FALSE(exists(key("blog")));
}

}  // namespace
}  // namespace certloop
