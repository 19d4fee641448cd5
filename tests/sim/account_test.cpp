// Accounts through their lives: what one that fails says, and when; what one that is being deleted
// goes on doing for those that refer to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loop/references.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

class AccountCauseTest : public testing::Test {
 protected:
  AccountCauseTest() { world.keeps_to_plan = false; }

  void make_private_one() {
    world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate);
    world.settle();
    ASSERT_THAT(certificate("internal"), StartsWith("True"));
  }
  // The secret no longer fits the key; nothing in the specs says so.
  void refuse_the_key() {
    emulator::Fault fault;
    fault.error_code = "UnrecognizedClientException";
    fault.message = "The security token included in the request is invalid.";
    fault.http_status = 403;
    fault.probability = 1;
    world.aws.add_fault(fault);
  }
  std::string account(const std::string& type) {
    return world.condition(world.account("prod").status.conditions, type);
  }
  std::string certificate(const std::string& name) {
    return world.condition(world.certificate(name).status.conditions, "Ready");
  }
  std::string authority(const std::string& type) {
    return world.condition(world.authority("root").status.conditions, type);
  }

  World world;
};

TEST_F(AccountCauseTest, WhoseKeyAwsRefusesSaysSoAsSoonAsACallFails) {
  make_private_one();
  world.pass(minutes(20));
  refuse_the_key();
  world.pass(minutes(11));  // somebody looks at AWS within that time
  EXPECT_THAT(account("Ready"), StartsWith("False "));
  const auto of_account = world.account("prod").status.conditions;
  const auto of_authority = world.authority("root").status.conditions;
  const auto* ready = api::find(of_account, "Ready");
  const auto* in_sync = api::find(of_authority, "InSync");
  EXPECT_LE(ready->since, in_sync->since + seconds(5)) << "it is not the last to say so";
}

TEST_F(AccountCauseTest, WhoseKeyAwsRefusesTakesNothingFromTheAuthorityThatServes) {
  make_private_one();
  refuse_the_key();
  world.pass(hours(5));
  EXPECT_THAT(authority("Ready"), AllOf(StartsWith("True"), HasSubstr("not confirmed since")));
  EXPECT_THAT(authority("InSync"), StartsWith("Unknown"));
  world.aws.clear_faults();
  world.pass(minutes(2));
  EXPECT_THAT(account("Ready"), StartsWith("True"));
  EXPECT_THAT(authority("InSync"), StartsWith("True"));
  EXPECT_THAT(authority("Ready"), AllOf(StartsWith("True"), HasSubstr("is ACTIVE")));
}

TEST_F(AccountCauseTest, ThatIsBeingDeletedWaitsForItsUsersAndServesThem) {
  make_private_one();
  world.remove(Kind::account, "prod");
  world.pass(hours(1));
  EXPECT_THAT(account("Ready"), AllOf(StartsWith("False InUse"), HasSubstr("internal")));
  EXPECT_THAT(certificate("internal"), StartsWith("True"));
  // What exists is kept.
  const std::string arn = world.authority("root").status.arn;
  ASSERT_TRUE(world.acm_pca().tag_certificate_authority(arn, {{"team", "other"}}).ok());
  world.pass(hours(1));
  EXPECT_EQ(world.acm_pca().list_tags(arn).value().at("team"), "platform");
}

TEST_F(AccountCauseTest, ThatIsBeingDeletedIsNoObstacleToTheDeletionOfItsUsers) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  ASSERT_EQ(certificates_in(world.aws).size(), 1U);
  world.remove(Kind::account, "prod");
  world.pass(minutes(1));
  world.remove(Kind::certificate, "shop");
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop"));
  EXPECT_FALSE(world.exists(Kind::account, "prod"));
  EXPECT_THAT(certificates_in(world.aws), IsEmpty());
}

TEST_F(AccountCauseTest, ThatIsBeingDeletedMakesNoNewAuthority) {
  make_private_one();
  world.remove(Kind::account, "prod");
  world.pass(minutes(1));
  world.apply(replaced(kAuthority, "{name: root}", "{name: second}"));
  world.pass(hours(1));
  EXPECT_EQ(authorities_in(world.aws), 1U);
  EXPECT_THAT(world.condition(world.authority("second").status.conditions, "Ready"),
              StartsWith("False AccountDeleting"));
}

