#include "aws/errors.h"

#include <set>

#include "published.h"

namespace certloop::aws {
namespace {

const CallName kRequest{"acm", "RequestCertificate", "us-east-1"};

net::HttpResponse answer(int status, std::string body, net::Headers headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

TEST(Refusal, NamesCallMessageCodeAndRequestId) {
  const Error error =
      refusal(kRequest, answer(400,
                               R"({"__type":"com.amazonaws.acm#LimitExceededException:http://x",)"
                               R"("message":"Certificate has too many domains."})",
                               {{"x-amzn-RequestId", "7f6d-1"}}));
  EXPECT_EQ(error.message(),
            "acm RequestCertificate in us-east-1: Certificate has too many domains. "
            "(LimitExceededException, request id 7f6d-1)");
  EXPECT_EQ(error.code(), Code::exhausted);
  EXPECT_EQ(error.reason(), "LimitExceededException");
  ASSERT_TRUE(error.answer());
  EXPECT_EQ(error.answer()->request_id, "7f6d-1");
  EXPECT_EQ(error.answer()->http_status, 400);
  EXPECT_TRUE(error.is_definite_refusal());
}

TEST(Refusal, ReadsJsonHoweverItIsLabelled) {
  const Error error =
      refusal(kRequest, answer(400, R"({"__type":"ValidationException","Message":"no"})",
                               {{"Content-Type", "text/html; charset=utf-8"}}));
  EXPECT_EQ(error.code(), Code::invalid);
  EXPECT_NE(error.message().find(": no (ValidationException)"), std::string::npos);
}

TEST(Refusal, ReadsXml) {
  const Error error = refusal(
      {"sts", "AssumeRole", "us-east-1"},
      answer(403,
             "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
             "<Type>Sender</Type><Code>AccessDenied</Code><Message>not &lt;you&gt;</Message>"
             "</Error><RequestId>r-2</RequestId></ErrorResponse>"));
  EXPECT_EQ(error.code(), Code::denied);
  EXPECT_EQ(error.message(),
            "sts AssumeRole in us-east-1: not <you> (AccessDenied, request id r-2)");
}

TEST(Refusal, ReadsRoute53sInvalidChangeBatch) {
  const Error error =
      refusal({"route53", "ChangeResourceRecordSets", "us-east-1"},
              answer(400,
                     "<?xml version=\"1.0\"?><InvalidChangeBatch "
                     "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Messages><Message>"
                     "it already exists</Message><Message>and so on</Message></Messages>"
                     "<RequestId>r-3</RequestId></InvalidChangeBatch>"));
  EXPECT_EQ(error.code(), Code::invalid);
  EXPECT_EQ(error.reason(), "InvalidChangeBatch");
  EXPECT_NE(error.message().find("it already exists and so on"), std::string::npos);
}

TEST(Refusal, TellsAMissingOperationFromAMissingResource) {
  const std::string page =
      "<!DOCTYPE html><html><body><h1>Internal Server Error</h1></body></html>";
  for (const auto& response :
       {answer(500, page), answer(404, "<html><body>not here</body></html>"), answer(500, ""),
        answer(400, R"({"__type":"UnknownOperationException"})"),
        answer(404, "<UnknownOperationException/>"),
        answer(400, "<ErrorResponse><Error><Code>InvalidAction</Code></Error></ErrorResponse>")}) {
    const Error error = refusal(kRequest, response);
    EXPECT_EQ(error.code(), Code::internal) << response.body;
    EXPECT_TRUE(lacks_operation(error)) << response.body;
  }
  const Error missing = refusal(kRequest, answer(400, R"({"__type":"ResourceNotFoundException"})"));
  EXPECT_EQ(missing.code(), Code::not_found);
  EXPECT_FALSE(lacks_operation(missing));
}

TEST(Refusal, FallsBackOnTheStatus) {
  const auto code = [](int status) { return refusal(kRequest, answer(status, "?")).code(); };
  EXPECT_EQ(code(503), Code::unavailable);
  EXPECT_EQ(code(502), Code::unavailable);
  EXPECT_EQ(code(429), Code::throttled);
  EXPECT_EQ(code(403), Code::denied);
  EXPECT_EQ(code(400), Code::internal);
  EXPECT_EQ(code(301), Code::internal);
}

TEST(Refusal, ThatNobodyHasDescribedIsInternalUnlessTheServerFailed) {
  EXPECT_EQ(refusal(kRequest, answer(400, R"({"__type":"BrandNewException"})")).code(),
            Code::internal);
  EXPECT_EQ(refusal(kRequest, answer(500, R"({"__type":"BrandNewException"})")).code(),
            Code::unavailable);
}

// A refused signature is answered with the request's headers.
TEST(Refusal, NeverRepeatsTheCanonicalRequest) {
  const Error error =
      refusal(kRequest,
              answer(403, R"({"__type":"InvalidSignatureException","message":"The request )"
                          R"(signature does not match.\n\nThe Canonical String for this request )"
                          R"(should have been\n'POST\n/\n\nx-amz-security-token:SECRETTOKEN'"})"));
  EXPECT_EQ(error.message().find("SECRETTOKEN"), std::string::npos) << error.message();
  EXPECT_NE(error.message().find("signature does not match."), std::string::npos);
  EXPECT_TRUE(is_about_time(error));
}

TEST(Refusal, BoundsAndCleansWhatTheServerSays) {
  const Error error =
      refusal(kRequest, answer(400,
                               R"({"__type":"ValidationException","message":"\u001b[2J)" +
                                   std::string(100000, 'x') + R"("})",
                               {{"x-amzn-requestid", "evil\x1b[1m"}}));
  EXPECT_LT(error.message().size(), 1300u);
  EXPECT_EQ(error.message().find('\x1b'), std::string::npos);
  EXPECT_EQ(error.answer()->request_id, "");
}

