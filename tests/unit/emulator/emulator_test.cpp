#include "emulator/emulator.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/text.h"
#include "base/timestamp.h"
#include "emulated.h"

namespace certloop::emulator {
namespace {

using std::chrono::seconds;

Json request_for(const std::string& name) {
  return {{"DomainName", name}, {"ValidationMethod", "DNS"}};
}

TEST(Emulator, PutsRequestIdAndVirtualDateOnEveryAnswer) {
  Emulated aws;
  aws.emulator.advance(seconds(90));
  for (const Outcome& outcome : {aws.acm("ListCertificates"), aws.sts("Action=GetCallerIdentity"),
                                 aws.acm("NoSuchOperation")}) {
    EXPECT_EQ(net::header(outcome.response.headers, "x-amzn-RequestId").value_or("").size(), 36u);
    EXPECT_EQ(net::header(outcome.response.headers, "Date"), http_date(kStart + seconds(90)));
  }
}

TEST(Emulator, AnswersUnknownOperationsAsAwsDoes) {
  Emulated aws;
  const Outcome outcome = aws.acm("FlyToTheMoon");
  EXPECT_EQ(outcome.status, 400);
  EXPECT_EQ(outcome.code, "UnknownOperationException");
  EXPECT_EQ(net::header(outcome.response.headers, "x-amzn-errortype"), "UnknownOperationException");
}

TEST(Emulator, RefusesBodiesThatAreNoJsonObject) {
  Emulated aws;
  net::HttpRequest request;
  request.method = "POST";
  request.url = {"https", "acm.eu-west-1.amazonaws.com", "", "/", ""};
  request.headers = {{"X-Amz-Target", "CertificateManager.DescribeCertificate"}};
  for (const char* body : {"{", "[]", "{\"CertificateArn\": 7}"}) {
    request.body = body;
    const auto response = aws.emulator.handle(aws.signed_request("acm", request));
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(Json::parse(response.body).at("__type"), "SerializationException") << body;
  }
}

TEST(Emulator, LogsEveryCallAndMasksSecrets) {
  Emulated aws;
  const std::string arn =
      aws.acm("RequestCertificate", request_for("a.example.com")).json.at("CertificateArn");
  aws.acm("ExportCertificate", {{"CertificateArn", arn}, {"Passphrase", to_base64("open sesame")}});
  aws.acm("ImportCertificate", import_input(make_certificate({})));
  aws.acm("ListCertificates");

  const std::vector<CallRecord> calls = aws.emulator.calls();
  ASSERT_EQ(calls.size(), 4u);
  EXPECT_EQ(calls[0].sequence, 1u);
  EXPECT_EQ(calls[0].time, kStart);
  EXPECT_EQ(calls[0].account, "123456789012");
  EXPECT_EQ(calls[0].region, "eu-west-1");
  EXPECT_EQ(calls[0].service, "acm");
  EXPECT_EQ(calls[0].operation, "RequestCertificate");
  EXPECT_TRUE(calls[0].mutating);
  EXPECT_EQ(calls[0].arn, arn);
  EXPECT_EQ(calls[0].http_status, 200);
  EXPECT_EQ(calls[1].error_code, "ValidationException");
  EXPECT_EQ(Json::parse(calls[1].request).at("Passphrase"), "***");
  EXPECT_EQ(Json::parse(calls[2].request).at("PrivateKey"), "***");
  EXPECT_FALSE(calls[3].mutating);
  EXPECT_EQ(aws.emulator.mutating_calls().size(), 3u);

  const Json log = Json::parse(aws.control("GET", "/calls").body).at("calls");
  ASSERT_EQ(log.size(), 4u);
  EXPECT_EQ(log[0].at("request").at("DomainName"), "a.example.com");
  aws.control("DELETE", "/calls");
  EXPECT_TRUE(aws.emulator.calls().empty());
}

TEST(Emulator, LogsRefusedSignaturesToo) {
  Emulated aws;
  aws.caller.secret = "wrong";
  aws.acm("ListCertificates");
  const auto calls = aws.emulator.calls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].error_code, "InvalidSignatureException");
  EXPECT_EQ(calls[0].operation, "ListCertificates");
}

