// The gate before every call: what an Account lets its users do in each of its states.
#include "connect/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/wire.h"
#include "connect/connections.h"
#include "tests/support/still_environment.h"
#include "tests/support/temporary_store.h"

namespace certloop::connect {
namespace {

using testing::HasSubstr;

// STS says who is there; whatever else is asked for gets no answer.
class OnlySts final : public net::Transport {
 public:
  Result<net::HttpResponse> send(const net::HttpRequest& request, std::stop_token) override {
    if (request.body.find("GetCallerIdentity") == std::string::npos)
      return Error(Code::unavailable, "no answer");
    return net::HttpResponse{
        200,
        {},
        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/a"
        "</Arn><UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult>"
        "</GetCallerIdentityResponse>"};
  }
};

class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    account.meta.space = "payments";
    account.meta.name = "prod";
    account.meta.finalizers = {"certloop.dev/account"};
    account.spec.regions = {"us-east-1"};
    account.spec.authentication.default_chain = true;
    environment.variables = {{"AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"},
                             {"AWS_SECRET_ACCESS_KEY", "secret"}};
  }

  void put(const std::string& condition, api::Truth is, const std::string& reason) {
    api::set(account.status.conditions, {condition, is, reason, "because", 1, Time{}});
  }
  void store_it(bool deleted) {
    account.status.account_id = "123456789012";
    auto stored = store->create(api::write(account));
    ASSERT_TRUE(stored.ok()) << stored.error().message();
    api::Object object = api::write(account);
    object.meta = stored->meta;
    ASSERT_TRUE(store->update_status(object).ok());
    if (!deleted) return;
    ASSERT_TRUE(store->remove(account.key(), {}).ok());
  }
  Edges edges() {
    Edges edges{transport, transport, clock, random, budget, breaker, environment};
    edges.doubt = [this](const api::Key& key) { doubted.push_back(key.name); };
    return edges;
  }
  Access access_from(const std::string& space) {
    auto found = access(*store, connections, space, {"prod", "payments"}, "us-east-1", clock.now());
    EXPECT_TRUE(found.ok()) << found.error().message();
    return std::move(*found);
  }

  test::TemporaryStore store;
  SimClock& clock = store.clock;
  OnlySts transport;
  SeededRandom random{1};
  aws::RateBudget budget{clock};
  aws::CircuitBreaker breaker{clock};
  test::StillEnvironment environment;
  std::vector<std::string> doubted;
  Connections connections{edges(), Policy{}};
  api::Account account;
};

TEST_F(AccessTest, AReadyAccountServesAndMakes) {
  put("Ready", api::Truth::yes, "CredentialsAccepted");
  store_it(false);
  const Access access = access_from("payments");
  EXPECT_TRUE(access.connection);
  EXPECT_FALSE(access.refusal);
  EXPECT_FALSE(access.creation_refusal);
}

TEST_F(AccessTest, AnAccountThatIsBeingDeletedServesAndMakesNothing) {
  put("Ready", api::Truth::no, "InUse");
  put("CredentialsValid", api::Truth::yes, "CredentialsAccepted");
  store_it(true);
  const Access access = access_from("payments");
  EXPECT_TRUE(access.connection);
  EXPECT_FALSE(access.refusal);
  ASSERT_TRUE(access.creation_refusal);
  EXPECT_EQ(access.creation_refusal->reason, "AccountDeleting");
  EXPECT_TRUE(access.creation_refusal->stalled);
}

TEST_F(AccessTest, AnAccountThatIsBeingDeletedAndCannotBeUsedIsRefused) {
  put("Ready", api::Truth::no, "InUse");
  put("CredentialsValid", api::Truth::no, "InvalidClientTokenId");
  store_it(true);
  const Access access = access_from("payments");
  ASSERT_TRUE(access.refusal);
  EXPECT_EQ(access.refusal->reason, "AccountNotReady");
}

TEST_F(AccessTest, AGrantWithALimitOfDomainsHoldsForAuthorities) {
  put("Ready", api::Truth::yes, "CredentialsAccepted");
  api::AllowedNamespace grant;
  grant.names = {"shop"};
  grant.domains = {"shop.example.com"};
  account.spec.allowed_namespaces = {grant};
  store_it(false);
  const auto refused = access_for_authority(*store, connections, "shop", {"prod", "payments"},
                                            "us-east-1", clock.now());
  ASSERT_TRUE(refused.ok() && refused->refusal);
  EXPECT_EQ(refused->refusal->reason, "ReferenceNotAllowed");
  EXPECT_THAT(refused->refusal->message, HasSubstr("authorities: true"));
  EXPECT_FALSE(access_from("shop").refusal) << "a bulk reading is for no name";
}

// An Account is looked at at once when calls through it fail, not once for each of them.
TEST_F(AccessTest, CallsWithoutAnAnswerPutTheAccountInDoubtOnceInAWhile) {
  put("Ready", api::Truth::yes, "CredentialsAccepted");
  store_it(false);
  auto& acm = access_from("payments").connection->acm("us-east-1");
  const std::string arn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
  (void)acm.describe_certificate(arn);
  (void)acm.describe_certificate(arn);
  EXPECT_EQ(doubted.size(), 1U);
  clock.advance(std::chrono::seconds(15));
  (void)acm.describe_certificate(arn);
  EXPECT_EQ(doubted.size(), 2U);
}

TEST(AboutAccount, ARefusedKeyIsAndAMissingPermissionIsNot) {
  const auto answered = [](Code code, const char* name) {
    return Error(code, "").answered({name, "1", 400});
  };
  EXPECT_TRUE(is_about_account(answered(Code::denied, "UnrecognizedClientException")));
  EXPECT_TRUE(is_about_account(answered(Code::denied, "InvalidSignatureException")));
  EXPECT_TRUE(is_about_account(answered(Code::denied, "AccessDenied"))) << "a role of STS";
  EXPECT_TRUE(is_about_account(Error(Code::unavailable, "no answer")));
  EXPECT_TRUE(is_about_account(Error(Code::denied, "the profile cannot be read")));
  EXPECT_FALSE(is_about_account(answered(Code::denied, "AccessDeniedException")));
  EXPECT_FALSE(is_about_account(answered(Code::unavailable, "InternalFailure")));
  EXPECT_FALSE(is_about_account(answered(Code::not_found, "ResourceNotFoundException")));
}

}  // namespace
}  // namespace certloop::connect
