// Requirements that only the whole program can show, each by its number; every run keeps to its
// plan (foretold.h).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "pki/certificate.h"
#include "pki/chain.h"
#include "pki/issue.h"
#include "reconcilers/certificate/plan.h"
#include "reconcilers/placement/plan.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const char* const kUser =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b";

std::string with(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

emulator::EmulatorOptions two_keys() {
  emulator::EmulatorOptions options;
  options.keys.push_back({"123456789012", "AKIAFIRST0000000001", Secret("first secret"), ""});
  options.keys.push_back({"123456789012", "AKIASECOND000000002", Secret("second secret"), ""});
  return options;
}

// An account with its secret in line, as a person writes it; without it if that is empty.
std::string account(const std::string& key, const std::string& secret, const std::string& more) {
  return fmt::format(R"(
apiVersion: certloop.dev/v1alpha1
kind: Account
metadata: {{name: prod}}
spec:
  scope: Account
  regions: [us-east-1]
  endpointUrl: http://127.0.0.1:4599
  authentication:
    accessKey: {{accessKeyId: {}, {}}}
{})",
                     key,
                     secret.empty()
                         ? "secretAccessKeyRef: {name: prod-access, key: secretAccessKey}"
                         : "secretAccessKey: " + secret,
                     more);
}

class AccountTest : public testing::Test {
 protected:
  AccountTest() : world(two_keys()) {}
  std::string ready() { return world.condition(world.account("prod").status.conditions, "Ready"); }
  // The access key by which the account was last asked about.
  std::string principal() { return world.account("prod").status.principal; }

  World world;
};

// S8: what is not access data leaves them alone.
TEST_F(AccountTest, EditedWithoutAccessDataGoesOnWithTheStoredOnes) {
  world.apply(account("AKIAFIRST0000000001", "first secret", ""));
  world.settle();
  ASSERT_THAT(ready(), StartsWith("True"));
  EXPECT_TRUE(world.exists(Kind::secret, "prod-access"));
  const std::string before = principal();
  world.apply(account("AKIAFIRST0000000001", "", "  enabled: false\n"));
  world.settle();
  EXPECT_THAT(ready(), StartsWith("False AccountDisabled"));
  world.apply(account("AKIAFIRST0000000001", "", "  enabled: true\n  reimport: Forbidden\n"));
  world.settle();
  EXPECT_THAT(ready(), StartsWith("True"));
  EXPECT_EQ(principal(), before);
}

// S8: both fields of the access data are replaced at once, wherever the secret stood.
TEST_F(AccountTest, GivenAccessDataReplacesBothFieldsTogether) {
  world.apply(account("AKIAFIRST0000000001", "first secret", ""));
  world.settle();
  const std::string before = principal();
  world.apply(account("AKIASECOND000000002", "second secret", ""));
  world.settle();
  world.pass(minutes(10));
  EXPECT_THAT(ready(), StartsWith("True"));
  EXPECT_NE(principal(), before);
  const auto stored = world.account("prod").spec;
  EXPECT_THAT(api::write(world.account("prod")).body.text(), Not(HasSubstr("second secret")));
  world.apply(account("AKIASECOND000000002", "first secret", ""));
  world.settle(minutes(2));
  world.pass(minutes(2));
  EXPECT_THAT(ready(), StartsWith("False SignatureDoesNotMatch"));
}

class RequirementTest : public testing::Test {
 protected:
  RequirementTest() { world.apply(kAccount); }
  std::string condition(const std::string& name, const std::string& type) {
    return world.condition(world.certificate(name).status.conditions, type);
  }
  World world;
};

