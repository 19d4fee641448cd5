#include <gtest/gtest.h>

#include "api/wire.h"
#include "reconcilers/engine.h"
#include "reconcilers/placement/plan.h"
#include "tests/support/still_environment.h"
#include "tests/support/temporary_store.h"

namespace certloop::placement {
namespace {

const Time kNow{std::chrono::hours(500'000)};

struct Deletion {
  api::Placement placement;
  Observed observed;

  Deletion() {
    placement.meta.name = "shop.prod.us-esat-1";
    placement.meta.deleted = kNow;
    placement.spec.region = "us-esat-1";
    observed.account = Problem{"RegionNotInAccount", "us-esat-1 is not among its regions", true};
  }
  bool lets_go() const {
    const Plan todo = plan(placement, observed, kNow);
    return todo.decision.action && std::holds_alternative<LetGo>(*todo.decision.action);
  }
};

// A slip in spec.region or spec.accountRef must not make an object that nobody can delete.
TEST(PlacementDeletion, LetsGoOfWhatWasNeverAskedForWhereNothingCanBeRead) {
  Deletion deletion;
  EXPECT_TRUE(deletion.lets_go());
  deletion.observed.account->reason = "ReferenceNotFound";
  EXPECT_TRUE(deletion.lets_go());
}

TEST(PlacementDeletion, HoldsWhatMayStandInAws) {
  Deletion asked;
  asked.observed.known.attempts = 1;
  EXPECT_FALSE(asked.lets_go());
  Deletion known;
  known.observed.known.arn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
  EXPECT_FALSE(known.lets_go());
  Deletion adopted;
  adopted.placement.spec.arn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
  EXPECT_FALSE(adopted.lets_go());
  Deletion unanswered;
  unanswered.observed.known.pending.emplace();
  EXPECT_FALSE(unanswered.lets_go());
}

TEST(PlacementDeletion, WaitsForAnAccountThatCanComeBack) {
  Deletion deletion;
  deletion.observed.account = Problem{"AccountNotReady", "sts does not answer", false};
  EXPECT_FALSE(deletion.lets_go());
}

class NoNetwork final : public net::Transport {
 public:
  Result<net::HttpResponse> send(const net::HttpRequest&, std::stop_token) override {
    return Error(Code::unavailable, "there is no network");
  }
};

// The whole engine lets go of it too: without an account, without a call.
TEST(PlacementDeletion, OfACertificateWhoseAccountNeverWasIsDone) {
  test::TemporaryStore store;
  SeededRandom random(1);
  NoNetwork network;
  aws::RateBudget budget(store.clock, aws::RateShare::controller);
  aws::CircuitBreaker breaker(store.clock);
  test::StillEnvironment environment;
  Engine engine(
      {*store, {network, network, store.clock, random, budget, breaker, environment}, Log::none()},
      {});
  const auto work = [&] {
    for (int i = 0; i < 100 && engine.step(); ++i) {
    }
  };
  api::Certificate certificate;
  certificate.meta.space = "default";
  certificate.meta.name = "shop";
  certificate.spec.domain_name = "shop.example.com";
  certificate.spec.account_ref.name = "prodd";
  certificate.spec.region = "us-east-1";
  certificate.spec.issuer.amazon.emplace();
  ASSERT_TRUE(store->create(api::write(certificate)).ok());
  work();
  ASSERT_EQ(store->list({.kind = api::Kind::placement}).value().objects.size(), 1u);
  ASSERT_TRUE(store->remove(certificate.key(), {}).ok());
  work();
  EXPECT_TRUE(store->list({.kind = api::Kind::placement}).value().objects.empty());
  EXPECT_EQ(store->get(certificate.key()).error().code(), Code::not_found);
}

}  // namespace
}  // namespace certloop::placement
