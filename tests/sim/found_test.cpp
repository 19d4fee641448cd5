// What stands in AWS against what a spec says: that it is told, and that nothing is destroyed or
// issued on less than it takes (PROTOCOLS 0 and 5).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sim/command_line.h"
#include "tests/sim/hand.h"
#include "tests/sim/held.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

using api::Kind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testing::AllOf;
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

class FoundTest : public testing::Test {
 protected:
  FoundTest() { world.keeps_to_plan = false; }

  void apply(const std::string& yaml) { world.apply(std::string(kAccount) + "---" + yaml); }
  std::string condition(const std::string& name, const std::string& type) {
    return world.condition(world.placement(name).status.conditions, type);
  }
  std::string authority(const std::string& type) {
    return world.condition(world.authority("root").status.conditions, type);
  }
  // Requested by somebody else, with these names, the first first.
  std::string requested_by_hand(const std::vector<std::string>& names,
                                const std::string& authority_arn = "") {
    aws::RequestCertificate request;
    request.domain_name = names.front();
    request.subject_alternative_names = names;
    request.certificate_authority_arn = authority_arn;
    if (authority_arn.empty()) request.validation_method = "DNS";
    request.key_algorithm = authority_arn.empty() ? "RSA_2048" : "EC_prime256v1";
    return Hand(world.aws, world.clock).acm("us-east-1")->request_certificate(request).value();
  }

  World world;
};

TEST_F(FoundTest, ACertificateOfWhichAcmDoesNotSayWhoUsesItIsNotDeleted) {
  apply(kPublic);
  world.settle();
  world.transport.after = [](const net::HttpRequest&, net::HttpResponse answer) {
    auto body = nlohmann::json::parse(answer.body, nullptr, false);
    if (body.is_object() && body.contains("Certificate") && body["Certificate"].is_object()) {
      body["Certificate"].erase("InUseBy");
      answer.body = body.dump();
    }
    return Result<net::HttpResponse>(std::move(answer));
  };
  world.remove(Kind::certificate, "shop");
  world.pass(hours(1));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
  EXPECT_THAT(condition("shop", "Ready"), AllOf(HasSubstr("InUse"), HasSubstr("unknown users")));
  world.transport.after = nullptr;
  world.pass(hours(1));
  EXPECT_THAT(certificates_in(world.aws), IsEmpty());
}

TEST_F(FoundTest, AnAdoptedCertificateWithAnotherFirstNameIsToldAndKept) {
  const std::string arn = requested_by_hand({"*.shop.example.com", "shop.example.com"});
  ASSERT_TRUE(world.aws.set_in_use(arn, {kUser}).ok());
  apply(with(kPublic, "spec:", "spec:\n  deletionPolicy: Delete\n  arn: " + arn));
  world.pass(days(3));
  EXPECT_THAT(condition("shop", "InSync"), HasSubstr("Changed spec.domainName"));
  EXPECT_THAT(condition("shop", "Stalled"),
              AllOf(StartsWith("True ReplacementHeld"),
                    HasSubstr("spec.domainName (*.shop.example.com -> shop.example.com)")));
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
}

TEST_F(FoundTest, AWatchedCertificateForOtherNamesIsTold) {
  apply("\n" + tls_secret("legacy-tls", {"other.example.com"}, world.clock.now(), 1) + "---" +
        with(imported_spec(), "legacy.example.com", "other.example.com"));
  world.settle();
  const std::string arn = world.placement("legacy").status.arn;
  world.apply(with(with(imported_spec(), "{secretRef: {name: legacy-tls}}", "{}"),
                   "spec:", "spec:\n  arn: " + arn));
  world.pass(hours(1));
  EXPECT_THAT(condition("legacy", "InSync"), StartsWith("False"));
  EXPECT_THAT(condition("legacy", "Stalled"),
              AllOf(StartsWith("True NamesMismatch"), HasSubstr("is for other.example.com"),
                    HasSubstr("legacy.example.com")));
}

TEST_F(FoundTest, UnderObserveWhatIsFoundIsTold) {
  apply(with(kPublic, "spec:", "spec:\n  management: Observe"));
  world.settle(minutes(5));
  EXPECT_THAT(condition("shop", "Ready"),
              AllOf(StartsWith("False Missing"), HasSubstr("no certificate"),
                    HasSubstr("shop.example.com"), Not(HasSubstr("requesting"))));
  CommandLine cli(world);
  cli({"drift"});
  EXPECT_THAT(cli.out, Not(HasSubstr("requesting")));
}

