#include "aws/client.h"

#include <gtest/gtest.h>

#include "scripted_transport.h"

namespace certloop::aws {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Call a_read() {
  Call call;
  call.operation = "DescribeCertificate";
  call.headers = {{"Content-Type", "application/x-amz-json-1.1"}};
  call.body = "{}";
  return call;
}

Call a_change() {
  Call call = a_read();
  call.operation = "DeleteCertificate";
  call.mutating = true;
  return call;
}

struct ClientTest : testing::Test, World {
  std::string authorization(std::size_t index) const {
    return net::header(transport.requests().at(index).headers, "Authorization").value_or("");
  }
  std::string date(std::size_t index) const {
    return net::header(transport.requests().at(index).headers, "X-Amz-Date").value_or("");
  }
};

TEST_F(ClientTest, SignsForItsServiceAndRegion) {
  transport.then(200, "{}");
  Client client("acm", settings());
  ASSERT_TRUE(client.call(a_read()).ok());
  EXPECT_EQ(transport.requests()[0].url.text(), "https://acm.us-east-1.amazonaws.com/");
  EXPECT_NE(authorization(0).find("Credential=AKID1/20261121/us-east-1/acm/aws4_request"),
            std::string::npos);
  EXPECT_EQ(date(0), "20261121T120000Z");
  EXPECT_EQ(reports, std::vector<std::string>{"acm DescribeCertificate ok"});
}

TEST_F(ClientTest, AppendsThePathToACustomEndpoint) {
  transport.then(200, "");
  ClientSettings custom = settings();
  custom.endpoint_url = "http://127.0.0.1:4566/aws/";
  Client client("route53", custom);
  Call call = a_read();
  call.path = "/2013-04-01/hostedzone";
  ASSERT_TRUE(client.call(call).ok());
  EXPECT_EQ(transport.requests()[0].url.text(), "http://127.0.0.1:4566/aws/2013-04-01/hostedzone");
}

TEST_F(ClientTest, SendsWhatIsUnsignedWithoutAskingForCredentials) {
  credentials->failure = Error(Code::denied, "no credentials");
  transport.then(200, "");
  Client client("sts", settings());
  Call call = a_read();
  call.is_signed = false;
  ASSERT_TRUE(client.call(call).ok());
  EXPECT_EQ(authorization(0), "");
}

TEST_F(ClientTest, RepeatsAReadOnceWhenThereWasNoAnswer) {
  transport.then_nothing();
  transport.then(200, "{}");
  Client client("acm", settings());
  EXPECT_TRUE(client.call(a_read()).ok());

  transport.then_nothing();
  transport.then(503, "");
  transport.then(200, "{}");
  const auto result = client.call(a_read());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::unavailable);
  EXPECT_EQ(transport.requests().size(), 4u);
}

TEST_F(ClientTest, DoesNotRepeatAReadThatHasUsedUpItsTime) {
  transport.then([this](const net::HttpRequest&) -> Result<net::HttpResponse> {
    clock.advance(seconds(20));
    return Error(Code::unavailable, "timed out");
  });
  Client client("acm", settings());
  EXPECT_FALSE(client.call(a_read()).ok());
  EXPECT_EQ(transport.requests().size(), 1u);
}

TEST_F(ClientTest, SendsAChangeExactlyOnce) {
  for (const int status : {0, 500, 503}) {
    if (status == 0)
      transport.then_nothing();
    else
      transport.then(status, R"({"__type":"InternalFailure"})");
    Client client("acm", settings());
    const std::size_t before = transport.requests().size();
    const auto result = client.call(a_change());
    ASSERT_FALSE(result.ok());
    EXPECT_FALSE(result.error().is_definite_refusal());
    EXPECT_EQ(transport.requests().size(), before + 1);
  }
}

TEST_F(ClientTest, TakesNewCredentialsOnceWhenTheyHadExpired) {
  transport.then(400, "", json_error("ExpiredTokenException"));
  transport.then(200, "{}");
  Client client("acm", settings());
  ASSERT_TRUE(client.call(a_change()).ok());
  EXPECT_NE(authorization(0).find("AKID1"), std::string::npos);
  EXPECT_NE(authorization(1).find("AKID2"), std::string::npos);
  EXPECT_EQ(reports, (std::vector<std::string>{"acm DeleteCertificate denied mutating",
                                               "acm DeleteCertificate ok mutating"}));

  transport.then(400, "", json_error("ExpiredTokenException"));
  transport.then(400, "", json_error("ExpiredTokenException"));
  EXPECT_EQ(client.call(a_change()).error().code(), Code::denied);
  EXPECT_TRUE(transport.is_over());
}

