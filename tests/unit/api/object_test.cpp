#include "api/object.h"

#include <gtest/gtest.h>

#include <chrono>

namespace certloop::api {
namespace {

using namespace std::chrono_literals;

Object full_object() {
  Object object;
  object.kind = Kind::placement;
  object.meta.space = "payments";
  object.meta.name = "shop-prod";
  object.meta.uid = "u-1";
  object.meta.generation = 3;
  object.meta.version = "17";
  object.meta.created = std::chrono::sys_days(std::chrono::year{2026} / 11 / 21) + 2h;
  object.meta.deleted = object.meta.created + 1s;
  object.meta.finalizers = {"certloop.dev/aws"};
  object.meta.owners = {{Kind::certificate, "shop", "u-0"}};
  object.meta.labels = {{"team", "shop"}};
  object.meta.annotations = {{"certloop.dev/abandon", ""}};
  object.body = *Document::parse(R"({"spec": {"region": "us-east-1"}})");
  object.status = *Document::parse(R"({"arn": "x"})");
  return object;
}

TEST(Object, ComesBackFromItsJson) {
  const Object object = full_object();
  const auto back = from_json(to_json(object));
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(*back, object);
}

TEST(Object, IsSpelledAsKubernetesSpellsIt) {
  EXPECT_EQ(
      to_json(full_object()),
      R"({"apiVersion":"certloop.dev/v1alpha1","kind":"Placement","metadata":{)"
      R"("annotations":{"certloop.dev/abandon":""},"creationTimestamp":"2026-11-21T02:00:00Z",)"
      R"("deletionTimestamp":"2026-11-21T02:00:01Z","finalizers":["certloop.dev/aws"],)"
      R"("generation":3,"labels":{"team":"shop"},"name":"shop-prod","namespace":"payments",)"
      R"("ownerReferences":[{"apiVersion":"certloop.dev/v1alpha1","kind":"Certificate",)"
      R"("name":"shop","uid":"u-0"}],"resourceVersion":"17","uid":"u-1"},)"
      R"("spec":{"region":"us-east-1"},"status":{"arn":"x"}})");
}

TEST(Object, KeepsASecretsDataInItsBody) {
  const auto secret =
      from_json(R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"type":"Opaque",)"
                R"("data":{"k":"dg=="}})");
  ASSERT_TRUE(secret.ok()) << secret.error().message();
  EXPECT_EQ(secret->body.text(), R"({"data":{"k":"dg=="},"type":"Opaque"})");
  EXPECT_TRUE(secret->status.empty());
}

TEST(Object, PassesOverManagedFieldsAndNulls) {
  const auto object =
      from_json(R"({"apiVersion":"v1","kind":"Secret","status":null,"metadata":{"name":"a",)"
                R"("creationTimestamp":null,"managedFields":[{"manager":"kubectl"}]}})");
  ASSERT_TRUE(object.ok()) << object.error().message();
  EXPECT_EQ(object->meta.created, Time{});
  EXPECT_TRUE(object->meta.managed_fields.empty());
}

struct Refused {
  const char* json;
  const char* says;
};

TEST(Object, RefusesWhatItCannotBe) {
  const Refused cases[] = {
      {R"([])", "must be a JSON object"},
      {R"({"metadata":{"name":"a"}})", "kind: is missing"},
      {R"({"apiVersion":"v1","kind":"Certificat","metadata":{"name":"a"}})",
       "did you mean Certificate?"},
      {R"({"apiVersion":"v1","kind":"Certificate","metadata":{"name":"a"}})",
       "apiVersion: kind Certificate is of 'certloop.dev/v1alpha1'"},
      {R"({"apiVersion":"v1","kind":"Secret","metadata":{}})", "metadata.name: is missing"},
      {R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":7}})",
       "metadata.name: must be a string, is a number"},
      {R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","labels":{"x":1}}})",
       "Secret 'a': metadata.labels.x: must be a string, is a number"},
      {R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"status":4})",
       "status: must be an object"},
  };
  for (const Refused& refused : cases) {
    const auto object = from_json(refused.json);
    ASSERT_FALSE(object.ok()) << refused.json;
    EXPECT_EQ(object.error().code(), Code::invalid);
    EXPECT_NE(object.error().message().find(refused.says), std::string::npos)
        << object.error().message();
  }
}

}  // namespace
}  // namespace certloop::api
