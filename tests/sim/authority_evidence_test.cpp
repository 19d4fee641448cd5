// What is believed of a CA rests on evidence (PROTOCOLS 0): one answer destroys and duplicates
// nothing, a read that a decision does not need holds nothing up, and what is stalled heals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/ownership.h"
#include "reconcilers/authority/plan.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

emulator::Fault refusal(const std::string& operation, const std::string& code) {
  emulator::Fault fault;
  fault.operation = operation;
  fault.error_code = code;
  fault.probability = 1;
  return fault;
}

emulator::Fault once(emulator::Fault fault, int nth = 1) {
  fault.probability = 0;
  fault.nth = nth;
  return fault;
}

// What nobody but another state, or another tool, makes.
aws::CreateCertificateAuthority request_with(aws::Tags tags) {
  aws::CreateCertificateAuthority request;
  request.type = "ROOT";
  request.key_algorithm = "EC_prime256v1";
  request.signing_algorithm = "SHA256WITHECDSA";
  request.subject.common_name = "Other";
  request.usage_mode = "GENERAL_PURPOSE";
  request.key_storage_security_standard = "FIPS_140_2_LEVEL_3_OR_HIGHER";
  request.idempotency_token = "other";
  request.tags = std::move(tags);
  return request;
}

class AuthorityEvidence : public testing::Test {
 protected:
  AuthorityEvidence() {
    world.keeps_to_plan = false;  // no plan foretells what AWS answers wrongly
    world.apply(kAccount);
    world.settle();
  }
  void make() {
    world.apply(kAuthority);
    world.settle();
    arn = world.authority("root").status.arn;
    ASSERT_THAT(condition("Ready"), StartsWith("True"));
  }
  void remove_confirmed() {
    const std::string digest = authority::deletion_digest(world.authority("root"), arn);
    std::string spec = kAuthority;
    const std::string name = "{name: root}";
    spec.replace(spec.find(name), name.size(),
                 "{name: root, annotations: {certloop.dev/confirm: \"" + digest + "\"}}");
    world.apply(spec);
    world.settle();
    world.remove(Kind::certificate_authority, "root");
  }
  std::string condition(const std::string& type) {
    return world.condition(world.authority("root").status.conditions, type);
  }
  std::string status_in_aws() {
    return world.acm_pca().describe_certificate_authority(arn).value().status;
  }

  World world;
  std::string arn;
};

TEST_F(AuthorityEvidence, OneNotFoundRightAfterTheCreationBuysNoSecondOne) {
  world.aws.add_fault(once(refusal("DescribeCertificateAuthority", "ResourceNotFoundException")));
  world.apply(kAuthority);
  world.settle();
  world.pass(hours(1));
  EXPECT_EQ(authorities_in(world.aws), 1U);
  EXPECT_THAT(condition("Ready"), StartsWith("True"));
}

TEST_F(AuthorityEvidence, NotFoundForAnHourBuysNoSecondOneWhileItIsListed) {
  make();
  world.aws.add_fault(refusal("DescribeCertificateAuthority", "ResourceNotFoundException"));
  world.pass(hours(1));
  EXPECT_EQ(authorities_in(world.aws), 1U);
  EXPECT_THAT(condition("Ready"), StartsWith("True"));
  EXPECT_THAT(condition("InSync"), StartsWith("Unknown"));
  world.aws.clear_faults();
  world.pass(hours(1));
  EXPECT_THAT(condition("InSync"), StartsWith("True"));
}

TEST_F(AuthorityEvidence, NotFoundDuringItsDeletionLetsGoOfNothing) {
  make();
  world.aws.add_fault(refusal("DescribeCertificateAuthority", "ResourceNotFoundException"));
  remove_confirmed();
  world.pass(hours(1));
  EXPECT_TRUE(world.exists(Kind::certificate_authority, "root"));
  world.aws.clear_faults();
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate_authority, "root"));
  EXPECT_EQ(status_in_aws(), "DELETED");
}

TEST_F(AuthorityEvidence, ACertificateThatAwsFailedToIssueIsRequestedAgain) {
  world.aws.add_fault(once(refusal("GetCertificate", "RequestFailedException")));
  world.aws.add_fault(once(refusal("GetCertificate", "RequestFailedException"), 2));
  world.apply(kAuthority);
  world.settle();
  world.pass(minutes(10));
  EXPECT_THAT(condition("Ready"), StartsWith("True"));
  EXPECT_EQ(authorities_in(world.aws), 1U);
  EXPECT_EQ(world.count("IssueCertificate"), 2U);
  EXPECT_EQ(world.authority("root").status.failed_attempts, 0);
}

