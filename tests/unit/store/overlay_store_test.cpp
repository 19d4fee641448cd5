#include "store/overlay_store.h"

#include "store_fixture.h"

namespace certloop::store {
namespace {

class OverlayStoreTest : public StoreTest {
 protected:
  void SetUp() override {
    below_ = open();
    api::Object kept = object(api::Kind::certificate, "below", "{}");
    kept.meta.labels = {{"team", "x"}};
    below_->create(kept).value();
    overlay_ = std::make_unique<OverlayStore>(*below_, clock_);
  }
  std::vector<std::string> names(const Selector& selector) const {
    std::vector<std::string> found;
    for (const auto& object : overlay_->list(selector).value().objects)
      found.push_back(object.meta.name);
    return found;
  }

  std::unique_ptr<SqliteStore> below_;
  std::unique_ptr<OverlayStore> overlay_;
};

TEST_F(OverlayStoreTest, WritesAreSeenAboveAndNotBelow) {
  overlay_->create(object(api::Kind::certificate, "above", "{}")).value();
  api::Object edited = overlay_->get({api::Kind::certificate, "shop", "below"}).value();
  edited.status = document(R"({"arn":"x"})");
  overlay_->update_status(edited).value();
  EXPECT_EQ(names({}), (std::vector<std::string>{"above", "below"}));
  EXPECT_EQ(overlay_->get(edited.key()).value().status, edited.status);
  EXPECT_EQ(below_->list({}).value().objects.size(), 1u);
  EXPECT_TRUE(below_->get(edited.key()).value().status.empty());
}

TEST_F(OverlayStoreTest, SelectorsHoldForWhatIsAbove) {
  api::Object other = object(api::Kind::certificate, "above", "{}");
  other.meta.labels = {{"team", "y"}};
  overlay_->create(other).value();
  EXPECT_EQ(names({.labels = "team=x"}), std::vector<std::string>{"below"});
  EXPECT_EQ(names({.labels = "team=y"}), std::vector<std::string>{"above"});
  EXPECT_EQ(names({.fields = {{"metadata.name", "above"}}}), std::vector<std::string>{"above"});
  EXPECT_TRUE(names({.fields = {{"metadata.namespace", "bank"}}}).empty());
  EXPECT_EQ(overlay_->list({.labels = "team~y"}).error().code(), Code::invalid);
  EXPECT_EQ(overlay_->list({.fields = {{"spec.x", "y"}}}).error().code(), Code::invalid);
}

}  // namespace
}  // namespace certloop::store