// A certificate and the intermediate CA that signed it, which ends after `days_left`.
struct Issued {
  Issued(Time now, int days_left, int serial) {
    const auto root_key = pki::PrivateKey::generate(pki::KeyAlgorithm::ec_prime256v1).value();
    pki::Template ca;
    ca.serial = std::string("\x01\x01", 2);
    ca.subject.attributes = {{"CN", "Hand-made Root"}};
    ca.public_key_der = root_key.public_key_der();
    ca.not_before = now - days(1);
    ca.not_after = now + days(3650);
    ca.is_ca = true;
    ca.key_usages = {"CERTIFICATE_SIGNING", "CRL_SIGNING"};
    const auto root = pki::issue(ca, root_key, std::nullopt).value();
    const auto middle_key = pki::PrivateKey::generate(pki::KeyAlgorithm::ec_prime256v1).value();
    ca.subject.attributes = {{"CN", "Hand-made Intermediate"}};
    ca.public_key_der = middle_key.public_key_der();
    ca.not_after = now + days(days_left);
    const auto middle = pki::issue(ca, root_key, root).value();
    const auto key = pki::PrivateKey::generate(pki::KeyAlgorithm::ec_prime256v1).value();
    pki::Template what;
    what.serial = std::string("\x02", 1) + static_cast<char>(serial);
    what.subject.attributes = {{"CN", "legacy.example.com"}};
    what.public_key_der = key.public_key_der();
    what.names.dns = {"legacy.example.com"};
    what.not_before = now - hours(1);
    what.not_after = now + days(90);
    what.key_usages = {"DIGITAL_SIGNATURE"};
    bundle = pki::issue(what, middle_key, middle).value().pem() + middle.pem();
    key_pem = key.to_pem().reveal();
  }
  std::string bundle, key_pem;
};

std::string secret_of(const std::string& chain, const std::string& key) {
  return "apiVersion: v1\nkind: Secret\nmetadata: {name: legacy-tls}\ntype: kubernetes.io/tls\n"
         "data:\n  tls.crt: " +
         to_base64(chain) + "\n  tls.key: " + to_base64(key) + "\n";
}

// S144: why ACM will not renew, and what changes that.
TEST_F(RequirementTest, WhatAcmWillNotRenewSaysWhy) {
  world.apply(std::string(kAuthority) + "---" + kPrivate);
  world.settle();
  EXPECT_THAT(condition("internal", "RenewalAssured"), StartsWith("False Ineligible"));
  EXPECT_THAT(condition("internal", "RenewalAssured"), HasSubstr("what a service uses"));
  EXPECT_FALSE(world.certificate("internal").status.renewal_time);
  const auto placement = world.placement("internal").status;
  ASSERT_TRUE(world.aws.set_in_use(placement.arn, {kUser}).ok());
  world.pass(hours(1));
  EXPECT_THAT(condition("internal", "RenewalAssured"), StartsWith("True Eligible"));
  EXPECT_TRUE(world.certificate("internal").status.renewal_time);
}

// S144, S158 as far as it is shown: a renewal that failed is told with ACM's reason, and once the
// cause is gone it heals.
TEST_F(RequirementTest, AFailedRenewalIsShownWithItsReasonAndHeals) {
  world.apply(std::string(kAuthority) + "---" + kPrivate);
  world.settle();
  const auto before = world.placement("internal").status;
  ASSERT_TRUE(world.aws.set_in_use(before.arn, {kUser}).ok());
  world.pass(hours(1));
  // Nobody looks after the CA, or it would be switched on again.
  world.apply(with(kAuthority, "spec:\n", "spec:\n  management: Observe\n"));
  ASSERT_TRUE(world.acm_pca()
                  .update_certificate_authority(before.certificate_authority_arn, "DISABLED", {})
                  .ok());
  world.pass(hours(1));
  world.clock.advance(days(395 - 59));
  world.pass(hours(30));
  EXPECT_THAT(condition("internal", "RenewalAssured"), StartsWith("False RenewalFailed"));
  EXPECT_THAT(condition("internal", "RenewalAssured"), HasSubstr("PCA_INVALID_STATE"));
  EXPECT_EQ(world.placement("internal").status.serial, before.serial);
  EXPECT_THAT(condition("internal", "Ready"), StartsWith("True"));  // it serves still
  world.apply(kAuthority);
  world.pass(hours(60));
  const auto after = world.placement("internal").status;
  EXPECT_NE(after.serial, before.serial);
  EXPECT_THAT(condition("internal", "RenewalAssured"), StartsWith("True"));
}