TEST_F(AuthorityEvidence, ACertificateThatAwsNeverIssuesIsRequestedRarely) {
  world.aws.add_fault(refusal("GetCertificate", "RequestFailedException"));
  world.apply(kAuthority);
  world.pass(hours(24));
  EXPECT_LT(world.count("IssueCertificate"), 20U);
  world.aws.clear_faults();
  world.pass(hours(7));
  EXPECT_THAT(condition("Ready"), StartsWith("True"));
}

TEST_F(AuthorityEvidence, AChainThatMayNotBeReadTakesNothingFromIt) {
  world.aws.add_fault(refusal("GetCertificateAuthorityCertificate", "AccessDeniedException"));
  world.apply(kAuthority);
  world.settle();
  world.pass(hours(1));
  EXPECT_THAT(condition("Ready"), StartsWith("True"));
  EXPECT_EQ(world.authority("root").status.aws_status, "ACTIVE");
  world.aws.clear_faults();
  world.pass(hours(1));
  EXPECT_THAT(world.authority("root").status.certificate, StartsWith("-----BEGIN CERTIFICATE"));
  EXPECT_THAT(condition("InSync"), StartsWith("True"));
}

TEST_F(AuthorityEvidence, TagsThatMayNotBeReadHoldUpItsDeletionOnly) {
  make();
  world.aws.add_fault(refusal("ListTags", "AccessDeniedException"));
  ASSERT_TRUE(world.acm_pca().update_certificate_authority(arn, "DISABLED", {}).ok());
  world.pass(hours(1));
  EXPECT_EQ(status_in_aws(), "ACTIVE") << "it is still switched on again";
  remove_confirmed();
  world.pass(hours(1));
  EXPECT_EQ(status_in_aws(), "ACTIVE") << "whose it is was not proven";
  EXPECT_THAT(condition("Ready"), HasSubstr("could not be read from its tags"));
  world.aws.clear_faults();
  world.pass(hours(1));
  EXPECT_EQ(status_in_aws(), "DELETED");
}

TEST_F(AuthorityEvidence, OurTagsThatSomebodyRemovesAreSetAgain) {
  make();
  ASSERT_TRUE(world.acm_pca()
                  .untag_certificate_authority(
                      arn, {std::string(ledger::kOwnerTag), std::string(ledger::kUidTag)})
                  .ok());
  world.pass(hours(1));
  const auto tags = world.acm_pca().list_tags(arn).value();
  EXPECT_EQ(tags.at(std::string(ledger::kOwnerTag)), "default/default/root");
  EXPECT_EQ(tags.at(std::string(ledger::kUidTag)), world.authority("root").meta.uid);
}

TEST_F(AuthorityEvidence, OneWhoseTagsSomebodyRemovedCanStillBeDeleted) {
  make();
  remove_confirmed();
  ASSERT_TRUE(
      world.acm_pca().untag_certificate_authority(arn, {std::string(ledger::kUidTag)}).ok());
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate_authority, "root"));
  EXPECT_EQ(status_in_aws(), "DELETED");
}

TEST_F(AuthorityEvidence, OneOfAnotherStateIsNeitherTakenOverNorMadeBesides) {
  const auto other = world.acm_pca().create_certificate_authority(
      request_with({{std::string(ledger::kOwnerTag), "default/default/root"},
                    {std::string(ledger::kUidTag), "of-another-state"}}));
  ASSERT_TRUE(other.ok()) << other.error().message();
  world.apply(kAuthority);
  world.pass(hours(3));
  EXPECT_EQ(authorities_in(world.aws), 1U);
  EXPECT_THAT(condition("Ready"),
              AllOf(StartsWith("False ForeignUid"), HasSubstr("--take-over-lost-state"),
                    HasSubstr("--installation")));
  EXPECT_EQ(world.acm_pca().list_tags(*other).value().at(std::string(ledger::kUidTag)),
            "of-another-state");
}

TEST_F(AuthorityEvidence, OneThatAnotherStateMarkedIsNotMarkedBack) {
  make();
  const aws::Tags theirs = {{std::string(ledger::kUidTag), "of-another-state"}};
  ASSERT_TRUE(world.acm_pca().tag_certificate_authority(arn, theirs).ok());
  world.pass(hours(5));
  EXPECT_EQ(world.acm_pca().list_tags(arn).value().at(std::string(ledger::kUidTag)),
            "of-another-state");
  EXPECT_THAT(condition("Ready"), StartsWith("False ForeignUid"));
}

