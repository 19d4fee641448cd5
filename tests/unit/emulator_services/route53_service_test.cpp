#include "emulator/route53.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <pugixml.hpp>

#include "service_bench.h"

namespace certloop::emulator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string change_xml(const std::string& action, const std::string& name, const std::string& type,
                       const std::string& value, int ttl = 300) {
  return fmt::format(
      "<Change><Action>{}</Action><ResourceRecordSet><Name>{}</Name><Type>{}</Type><TTL>{}</TTL>"
      "<ResourceRecords><ResourceRecord><Value>{}</Value></ResourceRecord></ResourceRecords>"
      "</ResourceRecordSet></Change>",
      action, name, type, ttl, value);
}

std::string batch_xml(const std::string& changes) {
  return "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">"
         "<ChangeBatch><Changes>" +
         changes + "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>";
}

struct Route53Test : testing::Test {
  ServiceBench bench;
  Route53Service service{bench.world};

  std::string create_zone(const std::string& name, const std::string& reference,
                          const std::string& more = "") {
    const Outcome made = bench.send(
        service, "POST", "/2013-04-01/hostedzone",
        fmt::format("<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/"
                    "2013-04-01/\"><Name>{}</Name>{}<CallerReference>{}</CallerReference>"
                    "</CreateHostedZoneRequest>",
                    name, more, reference));
    EXPECT_EQ(made.status, 201) << made.body;
    return field(made, "//HostedZone/Id").substr(std::string("/hostedzone/").size());
  }

  Outcome change(const std::string& zone, const std::string& changes) {
    return bench.send(service, "POST", "/2013-04-01/hostedzone/" + zone + "/rrset/",
                      batch_xml(changes));
  }

  Outcome get(const std::string& path) {
    return bench.send(service, "GET", "/2013-04-01/" + path, "");
  }

  static std::vector<std::string> fields(const Outcome& outcome, const char* xpath) {
    pugi::xml_document document;
    EXPECT_TRUE(document.load_string(outcome.body.c_str())) << outcome.body;
    std::vector<std::string> texts;
    for (const pugi::xpath_node& node : document.select_nodes(xpath)) {
      texts.emplace_back(node.node().text().get());
    }
    return texts;
  }
  static std::string field(const Outcome& outcome, const char* xpath) {
    const std::vector<std::string> all = fields(outcome, xpath);
    return all.empty() ? "" : all.front();
  }
};

TEST_F(Route53Test, ANewZoneHasItsNsAndSoa) {
  const std::string id = create_zone("Example.COM", "r1");
  const Outcome zone = get("hostedzone/" + id);
  EXPECT_EQ(field(zone, "//HostedZone/Name"), "example.com.");
  EXPECT_EQ(field(zone, "//ResourceRecordSetCount"), "2");
  EXPECT_EQ(fields(zone, "//NameServer").size(), 4U);
  EXPECT_THAT(fields(get("hostedzone/" + id + "/rrset"), "//ResourceRecordSet/Type"),
              ElementsAre("NS", "SOA"));
}

// The model's ResourceId: at most 32 characters, with "/hostedzone/" before it.
TEST_F(Route53Test, IdsFitTheModel) {
  const std::string id = create_zone("example.com", "r1");
  EXPECT_LE(("/hostedzone/" + id).size(), 32U);
  const Outcome changed = change(id, change_xml("UPSERT", "a.example.com", "A", "192.0.2.1"));
  EXPECT_LE(field(changed, "//ChangeInfo/Id").size(), 32U);
}

TEST_F(Route53Test, ZonesCanBeMadeInProcess) {
  const Answer<std::string> made = service.create_zone(kAccount, "Example.com");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(field(get("hostedzone/" + made.value()), "//HostedZone/Name"), "example.com.");
  EXPECT_FALSE(service.create_zone(kAccount, "a..b").ok());
}

TEST_F(Route53Test, TheSameCallerReferenceMakesNoSecondZone) {
  create_zone("example.com", "r1");
  const Outcome again = bench.send(
      service, "POST", "/2013-04-01/hostedzone",
      "<CreateHostedZoneRequest><Name>example.com</Name><CallerReference>r1</CallerReference>"
      "</CreateHostedZoneRequest>");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.error, "HostedZoneAlreadyExists");
}

TEST_F(Route53Test, AChangeIsPendingThenInSync) {
  const std::string id = create_zone("example.com", "r1");
  const Outcome changed = change(id, change_xml("UPSERT", "_a.example.com", "CNAME", "_b.aws."));
  ASSERT_EQ(changed.status, 200) << changed.body;
  const std::string path = field(changed, "//ChangeInfo/Id").substr(1);
  EXPECT_EQ(field(get(path), "//Status"), "PENDING");
  bench.advance(std::chrono::seconds(29));
  EXPECT_EQ(field(get(path), "//Status"), "PENDING");
  bench.advance(std::chrono::seconds(1));
  EXPECT_EQ(field(get(path), "//Status"), "INSYNC");
}

