// KINDS, spec.arn: it says which certificate is meant. Nothing is made in its place, and nothing is
// adopted that the spec does not describe.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/command_line.h"
#include "tests/sim/hand.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::hours;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

std::string with_arn(std::string spec, const std::string& arn) {
  return spec.replace(spec.find("spec:"), 5, "spec:\n  arn: " + arn);
}

class NamedArn : public testing::Test {
 protected:
  NamedArn() { world.keeps_to_plan = false; }

  std::string requested(const std::string& domain) {
    aws::RequestCertificate request;
    request.domain_name = domain;
    request.validation_method = "DNS";
    return hand.acm("us-east-1")->request_certificate(request).value();
  }
  // Validated by hand, too.
  std::string issued(const std::string& domain) {
    const std::string arn = requested(domain);
    world.pass(std::chrono::minutes(1));
    const auto detail = hand.acm("us-east-1")->describe_certificate(arn).value();
    const auto& record = detail.domain_validation_options.front().resource_record.value();
    hand.change("example.com.", "CREATE", record.name, record.value);
    world.pass(hours(1));
    return arn;
  }
  std::string stalled(const std::string& name) {
    return world.condition(world.certificate(name).status.conditions, "Stalled");
  }
  aws::Tags tags_of(const std::string& arn) {
    return hand.acm("us-east-1")->list_tags_for_certificate(arn).value();
  }

  World world;
  Hand hand{world.aws, world.clock};
};

// ACM imports no key of another type over a certificate; another one would make way for the named
// one at once, again and again.
TEST_F(NamedArn, NothingIsImportedInItsPlace) {
  const std::string named = hand.import_certificate({"legacy.example.com"});
  world.apply(
      std::string(kAccount) + "---\n" +
      tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 2, "EC_secp384r1") +
      "---" + with_arn(imported_spec(), named));
  world.pass(hours(2));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
  EXPECT_THAT(stalled("legacy"),
              AllOf(StartsWith("True ReplacementHeld"), HasSubstr("spec.arn names " + named),
                    HasSubstr("or remove spec.arn")));
  world.remove(Kind::certificate, "legacy");
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate, "legacy"));
  EXPECT_THAT(tags_of(named), IsEmpty());
}

TEST_F(NamedArn, WhatTheSpecDoesNotDescribeIsNotAdopted) {
  const std::string named = issued("manual.example.com");
  world.apply(std::string(kAccount) + "---" + with_arn(kPublic, named));
  world.pass(hours(2));
  EXPECT_THAT(stalled("shop"),
              AllOf(StartsWith("True ReplacementHeld"), HasSubstr("manual.example.com"),
                    HasSubstr("Correct the spec to say what it is")));
  EXPECT_THAT(tags_of(named), IsEmpty());
}

TEST_F(NamedArn, OneOfAnotherAwsAccountIsAMistakeThatCanBeDeleted) {
  world.apply(std::string(kAccount) + "---" +
              with_arn(kPublic,
                       "arn:aws:acm:us-east-1:111111111111:certificate/"
                       "12345678-1234-4234-8234-123456789012"));
  world.pass(hours(1));
  EXPECT_THAT(stalled("shop"),
              AllOf(StartsWith("True ArnOfAnotherAccount"), HasSubstr("correct spec.arn")));
  world.remove(Kind::certificate, "shop");
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop"));
}

// Adopted, so that deletionPolicy is Retain, and replaced by another that spec.arn names: the first
// one stays, also when spec.arn is taken out and Delete becomes the policy.
TEST_F(NamedArn, WhatWasAdoptedIsNotDeletedAfterALaterChangeOfPolicy) {
  const std::string first = requested("shop.example.com"), second = requested("shop.example.com");
  std::string spec = kPublic;
  spec.erase(spec.find("  additionalNames"), spec.find("  accountRef") - spec.find("  additional"));
  world.apply(std::string(kAccount) + "---" + with_arn(spec, first));
  world.pass(hours(1));
  world.apply(with_arn(spec, second));
  world.pass(hours(30));
  ASSERT_EQ(world.placement("shop").status.arn, second);
  EXPECT_FALSE(tags_of(first).contains("certloop.dev/uid"));
  world.apply(spec);
  world.pass(hours(30));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(2));
}