TEST_F(FoundTest, UnderObserveADifferenceIsTold) {
  const std::string arn = requested_by_hand({"shop.example.com", "*.shop.example.com"});
  apply(with(kPublic, "spec:", "spec:\n  management: Observe\n  arn: " + arn));
  world.pass(hours(1));
  EXPECT_THAT(condition("shop", "Ready"),
              AllOf(HasSubstr("spec.tags.team is nothing, the spec says shop"),
                    HasSubstr("management is Observe"), Not(HasSubstr("adopting"))));
}

TEST_F(FoundTest, WhatIsOnlyObservedIsForgottenAndNotCalledDeleted) {
  const std::string arn = requested_by_hand({"shop.example.com", "*.shop.example.com"});
  ASSERT_TRUE(world.aws.set_in_use(arn, {kUser}).ok());
  apply(with(kPublic,
             "spec:", "spec:\n  management: Observe\n  deletionPolicy: Delete\n  arn: " + arn));
  world.pass(hours(1));
  CommandLine cli(world);
  EXPECT_EQ(cli({"delete", "certificate/shop", "--dry-run"}), 0) << cli.err;
  EXPECT_THAT(cli.out, HasSubstr("forgotten here, not deleted in AWS"));
  world.remove(Kind::certificate, "shop");
  world.pass(minutes(10));
  EXPECT_FALSE(world.exists(Kind::certificate, "shop")) << "whoever uses what it observed";
  EXPECT_THAT(certificates_in(world.aws), SizeIs(1));
}

TEST_F(FoundTest, AnAuthorityThatIsBeingDeletedIssuesNothingNew) {
  apply(kAuthority);
  world.settle();
  world.remove(Kind::certificate_authority, "root");
  world.apply(kPrivate);
  world.pass(hours(1));
  EXPECT_EQ(world.count("RequestCertificate"), 0U);
  EXPECT_THAT(condition("internal", "Ready"),
              AllOf(StartsWith("False AuthorityDeleting"), HasSubstr("default/root")));
}

TEST_F(FoundTest, AnAuthorityWaitsForTheCertificatesOfOthers) {
  apply(kAuthority);
  world.settle();
  const std::string arn =
      requested_by_hand({"api.other.example"}, world.authority("root").status.arn);
  world.pass(minutes(10));
  world.remove(Kind::certificate_authority, "root");
  world.pass(hours(1));
  EXPECT_THAT(authority("Ready"),
              AllOf(StartsWith("False HasDependants"), HasSubstr(arn), HasSubstr("api.other")));
  ASSERT_TRUE(Hand(world.aws, world.clock).acm("us-east-1")->delete_certificate(arn).ok());
  world.pass(hours(1));
  EXPECT_THAT(authority("Ready"), StartsWith("False ConfirmationNeeded"));
}

TEST_F(FoundTest, WhatCannotBeReadHoldsTheDeletionOfAnAuthority) {
  apply(kAuthority);
  world.settle();
  world.remove(Kind::certificate_authority, "root");
  for (const char* operation : {"SearchCertificates", "ListCertificates"}) {
    emulator::Fault denied;
    denied.operation = operation;
    denied.error_code = "AccessDeniedException";
    denied.probability = 1;
    world.aws.add_fault(denied);
  }
  world.pass(hours(1));
  EXPECT_THAT(authority("Ready"), HasSubstr("issued could not be read"));
}

// A plan shows what AWS will choose as "(known after step n)"; AWS itself never sees that.
TEST_F(FoundTest, APlanAsksForNothingThatIsNotKnownYet) {
  world.apply(kAccount);
  world.settle();
  std::vector<std::string> asked;
  world.transport.before = [&](const net::HttpRequest& request) -> Result<void> {
    asked.push_back(request.url.text() + " " + request.body);
    return {};
  };
  SurveyRequest request;
  request.wanted = world.objects(std::string(kAuthority) + "---" + kPrivate + "---" + kPublic);
  const Survey survey = world.survey(std::move(request));
  bool planned = false;
  for (const auto& finding : survey.findings)
    for (const auto& step : finding.steps)
      planned = planned || step.subject.find("known after") != std::string::npos;
  EXPECT_TRUE(planned);
  for (const auto& text : asked) EXPECT_THAT(text, Not(HasSubstr("known")));
}

}  // namespace
}  // namespace certloop::sim
