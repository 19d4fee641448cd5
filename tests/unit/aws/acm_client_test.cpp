#include <gtest/gtest.h>

#include "aws/clients.h"
#include "base/text.h"
#include "published.h"
#include "scripted_transport.h"

namespace certloop::aws {
namespace {

using nlohmann::json;

std::string arn_of(const std::string& id) {
  return "arn:aws:acm:us-east-1:" + kAccount + ":certificate/" + id;
}

struct AcmTest : testing::Test, World {
  std::unique_ptr<Acm> acm = make_acm(settings());

  json body(std::size_t index) const { return json::parse(transport.requests().at(index).body); }
  void then_json(const json& answer) { transport.then(200, answer.dump()); }

  // Every row of search_certificates.
  std::vector<CertificateSummary> rows() {
    std::vector<CertificateSummary> out;
    const auto result = acm->search_certificates([&](CertificateSummary&& row, Instant) {
      out.push_back(std::move(row));
      return true;
    });
    EXPECT_TRUE(result.ok()) << result.error().message();
    return out;
  }
};

TEST_F(AcmTest, RequestsACertificateInAcmsWords) {
  then_json({{"CertificateArn", arn_of("1")}});
  RequestCertificate request;
  request.domain_name = "example.com";
  request.subject_alternative_names = {"www.example.com"};
  request.validation_method = "DNS";
  request.idempotency_token = "token1";
  request.key_algorithm = "EC_prime256v1";
  request.exportable = true;
  request.tags = {{"certloop.dev/owner", "default/prod/web"}};
  const auto arn = acm->request_certificate(request);
  ASSERT_TRUE(arn.ok()) << arn.error().message();
  EXPECT_EQ(*arn, arn_of("1"));
  EXPECT_EQ(transport.target(0), "CertificateManager.RequestCertificate");
  EXPECT_EQ(net::header(transport.requests()[0].headers, "Content-Type"),
            "application/x-amz-json-1.1");
  EXPECT_EQ(body(0), json::parse(R"({"DomainName":"example.com",
      "SubjectAlternativeNames":["www.example.com"],"ValidationMethod":"DNS",
      "IdempotencyToken":"token1","KeyAlgorithm":"EC_prime256v1","Options":{"Export":"ENABLED"},
      "Tags":[{"Key":"certloop.dev/owner","Value":"default/prod/web"}]})"));
  EXPECT_EQ(reports, std::vector<std::string>{"acm RequestCertificate ok mutating"});
}

TEST_F(AcmTest, LeavesOutWhatAPrivateRequestDoesNotSay) {
  then_json({{"CertificateArn", arn_of("1")}});
  RequestCertificate request;
  request.domain_name = "a.internal";
  request.certificate_authority_arn = "arn:aws:acm-pca:us-east-1:1:certificate-authority/x";
  ASSERT_TRUE(acm->request_certificate(request).ok());
  EXPECT_EQ(body(0), (json{{"DomainName", "a.internal"},
                           {"CertificateAuthorityArn", request.certificate_authority_arn}}));
}

TEST_F(AcmTest, SendsBlobsInBase64AndTheKeyOnce) {
  then_json({{"CertificateArn", arn_of("1")}});
  ImportCertificate request;
  request.certificate = "-----BEGIN CERTIFICATE-----\nx\n";
  request.private_key = Secret("-----BEGIN PRIVATE KEY-----\ny\n");
  request.certificate_chain = "chain";
  request.tags = {{"a", "b"}};
  ASSERT_TRUE(acm->import_certificate(request).ok());
  EXPECT_EQ(body(0), (json{{"Certificate", to_base64(request.certificate)},
                           {"PrivateKey", to_base64(request.private_key.reveal())},
                           {"CertificateChain", to_base64("chain")},
                           {"Tags", {{{"Key", "a"}, {"Value", "b"}}}}}));
}

TEST_F(AcmTest, SendsNoTagsWithAReimport) {
  then_json({{"CertificateArn", arn_of("1")}});
  ImportCertificate request;
  request.certificate_arn = arn_of("1");
  request.certificate = "c";
  request.private_key = Secret("k");
  request.tags = {{"a", "b"}};
  ASSERT_TRUE(acm->import_certificate(request).ok());
  EXPECT_FALSE(body(0).contains("Tags"));
  EXPECT_EQ(body(0)["CertificateArn"], arn_of("1"));
}

TEST_F(AcmTest, SignsAClaimedRequestAsOfItsClaim) {
  then_json({{"CertificateArn", arn_of("1")}});
  RequestCertificate request;
  request.domain_name = "example.com";
  request.claimed_at = kStart - std::chrono::seconds(90);
  ASSERT_TRUE(acm->request_certificate(request).ok());
  EXPECT_EQ(net::header(transport.requests()[0].headers, "X-Amz-Date"), "20261121T115830Z");
}

TEST_F(AcmTest, RefusesAnAnswerAboutAnothersCertificate) {
  then_json({{"CertificateArn", "arn:aws:acm:us-east-1:999999999999:certificate/1"}});
  RequestCertificate request;
  request.domain_name = "example.com";
  EXPECT_EQ(acm->request_certificate(request).error().code(), Code::internal);
  then_json({{"Certificate", {{"CertificateArn", arn_of("2")}}}});
  EXPECT_EQ(acm->describe_certificate(arn_of("1")).error().code(), Code::internal);
}

TEST_F(AcmTest, MapsItsErrors) {
  transport.then(400, R"({"message":"in use"})", json_error("ResourceInUseException"));
  EXPECT_EQ(acm->delete_certificate(arn_of("1")).error().code(), Code::conflict);
  transport.then(400, R"({"message":"gone"})", json_error("ResourceNotFoundException"));
  EXPECT_EQ(acm->list_tags_for_certificate(arn_of("1")).error().code(), Code::not_found);
  transport.then(400, R"({"message":"wait"})", json_error("RequestInProgressException"));
  EXPECT_EQ(acm->get_certificate(arn_of("1")).error().code(), Code::conflict);
  transport.then(400, R"({"message":"quota"})", json_error("LimitExceededException"));
  RequestCertificate request;
  request.domain_name = "example.com";
  EXPECT_EQ(acm->request_certificate(request).error().code(), Code::exhausted);
}

TEST_F(AcmTest, ReadsAndWritesTags) {
  then_json({{"Tags", {{{"Key", "a"}, {"Value", "1"}}, {{"Key", "b"}}}}});
  EXPECT_EQ(*acm->list_tags_for_certificate(arn_of("1")), (Tags{{"a", "1"}, {"b", ""}}));
  transport.then(200, "");
  ASSERT_TRUE(acm->add_tags_to_certificate(arn_of("1"), {{"a", "2"}}).ok());
  EXPECT_EQ(body(1)["Tags"], json::parse(R"([{"Key":"a","Value":"2"}])"));
  transport.then(200, "");
  ASSERT_TRUE(acm->remove_tags_from_certificate(arn_of("1"), {"a", "b"}).ok());
  EXPECT_EQ(body(2)["Tags"], json::parse(R"([{"Key":"a"},{"Key":"b"}])"));
}

TEST_F(AcmTest, RefusesTextThatIsNotUtf8BeforeSendingIt) {
  RequestCertificate request;
  request.domain_name = "\xff";
  EXPECT_EQ(acm->request_certificate(request).error().code(), Code::invalid);
  EXPECT_TRUE(transport.requests().empty());
}

// A byte that is not UTF-8 costs its own place, not the answer, and nothing that ends a renderer
// comes in.
TEST_F(AcmTest, ReadsAnswersWhoseTextIsDamaged) {
  transport.then(200, "{\"Tags\":[{\"Key\":\"team\",\"Value\":\"pay\xffments\"},"
                      "{\"Key\":\"b\",\"Value\":\"a\\u001b[2Jb\"}]}");
  const auto tags = acm->list_tags_for_certificate(arn_of("1"));
  ASSERT_TRUE(tags.ok()) << tags.error().message();
  EXPECT_EQ(*tags, (Tags{{"team", "pay\xef\xbf\xbdments"}, {"b", "a\xef\xbf\xbd[2Jb"}}));
  then_json({{"Tags", {{{"Key", "a"}, {"Value", std::string(1 << 20, 'x')}}}}});
  const auto long_tags = acm->list_tags_for_certificate(arn_of("1"));
  EXPECT_LT(long_tags.value().at("a").size(), 20'000u);
  transport.then(200, "{\"Results\":[{\"CertificateArn\":\"" + arn_of("1") +
                          "\",\"X509Attributes\":{\"Subject\":{\"CommonName\":\"\xc3(\"}}}]}");
  std::vector<std::string> names;
  ASSERT_TRUE(acm->search_certificates([&](CertificateSummary&& row, Instant) {
                   names.push_back(row.domain_name);
                   return true;
                 })
                  .ok());
  EXPECT_EQ(names, std::vector<std::string>{"\xef\xbf\xbd("});
}

TEST_F(AcmTest, ReadsADescriptionWhole) {
  then_json({{"Certificate", json::parse(R"({
      "CertificateArn": ")" + arn_of("1") +
                                         R"(", "DomainName": "example.com",
      "SubjectAlternativeNames": ["example.com"], "Serial": "03:e9", "Subject": "CN=example.com",
      "Issuer": "Amazon", "Status": "ISSUED", "Type": "AMAZON_ISSUED",
      "KeyAlgorithm": "EC-prime256v1", "SignatureAlgorithm": "SHA256WITHRSA",
      "InUseBy": ["arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/x"],
      "RenewalEligibility": "ELIGIBLE", "CreatedAt": 1795262400.5, "NotAfter": 1.8e9,
      "Options": {"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "ENABLED"},
      "KeyUsages": [{"Name": "DIGITAL_SIGNATURE"}],
      "ExtendedKeyUsages": [{"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"},
                            {"Name": "CUSTOM", "OID": "1.2.3"}],
      "DomainValidationOptions": [{"DomainName": "example.com", "ValidationStatus": "SUCCESS",
          "ValidationMethod": "DNS",
          "ResourceRecord": {"Name": "_a.example.com.", "Type": "CNAME", "Value": "_b.acm."}}],
      "RenewalSummary": {"RenewalStatus": "PENDING_VALIDATION", "RenewalStatusReason": "CAA_ERROR",
          "DomainValidationOptions": [{"DomainName": "example.com"}], "UpdatedAt": 1}})")}});
  const auto detail = acm->describe_certificate(arn_of("1"));
  ASSERT_TRUE(detail.ok()) << detail.error().message();
  EXPECT_EQ(detail->key_algorithm, "EC_prime256v1");
  EXPECT_EQ(detail->serial, "03:e9");
  EXPECT_EQ(detail->in_use_by.size(), 1u);
  EXPECT_TRUE(detail->export_enabled);
  EXPECT_EQ(detail->created_at, Time(Duration(1795262400500)));
  EXPECT_EQ(detail->not_after, Time(Duration(1800000000000)));
  EXPECT_EQ(detail->issued_at, std::nullopt);
  EXPECT_EQ(detail->extended_key_usages,
            (std::vector<std::string>{"TLS_WEB_SERVER_AUTHENTICATION", "1.2.3"}));
  ASSERT_EQ(detail->domain_validation_options.size(), 1u);
  EXPECT_EQ(detail->domain_validation_options[0].resource_record,
            (ResourceRecord{"_a.example.com.", "CNAME", "_b.acm."}));
  EXPECT_EQ(detail->renewal_status, "PENDING_VALIDATION");
  EXPECT_EQ(detail->renewal_status_reason, "CAA_ERROR");
  EXPECT_EQ(detail->renewal_validation_options[0].resource_record, std::nullopt);
}

// The placeholders of the recordings, where a value must have the form of one.
json filled_in(json recorded) {
  std::string text = recorded.dump();
  const auto replace = [&text](const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  };
  replace("<partition>", "aws");
  replace("<region>", "us-east-1");
  replace("<certificate-arn:1>", arn_of("1"));
  replace("\"datetime\"", "1795262400");
  return json::parse(text);
}

void collect(const json& node, std::vector<json>& details, std::vector<json>& listed) {
  if (node.is_array() || node.is_object())
    for (const auto& child : node) collect(child, details, listed);
  if (!node.is_object() || !node.contains("CertificateArn") || !node.contains("Status")) return;
  (node.contains("InUse") ? listed : details).push_back(node);
}

TEST_F(AcmTest, ReadsWhatAwsReallyAnswered) {
  const auto path = published("aws-recorded/acm.snapshot.json");
  SKIP_WITHOUT(path);
  std::vector<json> details, listed;
  collect(filled_in(read_json(path)), details, listed);
  ASSERT_EQ(details.size(), 5u);
  ASSERT_EQ(listed.size(), 4u);

  for (json& wire : details) {
    wire["CertificateArn"] = arn_of("1");
    then_json({{"Certificate", wire}});
    const auto detail = acm->describe_certificate(arn_of("1"));
    ASSERT_TRUE(detail.ok()) << detail.error().message();
    EXPECT_EQ(detail->key_algorithm, "RSA_2048");
    EXPECT_EQ(detail->status, wire["Status"]);
    EXPECT_EQ(detail->domain_validation_options.size(), wire["DomainValidationOptions"].size());
    EXPECT_EQ(detail->not_after.has_value(), wire.contains("NotAfter"));
    EXPECT_EQ(detail->imported_at.has_value(), wire["Type"] == "IMPORTED");
    clock.advance(std::chrono::seconds(1));
  }

  transport.then(400, "", json_error("UnknownOperationException"));
  for (json& row : listed) row["CertificateArn"] = arn_of("1");
  then_json({{"CertificateSummaryList", listed}});
  const auto read = rows();
  ASSERT_EQ(read.size(), 4u);
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].key_algorithm, "RSA_2048");
    EXPECT_EQ(read[i].type, listed[i]["Type"]);
    EXPECT_EQ(read[i].subject_alternative_names.size(),
              listed[i]["SubjectAlternativeNameSummaries"].size());
    EXPECT_TRUE(read[i].created_at.has_value());
  }
}

json found_row(const std::string& id) {
  return json::parse(R"({"CertificateArn": ")" + arn_of(id) + R"(", "X509Attributes": {
      "Issuer": {"CommonName": "Amazon RSA 2048 M01", "Organization": "Amazon"},
      "Subject": {"CommonName": "example.com"},
      "SubjectAlternativeNames": [{"DnsName": "example.com"}, {"IpAddress": "192.0.2.1"},
                                  {"DnsName": "www.example.com"}],
      "KeyAlgorithm": "RSA-2048", "SerialNumber": "aa:bb", "NotAfter": 1800000000,
      "NotBefore": 1790000000}, "CertificateMetadata": {"AcmCertificateMetadata": {
      "CreatedAt": 1789999999, "Exported": false, "InUse": true, "Status": "ISSUED",
      "RenewalStatus": "SUCCESS", "Type": "AMAZON_ISSUED", "ExportOption": "ENABLED",
      "RenewalEligibility": "ELIGIBLE", "IssuedAt": 1790000001}}})");
}

TEST_F(AcmTest, SearchesNewestFirstFiveHundredAPage) {
  then_json({{"NextToken", "t1"}, {"Results", {found_row("1"), found_row("2")}}});
  then_json({{"Results", json::array()}, {"NextToken", "t2"}});  // empty pages are legal
  then_json({{"Results", {found_row("3")}}});
  const auto found = rows();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(transport.target(0), "CertificateManager.SearchCertificates");
  EXPECT_EQ(body(0), json::parse(R"({"MaxResults":500,"SortBy":"CREATED_AT",
                                     "SortOrder":"DESCENDING"})"));
  EXPECT_EQ(body(1)["NextToken"], "t1");
  EXPECT_EQ(body(2)["NextToken"], "t2");
  const CertificateSummary& row = found[0];
  EXPECT_EQ(row.certificate_arn, arn_of("1"));
  EXPECT_EQ(row.domain_name, "example.com");
  EXPECT_EQ(row.subject_alternative_names,
            (std::vector<std::string>{"example.com", "www.example.com"}));
  EXPECT_EQ(row.key_algorithm, "RSA_2048");
  EXPECT_EQ(row.serial, "aa:bb");
  EXPECT_EQ(row.issuer, "Amazon");
  EXPECT_EQ(row.renewal_status, "SUCCESS");
  EXPECT_TRUE(row.in_use);
  EXPECT_FALSE(row.exported);
  EXPECT_TRUE(row.export_enabled);
  EXPECT_EQ(row.not_after, Time(Duration(1800000000000)));
  EXPECT_EQ(row.issued_at, Time(Duration(1790000001000)));
}

TEST_F(AcmTest, GivesEachRowTheTimeItsPageWasAskedFor) {
  then_json({{"NextToken", "t"}, {"Results", {found_row("1")}}});
  transport.then([this](const net::HttpRequest&) {
    clock.advance(std::chrono::seconds(3));  // the answer takes its time
    return net::HttpResponse{200, {}, json{{"Results", {found_row("2")}}}.dump()};
  });
  const Instant start = clock.tick();
  std::vector<Instant> asked;
  ASSERT_TRUE(acm->search_certificates([&](CertificateSummary&&, Instant at) {
                   asked.push_back(at);
                   clock.advance(std::chrono::seconds(1));
                   return true;
                 })
                  .ok());
  EXPECT_EQ(asked, (std::vector<Instant>{start, start + std::chrono::seconds(1)}));
}

TEST_F(AcmTest, StopsReadingWhenToldTo) {
  then_json({{"NextToken", "t1"}, {"Results", {found_row("1"), found_row("2")}}});
  int seen = 0;
  ASSERT_TRUE(acm->search_certificates([&](CertificateSummary&&, Instant) {
                   ++seen;
                   return false;
                 })
                  .ok());
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(transport.requests().size(), 1u);
}

TEST_F(AcmTest, RefusesAListingThatGoesInCircles) {
  then_json({{"NextToken", "t1"}, {"Results", json::array()}});
  then_json({{"NextToken", "t1"}, {"Results", json::array()}});
  const auto result = acm->search_certificates([](CertificateSummary&&, Instant) { return true; });
  EXPECT_EQ(result.error().code(), Code::internal);
}

TEST_F(AcmTest, RefusesAListingThatNamesAnothersCertificate) {
  json row = found_row("1");
  row["CertificateArn"] = "arn:aws:acm:eu-west-1:111122223333:certificate/1";
  then_json({{"Results", {row}}});
  const auto result = acm->search_certificates([](CertificateSummary&&, Instant) { return true; });
  EXPECT_EQ(result.error().code(), Code::internal);
}

// S121: every key type, every origin, every page.
TEST_F(AcmTest, ListsWithEveryKeyTypeAndOriginWhereTheServerCannotSearch) {
  transport.then(500, "<!doctype html><html><title>500 Internal Server Error</title></html>");
  const json row = {{"CertificateArn", arn_of("1")},
                    {"DomainName", "example.com"},
                    {"HasAdditionalSubjectAlternativeNames", true},
                    {"InUse", false}};
  then_json({{"CertificateSummaryList", {row}}, {"NextToken", "t1"}});
  then_json({{"CertificateSummaryList", {row}}});
  const auto found = rows();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[0].has_additional_names);
  EXPECT_EQ(transport.target(1), "CertificateManager.ListCertificates");
  EXPECT_EQ(body(1), json::parse(R"({"MaxItems":1000,"SortBy":"CREATED_AT","SortOrder":"DESCENDING",
      "Includes":{"keyTypes":["RSA_1024","RSA_2048","RSA_3072","RSA_4096","EC_prime256v1",
                              "EC_secp384r1","EC_secp521r1"]},
      "CertificateKeyPairOrigins":["AWS_MANAGED","CUSTOMER_PROVIDED","ACME"]})"));
  EXPECT_EQ(body(2)["NextToken"], "t1");