TEST_F(AuthorityEvidence, OneOfALostStateIsTakenOverIfTheOperatorSaysSo) {
  make();
  const aws::Tags theirs = {{std::string(ledger::kUidTag), "of-a-lost-state"}};
  ASSERT_TRUE(world.acm_pca().tag_certificate_authority(arn, theirs).ok());
  world.pass(hours(1));
  ASSERT_THAT(condition("Ready"), StartsWith("False ForeignUid"));
  world.policy.take_over_lost_state = true;
  world.restart();
  world.pass(hours(1));
  EXPECT_THAT(condition("Ready"), StartsWith("True"));
  EXPECT_EQ(world.acm_pca().list_tags(arn).value().at(std::string(ledger::kUidTag)),
            world.authority("root").meta.uid);
}

TEST_F(AuthorityEvidence, OneOfAnotherInstallationIsLookedAtAgain) {
  const auto other = world.acm_pca().create_certificate_authority(
      request_with({{std::string(ledger::kOwnerTag), "other/default/root"}}));
  ASSERT_TRUE(other.ok()) << other.error().message();
  world.apply(kAuthority);
  world.pass(minutes(10));
  EXPECT_THAT(condition("Ready"), StartsWith("False ForeignOwner"));
  ASSERT_TRUE(
      world.acm_pca().untag_certificate_authority(*other, {std::string(ledger::kOwnerTag)}).ok());
  world.pass(hours(1));
  EXPECT_THAT(condition("Ready"), StartsWith("True"));
}

TEST_F(AuthorityEvidence, OneThatIsSuspendedUntilAnInstantWakesThen) {
  std::string spec = kAuthority;
  spec.insert(spec.find("  acmPca"),
              "  management: Suspended\n  suspendedUntil: \"2026-11-21T05:00:00Z\"\n");
  world.apply(spec);
  world.pass(hours(4));
  EXPECT_EQ(authorities_in(world.aws), 0U);
  world.pass(minutes(70));
  EXPECT_EQ(authorities_in(world.aws), 1U);
}

TEST_F(AuthorityEvidence, AnArnThatTheSpecNamesLaterIsNotIgnored) {
  make();
  const auto other = world.acm_pca().create_certificate_authority(request_with({}));
  ASSERT_TRUE(other.ok()) << other.error().message();
  std::string spec = kAuthority;
  spec.insert(spec.find("    type: ROOT"), "    arn: " + *other + "\n");
  world.apply(spec);
  world.pass(hours(1));
  EXPECT_THAT(condition("Stalled"), AllOf(StartsWith("True ArnChanged"), HasSubstr(*other)));
  EXPECT_TRUE(world.acm_pca().list_tags(*other).value().empty());
}

// The account's credentials have become another AWS account's while an answer was awaited: what the
// call made is in the first one.
TEST(AuthorityCredentials, OfAnotherAwsAccountMakeNoSecondOneForALostAnswer) {
  emulator::EmulatorOptions options;
  options.keys.push_back({"123456789012", "test", Secret("test"), ""});
  options.keys.push_back({"210987654321", "other", Secret("other"), ""});
  World world(std::move(options));
  world.keeps_to_plan = false;
  const auto use = [&](const std::string& key) {
    world.environment.variables["AWS_ACCESS_KEY_ID"] = key;
    world.environment.variables["AWS_SECRET_ACCESS_KEY"] = key;
    world.restart();
  };
  use("test");
  emulator::Fault lost;
  lost.operation = "CreateCertificateAuthority";
  lost.kind = emulator::Fault::Kind::drop;
  lost.nth = 1;
  world.aws.add_fault(lost);
  std::string account = kAccount;
  account.replace(account.find("    accessKey"),
                  account.find("  endpointUrl") - account.find("    accessKey"),
                  "    defaultChain: {}\n");
  world.apply(account + "---" + kAuthority);
  world.pass(std::chrono::seconds(10));
  ASSERT_TRUE(world.authority("root").status.pending);
  use("other");
  world.pass(hours(3));
  EXPECT_EQ(authorities_in(world.aws), 1U);
  EXPECT_THAT(world.condition(world.authority("root").status.conditions, "Ready"),
              StartsWith("False AccountChanged"));
  use("test");
  world.pass(hours(1));
  EXPECT_EQ(authorities_in(world.aws), 1U);
  EXPECT_THAT(world.condition(world.authority("root").status.conditions, "Ready"),
              StartsWith("True"));
}

}  // namespace
}  // namespace certloop::sim
