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
  EXPECT_EQ(json::parse(unmasked(edited, &live)->body.text())["data"],
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
  EXPECT_EQ(json::parse(unmasked(written, &live)->body.text()),
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

}  // namespace
}  // namespace certloop::store
