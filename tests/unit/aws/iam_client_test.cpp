#include <gtest/gtest.h>

#include "aws/clients.h"
#include "scripted_transport.h"

namespace certloop::aws {
namespace {

struct IamTest : testing::Test, World {
  std::unique_ptr<Iam> iam = make_iam(settings());
  const SimulatePrincipalPolicy request{"arn:aws:iam::111122223333:role/certloop",
                                        {"acm:ListCertificates", "acm:RequestCertificate"},
                                        {"*"}};
};

std::string answer(const std::string& results, const std::string& rest) {
  return "<SimulatePrincipalPolicyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"
         "<SimulatePrincipalPolicyResult><EvaluationResults>" +
         results + "</EvaluationResults>" + rest +
         "</SimulatePrincipalPolicyResult><ResponseMetadata><RequestId>r</RequestId>"
         "</ResponseMetadata></SimulatePrincipalPolicyResponse>";
}

std::string result(const std::string& action, const std::string& decision) {
  return "<member><MatchedStatements/><MissingContextValues/><EvalResourceName>*"
         "</EvalResourceName><EvalDecision>" +
         decision + "</EvalDecision><EvalActionName>" + action + "</EvalActionName></member>";
}

TEST_F(IamTest, AsksWhatAPrincipalMayDoPageAfterPage) {
  transport.then(200, answer(result("acm:ListCertificates", "allowed"),
                             "<IsTruncated>true</IsTruncated><Marker>m&amp;1</Marker>"));
  transport.then(200, answer(result("acm:RequestCertificate", "implicitDeny"),
                             "<IsTruncated>false</IsTruncated>"));
  const auto results = iam->simulate_principal_policy(request);
  ASSERT_TRUE(results.ok()) << results.error().message();
  ASSERT_EQ(results->size(), 2U);
  EXPECT_EQ(results->at(0).eval_action_name, "acm:ListCertificates");
  EXPECT_EQ(results->at(0).eval_decision, "allowed");
  EXPECT_EQ(results->at(1).eval_resource_name, "*");
  EXPECT_EQ(results->at(1).eval_decision, "implicitDeny");
  EXPECT_EQ(transport.requests()[0].body,
            "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=arn%3Aaws%3Aiam%3A"
            "%3A111122223333%3Arole%2Fcertloop&ActionNames.member.1=acm%3AListCertificates"
            "&ActionNames.member.2=acm%3ARequestCertificate&ResourceArns.member.1=%2A"
            "&MaxItems=1000");
  EXPECT_TRUE(transport.requests()[1].body.ends_with("&Marker=m%261"));
  EXPECT_EQ(transport.requests()[0].url.text(), "https://iam.amazonaws.com/");
  EXPECT_NE(net::header(transport.requests()[0].headers, "Authorization")
                .value_or("")
                .find("/us-east-1/iam/aws4_request"),
            std::string::npos);
}

// Each page is kept, so a listing without an end would fill the memory.
TEST_F(IamTest, RefusesAListingThatGoesInCircles) {
  for (int i = 0; i < 2; ++i)
    transport.then(200, answer("", "<IsTruncated>true</IsTruncated><Marker>m</Marker>"));
  EXPECT_EQ(iam->simulate_principal_policy(request).error().code(), Code::internal);
  EXPECT_EQ(transport.requests().size(), 2u);
}

TEST_F(IamTest, RefusesAPageThatLeadsNowhere) {
  transport.then(200, answer("", "<IsTruncated>true</IsTruncated>"));
  const auto results = iam->simulate_principal_policy(request);
  ASSERT_FALSE(results.ok());
  EXPECT_EQ(results.error().code(), Code::internal);
}

TEST_F(IamTest, TellsAnUnknownPrincipalFromADenial) {
  transport.then(404,
                 "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>The role with name r "
                 "cannot be found.</Message></Error></ErrorResponse>");
  EXPECT_EQ(iam->simulate_principal_policy(request).error().code(), Code::not_found);
  transport.then(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
  EXPECT_EQ(iam->simulate_principal_policy(request).error().code(), Code::denied);
  EXPECT_EQ(reports.back(), "iam SimulatePrincipalPolicy denied");
}

}  // namespace
}  // namespace certloop::aws
