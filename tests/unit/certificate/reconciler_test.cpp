#include "reconcilers/certificate/certificate_reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "store/typed.h"
#include "tests/support/faulty_store.h"
#include "tests/support/temporary_store.h"

namespace certloop::certificate {
namespace {

using testing::SizeIs;

class CertificateReconcilerTest : public testing::Test {
 protected:
  api::Key apply(const std::string& name, const std::string& account) {
    api::Certificate certificate;
    certificate.meta.space = "payments";
    certificate.meta.name = name;
    certificate.spec.domain_name = name + ".example.com";
    certificate.spec.account_ref = {account, ""};
    certificate.spec.region = "us-east-1";
    certificate.spec.issuer.amazon.emplace();
    EXPECT_TRUE(below_->apply(api::write(certificate), {}).ok());
    return certificate.key();
  }

  std::vector<api::Placement> placements() {
    return store::list<api::Placement>(*below_).value();
  }
  std::string reason(const api::Key& key, const std::string& type) {
    const auto all =
        store::get<api::Certificate>(*below_, key.space, key.name).value().status.conditions;
    const auto* condition = api::find(all, type);
    return condition == nullptr ? "absent" : condition->reason;
  }

  test::TemporaryStore below_;
  test::FaultyStore store_{*below_};
  loop::NoEvents events_;
  CertificateReconciler reconciler_{store_, below_.clock, events_};
};

TEST_F(CertificateReconcilerTest, APlacementOfAnothersNameIsNeverShared) {
  const auto first = apply("a", "b.c"), second = apply("a.b", "c");
  // The second is faster, just when the first has seen that no such placement is there.
  bool armed = true;
  store_.before = [&](const std::string& operation) -> Result<void> {
    if ((operation != "create" && operation != "apply") || !armed) return {};
    armed = false;
    CertificateReconciler other(*below_, below_.clock, events_);
    EXPECT_TRUE(other.reconcile(second).ok());
    return {};
  };
  EXPECT_FALSE(reconciler_.reconcile(first).ok());
  EXPECT_FALSE(armed);
  ASSERT_THAT(placements(), SizeIs(1));
  ASSERT_THAT(placements()[0].meta.owners, SizeIs(1));
  EXPECT_EQ(placements()[0].meta.owners[0].name, "a.b");
  const auto next = reconciler_.reconcile(first);
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->kind(), loop::Next::Kind::after);  // the other may go
  EXPECT_EQ(reason(first, "Stalled"), "NameClash");
  EXPECT_EQ(placements()[0].meta.owners[0].name, "a.b");
}

TEST_F(CertificateReconcilerTest, AFieldThatTheSpecDropsGoesFromThePlacement) {
  const auto key = apply("shop", "prod");
  auto certificate = store::get<api::Certificate>(*below_, "payments", "shop").value();
  certificate.spec.tags = {{"team", "web"}};
  ASSERT_TRUE(below_->apply(api::write(certificate), {}).ok());
  ASSERT_TRUE(reconciler_.reconcile(key).ok());
  EXPECT_EQ(placements().at(0).spec.tags.count("team"), 1U);
  apply("shop", "prod");
  ASSERT_TRUE(reconciler_.reconcile(key).ok());
  EXPECT_EQ(placements().at(0).spec.tags.count("team"), 0U);
}

TEST_F(CertificateReconcilerTest, AStatusThatIsRefusedIsAFailureOfTheCertificate) {
  const auto key = apply("shop", "prod");
  bool refuses = true;
  store_.before = [&](const std::string& operation) -> Result<void> {
    if (operation != "update_status" || !std::exchange(refuses, false)) return {};
    return Error(Code::invalid, "it is too large").because("ObjectTooLarge");
  };
  const auto outcome = reconciler_.reconcile(key);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code(), Code::invalid);
  const auto told = store::get<api::Certificate>(*below_, "payments", "shop").value();
  const auto* ready = api::find(told.status.conditions, "Ready");
  ASSERT_NE(ready, nullptr);
  EXPECT_EQ(ready->status, api::Truth::no);
  EXPECT_EQ(ready->reason, "ObjectTooLarge");
  EXPECT_THAT(ready->message, testing::HasSubstr("its status was not stored: it is too large"));
}

}  // namespace
}  // namespace certloop::certificate