TEST_F(Route53Test, NameServersAnswerAChangeWhenItIsInSync) {
  const std::string id = create_zone("example.com", "r1");
  const std::uint64_t before = service.revision();
  change(id, change_xml("UPSERT", "_a.example.com", "CNAME", "_b.aws."));
  EXPECT_GT(service.revision(), before);
  const auto found = service.lookup("_A.Example.com.", "CNAME");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].value, "_b.aws.");
  EXPECT_EQ(found[0].since, bench.now + std::chrono::seconds(30));
}

TEST_F(Route53Test, TheLongestPublicZoneAnswers) {
  const std::string parent = create_zone("example.com", "r1");
  change(parent, change_xml("UPSERT", "x.sub.example.com", "A", "192.0.2.1"));
  create_zone("sub.example.com", "r2",
              "<VPC><VPCRegion>eu-west-1</VPCRegion><VPCId>vpc-0a1b</VPCId></VPC>");
  // A private zone never counts.
  EXPECT_EQ(service.lookup("x.sub.example.com", "A").size(), 1U);
  create_zone("sub.example.com", "r3");
  EXPECT_TRUE(service.lookup("x.sub.example.com", "A").empty());
}

TEST_F(Route53Test, ListsRecordsFromWhereItIsTold) {
  const std::string id = create_zone("example.com", "r1");
  change(id, change_xml("CREATE", "b.example.com", "A", "192.0.2.1") +
                 change_xml("CREATE", "b.example.com", "TXT", "\"t\"") +
                 change_xml("CREATE", "*.example.com", "A", "192.0.2.1") +
                 change_xml("CREATE", "a.c.example.com", "A", "192.0.2.1"));
  const std::string path = "hostedzone/" + id + "/rrset";
  EXPECT_THAT(fields(get(path), "//ResourceRecordSet/Name"),
              ElementsAre("example.com.", "example.com.", "\\052.example.com.", "b.example.com.",
                          "b.example.com.", "a.c.example.com."));
  const Outcome page = get(path + "?name=b.example.com&type=TXT&maxitems=1");
  EXPECT_THAT(fields(page, "//ResourceRecordSet/Type"), ElementsAre("TXT"));
  EXPECT_EQ(field(page, "//IsTruncated"), "true");
  EXPECT_EQ(field(page, "//NextRecordName"), "a.c.example.com.");
  EXPECT_EQ(field(page, "//NextRecordType"), "A");
  const Outcome escaped = get(path + "?name=%5C052.example.com&maxitems=1");
  EXPECT_EQ(field(escaped, "//ResourceRecordSet/Name"), "\\052.example.com.");
  EXPECT_EQ(get(path + "?type=A").error, "InvalidInput");
}

TEST_F(Route53Test, APageHolds300Records) {
  const std::string id = create_zone("example.com", "r1");
  std::string changes;
  for (int i = 0; i < 400; ++i) {
    changes += change_xml("CREATE", fmt::format("n{:03}.example.com", i), "A", "192.0.2.1");
  }
  ASSERT_EQ(change(id, changes).status, 200);
  const Outcome page = get("hostedzone/" + id + "/rrset?maxitems=1000");
  EXPECT_EQ(fields(page, "//ResourceRecordSet").size(), 300U);
  EXPECT_EQ(field(page, "//MaxItems"), "300");
  EXPECT_EQ(field(page, "//NextRecordName"), "n298.example.com.");
}

TEST_F(Route53Test, RefusesAnOverfullBatch) {
  const std::string id = create_zone("example.com", "r1");
  std::string changes;
  for (int i = 0; i < 501; ++i) {
    changes += change_xml("UPSERT", fmt::format("n{}.example.com", i), "A", "192.0.2.1");
  }
  const Outcome refused = change(id, changes);
  EXPECT_EQ(refused.error, "InvalidChangeBatch");
  EXPECT_EQ(refused.message, "[Number of records limit of 1000 exceeded.]");
}

