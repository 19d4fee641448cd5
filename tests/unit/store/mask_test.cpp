#include "store/mask.h"

#include "base/text.h"
#include "store_fixture.h"

namespace certloop::store {
namespace {

using nlohmann::json;

constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

api::Object secret() {
  api::Object made =
      object(api::Kind::secret, "a",
             json{{"type", "Opaque"},
                  {"data", {{"user", to_base64("alice")}, {"password", to_base64("canary-value")}}}}
                 .dump());
  made.meta.labels = {{"team", "x"}};
  made.meta.annotations = {
      {kLastApplied, R"({"kind":"Secret","stringData":{"password":"canary-value"},)"
                     R"("metadata":{"name":"a","annotations":{"x":"y"}}})"},
      {"note", "harmless"},
      {"leak", "the password is canary-value"}};
  return made;
}

TEST(Mask, ShowsEachValueAsTheMaskAndNothingElse) {  // S2
  const api::Object shown = masked(secret());
  EXPECT_EQ(json::parse(shown.body.text()),
            json::parse(R"({"type":"Opaque","data":{"user":"***","password":"***"}})"));
  for (const std::string& value : {std::string("canary"), to_base64("canary-value")})
    EXPECT_EQ(api::to_json(shown).find(value), std::string::npos);
  EXPECT_EQ(shown.meta.annotations.at("note"), "harmless");
  EXPECT_EQ(shown.meta.annotations.at("leak"), "***");
  EXPECT_EQ(json::parse(shown.meta.annotations.at(kLastApplied))["stringData"]["password"], "***");
  EXPECT_EQ(shown.meta.labels, secret().meta.labels);
}

TEST(Mask, HidesALastAppliedAnnotationThatItCannotRead) {
  api::Object broken = secret();
  broken.meta.annotations[kLastApplied] = "{\"data\":{\"password\":\"older-can";
  EXPECT_EQ(masked(broken).meta.annotations.at(kLastApplied), "***");
}

TEST(Mask, LeavesOtherKindsAlone) {
  const api::Object account =
      object(api::Kind::account, "a", R"({"spec":{"data":{"password":"x"}}})");
  EXPECT_EQ(masked(account), account);
  EXPECT_EQ(unmasked(account, nullptr).value(), account);
}

TEST(Mask, WritingTheMaskBackKeepsTheValue) {
  const api::Object live = secret();
  EXPECT_EQ(unmasked(masked(live), &live).value(), live);
}

TEST(Mask, ANewValueBesideAMaskIsTaken) {
  const api::Object live = secret();
  api::Object edited = masked(live);
  edited.body = document(R"({"type":"Opaque","data":{"user":"Ym9i","password":"***"}})");
  EXPECT_EQ(json::parse(unmasked(edited, &live).value().body.text())["data"],
            (json{{"user", "Ym9i"}, {"password", to_base64("canary-value")}}));
}

TEST(Mask, AMaskWithNothingBehindItIsRefused) {
  const api::Object live = secret();
  api::Object edited = live;
  edited.body = document(R"({"data":{"other":"***"}})");
  const auto refused = unmasked(edited, &live);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::invalid);
  EXPECT_NE(refused.error().message().find("data.other"), std::string::npos);
  EXPECT_FALSE(unmasked(masked(live), nullptr).ok());
}

TEST(Mask, StringDataIsKeptAsData) {
  const api::Object live = secret();
  api::Object written = live;
  written.body = document(
      R"({"type":"Opaque","data":{"user":"***"},"stringData":{"password":"***","new":"plain"}})");
  EXPECT_EQ(json::parse(unmasked(written, &live).value().body.text()),
            (json{{"type", "Opaque"},
                  {"data",
                   {{"user", to_base64("alice")},
                    {"password", to_base64("canary-value")},
                    {"new", to_base64("plain")}}}}));
}

TEST(Mask, ErrorsOmitValues) {
  api::Object written = secret();
  written.body = document(R"({"stringData":{"password":["canary-value"]}})");
  const auto refused = unmasked(written, nullptr);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message().find("canary"), std::string::npos);
}

// A private key as an annotation may carry it: wrapped, indented, escaped.
constexpr const char* kPem =
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw\nggSjAgEAAoIBAQC7VJTUt9Us8"
    "cKj\n-----END PRIVATE KEY-----\n";

