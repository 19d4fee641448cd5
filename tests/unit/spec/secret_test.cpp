#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/node.h"
#include "spec/load.h"
#include "spec/loader.h"

namespace certloop::spec {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string account(const std::string& access_key) {
  return "apiVersion: certloop.dev/v1alpha1\nkind: Account\n"
         "metadata: {name: prod, namespace: payments}\n"
         "spec:\n  scope: Account\n  regions: [us-east-1]\n"
         "  authentication:\n    accessKey: " +
         access_key + "\n";
}

// S2, S9, S10: the key moves into a Secret, both at once, and the account refers to it.
TEST(InlineSecret, MovesIntoASecretBesideTheAccount) {
  const auto loaded =
      load_text(account("{accessKeyId: AKID, secretAccessKey: wJalrXUtnFEMI}"), "a.yaml", {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  ASSERT_EQ(loaded->size(), 2u);
  EXPECT_EQ(api::text_of((*loaded)[0].object.key()), "Secret payments/prod-access");
  EXPECT_EQ((*loaded)[0].object.body.text(),
            R"({"data":{"secretAccessKey":"d0phbHJYVXRuRkVNSQ=="},"type":"Opaque"})");
  EXPECT_EQ(api::text_of((*loaded)[1].object.key()), "Account payments/prod");
  EXPECT_THAT(
      (*loaded)[1].object.body.text(),
      AllOf(HasSubstr(R"("secretAccessKeyRef":{"key":"secretAccessKey","name":"prod-access"})"),
            Not(HasSubstr("wJalr"))));
}

TEST(InlineSecret, IsRefusedBesideAReference) {
  const auto loaded = load_text(
      account("{accessKeyId: AKID, secretAccessKey: wJalr, secretAccessKeyRef: {name: s}}"),
      "a.yaml", {});
  ASSERT_FALSE(loaded.ok());
  EXPECT_THAT(loaded.error().message(),
              AllOf(HasSubstr("a.yaml:8: Account payments/prod: "
                              "spec.authentication.accessKey.secretAccessKey: is taken inline"),
                    Not(HasSubstr("wJalr"))));
}

TEST(InlineSecret, IsWipedFromTheTree) {
  schema::Node root;
  schema::read_documents(account("{accessKeyId: AKID, secretAccessKey: wJalr}"),
                         [&](schema::TextDocument document) { root = std::move(document.root); });
  const auto secret = take_inline_secret(root);
  ASSERT_TRUE(secret.has_value());
  const schema::Node* access = root.find("spec")->find("authentication")->find("accessKey");
  EXPECT_EQ(access->find("secretAccessKey"), nullptr);
  EXPECT_EQ(access->find("secretAccessKeyRef")->find("name")->text, "prod-access");
}

TEST(InlineSecret, LeavesAnAccountWithoutOneAlone) {
  const auto loaded = load_text(
      account("{accessKeyId: AKID, secretAccessKeyRef: {name: mine, key: k}}"), "a.yaml", {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_EQ(loaded->size(), 1u);
}

TEST(StringData, BecomesDataAndWinsOverIt) {
  const auto loaded = load_text(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
      "data: {a: b2xk, b: a2VlcA==}\nstringData: {a: new, c: ''}\n",
      "s.yaml", {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_EQ(loaded->front().object.body.text(),
            R"({"data":{"a":"bmV3","b":"a2VlcA==","c":""},"type":"Opaque"})");
}

TEST(StringData, MayHoldAPair) {
  const auto loaded = load_text(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/tls\n"
      "stringData:\n  tls.crt: |\n    -----BEGIN CERTIFICATE-----\n  tls.key: x\n",
      "s.yaml", {});
  ASSERT_TRUE(loaded.ok()) << loaded.error().message();
  EXPECT_THAT(loaded->front().object.body.text(),
              HasSubstr(R"("tls.crt":"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==")"));
}

TEST(StringData, IsNeverShownWhenItIsWrong) {
  const auto loaded = load_text(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: [hunter2]}\n"
      "data: {b: 'hunter2!'}\n",
      "s.yaml", {});
  ASSERT_FALSE(loaded.ok());
  EXPECT_THAT(loaded.error().message(),
              AllOf(HasSubstr("stringData.a"), HasSubstr("data.b"), Not(HasSubstr("hunter2"))));
}

}  // namespace
}  // namespace certloop::spec
