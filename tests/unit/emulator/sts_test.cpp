#include <gtest/gtest.h>

#include "base/timestamp.h"
#include "emulated.h"

namespace certloop::emulator {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr const char* kRole = "arn:aws:iam::222222222222:role/team/certloop";
const std::string kAssume = std::string("Action=AssumeRole&RoleSessionName=s1&RoleArn=") + kRole;

void become(Emulated& aws, const Outcome& outcome) {
  aws.caller.access_key_id = xml_text(outcome.response.body, "AccessKeyId");
  aws.caller.secret = xml_text(outcome.response.body, "SecretAccessKey");
  aws.caller.token = xml_text(outcome.response.body, "SessionToken");
}

TEST(Sts, TellsTheCallerWhoHeIs) {
  Emulated aws;
  const Outcome who = aws.sts("Action=GetCallerIdentity");
  ASSERT_TRUE(who.ok()) << who.response.body;
  EXPECT_EQ(xml_text(who.response.body, "Account"), "123456789012");
  EXPECT_EQ(xml_text(who.response.body, "Arn"), "arn:aws:iam::123456789012:user/test");
  EXPECT_TRUE(xml_text(who.response.body, "UserId").starts_with("AIDA"));
  EXPECT_TRUE(
      who.response.body.find(
          "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">") !=
      std::string::npos);
}

TEST(Sts, MakesSessionsThatSignForTheRolesAccount) {
  Emulated aws;
  const Outcome assumed = aws.sts(kAssume);
  ASSERT_TRUE(assumed.ok()) << assumed.response.body;
  EXPECT_EQ(xml_text(assumed.response.body, "Expiration"), rfc3339(kStart + hours(1)));
  become(aws, assumed);
  const Outcome who = aws.sts("Action=GetCallerIdentity");
  EXPECT_EQ(xml_text(who.response.body, "Account"), "222222222222");
  EXPECT_EQ(xml_text(who.response.body, "Arn"),
            "arn:aws:sts::222222222222:assumed-role/certloop/s1");
}

TEST(Sts, RefusesSessionsThatHaveEnded) {
  Emulated aws;
  become(aws, aws.sts(kAssume + "&DurationSeconds=900"));
  aws.pass(seconds(899));
  EXPECT_TRUE(aws.sts("Action=GetCallerIdentity").ok());
  EXPECT_TRUE(aws.acm("ListCertificates").ok());
  aws.pass(seconds(1));
  const Outcome query = aws.sts("Action=GetCallerIdentity");
  EXPECT_EQ(query.status, 403);
  EXPECT_EQ(query.code, "ExpiredToken");
  const Outcome json = aws.acm("ListCertificates");
  EXPECT_EQ(json.status, 400);
  EXPECT_EQ(json.code, "ExpiredTokenException");
  EXPECT_EQ(json.message, "The security token included in the request is expired");
}

TEST(Sts, RefusesASessionWithoutItsToken) {
  Emulated aws;
  become(aws, aws.sts(kAssume));
  aws.caller.token.clear();
  EXPECT_EQ(aws.acm("ListCertificates").code, "UnrecognizedClientException");
}

TEST(Sts, LimitsChainedRolesToAnHour) {
  Emulated aws;
  become(aws, aws.sts(kAssume));
  const Outcome chained = aws.sts(kAssume + "&DurationSeconds=3601");
  EXPECT_EQ(chained.code, "ValidationError");
  EXPECT_EQ(chained.message,
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining.");
  EXPECT_TRUE(aws.sts(kAssume + "&DurationSeconds=3600").ok());
}

TEST(Sts, ChecksTrustAndExternalIdOfListedRoles) {
  EmulatorOptions options;
  options.roles = {{kRole, {"123456789012"}, "tell-me", 3600},
                   {"arn:aws:iam::222222222222:role/other", {"333333333333"}, "", 3600}};
  Emulated aws(options);
  const Outcome without = aws.sts(kAssume);
  EXPECT_EQ(without.status, 403);
  EXPECT_EQ(without.code, "AccessDenied");
  EXPECT_EQ(without.message,
            "User: arn:aws:iam::123456789012:user/test is not authorized to perform: "
            "sts:AssumeRole on resource: arn:aws:iam::222222222222:role/team/certloop");
  EXPECT_TRUE(aws.sts(kAssume + "&ExternalId=tell-me").ok());
  EXPECT_EQ(aws.sts(kAssume + "&ExternalId=tell-me&DurationSeconds=7200").message,
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  EXPECT_EQ(aws.sts("Action=AssumeRole&RoleSessionName=s1&RoleArn="
                    "arn:aws:iam::222222222222:role/other")
                .code,
            "AccessDenied");
}

TEST(Sts, KnowsNoOtherRolesWhenRolesAreClosed) {
  EmulatorOptions options;
  options.open_roles = false;
  Emulated aws(options);
  EXPECT_EQ(aws.sts(kAssume).code, "AccessDenied");
}

TEST(Sts, RefusesSessionsFromSessionsInGetSessionToken) {
  Emulated aws;
  const Outcome session = aws.sts("Action=GetSessionToken");
  ASSERT_TRUE(session.ok());
  become(aws, session);
  EXPECT_EQ(xml_text(aws.sts("Action=GetCallerIdentity").response.body, "Arn"),
            "arn:aws:iam::123456789012:user/test");
  EXPECT_EQ(aws.sts("Action=GetSessionToken").code, "AccessDenied");
}

TEST(Sts, NamesTheAccountOfAnAccessKey) {
  Emulated aws;
  const Outcome known = aws.sts("Action=GetAccessKeyInfo&AccessKeyId=test");
  EXPECT_EQ(xml_text(known.response.body, "Account"), "123456789012");
  EXPECT_EQ(aws.sts("Action=GetAccessKeyInfo&AccessKeyId=AKIANOBODY").code, "ValidationError");
}

TEST(Sts, KnowsNoOtherActions) {
  Emulated aws;
  const Outcome other = aws.sts("Action=DecodeAuthorizationMessage");
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(other.code, "InvalidAction");
}

// The texts as recorded from AWS (2025-07-21).
TEST(Sts, RefusesParametersInRecordedWords) {
  Emulated aws;
  for (const char* arn :
       {"nothing-valid-in-here", "arn::b:::something/test-role", "arn:a::::something/test-role",
        "arn:a:::something/test-role", "arn:a:a::aaaaaaaaaa:"}) {
    const Outcome outcome =
        aws.sts(std::string("Action=AssumeRole&RoleSessionName=s1&RoleArn=") + arn);
    EXPECT_EQ(outcome.status, 400);
    EXPECT_EQ(outcome.code, "ValidationError");
    EXPECT_EQ(outcome.message, std::string(arn) + " is invalid");
  }
  const Outcome name =
      aws.sts(std::string("Action=AssumeRole&RoleSessionName=Session1:2&RoleArn=") + kRole);
  EXPECT_EQ(name.message,
            "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to "
            "satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*");
  EXPECT_EQ(aws.sts(kAssume + "&Tags.member.1.Key=a&Tags.member.1.Value=1&"
                              "TransitiveTagKeys.member.1=b")
                .message,
            "The specified transitive tag key must be included in the requested tags.");
  EXPECT_EQ(aws.sts(kAssume + "&Tags.member.1.Key=a&Tags.member.2.Key=A").message,
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
}

}  // namespace
}  // namespace certloop::emulator
