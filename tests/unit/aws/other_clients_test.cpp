// STS, Route 53 and the tagging API.
#include <gtest/gtest.h>

#include "aws/clients.h"
#include "aws/xml.h"
#include "published.h"
#include "scripted_transport.h"

namespace certloop::aws {
namespace {

using nlohmann::json;

struct StsTest : testing::Test, World {
  std::unique_ptr<Sts> sts = make_sts(settings());
};

std::string sts_answer(const std::string& operation, const std::string& result) {
  return "<" + operation + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" +
         operation + "Result>" + result + "</" + operation +
         "Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></" + operation +
         "Response>";
}

const std::string kKeys =
    "<Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s&amp;t</SecretAccessKey>"
    "<SessionToken>token</SessionToken><Expiration>2026-11-21T13:00:00Z</Expiration></Credentials>";

TEST_F(StsTest, TellsWhoIsCalling) {
  transport.then(200, sts_answer("GetCallerIdentity",
                                 "<Arn>arn:aws:iam::111122223333:user/x</Arn>"
                                 "<UserId>AIDA</UserId>"
                                 "<Account>111122223333</Account>"));
  const auto identity = sts->get_caller_identity();
  ASSERT_TRUE(identity.ok()) << identity.error().message();
  EXPECT_EQ(identity->account, "111122223333");
  EXPECT_EQ(identity->arn, "arn:aws:iam::111122223333:user/x");
  EXPECT_EQ(identity->user_id, "AIDA");
  EXPECT_EQ(transport.requests()[0].body, "Action=GetCallerIdentity&Version=2011-06-15");
  EXPECT_EQ(net::header(transport.requests()[0].headers, "Content-Type"),
            "application/x-www-form-urlencoded");
  EXPECT_EQ(transport.requests()[0].url.text(), "https://sts.us-east-1.amazonaws.com/");
}

TEST_F(StsTest, BelievesNoAccountThatIsNotTwelveDigitsOrNotItsArns) {
  const auto answer = [this](const std::string& account, const std::string& arn) {
    transport.then(200, sts_answer("GetCallerIdentity", "<Arn>" + arn + "</Arn><UserId>u</UserId>" +
                                                            "<Account>" + account + "</Account>"));
    return sts->get_caller_identity();
  };
  const std::string arn = "arn:aws:iam::111122223333:user/x";
  for (const auto* account : {"11112222333", "1111222233334", "11112222333x", "prod", " ",
                              "111122223333\nx", "444455556666"}) {
    const auto identity = answer(account, arn);
    ASSERT_FALSE(identity.ok()) << account;
    EXPECT_NE(identity.error().message().find("twelve digits"), std::string::npos)
        << identity.error().message();
  }
  EXPECT_TRUE(answer("111122223333", arn).ok());
}

TEST_F(StsTest, AssumesARole) {
  transport.then(200, sts_answer("AssumeRole", kKeys));
  AssumeRoleRequest request;
  request.role_arn = "arn:aws:iam::444455556666:role/certloop";
  request.role_session_name = "certloop";
  request.external_id = "default/prod/web";
  request.policy = "{}";
  request.duration_seconds = 900;
  const auto session = sts->assume_role(request);
  ASSERT_TRUE(session.ok()) << session.error().message();
  EXPECT_EQ(session->access_key_id, "ASIA1");
  EXPECT_EQ(session->secret_access_key.reveal(), "s&t");
  EXPECT_EQ(session->session_token.reveal(), "token");
  EXPECT_EQ(session->expiration, kStart + std::chrono::hours(1));
  EXPECT_EQ(transport.requests()[0].body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole"
            "%2Fcertloop&RoleSessionName=certloop&DurationSeconds=900&Policy=%7B%7D"
            "&ExternalId=default%2Fprod%2Fweb");
}

TEST_F(StsTest, SendsAWebIdentityUnsigned) {
  credentials->failure = Error(Code::denied, "none");
  transport.then(200, sts_answer("AssumeRoleWithWebIdentity", kKeys));
  AssumeRoleRequest request;
  request.role_arn = "arn:aws:iam::1:role/r";
  request.role_session_name = "s";
  ASSERT_TRUE(sts->assume_role_with_web_identity(request, Secret("jwt")).ok());
  EXPECT_EQ(net::header(transport.requests()[0].headers, "Authorization"), std::nullopt);
  EXPECT_TRUE(transport.requests()[0].body.ends_with("&WebIdentityToken=jwt"));
}

TEST_F(StsTest, RefusesIncompleteCredentials) {
  for (const char* part : {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}) {
    std::string keys = kKeys;
    keys.replace(keys.find(part), std::string(part).size(), "Other");
    keys.replace(keys.rfind(part), std::string(part).size(), "Other");
    transport.then(200, sts_answer("AssumeRole", keys));
    EXPECT_EQ(sts->assume_role({}).error().code(), Code::internal) << part;
  }
  transport.then(200, "<html></html>");
  EXPECT_EQ(sts->assume_role({}).error().code(), Code::internal);
}

TEST_F(StsTest, MapsItsErrors) {
  transport.then(403,
                 "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
                 "<RequestId>r</RequestId></ErrorResponse>");
  EXPECT_EQ(sts->assume_role({}).error().code(), Code::denied);
}

// Recorded from AWS: what it refuses, and in which words.
TEST_F(StsTest, UnderstandsRecordedRefusals) {
  const auto path = published("aws-recorded/sts.snapshot.json");
  SKIP_WITHOUT(path);
  int seen = 0;
  const json recorded = read_json(path);
  std::vector<const json*> open{&recorded};
  while (!open.empty()) {
    const json& node = *open.back();
    open.pop_back();
    if (node.is_structured())
      for (const json& child : node) open.push_back(&child);
    if (!node.is_object() || !node.contains("Error")) continue;
    ++seen;
    XmlWriter xml;
    xml.open("ErrorResponse");
    xml.open("Error");
    for (const char* name : {"Type", "Code", "Message"})
      xml.text(name, node["Error"].value(name, ""));
    xml.close();
    xml.close();
    const int status = node["ResponseMetadata"]["HTTPStatusCode"];
    transport.then(status, std::move(xml).take());
    const Error error = sts->assume_role({}).error();
    EXPECT_NE(error.code(), Code::internal) << error.message();
    EXPECT_EQ(error.reason(), node["Error"]["Code"]);
  }
  EXPECT_GE(seen, 4);
}

struct Route53Test : testing::Test, World {
  std::unique_ptr<Route53> route53 = make_route53(settings());
  std::string url(std::size_t index) const { return transport.requests().at(index).url.text(); }
};

std::string zones(const std::string& content) {
  return "<?xml version=\"1.0\"?>\n<ListHostedZonesResponse "
         "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">" +
         content + "</ListHostedZonesResponse>";
}

std::string zone(const std::string& id, const std::string& name, bool is_private) {
  return "<HostedZone><Id>/hostedzone/" + id + "</Id><Name>" + name +
         "</Name><CallerReference>c</CallerReference><Config><PrivateZone>" +
         (is_private ? "true" : "false") +
         "</PrivateZone></Config><ResourceRecordSetCount>2</ResourceRecordSetCount></HostedZone>";
}

TEST_F(Route53Test, ListsZonesPageAfterPage) {
  transport.then(200, zones("<HostedZones>" + zone("Z1", "Example.com.", false) +
                            "</HostedZones><IsTruncated>true</IsTruncated>"
                            "<NextMarker>Z2</NextMarker><MaxItems>100</MaxItems>"));
  transport.then(200, zones("<HostedZones>" + zone("Z2", "internal.", true) +
                            "</HostedZones><IsTruncated>false</IsTruncated>"));
  const auto found = route53->list_hosted_zones();
  ASSERT_TRUE(found.ok()) << found.error().message();
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->at(0).id, "Z1");
  EXPECT_EQ(found->at(0).name, "example.com.");
  EXPECT_FALSE(found->at(0).private_zone);
  EXPECT_TRUE(found->at(1).private_zone);
  EXPECT_EQ(url(0), "https://route53.amazonaws.com/2013-04-01/hostedzone?maxitems=100");
  EXPECT_EQ(url(1), "https://route53.amazonaws.com/2013-04-01/hostedzone?marker=Z2&maxitems=100");
  EXPECT_EQ(transport.requests()[0].method, "GET");
}

TEST_F(Route53Test, ReadsOneZone) {
  transport.then(200, "<GetHostedZoneResponse>" + zone("Z1", "example.com.", false) +
                          "</GetHostedZoneResponse>");
  EXPECT_EQ(route53->get_hosted_zone("/hostedzone/Z1").value().name, "example.com.");
  EXPECT_EQ(url(0), "https://route53.amazonaws.com/2013-04-01/hostedzone/Z1");
  transport.then(404,
                 "<ErrorResponse><Error><Code>NoSuchHostedZone</Code></Error></ErrorResponse>");
  EXPECT_EQ(route53->get_hosted_zone("Z2").error().code(), Code::not_found);
}

std::string record_sets(const std::string& sets, const std::string& rest) {
  return "<ListResourceRecordSetsResponse><ResourceRecordSets>" + sets + "</ResourceRecordSets>" +
         rest + "</ListResourceRecordSetsResponse>";
}

const std::string kWildcard =
    "<ResourceRecordSet><Name>\\052.example.com.</Name><Type>CNAME</Type><TTL>300</TTL>"
    "<ResourceRecords><ResourceRecord><Value>target.</Value></ResourceRecord></ResourceRecords>"
    "</ResourceRecordSet>";
const std::string kAlias =
    "<ResourceRecordSet><Name>www.example.com.</Name><Type>A</Type><AliasTarget><DNSName>x.</"
    "DNSName>"
    "</AliasTarget></ResourceRecordSet>";

TEST_F(Route53Test, FindsARecordSetByNameAndTypeOnly) {
  transport.then(200, record_sets(kWildcard, "<IsTruncated>true</IsTruncated>"));
  const auto found = route53->find_record_set("Z1", "*.Example.com", "CNAME");
  ASSERT_TRUE(found.ok()) << found.error().message();
  EXPECT_EQ(**found, (ResourceRecordSet{"*.example.com.", "CNAME", 300, {"target."}}));
  EXPECT_EQ(url(0),
            "https://route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset"
            "?name=%2A.Example.com&type=CNAME&maxitems=1");
  // The listing starts at the name; what comes may be the next one.
  transport.then(200, record_sets(kAlias, ""));
  EXPECT_EQ(*route53->find_record_set("Z1", "vvv.example.com.", "A"), std::nullopt);
  transport.then(200, record_sets("", ""));
  EXPECT_EQ(*route53->find_record_set("Z1", "zzz.example.com.", "A"), std::nullopt);
}

// Route 53 escapes bytes that are not printable; as bytes they would be no text.
TEST_F(Route53Test, KeepsTheEscapesOfWhatIsNotPrintable) {
  transport.then(200, record_sets("<ResourceRecordSet><Name>\\303\\050\\033.a.</Name><Type>TXT"
                                  "</Type><ResourceRecords><ResourceRecord><Value>\xff</Value>"
                                  "</ResourceRecord></ResourceRecords></ResourceRecordSet>",
                                  ""));
  const auto found = route53->list_record_sets("Z1");
  ASSERT_TRUE(found.ok()) << found.error().message();
  EXPECT_EQ(found->at(0).name, "\\303(\\033.a.");
  EXPECT_EQ(found->at(0).values, std::vector<std::string>{"\xef\xbf\xbd"});
}

TEST_F(Route53Test, ListsRecordSetsPageAfterPage) {
  transport.then(200, record_sets(kWildcard,
                                  "<IsTruncated>true</IsTruncated><NextRecordName>www."
                                  "example.com.</NextRecordName><NextRecordType>A"
                                  "</NextRecordType><NextRecordIdentifier>blue"
                                  "</NextRecordIdentifier>"));
  transport.then(200, record_sets(kAlias, "<IsTruncated>false</IsTruncated>"));
  const auto found = route53->list_record_sets("Z1");
  ASSERT_TRUE(found.ok()) << found.error().message();
  ASSERT_EQ(found->size(), 2u);
  EXPECT_TRUE(found->at(1).values.empty());
  EXPECT_TRUE(url(1).ends_with("/rrset?name=www.example.com.&type=A&identifier=blue&maxitems=300"));
}

TEST_F(Route53Test, ChangesInOneBatchWithItsElementsInOrder) {
  transport.then(200,
                 "<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C1</Id><Status>"
                 "PENDING</Status></ChangeInfo></ChangeResourceRecordSetsResponse>");
  const auto id = route53->change_record_sets(
      "Z1", {{"UPSERT", {"_a.example.com.", "CNAME", 300, {"_b.acm-validations.aws."}}}});
  ASSERT_TRUE(id.ok()) << id.error().message();
  EXPECT_EQ(*id, "C1");
  EXPECT_EQ(url(0), "https://route53.amazonaws.com/2013-04-01/hostedzone/Z1/rrset/");
  EXPECT_EQ(transport.requests()[0].method, "POST");
  EXPECT_EQ(transport.requests()[0].body,
            "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/"
            "\"><ChangeBatch><Changes><Change><Action>UPSERT</Action><ResourceRecordSet><Name>"
            "_a.example.com.</Name><Type>CNAME</Type><TTL>300</TTL><ResourceRecords>"
            "<ResourceRecord><Value>_b.acm-validations.aws.</Value></ResourceRecord>"
            "</ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch>"
            "</ChangeResourceRecordSetsRequest>");
  EXPECT_EQ(reports, std::vector<std::string>{"route53 ChangeResourceRecordSets ok mutating"});
}

TEST_F(Route53Test, SendsNoEmptyAndNoOversizedBatch) {
  EXPECT_EQ(route53->change_record_sets("Z1", {}).error().code(), Code::invalid);
  EXPECT_EQ(route53->change_record_sets("Z1", std::vector<Change>(1001)).error().code(),
            Code::invalid);
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(Route53Test, ReadsRecordedZones) {
  const auto path = published("aws-recorded/route53.snapshot.json");
  SKIP_WITHOUT(path);
  int seen = 0;
  for (const json& test : read_json(path)) {
    const json content = test["recorded-content"];
    if (!content.contains("get_hosted_zone")) continue;
    ++seen;
    const json wire = content["get_hosted_zone"]["HostedZone"];
    XmlWriter xml;
    xml.open("GetHostedZoneResponse");
    xml.open("HostedZone");
    xml.text("Id", "/hostedzone/Z1");
    xml.text("Name", wire["Name"].get<std::string>());
    xml.open("Config");
    xml.text("PrivateZone", wire["Config"]["PrivateZone"].get<bool>() ? "true" : "false");
    xml.close();
    xml.close();
    xml.close();
    transport.then(200, std::move(xml).take());
    const auto found = route53->get_hosted_zone("Z1");
    ASSERT_TRUE(found.ok()) << found.error().message();
    EXPECT_EQ(found->private_zone, wire["Config"]["PrivateZone"].get<bool>());
  }
  EXPECT_EQ(seen, 2);
}

struct TaggingTest : testing::Test, World {
  std::unique_ptr<Tagging> tagging = make_tagging(settings());
};

TEST_F(TaggingTest, ReadsTaggedResourcesPageAfterPage) {
  const std::string arn = "arn:aws:acm:us-east-1:111122223333:certificate/";
  transport.then(200,
                 json{{"PaginationToken", "p"},
                      {"ResourceTagMappingList",
                       {{{"ResourceARN", arn + "1"}, {"Tags", {{{"Key", "k"}, {"Value", "v"}}}}}}}}
                     .dump());
  transport.then(
      200, json{{"PaginationToken", ""}, {"ResourceTagMappingList", {{{"ResourceARN", arn + "2"}}}}}
               .dump());
  std::map<std::string, Tags> found;
  const auto result = tagging->get_resources("acm:certificate", {{"certloop.dev/owner", "x"}},
                                             [&](std::string&& name, Tags&& tags, Instant) {
                                               found[std::move(name)] = std::move(tags);
                                               return true;
                                             });
  ASSERT_TRUE(result.ok()) << result.error().message();
  EXPECT_EQ(found, (std::map<std::string, Tags>{{arn + "1", {{"k", "v"}}}, {arn + "2", {}}}));
  EXPECT_EQ(transport.target(0), "ResourceGroupsTaggingAPI_20170126.GetResources");
  EXPECT_EQ(json::parse(transport.requests()[0].body),
            json::parse(R"({"ResourcesPerPage":100,"ResourceTypeFilters":["acm:certificate"],
                            "TagFilters":[{"Key":"certloop.dev/owner","Values":["x"]}]})"));
  EXPECT_EQ(json::parse(transport.requests()[1].body)["PaginationToken"], "p");
}

TEST_F(TaggingTest, RefusesResourcesOfAnotherServiceOrAccount) {
  for (const char* arn : {"arn:aws:s3:us-east-1:111122223333:x",
                          "arn:aws:acm:us-east-1:999999999999:certificate/1"}) {
    transport.then(200, json{{"ResourceTagMappingList", {{{"ResourceARN", arn}}}}}.dump());
    const auto sink = [](std::string&&, Tags&&, Instant) { return true; };
    EXPECT_EQ(tagging->get_resources("acm:certificate", {}, sink).error().code(), Code::internal);
  }
}

TEST_F(TaggingTest, AnswersConflictWhenTheTokenWasTooOld) {
  transport.then(400, "", json_error("PaginationTokenExpiredException"));
  const auto sink = [](std::string&&, Tags&&, Instant) { return true; };
  EXPECT_EQ(tagging->get_resources("acm:certificate", {}, sink).error().code(), Code::conflict);
}

}  // namespace
}  // namespace certloop::aws