TEST_F(NamedArn, OneThatIsOnlyWatchedGetsNoRecords) {
  const std::string named = requested("shop.example.com");
  std::string spec = with_arn(kPublic, named + "\n  management: Observe");
  spec.erase(spec.find("  additionalNames"), spec.find("  accountRef") - spec.find("  additional"));
  spec.erase(spec.find("  tags:"));
  world.apply(std::string(kAccount) + "---" + spec);
  world.pass(hours(1));
  EXPECT_EQ(hand.records("example.com."), 0U);
}

// Neither a report nor a condition calls that compared which was not read.
TEST_F(NamedArn, TagsThatCannotBeReadAreNotCalledInSync) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  world.aws.deny({"test", "acm:ListTagsForCertificate"});
  world.aws.deny({"test", "tag:GetResources"});
  CommandLine cli(world);
  for (const char* command : {"drift", "plan"}) {
    SCOPED_TRACE(command);
    EXPECT_EQ(cli({command}), 3);
    EXPECT_THAT(cli.out, HasSubstr("the tags of arn:"));
  }
  EXPECT_EQ(cli({"expiring"}), 0) << "when it expires is known";
  EXPECT_THAT(cli.out, HasSubstr("default/shop"));
  world.pass(hours(1));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "InSync"),
              StartsWith("Unknown"));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              StartsWith("True"));
}

TEST_F(NamedArn, APlanWithoutItsZonesIsNotWhole) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.aws.deny({"test", "route53:ListHostedZones*"});
  CommandLine cli(world);
  EXPECT_EQ(cli({"plan"}), 3);
  EXPECT_THAT(cli.out, HasSubstr("hosted zones"));
}

// Both in one edit: the Secret wakes the placement before the Certificate has passed on its spec.
TEST_F(NamedArn, WhatIsSuspendedWithTheSameEditIsNotImportedOver) {
  const auto edit = [&](int serial, const std::string& management) {
    std::string spec = imported_spec();
    spec.replace(spec.find("spec:"), 5, "spec:\n  management: " + management);
    world.apply(tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), serial) +
                "---" + spec);
  };
  world.apply(kAccount);
  edit(1, "Enforce");
  world.settle();
  for (const char* management : {"Suspended", "Observe"}) {
    SCOPED_TRACE(management);
    world.clear();
    edit(2, management);
    world.pass(hours(1));
    EXPECT_EQ(world.count("ImportCertificate"), 0U);
  }
}

// The rescue of a deletion that waits.
TEST_F(NamedArn, RetainThatIsSetWhileADeletionWaitsIsHeeded) {
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  const std::string arn = world.placement("shop").status.arn;
  const std::string user = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/a";
  ASSERT_TRUE(world.aws.set_in_use(arn, {user}).ok());
  world.remove(Kind::certificate, "shop");
  world.pass(hours(1));
  ASSERT_TRUE(world.exists(Kind::certificate, "shop"));
  std::string spec = kPublic;
  spec.replace(spec.find("spec:"), 5, "spec:\n  deletionPolicy: Retain");
  world.apply(spec);
  world.pass(hours(1));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop"));
  ASSERT_THAT(certificates_in(world.aws), SizeIs(1));
  EXPECT_FALSE(tags_of(arn).contains("certloop.dev/uid"));
}

TEST_F(NamedArn, WhatIsSuspendedSaysHowItIsDeleted) {
  std::string spec = kPublic;
  spec.replace(spec.find("spec:"), 5, "spec:\n  management: Suspended");
  world.apply(std::string(kAccount) + "---" + spec);
  world.pass(hours(1));
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Issued"),
              StartsWith("Unknown NotCompared"));
  world.remove(Kind::certificate, "shop");
  world.pass(hours(1));
  EXPECT_THAT(world.condition(world.placement("shop").status.conditions, "Ready"),
              HasSubstr("Set it to Enforce to delete it in AWS too"));
}

}  // namespace
}  // namespace certloop::sim