// Two renewals on end, with no change of any spec and no call of ours that changes anything; at
// every look ACM holds a certificate that is valid.
void live_through(World& world, const std::string& name, int lifetime) {
  const std::string version = world.certificate(name).spec.domain_name;
  ASSERT_TRUE(world.aws.set_in_use(world.placement(name).status.arn, {kUser}).ok());
  world.pass(hours(1));
  world.clear();
  const auto first = world.placement(name).status;
  const std::int64_t generation = world.certificate(name).meta.generation;
  std::set<std::string> serials;
  std::set<Time> ends;
  for (int day = 0; day < 2 * lifetime; day += 5) {
    world.clock.advance(days(5) - hours(2));
    EXPECT_THAT(world.pass(hours(2)), IsEmpty());
    const auto status = world.placement(name).status;
    serials.insert(status.serial);
    ends.insert(*world.certificate(name).status.not_after);
    EXPECT_GT(*status.not_after, world.clock.now());
    EXPECT_THAT(world.condition(world.certificate(name).status.conditions, "Ready"),
                StartsWith("True"));
    EXPECT_EQ(status.arn, first.arn);
  }
  EXPECT_THAT(serials, SizeIs(testing::Ge(3U)));
  EXPECT_EQ(ends.size(), serials.size());
  EXPECT_EQ(world.certificate(name).meta.generation, generation);
}

// S157.
TEST_F(RequirementTest, APrivateCertificateLivesThroughItsRenewals) {
  world.apply(std::string(kAuthority) + "---" + kPrivate);
  world.settle();
  live_through(world, "internal", 395);
}

// S157, S171.
TEST_F(RequirementTest, APublicCertificateLivesThroughItsRenewalsByItsRecords) {
  world.apply(kPublic);
  world.settle();
  live_through(world, "shop", 198);
}

// S140: a chain that holds no longer is said, and heals by a new one.
TEST_F(RequirementTest, ABrokenChainIsSaidAndHeals) {
  const Issued first(world.clock.now(), 30, 1);
  world.apply(secret_of(first.bundle, first.key_pem) + "---" + imported_spec());
  world.settle();
  EXPECT_THAT(condition("legacy", "ChainValid"), StartsWith("True Verified"));
  world.clock.advance(days(31));
  world.pass(hours(12));
  EXPECT_THAT(condition("legacy", "ChainValid"), StartsWith("False Broken"));
  EXPECT_THAT(condition("legacy", "ChainValid"), HasSubstr("Hand-made Intermediate"));
  const Issued second(world.clock.now(), 900, 2);
  world.apply(secret_of(second.bundle, second.key_pem));
  world.pass(hours(1));
  EXPECT_THAT(condition("legacy", "ChainValid"), StartsWith("True Verified"));
}

// S38: ACM's word stands beside ours, from the request on.
// S41 in the form that it has here: what is not signed is not shown as issued.
TEST(Requirement, AcmsStatusStandsBesideOursUntilItIsActive) {
  emulator::EmulatorOptions slow;
  slow.issue_delay = minutes(25);
  World world(std::move(slow));
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate);
  world.pass(minutes(10));
  EXPECT_EQ(world.placement("internal").status.acm_status, "PENDING_VALIDATION");
  auto status = world.certificate("internal").status;
  EXPECT_EQ(status.placements_issued, 0);
  EXPECT_EQ(status.accounts, 1);  // it stands there, though it cannot serve
  EXPECT_FALSE(status.not_after);
  EXPECT_THAT(world.condition(status.conditions, "Issued"), StartsWith("False Pending"));
  world.settle(hours(1));
  status = world.certificate("internal").status;
  EXPECT_EQ(world.placement("internal").status.acm_status, "ISSUED");
  EXPECT_EQ(status.placements_issued, 1);
  EXPECT_EQ(status.accounts, 1);
  EXPECT_THAT(status.account_ids, ElementsAre("123456789012"));
  EXPECT_THAT(world.condition(status.conditions, "Issued"), StartsWith("True"));
}