TEST(Emulator, KeepsAccountsAndRegionsApart) {
  EmulatorOptions options;
  options.keys = {{"111111111111", "one", Secret("1"), ""},
                  {"222222222222", "two", Secret("2"), ""}};
  Emulated aws(options);
  aws.caller = {"one", "1", ""};
  const std::string arn =
      aws.acm("RequestCertificate", request_for("a.example.com")).json.at("CertificateArn");
  EXPECT_TRUE(arn.starts_with("arn:aws:acm:eu-west-1:111111111111:certificate/")) << arn;
  EXPECT_TRUE(aws.acm("DescribeCertificate", {{"CertificateArn", arn}}).ok());
  aws.region = "us-east-1";
  EXPECT_EQ(aws.acm("DescribeCertificate", {{"CertificateArn", arn}}).code,
            "ResourceNotFoundException");
  aws.region = "eu-west-1";
  aws.caller = {"two", "2", ""};
  EXPECT_EQ(aws.acm("DescribeCertificate", {{"CertificateArn", arn}}).code,
            "ResourceNotFoundException");
  EXPECT_TRUE(aws.acm("ListCertificates").json.at("CertificateSummaryList").empty());
}

TEST(Emulator, ThrottlesByThePublishedRates) {
  EmulatorOptions options;
  options.enforce_rates = true;
  Emulated aws(options);
  const auto burst = [&] {
    int admitted = 0;
    for (int call = 0; call < 20; ++call) admitted += aws.acm("ListCertificates").ok() ? 1 : 0;
    return admitted;
  };
  EXPECT_EQ(burst(), 8);
  const Outcome throttled = aws.acm("ListCertificates");
  EXPECT_EQ(throttled.status, 400);
  EXPECT_EQ(throttled.code, "ThrottlingException");
  EXPECT_EQ(throttled.message, "Rate exceeded");
  EXPECT_TRUE(aws.acm("SearchCertificates").ok());  // each operation has its own bucket
  aws.pass(seconds(1));
  EXPECT_EQ(burst(), 8);
  aws.pass(Duration(125));
  EXPECT_EQ(burst(), 1);
  aws.region = "us-east-1";
  EXPECT_EQ(burst(), 8);
}

TEST(Emulator, InjectsFaults) {
  Emulated aws;
  EmulatorTransport transport(aws.emulator);
  const auto request = [&](const std::string& name) {
    return aws.json_request("acm", "CertificateManager", "RequestCertificate", request_for(name));
  };
  const auto count = [&] {
    return aws.acm("ListCertificates").json.at("CertificateSummaryList").size();
  };
  Fault fault{"acm", "RequestCertificate", 2, 0, Fault::Kind::error, "ConflictException", "busy"};
  aws.emulator.add_fault(fault);
  EXPECT_TRUE(aws.acm("RequestCertificate", request_for("a.example.com")).ok());
  EXPECT_EQ(aws.acm("RequestCertificate", request_for("b.example.com")).code, "ConflictException");
  EXPECT_EQ(count(), 1u);

  fault.kind = Fault::Kind::drop;
  fault.nth = 1;
  aws.emulator.clear_faults();
  aws.emulator.add_fault(fault);
  const auto dropped = transport.send(request("c.example.com"), {});
  ASSERT_FALSE(dropped.ok());
  EXPECT_EQ(dropped.error().code(), Code::unavailable);
  EXPECT_EQ(count(), 2u);

  fault.kind = Fault::Kind::crash;
  aws.emulator.clear_faults();
  aws.emulator.add_fault(fault);
  const auto crashed = transport.send(request("d.example.com"), {});
  ASSERT_TRUE(crashed.ok());
  EXPECT_EQ(crashed->status, 500);
  EXPECT_EQ(count(), 2u);

  fault.kind = Fault::Kind::lost;
  aws.emulator.clear_faults();
  aws.emulator.add_fault(fault);
  EXPECT_EQ(transport.send(request("e.example.com"), {}).value().status, 500);
  EXPECT_EQ(count(), 3u);

  aws.emulator.clear_faults();
  aws.emulator.add_fault({"acm", "", 0, 1.0, Fault::Kind::crash, "", ""});
  EXPECT_EQ(aws.acm("ListCertificates").status, 500);
}