TEST(Refusal, CarriesTheWaitThatTheServiceAskedFor) {
  EXPECT_EQ(refusal(kRequest, answer(429, "", {{"Retry-After", "3"}})).retry_after(),
            Duration(3000));
  EXPECT_EQ(refusal(kRequest, answer(400, "", {{"x-amz-retry-after", "250"}})).retry_after(),
            Duration(250));
  EXPECT_EQ(refusal(kRequest, answer(429, "", {{"Retry-After", "soon"}})).retry_after(),
            std::nullopt);
}

TEST(Refusal, StaysAwayForAQuarterOfAnHourAtMost) {
  const std::string three_weeks = "1814400";
  EXPECT_EQ(refusal(kRequest, answer(429, "", {{"Retry-After", three_weeks}})).retry_after(),
            Duration(std::chrono::minutes(15)));
  const auto in_millis = answer(400, "", {{"x-amz-retry-after", three_weeks + "000"}});
  EXPECT_EQ(refusal(kRequest, in_millis).retry_after(), Duration(std::chrono::minutes(15)));
  EXPECT_EQ(refusal(kRequest, answer(429, "", {{"Retry-After", "-5"}})).retry_after(),
            Duration(0));
}

TEST(Refusal, KnowsWhatNewCredentialsMayCure) {
  for (const char* name : {"ExpiredToken", "ExpiredTokenException", "RequestExpired",
                           "UnrecognizedClientException", "InvalidClientTokenId"}) {
    const Error error = refusal(kRequest, answer(403, "", {{"x-amzn-errortype", name}}));
    EXPECT_EQ(error.code(), Code::denied) << name;
    EXPECT_TRUE(is_about_credentials(error)) << name;
  }
  EXPECT_FALSE(is_about_credentials(
      refusal(kRequest, answer(400, "", {{"x-amzn-errortype", "AccessDeniedException"}}))));
}

TEST(CodeOf, TakesAFullQuotaForAThrottleOnlyWhereItIsOne) {
  for (const char* service : {"acm", "acm-pca", "secretsmanager"})
    EXPECT_EQ(code_of(service, "LimitExceededException"), Code::exhausted) << service;
  EXPECT_EQ(code_of("tagging", "LimitExceededException"), Code::throttled);
}

TEST(CodeOf, SeparatesWhatACallerTreatsDifferently) {
  const std::vector<std::pair<const char*, Code>> rows = {
      {"ThrottlingException", Code::throttled},
      {"Throttling", Code::throttled},
      {"ThrottledException", Code::throttled},
      {"ResourceInUseException", Code::conflict},
      {"RequestInProgressException", Code::conflict},
      {"ConcurrentModificationException", Code::conflict},
      {"InvalidStateException", Code::conflict},
      {"ConflictException", Code::conflict},
      {"PriorRequestNotComplete", Code::conflict},
      {"PaginationTokenExpiredException", Code::conflict},
      {"ResourceNotFoundException", Code::not_found},
      {"NoSuchHostedZone", Code::not_found},
      {"PermissionAlreadyExistsException", Code::already_exists},
      {"RegionDisabledException", Code::denied},
      {"InternalServerException", Code::unavailable},
      {"IDPCommunicationError", Code::unavailable},
      {"MalformedCSRException", Code::invalid},
      {"NobodyKnowsException", Code::internal}};
  for (const auto& [name, code] : rows) EXPECT_EQ(code_of("acm", name), code) << name;
}

// Every error that the public models list for the services we call means something to us.
TEST(CodeOf, KnowsEveryErrorOfThePublicModels) {
  const auto folder = published("models");
  SKIP_WITHOUT(folder);
  const std::set<std::string> zone_operations = {"ListHostedZones", "GetHostedZone",
                                                 "ListResourceRecordSets",
                                                 "ChangeResourceRecordSets", "GetChange"};
  int seen = 0;
  for (const char* service : {"acm", "acm-pca", "sts", "route53", "resourcegroupstaggingapi"}) {
    const nlohmann::json model = read_json(folder / (std::string(service) + ".json"));
    for (const auto& [name, operation] : model["operations"].items()) {
      if (std::string(service) == "route53" && !zone_operations.contains(name)) continue;
      if (name.find("Acme") != std::string::npos) continue;  // never called
      for (const auto& listed : operation.value("errors", nlohmann::json::array())) {
        const std::string shape = listed["shape"];
        const auto traits = model["shapes"][shape].value("error", nlohmann::json::object());
        const std::string wire = traits.value("code", shape);
        if (wire == "ServiceQuotaExceededException" || wire == "ConstraintViolationException")
          continue;  // of operations that we do not call
        ++seen;
        EXPECT_NE(code_of(service, wire), Code::internal) << service << " " << name << " " << wire;
      }
    }
  }
  EXPECT_GT(seen, 150);
}

TEST(Refusal, HidesTheHeadersThatAServerQuotes) {
  const Error error = refusal(
      kRequest,
      answer(400, R"({"__type":"IncompleteSignatureException","message":"Authorization header )"
                  R"(requires existence of either a 'X-Amz-Date' header. Authorization=)"
                  R"(AWS4-HMAC-SHA256 Credential=AKID/2026/acm, Signature=0a1b2c"})"));
  EXPECT_NE(error.message().find("Authorization=***"), std::string::npos) << error.message();
  EXPECT_EQ(error.message().find("0a1b2c"), std::string::npos) << error.message();
}

}  // namespace
}  // namespace certloop::aws
