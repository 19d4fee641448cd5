#include "report/describe.h"

#include <gtest/gtest.h>

#include <chrono>

namespace certloop::report {
namespace {

using namespace std::chrono_literals;

const Time kNow = std::chrono::sys_days(std::chrono::year{2026} / 11 / 21) + 12h;

api::Object certificate() {
  api::Object object;
  object.meta.space = "payments";
  object.meta.name = "shop";
  object.meta.labels = {{"team", "a"}};
  object.meta.created = kNow - 90s;
  object.body = *api::Document::parse(
      R"({"spec":{"domainName":"shop.example.com",
          "additionalNames":["a.example.com","b.example.com"],
          "tags":{"costCenter":"7"},"accountRef":{"name":"prod"}}})");
  object.status = *api::Document::parse(
      R"({"arn":"arn:aws:acm:us-east-1:1:certificate/a",
          "conditions":[{"type":"Ready","status":"True",
          "reason":"Issued","message":"is issued.",
          "lastTransitionTime":"2026-11-21T11:59:00Z"}]})");
  return object;
}

TEST(Describe, ShowsEveryFieldUnderAReadableName) {
  EXPECT_EQ(describe(certificate(), {}, {}, kNow),
            "Name:         shop\n"
            "Namespace:    payments\n"
            "Labels:       team=a\n"
            "Annotations:  <none>\n"
            "API Version:  certloop.dev/v1alpha1\n"
            "Kind:         Certificate\n"
            "Created:      2026-11-21T11:58:30Z (90s ago)\n"
            "Spec:\n"
            "  Account Ref:\n"
            "    Name:  prod\n"
            "  Additional Names:  a.example.com, b.example.com\n"
            "  Domain Name:       shop.example.com\n"
            "  Tags:\n"
            "    costCenter=7\n"
            "Status:\n"
            "  Arn:  arn:aws:acm:us-east-1:1:certificate/a\n"
            "  Conditions:\n"
            "    Type    Status   Reason   Age   Message\n"
            "    Ready   True     Issued   60s   is issued.\n"
            "Events:  <none>\n");
}

// S55: the detail view of a certificate holds what its placements know.
TEST(Describe, ShowsThePartsAndTheEvents) {
  api::Object placement;
  placement.kind = api::Kind::placement;
  placement.meta.name = "shop-prod";
  placement.body = *api::Document::parse(R"({"spec":{"region":"us-east-1"}})");
  placement.status = *api::Document::parse(
      R"({"acmStatus":"ISSUED","serial":"01","inUseBy":["lb"],"certificate":"-----BEGIN\nabc\n"})");
  api::Object event;
  event.kind = api::Kind::event;
  event.body = *api::Document::parse(
      R"({"type":"Normal","reason":"Issued","message":"is issued","count":3,
          "firstTimestamp":"2026-11-21T11:00:00Z","lastTimestamp":"2026-11-21T11:59:00Z"})");
  const std::string text = describe(certificate(), {placement}, {event}, kNow);
  for (const char* part : {"Placements:\n  shop-prod:\n", "Acm Status:", "Serial:", "lb",
                           "<PEM of 15 bytes; -o yaml shows it>", "60s (x3 over 60m)", "is issued"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Describe, TellsAnEmptyChoiceFromAnEmptyList) {
  api::Object object = certificate();
  object.body = *api::Document::parse(R"({"spec":{"issuer":{"amazon":{}},"names":[]}})");
  const std::string text = describe(object, {}, {}, kNow);
  EXPECT_NE(text.find("    Amazon:  {}\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  Names:  <none>\n"), std::string::npos) << text;
}

TEST(Describe, EscapesForeignText) {
  api::Object object = certificate();
  object.body = *api::Document::parse(R"({"spec":{"tags":{"a":"\u001b[2J","\u202eb":"c"}}})");
  const std::string text = describe(object, {}, {}, kNow);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\u202e"), std::string::npos);
}

}  // namespace
}  // namespace certloop::report