  // It remembers for an hour, and then asks once more.
  then_json({{"CertificateSummaryList", json::array()}});
  rows();
  EXPECT_EQ(transport.target(3), "CertificateManager.ListCertificates");
  clock.advance(std::chrono::hours(1));
  then_json({{"Results", json::array()}});
  rows();
  EXPECT_EQ(transport.target(4), "CertificateManager.SearchCertificates");
}

TEST_F(AcmTest, ListsWithoutOriginsWhereTheServerDoesNotKnowThem) {
  transport.then(400, "", json_error("UnknownOperationException"));
  transport.then(400, R"({"message":"Unknown parameter"})", json_error("ValidationException"));
  then_json({{"CertificateSummaryList", json::array()}});
  rows();
  EXPECT_TRUE(body(1).contains("CertificateKeyPairOrigins"));
  EXPECT_FALSE(body(2).contains("CertificateKeyPairOrigins"));
  then_json({{"CertificateSummaryList", json::array()}});
  rows();
  EXPECT_FALSE(body(3).contains("CertificateKeyPairOrigins"));
  EXPECT_EQ(transport.requests().size(), 4u);
}

TEST_F(AcmTest, DoesNotFallBackWhenItIsDeniedOrOnALaterPage) {
  transport.then(400, "", json_error("AccessDeniedException"));
  const auto sink = [](CertificateSummary&&, Instant) { return true; };
  EXPECT_EQ(acm->search_certificates(sink).error().code(), Code::denied);
  then_json({{"NextToken", "t1"}, {"Results", json::array()}});
  transport.then(500, "<html></html>");
  EXPECT_EQ(acm->search_certificates(sink).error().code(), Code::internal);
  EXPECT_EQ(transport.requests().size(), 3u);
}

TEST_F(AcmTest, RefusesAnswersThatMakeNoSense) {
  for (const char* answer : {"[]", "{", "<html>", "{\"Results\":[{]}", "null"}) {
    transport.then(200, answer);
    const auto result =
        acm->search_certificates([](CertificateSummary&&, Instant) { return true; });
    ASSERT_FALSE(result.ok()) << answer;
    EXPECT_EQ(result.error().code(), Code::internal) << answer;
    EXPECT_TRUE(result.error().message().starts_with("acm SearchCertificates in us-east-1: "));
    clock.advance(std::chrono::seconds(1));
  }
  transport.then(200, "{\"Certificate\":" + std::string(100, '[') + std::string(100, ']') + "}");
  EXPECT_EQ(acm->describe_certificate(arn_of("1")).error().code(), Code::internal);
}

}  // namespace
}  // namespace certloop::aws
