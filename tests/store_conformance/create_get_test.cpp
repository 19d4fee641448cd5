#include "store_conformance.h"

namespace certloop::store {
namespace {

TEST_P(StoreConformance, CreateGivesUidVersionTimeAndTheFirstGeneration) {
  api::Object object = certificate("a");
  object.meta.uid = "mine";
  object.meta.version = "77";
  object.meta.generation = 12;
  object.meta.deleted = place_->now();
  const api::Object created = made(object);
  EXPECT_EQ(created.meta.uid.size(), 36u);
  EXPECT_NE(created.meta.version, "77");
  EXPECT_FALSE(created.meta.version.empty());
  EXPECT_EQ(created.meta.generation, 1);
  EXPECT_EQ(created.meta.created, std::chrono::floor<std::chrono::seconds>(place_->now()));
  EXPECT_FALSE(created.meta.deleted.has_value());
}

TEST_P(StoreConformance, CreateKeepsTheStatusAndTheMetadata) {
  api::Object object = certificate("a");
  object.status = document(R"({"arn":"arn:x"})");
  object.meta.labels = {{"team", "shop"}};
  object.meta.annotations = {{"note", "hello \"world\"\n"}};
  object.meta.finalizers = {"certloop.dev/cleanup"};
  made(object);
  const api::Object found = live(key("a"));
  EXPECT_EQ(found.status, object.status);
  EXPECT_EQ(found.meta.labels, object.meta.labels);
  EXPECT_EQ(found.meta.annotations, object.meta.annotations);
  EXPECT_EQ(found.meta.finalizers, object.meta.finalizers);
}

TEST_P(StoreConformance, WhatCreateAnswersIsWhatGetFinds) {
  const api::Object created = made(certificate("a"));
  EXPECT_EQ(live(key("a")), created);
}

TEST_P(StoreConformance, ASecondObjectOfOneNameIsRefused) {  // S5
  const api::Object first = made(certificate("a"));
  const auto second = store().create(certificate("a", R"({"region":"eu-west-1"})"));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), Code::already_exists);
  EXPECT_NE(second.error().message().find("Certificate shop/a"), std::string::npos);
  EXPECT_EQ(live(key("a")), first);
}

TEST_P(StoreConformance, NamesAreApartByKindAndNamespace) {
  made(certificate("a"));
  made(secret("a", "{}"));
  api::Object elsewhere = certificate("a");
  elsewhere.meta.space = "bank";
  const api::Object other = made(elsewhere);
  EXPECT_NE(live(key("a")).meta.uid, other.meta.uid);
  EXPECT_NE(live(key("a")).meta.uid, live(key("a", api::Kind::secret)).meta.uid);
}

TEST_P(StoreConformance, UidsAreNeverUsedAgain) {
  const std::string first = made(certificate("a")).meta.uid;
  ASSERT_TRUE(store().remove(key("a"), {}).ok());
  EXPECT_NE(made(certificate("a")).meta.uid, first);
}

TEST_P(StoreConformance, AnObjectWithoutANameOrNamespaceIsInvalid) {
  api::Object nameless = certificate("");
  const auto refused = store().create(nameless);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  api::Object homeless = certificate("a");
  homeless.meta.space = "";
  EXPECT_EQ(store().create(homeless).error().code(), Code::invalid);
  EXPECT_EQ(store().apply(homeless, {}).error().code(), Code::invalid);
}

TEST_P(StoreConformance, AnAbsentObjectIsNotFound) {
  const auto found = store().get(key("a"));
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), Code::not_found);
  EXPECT_NE(found.error().message().find("Certificate shop/a"), std::string::npos);
  EXPECT_NE(found.error().message().find(store().name()), std::string::npos)
      << "an empty answer names the store it looked in";
}

TEST_P(StoreConformance, ASecretReadInTheProcessHasItsPlainValues) {
  const api::Object created = made(secret("a", R"({"password":"Y2FuYXJ5"})"));
  EXPECT_EQ(at(created.body, "/data/password"), "\"Y2FuYXJ5\"");
  EXPECT_EQ(live(key("a", api::Kind::secret)), created);
}

}  // namespace
}  // namespace certloop::store
