#include "report/render.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "json_schema.h"

namespace certloop::report {
namespace {

using namespace std::chrono_literals;
using test::Json;

const Time kNow = std::chrono::sys_days(std::chrono::year{2026} / 11 / 21) + 12h;

Json published(const std::string& name) {
  std::ifstream file(std::string(CERTLOOP_SOURCE_DIR "/manifests/schemas/") + name + "-v1.json");
  std::stringstream text;
  text << file.rdbuf();
  return Json::parse(text.str());
}

Coverage coverage() {
  Coverage out;
  out.accounts = {"payments/prod"};
  out.regions = {"eu-west-1", "us-east-1"};
  out.objects = 2;
  out.certificates = 5;
  out.oldest = kNow - 40s;
  return out;
}

Plan plan() {
  Plan out{kNow, coverage(), {}};
  api::Step request;
  request.object = {api::Kind::certificate, "payments", "shop"};
  request.account = "payments/prod";
  request.region = "us-east-1";
  request.service = "acm";
  request.operation = "RequestCertificate";
  request.subject = "shop.example.com";
  request.because = "Missing";
  request.details = {{"ValidationMethod", "DNS"}};
  api::Step wait = request;
  wait.service = wait.operation = wait.subject = "";
  wait.message = "waits for the DNS validation";
  out.steps = {request, wait};
  return out;
}

Drift drift() {
  DriftRow row;
  row.object = {api::Kind::certificate, "payments", "shop"};
  row.account = "payments/prod";
  row.region = "us-east-1";
  row.arn = "arn:aws:acm:us-east-1:1:certificate/a";
  row.domain = "shop.example.com";
  row.difference = {api::DriftClass::changed, "spec.tags.team", "shop", "shop", "\x1b[31mblog"};
  row.plan = "acm AddTagsToCertificate";
  row.in_use_by = {"lb"};
  row.first_seen = kNow - 3h;
  row.last_seen = kNow;
  return {kNow, coverage(), {row}};
}

Expiry expiry() {
  ExpiryRow row;
  row.object = {api::Kind::certificate, "payments", "shop"};
  row.account = "payments/prod";
  row.region = "us-east-1";
  row.domain = "shop.example.com";
  row.expires = kNow + 5 * 24h;
  row.renewal = "ACM does not renew";
  row.why = "not in use by any service";
  row.next = kNow + 24h;
  row.next_step = "replacement";
  return {kNow, coverage(), 7 * 24h, {row}};
}

TEST(Json, FitsThePublishedSchemas) {
  EXPECT_EQ(test::JsonSchema(published("plan")).check(Json::parse(json_of(plan()))), "");
  EXPECT_EQ(test::JsonSchema(published("drift")).check(Json::parse(json_of(drift()))), "");
  EXPECT_EQ(test::JsonSchema(published("expiry")).check(Json::parse(json_of(expiry()))), "");
  Drift unmanaged = drift();
  unmanaged.rows[0].object = {};
  unmanaged.rows[0].difference.drift_class = api::DriftClass::unmanaged;
  unmanaged.coverage.unread = {{"Account payments/dev", "us-east-1", "AccessDenied"}};
  unmanaged.coverage.oldest.reset();
  const Json json = Json::parse(json_of(unmanaged));
  EXPECT_EQ(test::JsonSchema(published("drift")).check(json), "");
  EXPECT_TRUE(json["rows"][0]["object"].is_null());
}

TEST(Json, OfWhatIsHeldFitsThePublishedSchemas) {
  const Held held{{api::Kind::account, "payments", "prod"}, "payments/prod", "", "InUse",
                  "deletion is waiting for Certificate payments/shop"};
  const Plan waiting{kNow, coverage(), {}, {held}};
  const Drift still{kNow, coverage(), {}, {held}};
  for (const auto& [name, text] :
       {std::pair{"plan", json_of(waiting)}, std::pair{"drift", json_of(still)}}) {
    SCOPED_TRACE(name);
    const Json json = Json::parse(text);
    EXPECT_EQ(test::JsonSchema(published(name)).check(json), "");
    EXPECT_EQ(json["exitCode"], 1);
    EXPECT_EQ(json["held"][0]["reason"], "InUse");
  }
}

TEST(Json, SchemaCheckRefusesWhatDoesNotFit) {
  Json json = Json::parse(json_of(drift()));
  json["rows"][0]["class"] = "Moved";
  EXPECT_NE(test::JsonSchema(published("drift")).check(json), "");
  json = Json::parse(json_of(drift()));
  json["rows"][0].erase("fingerprint");
  EXPECT_NE(test::JsonSchema(published("drift")).check(json), "");
  json = Json::parse(json_of(drift()));
  json["more"] = 1;
  EXPECT_NE(test::JsonSchema(published("drift")).check(json), "");
}

TEST(Exit, IsWhatIsPrinted) {
  EXPECT_EQ(exit_of(plan()), Exit::difference);
  EXPECT_EQ(exit_of(Plan{kNow, coverage(), {}}), Exit::done);
  EXPECT_EQ(exit_of(drift()), Exit::difference);
  EXPECT_EQ(exit_of(Drift{kNow, coverage(), {}}), Exit::done);
  EXPECT_EQ(exit_of(expiry()), Exit::difference);
  EXPECT_EQ(exit_of(Expiry{kNow, coverage(), std::nullopt, {}}), Exit::done);
  EXPECT_EQ(Json::parse(json_of(drift()))["exitCode"], 1);
}

TEST(Exit, NeverCallsTheUnreadNoDifference) {
  Coverage partly = coverage();
  partly.unread = {
      {"Account payments/dev", "us-east-1", "AccessDenied: grant acm:ListCertificates"}};
  EXPECT_EQ(exit_of(Drift{kNow, partly, {}}), Exit::unread);
  EXPECT_EQ(exit_of(Drift{kNow, partly, drift().rows}), Exit::unread);
  EXPECT_EQ(exit_of(Plan{kNow, partly, {}}), Exit::unread);
  EXPECT_EQ(exit_of(Expiry{kNow, partly, std::nullopt, {}}), Exit::unread);
  Drift unknown = drift();
  unknown.rows[0].difference.drift_class = api::DriftClass::unknown;
  EXPECT_EQ(exit_of(unknown), Exit::unread);
  const std::string text = render(Drift{kNow, partly, {}}, Format::table, {});
  EXPECT_NE(text.find("INCOMPLETE"), std::string::npos);
  EXPECT_EQ(text.find("No drift.\n"), std::string::npos);
}

TEST(Exit, OfAnExpiryListWithoutALimitMindsTheExpiredOnly) {
  Expiry all = expiry();
  all.within.reset();
  EXPECT_EQ(exit_of(all), Exit::done);
  all.rows[0].expires = kNow - 1s;
  EXPECT_EQ(exit_of(all), Exit::difference);
}

TEST(Tables, TellThePlan) {
  EXPECT_EQ(
      render(plan(), Format::table, {}),
      "Compared 2 objects against 1 account in 2 regions, read 40s ago.\n\n"
      "STEP   EFFECT   OBJECT          ACCOUNT         REGION      CALL                           "
      "TOUCHES            BECAUSE\n"
      "1      create   payments/shop   payments/prod   us-east-1   acm RequestCertificate         "
      "shop.example.com   Missing\n"
      "2      wait     payments/shop   payments/prod   us-east-1   waits for the DNS validation   "
      "                   Missing\n\n"
      "Plan: 1 to create, 0 to change, 0 to delete, 1 wait.\n");
  EXPECT_NE(render(Plan{kNow, coverage(), {}}, Format::table, {}).find("No changes"),
            std::string::npos);
  Plan replacing = plan();
  replacing.steps[0].replaces_arn = true;
  EXPECT_NE(render(replacing, Format::table, {}).find("1 certificate gets a new ARN."),
            std::string::npos);
}

TEST(Tables, TellTheDriftAndEscapeForeignText) {
  const std::string text = render(drift(), Format::table, {});
  EXPECT_NE(text.find("OBJECT"), std::string::npos);
  EXPECT_NE(text.find("payments/shop"), std::string::npos);
  EXPECT_NE(text.find("\\x1b[31mblog"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("FINGERPRINT"), std::string::npos);
  EXPECT_NE(render(drift(), Format::wide, {}).find("FINGERPRINT"), std::string::npos);
}

TEST(Tables, AnswerTheThreeInTheMorningQuestion) {
  EXPECT_EQ(render(expiry(), Format::table, {}),
            "CERTIFICATE     ACCOUNT         REGION      EXPIRES      LEFT   RENEWAL              "
            "WHY                         NEXT                     USED-BY\n"
            "payments/shop   payments/prod   us-east-1   2026-11-26   5d     ACM does not renew   "
            "not in use by any service   replacement 2026-11-22\n");
}

TEST(Fingerprint, StaysWhenOnlyValuesMove) {
  DriftRow row = drift().rows[0];
  const std::string first = fingerprint_of(row);
  EXPECT_EQ(first.size(), 16U);
  row.difference.found = "other";
  row.last_seen = kNow + 1h;
  EXPECT_EQ(fingerprint_of(row), first);
  row.difference.path = "spec.tags.owner";
  EXPECT_NE(fingerprint_of(row), first);
}

TEST(Effect, FollowsTheCall) {
  const auto effect = [](const char* operation, const char* subject = "", bool replaces = false) {
    api::Step step;
    step.service = "acm";
    step.operation = operation;
    step.subject = subject;
    step.replaces_arn = replaces;
    return effect_of(step);
  };
  EXPECT_EQ(effect("RequestCertificate"), Effect::create);
  EXPECT_EQ(effect("ImportCertificate"), Effect::create);
  EXPECT_EQ(effect("ImportCertificate", "arn:aws:acm:x"), Effect::change);
  EXPECT_EQ(effect("AddTagsToCertificate"), Effect::change);
  // What stands stays: it only loses a tag.
  EXPECT_EQ(effect("RemoveTagsFromCertificate"), Effect::change);
  EXPECT_EQ(effect("UntagCertificateAuthority"), Effect::change);
  EXPECT_EQ(effect("DeleteCertificate"), Effect::remove);
  EXPECT_EQ(effect_of(api::Step{}), Effect::wait);
}

Preflight preflight() {
  const api::Key account{api::Kind::account, "payments", "prod"};
  Preflight out{kNow, {{account, "123456789012", "arn:aws:iam::123456789012:user/x", true}}, {}};
  out.rows.push_back({account, "acm:ListCertificates", Permit::denied, true, false, "", "*",
                      "read a region", "simulated", "no policy allows it"});
  return out;
}

TEST(Json, OfPreflightAndChoicesFitsItsSchema) {
  EXPECT_EQ(test::JsonSchema(published("preflight")).check(Json::parse(json_of(preflight()))), "");
  Choices choices{"authorities", kNow, "payments/prod", "us-east-1", "shop", {}, {}};
  choices.rows.push_back(
      {{}, "arn:x", "ACTIVE", "RSA_2048", "GENERAL_PURPOSE", "", kNow, true, ""});
  choices.unread.push_back({"payments/prod", "us-east-1", "denied"});
  EXPECT_EQ(test::JsonSchema(published("choices")).check(Json::parse(json_of(choices))), "");
}

TEST(Preflight, EndsWithWhatIsNeededAndNotGiven) {
  Preflight some = preflight();
  EXPECT_EQ(exit_of(some), Exit::done);
  some.rows.push_back(some.rows[0]);
  some.rows[1].optional = false;
  some.rows[1].permit = Permit::unknown;
  EXPECT_EQ(exit_of(some), Exit::unread);
  some.rows[1].permit = Permit::denied;
  EXPECT_EQ(exit_of(some), Exit::difference);
}

}  // namespace
}  // namespace certloop::report