TEST(Mask, FindsAValueOfSeveralLinesHoweverItIsWritten) {
  api::Object live =
      object(api::Kind::secret, "a", json{{"data", {{"tls.key", to_base64(kPem)}}}}.dump());
  std::string indented = "key: |\n  ", folded;
  for (const char* at = kPem; *at != '\0'; ++at)
    indented += *at == '\n' ? std::string("\n  ") : std::string(1, *at);
  for (const char c : to_base64(kPem)) {
    if (folded.size() % 20 == 19) folded += "\n ";
    folded += c;
  }
  live.meta.annotations = {{"json", json{{"key", kPem}}.dump()},
                           {"json-in-json", json{{"was", json{{"key", kPem}}.dump()}}.dump()},
                           {"list", json{"x", kPem}.dump()},
                           {"yaml", indented},
                           {"folded", folded},
                           {"one-line", "starts with MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw"},
                           {"harmless", "-----BEGIN PRIVATE KEY----- stands in every key"}};
  const api::Object shown = masked(live);
  for (const auto& [name, text] : shown.meta.annotations)
    EXPECT_EQ(text == kMask, name != "harmless") << name << ": " << text;
}

TEST(Mask, MasksSecretsInListsInsideAnnotations) {
  api::Object live = secret();
  live.meta.annotations = {
      {kLastApplied,
       R"({"kind":"List","items":[{"kind":"Secret",)"
       R"("metadata":{"name":"a","annotations":{"o":"older"}},)"
       R"("data":{"password":"b2xkZXItdmFsdWU="}},{"kind":"Secret","metadata":{"name":"b"},)"
       R"("stringData":{"x":"another-value"}}]})"},
      {"array", R"([{"stringData":{"x":"another-value"}}])"}};
  const api::Object shown = masked(live);
  for (const char* value : {"b2xkZXItdmFsdWU=", "another-value", "older"})
    EXPECT_EQ(api::to_json(shown).find(value), std::string::npos) << value;
  EXPECT_EQ(unmasked(shown, &live).value(), live);
}

TEST(Mask, AnAnnotationEditedBesideItsMasksKeepsWhatTheyStandFor) {
  api::Object live = secret();
  live.meta.annotations = {
      {kLastApplied, R"({"items":[{"kind":"Secret","metadata":{"name":"a"},"data":{"p":"b2xk"}},)"
                     R"({"kind":"Secret","metadata":{"name":"b"},"data":{"p":"bmV3"}}]})"}};
  api::Object edited = masked(live);
  edited.meta.annotations[kLastApplied] =
      R"({"items":[{"kind":"Secret","metadata":{"name":"b"},"data":{"p":"***","q":"eA=="}},)"
      R"({"kind":"Secret","metadata":{"name":"a"},"stringData":{"p":"***"},"data":{"p":"***"}}]})";
  const json back = json::parse(unmasked(edited, &live).value().meta.annotations.at(kLastApplied));
  EXPECT_EQ(back["items"][0]["data"], (json{{"p", "bmV3"}, {"q", "eA=="}}));
  EXPECT_EQ(back["items"][1]["data"]["p"], "b2xk") << "told apart by name, not by place";
}

TEST(Mask, TheMaskInStringDataKeepsTheValueHoweverItArrives) {
  const api::Object live = secret();
  // As whoever folds stringData into data before sending it writes the mask.
  for (const char* body : {R"({"stringData":{"user":"***","password":"***"},"type":"Opaque"})",
                           R"({"data":{"user":"Kioq","password":"Kioq"},"type":"Opaque"})"}) {
    api::Object written = live;
    written.body = document(body);
    EXPECT_EQ(unmasked(written, &live).value(), live) << body;
    EXPECT_FALSE(unmasked(written, nullptr).ok()) << "there is no value to keep";
  }
}

TEST(Mask, DeeplyNestedAnnotationsAreNoDanger) {
  api::Object live = secret();
  const std::string deep =
      R"({"data":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  live.meta.annotations = {{kLastApplied, deep}, {"deep", deep}};
  EXPECT_EQ(masked(live).meta.annotations.at(kLastApplied), kMask);
  EXPECT_EQ(unmasked(masked(live), &live).value(), live);
}

}  // namespace
}  // namespace certloop::store
