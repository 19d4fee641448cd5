#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulated.h"

namespace certloop::emulator {
namespace {

using testing::HasSubstr;

constexpr const char* kUser = "arn:aws:iam::123456789012:user/test";
const std::string kSimulate = "Action=SimulatePrincipalPolicy&PolicySourceArn=";

TEST(Permissions, RefuseInTheWordsOfEachProtocol) {
  Emulated aws;
  aws.emulator.deny({"test", "acm:DescribeCertificate"});
  aws.emulator.deny({"test", "route53:ListHostedZones"});
  aws.emulator.deny({"test", "tag:GetResources"});
  const std::string arn = "arn:aws:acm:eu-west-1:123456789012:certificate/1";
  const Outcome json = aws.acm("DescribeCertificate", {{"CertificateArn", arn}});
  EXPECT_EQ(json.status, 400);
  EXPECT_EQ(json.code, "AccessDeniedException");
  EXPECT_EQ(json.message,
            std::string("User: ") + kUser +
                " is not authorized to perform: acm:DescribeCertificate on resource: " + arn +
                " because no identity-based policy allows the "
                "acm:DescribeCertificate action");
  const Outcome rest = aws.route53("GET", "/2013-04-01/hostedzone");
  EXPECT_EQ(rest.status, 403);
  EXPECT_EQ(rest.code, "AccessDenied");
  EXPECT_EQ(rest.message, std::string("User: ") + kUser +
                              " is not authorized to perform: route53:ListHostedZones because no "
                              "identity-based policy allows the route53:ListHostedZones action");
  EXPECT_EQ(aws.tagging("GetResources").code, "AccessDeniedException");
  EXPECT_TRUE(aws.acm("ListCertificates").ok());
}

TEST(Permissions, DenyBeforeAnythingElseIsLookedAtAndUntilTheyAreCleared) {
  EmulatorOptions options;
  options.denials = {{"*", "ACM:*Certificate"}};
  Emulated aws(std::move(options));
  EXPECT_EQ(aws.acm("DescribeCertificate").code, "AccessDeniedException");
  EXPECT_EQ(aws.acm("RequestCertificate", {{"DomainName", "a.example"}}).code,
            "AccessDeniedException");
  EXPECT_TRUE(aws.acm("ListCertificates").ok());
  EXPECT_TRUE(aws.emulator.calls().back().error_code.empty());
  aws.emulator.clear_denials();
  EXPECT_TRUE(aws.acm("RequestCertificate", {{"DomainName", "a.example"}}).ok());
}

TEST(Permissions, AskForTheRightToTagWhereTagsAreGiven) {
  Emulated aws;
  aws.emulator.deny({kUser, "acm:AddTagsToCertificate"});
  const Json tags = {{{"Key", "a"}, {"Value", "b"}}};
  const Outcome tagged =
      aws.acm("RequestCertificate", {{"DomainName", "a.example"}, {"Tags", tags}});
  EXPECT_EQ(tagged.code, "AccessDeniedException");
  EXPECT_THAT(tagged.message, HasSubstr("acm:AddTagsToCertificate on resource: "
                                        "arn:aws:acm:eu-west-1:123456789012:certificate/*"));
  EXPECT_TRUE(aws.acm("RequestCertificate", {{"DomainName", "a.example"}}).ok());
}

TEST(Permissions, OfARoleHoldForItsSessionsAndForNobodyElse) {
  Emulated aws;
  aws.emulator.deny({"arn:aws:iam::123456789012:role/team/certloop", "*"});
  EXPECT_TRUE(aws.acm("ListCertificates").ok());
  const Outcome session = aws.sts(
      "Action=AssumeRole&RoleSessionName=s1&RoleArn=arn:aws:iam::123456789012:role/team/certloop");
  ASSERT_TRUE(session.ok());
  aws.caller = {xml_text(session.response.body, "AccessKeyId"),
                xml_text(session.response.body, "SecretAccessKey"),
                xml_text(session.response.body, "SessionToken")};
  EXPECT_THAT(aws.acm("ListCertificates").message,
              HasSubstr("User: arn:aws:sts::123456789012:assumed-role/certloop/s1 is not "
                        "authorized"));
  // Nobody is kept from asking who he is.
  EXPECT_TRUE(aws.sts("Action=GetCallerIdentity").ok());
}

TEST(Permissions, AreSetByControls) {
  Emulated aws;
  aws.control("POST", "/denials", {{"principal", "test"}, {"action", "acm:List*"}});
  EXPECT_EQ(aws.acm("ListCertificates").code, "AccessDeniedException");
  aws.control("DELETE", "/denials");
  EXPECT_TRUE(aws.acm("ListCertificates").ok());
}

TEST(Iam, SimulatesWhatTheRulesRefuse) {
  Emulated aws;
  aws.emulator.deny({"test", "acm:RequestCertificate"});
  const Outcome both = aws.iam(kSimulate + kUser +
                               "&ActionNames.member.1=acm:RequestCertificate"
                               "&ActionNames.member.2=acm:ListCertificates");
  ASSERT_TRUE(both.ok()) << both.response.body;
  EXPECT_THAT(both.response.body,
              HasSubstr("<EvalActionName>acm:RequestCertificate</EvalActionName>"
                        "<EvalResourceName>*</EvalResourceName>"
                        "<EvalDecision>implicitDeny</EvalDecision>"));
  EXPECT_THAT(both.response.body, HasSubstr("<EvalActionName>acm:ListCertificates</EvalActionName>"
                                            "<EvalResourceName>*</EvalResourceName>"
                                            "<EvalDecision>allowed</EvalDecision>"));
}

TEST(Iam, AnswersInPages) {
  Emulated aws;
  const std::string form = kSimulate + kUser +
                           "&ActionNames.member.1=acm:ListCertificates"
                           "&ActionNames.member.2=acm:GetCertificate"
                           "&ResourceArns.member.1=*&MaxItems=1";
  const Outcome first = aws.iam(form);
  EXPECT_EQ(xml_text(first.response.body, "IsTruncated"), "true");
  EXPECT_EQ(xml_text(first.response.body, "EvalActionName"), "acm:ListCertificates");
  const Outcome second = aws.iam(form + "&Marker=" + xml_text(first.response.body, "Marker"));
  EXPECT_EQ(xml_text(second.response.body, "IsTruncated"), "false");
  EXPECT_EQ(xml_text(second.response.body, "EvalActionName"), "acm:GetCertificate");
}

TEST(Iam, KnowsPrincipalsAndNotSessions) {
  Emulated aws;
  const std::string actions = "&ActionNames.member.1=acm:ListCertificates";
  const Outcome session =
      aws.iam(kSimulate + "arn:aws:sts::123456789012:assumed-role/certloop/s1" + actions);
  EXPECT_EQ(session.status, 400);
  EXPECT_EQ(session.code, "InvalidInput");
  EXPECT_THAT(session.message, HasSubstr("does not clearly define entity type and name."));
  EXPECT_TRUE(aws.iam(kSimulate + "arn:aws:iam::123456789012:role/certloop" + actions).ok());
  const Outcome nobody = aws.iam(kSimulate + "arn:aws:iam::123456789012:user/nobody" + actions);
  EXPECT_EQ(nobody.status, 404);
  EXPECT_EQ(nobody.code, "NoSuchEntity");
  EXPECT_EQ(aws.iam(kSimulate + kUser).code, "ValidationError");
}

TEST(Iam, MayBeDeniedItself) {
  Emulated aws;
  aws.emulator.deny({"test", "iam:SimulatePrincipalPolicy"});
  const Outcome refused = aws.iam(kSimulate + kUser + "&ActionNames.member.1=acm:ListCertificates");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code, "AccessDenied");
  EXPECT_THAT(refused.message, HasSubstr("iam:SimulatePrincipalPolicy on resource: user test"));
}

}  // namespace
}  // namespace certloop::emulator
