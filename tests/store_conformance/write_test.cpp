#include "store_conformance.h"

namespace certloop::store {
namespace {

TEST_P(StoreConformance, UpdateStatusReplacesTheStatusAndNothingElse) {
  api::Object seen = made(certificate("a"));
  seen.status = document(R"({"arn":"arn:x"})");
  seen.body = document(R"({"spec":{"domainName":"other.example.com"}})");
  seen.meta.labels = {{"stray", "yes"}};
  const auto written = store().update_status(seen);
  ASSERT_TRUE(written.ok());
  const api::Object found = live(key("a"));
  EXPECT_EQ(found, *written);
  EXPECT_EQ(at(found.status, "/arn"), "\"arn:x\"");
  EXPECT_EQ(at(found.body, "/spec/domainName"), "\"a.example.com\"");
  EXPECT_TRUE(found.meta.labels.empty());
  EXPECT_EQ(found.meta.generation, 1) << "a status is no spec";
  EXPECT_NE(found.meta.version, seen.meta.version);
}

TEST_P(StoreConformance, UpdateStatusAgainstAStaleVersionIsAConflict) {
  api::Object seen = made(certificate("a"));
  seen.status = document(R"({"arn":"first"})");
  ASSERT_TRUE(store().update_status(seen).ok());
  seen.status = document(R"({"arn":"second"})");
  const auto late = store().update_status(seen);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code(), Code::conflict);
  EXPECT_EQ(at(live(key("a")).status, "/arn"), "\"first\"");
}

TEST_P(StoreConformance, UpdateStatusOfAnotherObjectOfTheNameIsAConflict) {
  const api::Object first = made(certificate("a"));
  ASSERT_TRUE(store().remove(key("a"), {}).ok());
  api::Object second = made(certificate("a"));
  second.meta.uid = first.meta.uid;
  second.status = document(R"({"arn":"x"})");
  EXPECT_EQ(store().update_status(second).error().code(), Code::conflict);
  EXPECT_EQ(store().edit_metadata(second).error().code(), Code::conflict);
}

TEST_P(StoreConformance, WritingWithoutAVersionIsAConflict) {
  api::Object seen = made(certificate("a"));
  seen.meta.version.clear();
  seen.status = document(R"({"arn":"x"})");
  EXPECT_EQ(store().update_status(seen).error().code(), Code::conflict);
  EXPECT_EQ(store().edit_metadata(seen).error().code(), Code::conflict);
}

TEST_P(StoreConformance, WritingWhatIsNotThereIsNotFound) {
  api::Object seen = made(certificate("a"));
  ASSERT_TRUE(store().remove(key("a"), {}).ok());
  EXPECT_EQ(store().update_status(seen).error().code(), Code::not_found);
  EXPECT_EQ(store().edit_metadata(seen).error().code(), Code::not_found);
  EXPECT_EQ(store().remove(key("a"), {}).error().code(), Code::not_found);
}

TEST_P(StoreConformance, EditMetadataReplacesTheFourFieldsAndNothingElse) {
  const api::Object owner = made(certificate("owner"));
  api::Object object = certificate("a");
  object.meta.labels = {{"old", "1"}};
  object.meta.annotations = {{"old", "1"}};
  object.meta.finalizers = {"certloop.dev/old"};
  api::Object seen = made(object);
  const api::Document body = seen.body;
  seen.meta.labels = {{"new", "2"}};
  seen.meta.annotations = {{"new", "2"}};
  seen.meta.finalizers = {"certloop.dev/new"};
  seen.meta.owners = {{owner.kind, owner.meta.name, owner.meta.uid}};
  seen.body = document(R"({"spec":{}})");
  seen.status = document(R"({"arn":"x"})");
  seen.meta.generation = 9;
  const auto written = store().edit_metadata(seen);
  ASSERT_TRUE(written.ok()) << written.error().message();
  const api::Object found = live(key("a"));
  EXPECT_EQ(found, *written);
  EXPECT_EQ(found.meta.labels, seen.meta.labels);
  EXPECT_EQ(found.meta.annotations, seen.meta.annotations);
  EXPECT_EQ(found.meta.finalizers, seen.meta.finalizers);
  EXPECT_EQ(found.meta.owners, seen.meta.owners);
  EXPECT_EQ(found.body, body);
  EXPECT_TRUE(found.status.empty());
  EXPECT_EQ(found.meta.generation, 1);
  EXPECT_NE(found.meta.version, seen.meta.version);
}

TEST_P(StoreConformance, EditMetadataAgainstAStaleVersionIsAConflict) {
  const api::Object seen = made(certificate("a"));
  api::Object first = seen, second = seen;
  first.meta.labels = {{"by", "first"}};
  second.meta.labels = {{"by", "second"}};
  ASSERT_TRUE(store().edit_metadata(first).ok());
  EXPECT_EQ(store().edit_metadata(second).error().code(), Code::conflict);
  EXPECT_EQ(live(key("a")).meta.labels.at("by"), "first");
}

TEST_P(StoreConformance, AWriteThatChangesNothingMovesNoVersion) {
  api::Object object = certificate("a");
  object.meta.labels = {{"a", "b"}};
  object.status = document(R"({"arn":"x"})");
  const api::Object seen = made(object);
  EXPECT_EQ(store().update_status(seen).value(), seen);
  EXPECT_EQ(store().edit_metadata(seen).value(), seen);
  EXPECT_EQ(live(key("a")), seen);
}

TEST_P(StoreConformance, EveryWriteGivesAnotherVersion) {
  api::Object object = made(certificate("a"));
  std::vector<std::string> versions = {object.meta.version};
  for (int i = 0; i < 20; ++i) {
    object.status = document(R"({"failedAttempts":)" + std::to_string(i + 1) + "}");
    object = store().update_status(object).value();
    for (const auto& version : versions) EXPECT_NE(object.meta.version, version);
    versions.push_back(object.meta.version);
  }
}

TEST_P(StoreConformance, AStatusThatIsTooLargeIsRefusedForGoodAndChangesNothing) {
  api::Object seen = made(certificate("a"));
  const api::Object before = seen;
  seen.status = document(R"({"note":")" + std::string(300 * 1024, 'x') + R"("})");
  for (int i = 0; i < 2; ++i) {
    const auto refused = store().update_status(seen);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::invalid);
    EXPECT_EQ(refused.error().reason(), kObjectTooLarge);
    EXPECT_NE(refused.error().message().find("Certificate shop/a"), std::string::npos);
  }
  EXPECT_EQ(live(key("a")), before);
}

}  // namespace
}  // namespace certloop::store