TEST_F(Route53Test, NamesWhatIsWrongInBrackets) {
  const std::string id = create_zone("example.com", "r1");
  change(id, change_xml("CREATE", "a.example.com", "A", "192.0.2.1"));
  const Outcome refused = change(id, change_xml("CREATE", "a.example.com", "A", "192.0.2.1"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.message,
            "[Tried to create resource record set [name='a.example.com.', type='A'] but it "
            "already exists]");
  const Outcome address = change(id, change_xml("CREATE", "b.example.com", "A", "none"));
  EXPECT_EQ(address.message,
            "[Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a "
            "valid IPv4 address) encountered with 'none'']");
}

TEST_F(Route53Test, WantsATtlOrAnAlias) {
  const std::string id = create_zone("example.com", "r1");
  const Outcome refused =
      change(id,
             "<Change><Action>CREATE</Action><ResourceRecordSet><Name>a.example.com</Name>"
             "<Type>A</Type></ResourceRecordSet></Change>");
  EXPECT_EQ(refused.error, "InvalidInput");
  EXPECT_THAT(refused.message, HasSubstr("but found none in Change with [Action=CREATE, "
                                         "Name=a.example.com, Type=A, SetIdentifier=null]"));
}

TEST_F(Route53Test, ZonesOfAnotherAccountStayClosed) {
  const std::string id = create_zone("example.com", "r1");
  bench.account = kOtherAccount;
  EXPECT_EQ(get("hostedzone/" + id).error, "AccessDenied");
  EXPECT_TRUE(fields(get("hostedzone"), "//HostedZone").empty());
  EXPECT_EQ(get("hostedzone/ZNONE").message, "No hosted zone found with ID: ZNONE");
  EXPECT_EQ(get("hostedzone/ZNONE").status, 404);
}

TEST_F(Route53Test, ListsZonesPageByPage) {
  const std::string one = create_zone("one.example", "r1");
  const std::string two = create_zone("two.example", "r2");
  const Outcome first = get("hostedzone?maxitems=1");
  EXPECT_THAT(fields(first, "//HostedZone/Name"), ElementsAre("one.example."));
  EXPECT_EQ(field(first, "//NextMarker"), two);
  const Outcome second = get("hostedzone?maxitems=1&marker=" + two);
  EXPECT_THAT(fields(second, "//HostedZone/Name"), ElementsAre("two.example."));
  EXPECT_EQ(field(second, "//IsTruncated"), "false");
  EXPECT_EQ(get("hostedzone?marker=ZNONE").error, "InvalidInput");
}

TEST_F(Route53Test, ListsZonesByNameFromANameOn) {
  create_zone("b.example", "r1");
  create_zone("a.org", "r2");
  create_zone("a.example", "r3");
  EXPECT_THAT(fields(get("hostedzonesbyname"), "//HostedZone/Name"),
              ElementsAre("a.example.", "b.example.", "a.org."));
  const Outcome from = get("hostedzonesbyname?dnsname=b.example&maxitems=1");
  EXPECT_THAT(fields(from, "//HostedZone/Name"), ElementsAre("b.example."));
  EXPECT_EQ(field(from, "//NextDNSName"), "a.org.");
}

TEST_F(Route53Test, DeletesOnlyAnEmptyZone) {
  const std::string id = create_zone("example.com", "r1");
  change(id, change_xml("CREATE", "a.example.com", "A", "192.0.2.1"));
  const auto erase = [&] {
    return bench.send(service, "DELETE", "/2013-04-01/hostedzone/" + id, "");
  };
  EXPECT_EQ(erase().error, "HostedZoneNotEmpty");
  change(id, change_xml("DELETE", "a.example.com", "A", "192.0.2.1"));
  EXPECT_EQ(erase().status, 200);
  EXPECT_EQ(erase().error, "NoSuchHostedZone");
}

TEST_F(Route53Test, SurvivesARestart) {
  const std::string id = create_zone("example.com", "r1");
  change(id, change_xml("CREATE", "*.example.com", "TXT", "\"kept\""));
  ServiceBench fresh;
  Route53Service restored(fresh.world);
  restored.restore(service.dump());
  EXPECT_EQ(fresh.send(restored, "GET", "/2013-04-01/hostedzone/" + id + "/rrset", "").body,
            get("hostedzone/" + id + "/rrset").body);
  EXPECT_EQ(restored.lookup("*.example.com", "TXT").size(), 1U);
}

TEST(Route53Options, MakesTheZonesOfTheOptionsAtStart) {
  EmulatorOptions options;
  options.zones = {"example.com", "example.org"};
  ServiceBench bench(std::move(options));
  Route53Service service(bench.world);
  EXPECT_EQ(service.lookup("example.com", "NS").size(), 4U);
  const Json state = service.dump();
  service.restore(state);
  EXPECT_EQ(state.at("zones").size(), 2U);
  EXPECT_EQ(service.dump().at("zones").size(), 2U);
}

}  // namespace
}  // namespace certloop::emulator