TEST(Emulator, RefusesRegionsThatNobodyOptedInto) {
  EmulatorOptions options;
  options.disabled_regions = {"me-south-1"};
  Emulated aws(options);
  EXPECT_TRUE(aws.acm("ListCertificates").ok());
  aws.region = "me-south-1";
  EXPECT_EQ(aws.acm("ListCertificates").code, "UnrecognizedClientException");
  const Outcome who = aws.sts("Action=GetCallerIdentity");
  EXPECT_EQ(who.status, 403);
  EXPECT_EQ(who.code, "RegionDisabledException");
}

TEST(Emulator, TakesFaultsAndTimeByItsControls) {
  Emulated aws;
  EXPECT_EQ(aws.control("POST", "/faults",
                        {{"operation", "ListCertificates"}, {"nth", 1}, {"errorCode", "Boo"}})
                .status,
            200);
  EXPECT_EQ(aws.acm("ListCertificates").code, "Boo");
  EXPECT_EQ(aws.control("POST", "/faults", {{"kind", "error"}}).status, 400);
  EXPECT_EQ(Json::parse(aws.control("POST", "/clock", {{"advanceSeconds", 86400}}).body).at("now"),
            "2026-11-22T00:00:00.000Z");
  EXPECT_EQ(aws.emulator.now(), kStart + std::chrono::hours(24));
  EXPECT_EQ(aws.control("POST", "/clock", {{"advanceSeconds", -1}}).status, 400);
  EXPECT_EQ(aws.control("POST", "/clock", Json::object()).status, 400);
  EXPECT_EQ(aws.control("GET", "/nothing").status, 404);
}

TEST(Emulator, KeepsItsStateOverADump) {
  Emulated aws;
  const std::string arn =
      aws.acm("ImportCertificate", import_input(make_certificate({}))).json.at("CertificateArn");
  const std::string pending =
      aws.acm("RequestCertificate", request_for("a.example.com")).json.at("CertificateArn");
  aws.acm("AddTagsToCertificate",
          {{"CertificateArn", arn}, {"Tags", {{{"Key", "team"}, {"Value", "web"}}}}});
  aws.emulator.advance(seconds(3600));
  const Outcome session = aws.sts(
      "Action=AssumeRole&RoleSessionName=s1&RoleArn=arn:aws:iam::222222222222:role/certloop");
  const Json before = aws.describe(pending);

  Emulated again;
  ASSERT_TRUE(again.emulator.restore(aws.emulator.dump()).ok());
  EXPECT_EQ(again.emulator.now(), aws.emulator.now());
  EXPECT_EQ(again.describe(arn), aws.describe(arn));
  EXPECT_EQ(again.describe(pending), before);
  EXPECT_EQ(again.acm("ListTagsForCertificate", {{"CertificateArn", arn}}).json.at("Tags").size(),
            1u);
  again.caller = {xml_text(session.response.body, "AccessKeyId"),
                  xml_text(session.response.body, "SecretAccessKey"),
                  xml_text(session.response.body, "SessionToken")};
  EXPECT_TRUE(again.sts("Action=GetCallerIdentity").ok());
  EXPECT_FALSE(again.emulator.restore(Secret("{}")).ok());
}

TEST(Emulator, ServesManyThreadsAtOnce) {
  Emulated aws;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int call = 0; call < 25; ++call) {
        aws.acm("RequestCertificate", request_for("n" + std::to_string(call) + ".t" +
                                                  std::to_string(thread) + ".example.com"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(aws.emulator.calls().size(), 100u);
  EXPECT_EQ(
      aws.acm("ListCertificates", {{"MaxItems", 1000}}).json.at("CertificateSummaryList").size(),
      100u);
}

}  // namespace
}  // namespace certloop::emulator