// S138, as far as ACM makes the key: for whatever server the names are, they and the subject stand
// in the certificate, and who trusts the CA trusts it.
TEST(Requirement, WhatIsIssuedVerifiesUnderItsAuthorityForItsNames) {
  World world;
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate);
  world.settle();
  const auto status = world.placement("internal").status;
  const auto leaf = pki::Certificate::from_pem(status.certificate);
  const auto root = pki::Certificate::from_pem(world.authority("root").status.certificate);
  ASSERT_TRUE(leaf.ok() && root.ok());
  EXPECT_EQ(leaf->subject().text(), "CN=api.internal.example.com");
  EXPECT_THAT(leaf->names().dns,
              testing::UnorderedElementsAre("api.internal.example.com", "db.internal.example.com"));
  EXPECT_TRUE(pki::verify_chain(*leaf, {}, {*root}, world.clock.now()).ok());
}

// S153, but for deploying: one kind of spec provisions and manages all three.
TEST(Requirement, PublicPrivateAndImportedCertificatesAreOneKind) {
  World world;
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate + "---" + kPublic +
              "---\n" + tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) +
              "---" + imported_spec());
  world.settle();
  const std::vector<std::pair<std::string, std::string>> types = {
      {"internal", "PRIVATE"}, {"shop", "AMAZON_ISSUED"}, {"legacy", "IMPORTED"}};
  for (const auto& [name, type] : types) {
    EXPECT_THAT(world.condition(world.certificate(name).status.conditions, "Ready"),
                StartsWith("True Issued"))
        << name;
    EXPECT_EQ(world.placement(name).status.type, type);
  }
}

// The name of a placement holds four names; three may have 120 characters.
TEST(Requirement, APlacementsNameFitsAndStaysTheSame) {
  api::Certificate one;
  one.meta.space = "default";
  one.meta.name = std::string(120, 'a');
  one.spec.account_ref = {std::string(120, 'b'), std::string(63, 'c')};
  one.spec.region = "us-east-1";
  const auto name = certificate::wanted_placements(one).front().meta.name;
  EXPECT_LE(name.size(), 253U);
  EXPECT_EQ(name, certificate::wanted_placements(one).front().meta.name);
  EXPECT_THAT(name, StartsWith(one.meta.name + "."));
  one.spec.region = "us-east-2";
  EXPECT_NE(name, certificate::wanted_placements(one).front().meta.name);
  one.meta.name = "shop";
  one.spec.account_ref = {"prod", ""};
  EXPECT_EQ(certificate::wanted_placements(one).front().meta.name, "shop.prod.us-east-2");
}

// PROTOCOLS 1: the owner tag goes with the creating call, so what AWS would refuse is not asked.
TEST(Requirement, NothingIsMadeThatCannotBeMarkedAsOurs) {
  api::Placement one;
  one.meta.space = "default";
  one.meta.name = "shop.prod.us-east-1";
  one.meta.uid = "uid";
  one.meta.owners = {{Kind::certificate, "shop", "owner-uid"}};
  one.spec.domain_name = "shop.example.com";
  one.spec.issuer.amazon.emplace();
  placement::Observed observed;
  observed.estate_read = true;
  observed.presence = placement::Presence::absent;
  observed.installation = "eu-prod";
  const auto good = placement::plan(one, observed, {}).decision;
  EXPECT_TRUE(good.action);
  for (const std::string& name : {std::string("eu#prod"), std::string(250, 'i')}) {
    observed.installation = name;
    const auto refused = placement::plan(one, observed, {}).decision;
    EXPECT_FALSE(refused.action);
    EXPECT_TRUE(refused.stalled);
    EXPECT_EQ(refused.reason, "OwnerTagInvalid");
  }
}

TEST(Requirement, ACertificateOfTheLongestNamesIsIssued) {
  const std::string longest(120, 'a');
  World world;
  world.apply(with(with(kAccount, "{name: prod}", "{name: " + longest + "}"), "scope: Account",
                   "scope: Account"));
  world.apply(
      std::string(kAuthority)
          .replace(std::string(kAuthority).find("{name: prod}"), 12, "{name: " + longest + "}"));
  world.apply(with(with(kPrivate, "{name: internal}", "{name: " + std::string(120, 'b') + "}"),
                   "accountRef: {name: prod}", "accountRef: {name: " + longest + "}"));
  world.settle();
  EXPECT_THAT(world.condition(world.certificate(std::string(120, 'b')).status.conditions, "Ready"),
              StartsWith("True"));
}

}  // namespace
}  // namespace certloop::sim