TEST_F(ClientTest, SignsByAwsClockOnceItKnowsThatOursIsWrong) {
  const net::Headers late = {{"x-amzn-errortype", "InvalidSignatureException"},
                             {"Date", http_date(kStart + minutes(30))}};
  transport.then(403, R"({"message":"Signature expired: is now earlier than"})", late);
  transport.then(200, "{}");
  transport.then(200, "{}");
  Client client("acm", settings());
  ASSERT_TRUE(client.call(a_change()).ok());
  EXPECT_EQ(date(0), "20261121T120000Z");
  EXPECT_EQ(date(1), "20261121T123000Z");
  clock.advance(minutes(1));
  ASSERT_TRUE(client.call(a_read()).ok());
  EXPECT_EQ(date(2), "20261121T123100Z");
}

TEST_F(ClientTest, SignsAClaimOfAWrongClockAsOfItsClaimByAwsClock) {
  transport.then(403, R"({"message":"Signature expired: is now earlier than"})",
                 {{"x-amzn-errortype", "InvalidSignatureException"},
                  {"Date", http_date(kStart + std::chrono::hours(30))}});
  transport.then(200, "{}", {{"Date", http_date(kStart + std::chrono::hours(30))}});
  ServiceClock service(clock);
  ClientSettings by_aws{transport, service, budget, credentials};
  by_aws.account = kAccount;
  by_aws.region = "us-east-1";
  by_aws.service_clock = &service;
  Client client("acm", by_aws);
  Call call = a_change();
  call.claimed_at = service.now() - seconds(5);
  ASSERT_TRUE(client.call(std::move(call)).ok());
  EXPECT_EQ(date(0), "20261121T115955Z");
  EXPECT_EQ(date(1), "20261122T175955Z");
  EXPECT_EQ(service.now(), kStart + std::chrono::hours(30));
}

TEST_F(ClientTest, DoesNotBlameTheClockForAWrongKey) {
  transport.then(
      403, "",
      {{"x-amzn-errortype", "SignatureDoesNotMatch"}, {"Date", http_date(kStart + seconds(2))}});
  Client client("acm", settings());
  EXPECT_EQ(client.call(a_read()).error().code(), Code::denied);
  EXPECT_EQ(transport.requests().size(), 1u);
}

// PROTOCOLS 1: a claim that was held up is refused by AWS, and must not be signed afresh.
TEST_F(ClientTest, SignsAClaimedCallAsOfItsClaimAndNeverLater) {
  transport.then(403, "",
                 {{"x-amzn-errortype", "InvalidSignatureException"}, {"Date", http_date(kStart)}});
  Client client("acm", settings());
  Call call = a_change();
  call.claimed_at = kStart - minutes(10);
  const auto result = client.call(std::move(call));
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error().is_definite_refusal());
  EXPECT_EQ(date(0), "20261121T115000Z");
  EXPECT_EQ(transport.requests().size(), 1u);
}

TEST_F(ClientTest, AnswersThrottledWhenItIsNotItsTurn) {
  Client client("acm", settings());
  for (int i = 0; i < 8; ++i) {
    transport.then(200, "{}");
    ASSERT_TRUE(client.call(a_read()).ok());
  }
  const auto result = client.call(a_read());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::throttled);
  EXPECT_EQ(result.error().reason(), "WaitingForItsTurn");
  EXPECT_EQ(result.error().retry_after(), Duration(125));
  EXPECT_TRUE(result.error().is_definite_refusal());  // nothing was sent
  EXPECT_EQ(transport.requests().size(), 8u);
  EXPECT_EQ(reports.size(), 8u);  // what was not sent is not counted
  clock.advance(Duration(125));
  transport.then(200, "{}");
  EXPECT_TRUE(client.call(a_read()).ok());
}

TEST_F(ClientTest, ATurnTakenBeforehandLetsOneCallPass) {
  Client client("acm", settings());
  const auto turn = client.take_turn("DeleteCertificate");
  ASSERT_TRUE(turn.ok());
  for (int i = 0; i < 7; ++i) {  // what else there was at once
    transport.then(200, "{}");
    ASSERT_TRUE(client.call(a_change()).ok());
  }
  EXPECT_EQ(client.take_turn("DeleteCertificate").error().reason(), "WaitingForItsTurn");
  Call call = a_change();
  call.turn = *turn;
  transport.then(200, "{}");
  EXPECT_TRUE(client.call(call).ok());
  EXPECT_EQ(client.call(call).error().reason(), "WaitingForItsTurn") << "it is good for one call";
  EXPECT_EQ(transport.requests().size(), 8u);
}