TEST_F(AccountCauseTest, ThatWasMisspeltHoldsNoAuthorityThatWasNeverMade) {
  world.apply(replaced(kAuthority, "{name: prod}", "{name: prud}"));
  world.pass(minutes(10));
  EXPECT_THAT(authority("Ready"), StartsWith("False ReferenceNotFound"));
  world.remove(Kind::certificate_authority, "root");
  world.pass(minutes(10));
  EXPECT_FALSE(world.exists(Kind::certificate_authority, "root"));
}

TEST_F(AccountCauseTest, IsNamedByThoseThatReferToIt) {
  make_private_one();
  const api::Key prod{Kind::account, "default", "prod"}, root = world.authority("root").key();
  const auto users = loop::users_of(*world.store, {prod, root}).value();
  const api::Key internal{Kind::certificate, "default", "internal"};
  EXPECT_THAT(users.at(root), ElementsAre(internal, world.placement("internal").key()));
  EXPECT_THAT(users.at(prod), ElementsAre(root, internal, world.placement("internal").key()));
}

// SECURITY: a CA can sign any name, so a limit of names lets nobody have one.
class GrantTest : public testing::Test {
 protected:
  std::string account_for_shop(const std::string& limit) {
    std::string spec = kAccount;
    return spec.insert(spec.find("  regions:"),
                       "  allowedNamespaces: [{names: [shop], " + limit + "}]\n");
  }
  std::string authority_in_shop() {
    return replaced(replaced(kAuthority, "{name: root}", "{name: root, namespace: shop}"),
                    "{name: prod}", "{name: prod, namespace: default}");
  }
  std::string ready() {
    const auto found = store::get<api::CertificateAuthority>(*world.store, "shop", "root");
    return world.condition(found.value().status.conditions, "Ready");
  }
  World world;
};

TEST_F(GrantTest, WithALimitOfDomainsMakesNoAuthority) {
  world.apply(account_for_shop("domains: [shop.example.com]") + "---" + authority_in_shop());
  world.settle();
  EXPECT_EQ(authorities_in(world.aws), 0U);
  EXPECT_THAT(ready(),
              AllOf(StartsWith("False ReferenceNotAllowed"), HasSubstr("authorities: true")));
}

TEST_F(GrantTest, WithALimitOfDomainsAndAuthoritiesMakesOne) {
  world.apply(account_for_shop("domains: [shop.example.com], authorities: true") + "---" +
              authority_in_shop());
  world.settle();
  EXPECT_EQ(authorities_in(world.aws), 1U);
  EXPECT_THAT(ready(), StartsWith("True"));
}

TEST_F(GrantTest, ThatIsNarrowedDeletesNoAuthority) {
  world.apply(account_for_shop("regions: [us-east-1]") + "---" + authority_in_shop());
  world.settle();
  ASSERT_THAT(ready(), StartsWith("True"));
  world.apply(account_for_shop("domains: [shop.example.com]"));
  world.settle();
  ASSERT_TRUE(world.store->remove({Kind::certificate_authority, "shop", "root"}, {}).ok());
  world.clear();
  world.pass(hours(1));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
}

// Two namespaces with the same AWS account; whoever writes "slow" may write there only.
const char* const kSlow = R"(
apiVersion: v1
kind: Secret
metadata: {name: prod-aws, namespace: slow}
stringData: {secretAccessKey: test}
---
apiVersion: certloop.dev/v1alpha1
kind: Account
metadata: {name: prod, namespace: slow}
spec:
  scope: Account
  regions: [us-east-1]
  authentication:
    accessKey: {accessKeyId: test, secretAccessKeyRef: {name: prod-aws, key: secretAccessKey}}
  endpointUrl: http://127.0.0.1:4599
  rates:
    acm: {DescribeCertificate: 0.001, RequestCertificate: 0.001, SearchCertificates: 0.001}
---
apiVersion: certloop.dev/v1alpha1
kind: Certificate
metadata: {name: theirs, namespace: slow}
spec:
  domainName: theirs.example.com
  accountRef: {name: prod}
  region: us-east-1
  issuer: {amazon: {validation: DNS}}
)";

TEST(Rates, OfOneAccountDoNotSlowDownThoseOfOtherNamespaces) {
  World world;
  world.keeps_to_plan = false;
  world.apply(kSlow);
  world.pass(minutes(5));  // by then it has had the calls that it declares
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.pass(minutes(15));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("True"));
}

}  // namespace
}  // namespace certloop::sim
