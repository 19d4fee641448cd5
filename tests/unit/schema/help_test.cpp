// Help and columns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/timestamp.h"
#include "tests/unit/schema/objects.h"

namespace certloop::schema {
namespace {

using api::Kind;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Explain, ShowsAKindAndItsFields) {
  const std::string text = explain(Kind::certificate, "", false).value();
  EXPECT_THAT(text, testing::StartsWith("GROUP:      certloop.dev\n"
                                        "KIND:       Certificate\n"
                                        "VERSION:    v1alpha1\n"));
  EXPECT_THAT(text, HasSubstr("DESCRIPTION:\n    A certificate that ACM is to hold"));
  EXPECT_THAT(text, HasSubstr("FIELDS:\n  apiVersion\t<string>\n"));
  EXPECT_THAT(text, HasSubstr("  spec\t<Object> -required-\n"));
}

TEST(Explain, ShowsWhatAFieldMayHold) {
  EXPECT_THAT(explain(Kind::certificate, "spec.replacement", false).value(),
              AllOf(HasSubstr("FIELD: replacement <string>\n"),
                    HasSubstr("enum: CreateBeforeDelete, Hold\n"),
                    HasSubstr("default: CreateBeforeDelete\n")));
  EXPECT_THAT(explain(Kind::certificate, "spec.domainName", false).value(),
              HasSubstr("FIELD: domainName <string> -required-\n"));
  EXPECT_THAT(explain(Kind::certificate, "spec.tags", false).value(),
              HasSubstr("FIELD: tags <map[string]string>\n"));
  EXPECT_THAT(explain(Kind::certificate, "spec.targets", false).value(),
              AllOf(HasSubstr("FIELD: targets <[]Object>\n"), HasSubstr("not built yet: "),
                    HasSubstr("  accountRef\t<Object> -required-\n")));
  EXPECT_THAT(explain(Kind::certificate, "spec.targets.regions", false).value(),
              HasSubstr("FIELD: regions <[]string> -required-\n"));
}

TEST(Explain, ShowsTheWholeTreeWhenAsked) {
  const std::string text = explain(Kind::certificate, "spec.issuer", true).value();
  EXPECT_THAT(text, HasSubstr("  amazon\t<Object>\n    exportable\t<boolean>\n"));
  EXPECT_THAT(text, HasSubstr("      accountRef\t<Object> -required-\n        name\t<string>"));
}

TEST(Explain, KeepsItsLinesShort) {
  for (const Kind kind : {Kind::account, Kind::certificate_authority, Kind::certificate}) {
    const std::string text = explain(kind, "spec", false).value();
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
      const std::string line = text.substr(begin, end - begin);
      if (line.find("pattern: ") == std::string::npos && line.find(' ', 12) != std::string::npos) {
        EXPECT_LE(line.size(), 80u) << line;
      }
      begin = end + 1;
    }
  }
}

TEST(Explain, NamesTheFieldThatWasMeant) {
  const auto wrong = explain(Kind::certificate, "spec.issuer.amason", false);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code(), Code::invalid);
  EXPECT_EQ(wrong.error().message(),
            "certificate.spec.issuer.amason: unknown field; did you mean amazon?");
}

std::vector<std::string> names_of(Kind kind, bool wide) {
  std::vector<std::string> names;
  for (const Column& column : columns(kind))
    if (wide == (column.priority > 0)) names.push_back(column.name);
  return names;
}

// KINDS, Certificate: "Columns".
TEST(Columns, AreThoseOfTheContract) {
  EXPECT_THAT(names_of(Kind::certificate, false),
              ElementsAre("Ready", "Reason", "Domain", "Expires", "Renews", "Accounts", "Age"));
  EXPECT_THAT(names_of(Kind::certificate, true), ElementsAre("Arn", "Issuer", "Owner", "Message"));
}

TEST(Columns, ShowWhatTheObjectSays) {
  api::Object object;
  object.kind = Kind::certificate;
  object.meta.name = "shop";
  object.meta.created = *parse_rfc3339("2026-11-20T00:00:00Z");
  object.body =
      *api::Document::parse(R"({"spec": {"domainName": "shop.example.com", "owner": "alice"}})");
  object.status = *api::Document::parse(
      R"({"notAfter": "2027-12-20T23:59:59Z", "accounts": {"count": 2},
          "conditions": [{"type": "Issued", "status": "True", "reason": "No"},
                         {"type": "Ready", "status": "False", "reason": "Waiting",
                          "message": "add the record"}]})");
  const Time now = *parse_rfc3339("2026-11-21T06:00:00Z");
  EXPECT_THAT(cells(object, now, false),
              ElementsAre("False", "Waiting", "shop.example.com", "2027-12-20", "", "2", "30h"));
  EXPECT_THAT(cells(object, now, true),
              ElementsAre("False", "Waiting", "shop.example.com", "2027-12-20", "", "2", "30h", "",
                          "", "alice", "add the record"));
  object.status = {};
  EXPECT_THAT(cells(object, now, false),
              ElementsAre("", "", "shop.example.com", "", "", "", "30h"));
}

TEST(Columns, CountTheDataOfASecretAndDoNotShowIt) {
  api::Object secret;
  secret.kind = Kind::secret;
  secret.body = *api::Document::parse(R"({"type": "Opaque", "data": {"a": "aGk=", "b": ""}})");
  EXPECT_THAT(cells(secret, Time{}, true), ElementsAre("Opaque", "2", "0s"));
}

TEST(Defaults, AreFilledAsKubernetesFillsThem) {
  const auto filled = [](Kind kind, std::string_view body) {
    return with_defaults(kind, *api::Document::parse(body)).text();
  };
  // Only below what is there; a null gives way to the default.
  EXPECT_THAT(filled(Kind::account, R"({"spec": {"enabled": null, "authentication": {}}})"),
              AllOf(HasSubstr(R"("enabled":true)"), HasSubstr(R"("authentication":{})"),
                    Not(HasSubstr("discovery"))));
  EXPECT_THAT(filled(Kind::account, R"({"spec": {"discovery": {}}})"),
              AllOf(HasSubstr(R"("intervalHours":24)"), HasSubstr(R"("states":["Valid"])")));
  EXPECT_THAT(filled(Kind::account, R"({"spec": {"enabled": false}})"),
              HasSubstr(R"("enabled":false)"));
  EXPECT_THAT(
      filled(Kind::certificate, R"({"spec": {"renewal": {"windows": [{"from": "08:00"}]}}})"),
      HasSubstr(R"("windows":[{"from":"08:00","zone":"UTC"}])"));
  EXPECT_EQ(filled(Kind::certificate, "[]"), "[]");
  const std::string once = filled(Kind::certificate, R"({"spec": {"issuer": {"amazon": {}}}})");
  EXPECT_EQ(filled(Kind::certificate, once), once);
}

// S166
TEST(Defaults, ChooseDnsValidation) {
  EXPECT_EQ(whole_of(Kind::certificate, kCertificate)["spec"]["issuer"]["amazon"]["validation"],
            "DNS");
}

}  // namespace
}  // namespace certloop::schema