TEST_F(ClientTest, ATurnIsForTheOperationThatItWasTakenFor) {
  Client client("acm", settings());
  const auto turn = client.take_turn("DeleteCertificate");
  ASSERT_TRUE(turn.ok());
  for (int i = 0; i < 8; ++i) {
    transport.then(200, "{}");
    ASSERT_TRUE(client.call(a_read()).ok());
  }
  Call call = a_read();
  call.turn = *turn;
  EXPECT_EQ(client.call(call).error().reason(), "WaitingForItsTurn");
}

TEST_F(ClientTest, GivesNoTurnToWhatCouldNotBeSent) {
  Client client("acm", settings());
  credentials->failure = Error(Code::unavailable, "the metadata service does not answer");
  EXPECT_EQ(client.take_turn("DeleteCertificate").error().code(), Code::unavailable);
  EXPECT_TRUE(client.take_turn("DeleteCertificate").error().is_definite_refusal());
  credentials->failure.reset();
  stop.request_stop();
  EXPECT_EQ(client.take_turn("DeleteCertificate").error().code(), Code::cancelled);
}

TEST_F(ClientTest, PacesABulkRead) {
  ClientSettings paced = settings();
  int waits = 0;
  paced.pace = [&](Instant until) -> Result<void> {
    ++waits;
    clock.advance(until - clock.tick());
    return {};
  };
  Client client("acm", paced);
  for (int i = 0; i < 20; ++i) {
    transport.then(200, "{}");
    Call call = a_read();
    call.bulk = true;
    ASSERT_TRUE(client.call(call).ok());
  }
  EXPECT_GE(waits, 12);
}

TEST_F(ClientTest, EndsABulkReadWhenItsPaceSaysSo) {
  ClientSettings paced = settings();
  paced.pace = [](Instant) -> Result<void> { return Error(Code::cancelled, "stopping"); };
  Client client("acm", paced);
  Call call = a_read();
  call.bulk = true;
  for (int i = 0; i < 8; ++i) transport.then(200, "{}");
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(client.call(call).ok());
  EXPECT_EQ(client.call(call).error().code(), Code::cancelled);
}

TEST_F(ClientTest, SlowsDownWhenAwsThrottles) {
  transport.then(400, "", json_error("ThrottlingException"));
  Client client("acm", settings());
  EXPECT_EQ(client.call(a_read()).error().code(), Code::throttled);
  EXPECT_EQ(client.call(a_read()).error().reason(), "WaitingForItsTurn");
  EXPECT_EQ(transport.requests().size(), 1u);
}

TEST_F(ClientTest, SaysThatNothingWasSentWithoutCredentials) {
  credentials->failure = Error(Code::unavailable, "the metadata service does not answer");
  Client client("acm", settings());
  const auto result = client.call(a_change());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::unavailable);
  EXPECT_TRUE(result.error().is_definite_refusal());
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(ClientTest, BeginsNothingOnceTheProgramStops) {
  Client client("acm", settings());
  stop.request_stop();
  EXPECT_EQ(client.call(a_change()).error().code(), Code::cancelled);
  EXPECT_EQ(client.call(a_read()).error().code(), Code::cancelled);
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(ClientTest, WaitsForAChangeThatIsUnderWayButNotForARead) {
  transport.then(200, "{}");
  transport.then(200, "{}");
  Client client("acm", settings());
  ASSERT_TRUE(client.call(a_change()).ok());
  ASSERT_TRUE(client.call(a_read()).ok());
  EXPECT_EQ(transport.stoppable(), (std::vector<bool>{false, true}));
}

TEST_F(ClientTest, SaysWhichCallFoundNobody) {
  Client client("acm", settings());
  EXPECT_EQ(client.call(a_change()).error().message(),
            "acm DeleteCertificate in us-east-1: https://host: the script is over");
}

TEST_F(ClientTest, SaysWhatIsWrongWithItsEndpoint) {
  ClientSettings nowhere = settings();
  nowhere.region = "";
  Client client("acm", nowhere);
  EXPECT_EQ(client.call(a_read()).error().code(), Code::invalid);
}

TEST_F(ClientTest, RefusesArnsOfOthers) {
  Client client("acm", settings());
  EXPECT_TRUE(client.check_arn("X", "arn:aws:acm:us-east-1:111122223333:certificate/1").ok());
  for (const char* arn : {"arn:aws-cn:acm:us-east-1:111122223333:certificate/1", "",
                          "arn:aws:acm-pca:us-east-1:111122223333:certificate/1",
                          "arn:aws:acm:eu-west-1:111122223333:certificate/1",
                          "arn:aws:acm:us-east-1:444455556666:certificate/1", "certificate/1"})
    EXPECT_EQ(client.check_arn("X", arn).error().code(), Code::internal) << arn;
}

}  // namespace
}  // namespace certloop::aws
