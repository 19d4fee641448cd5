// S2: no secret is ever shown, logged or stored in the open. Secrets that cannot be mistaken for
// anything else go through everything the program does; then nothing it wrote holds them.
#include "tests/sim/canary.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "tests/sim/command_line.h"
#include "tests/sim/world.h"
#include "tests/support/sealed_state.h"

namespace certloop::sim {
namespace {

const char* const kSecretKey = "cAnArY/sEcReT+aCcEsS/kEy+0123456789abcde";
const char* const kWrongKey = "wRoNg/CaNaRy+sEcReT/aCcEsS+kEy9876543210";

emulator::EmulatorOptions options() {
  emulator::EmulatorOptions all;
  all.keys.push_back({"123456789012", "AKIATESTCANARY000001", Secret(kSecretKey), ""});
  return all;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

std::string account(const std::string& name, const std::string& secret) {
  std::string text =
      replaced(kAccount, "{secretAccessKey: test}", "{secretAccessKey: \"" + secret + "\"}");
  text = replaced(text, "accessKeyId: test", "accessKeyId: AKIATESTCANARY000001");
  if (name == "prod") return text;
  text = replaced(text, "{name: prod-aws}", "{name: " + name + "-aws}");
  text = replaced(text, "{name: prod}", "{name: " + name + "}");
  return replaced(text, "secretAccessKeyRef: {name: prod-aws",
                  "secretAccessKeyRef: {name: " + name + "-aws");
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ostringstream all;
  all << std::ifstream(file, std::ios::binary).rdbuf();
  return all.str();
}

// The scenarios: what is issued, what is imported, and what fails.
class CanaryTest : public testing::Test {
 protected:
  CanaryTest() : world(options()), cli(world) {
    const std::string secret =
        tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1);
    const auto at = secret.find("tls.key: ") + 9;
    const std::string key = from_base64(secret.substr(at, secret.find('\n', at) - at)).value();
    canary.guard(kSecretKey);
    canary.guard(kWrongKey);
    canary.guard_pem(key);
    specs = account("prod", kSecretKey) + "---" + kPublic + "---\n" + secret + "---" +
            imported_spec() + "---" + account("wrong", kWrongKey) + "---" +
            replaced(replaced(kPublic, "{name: shop}", "{name: never}"), "{name: prod}",
                     "{name: wrong}");
    world.apply(specs);
    world.settle();
  }

  World world;
  CommandLine cli;
  Canary canary;
  std::string specs;
};

TEST_F(CanaryTest, TheScenariosIssueImportAndFail) {
  EXPECT_THAT(world.condition(world.certificate("shop").status.conditions, "Ready"),
              testing::StartsWith("True"));
  EXPECT_THAT(world.condition(world.certificate("legacy").status.conditions, "Ready"),
              testing::StartsWith("True"));
  EXPECT_THAT(world.condition(world.account("wrong").status.conditions, "Ready"),
              testing::StartsWith("False"));
}

// What was written in a whole run, from the first call to the deletion, is said by one command or
// another.
TEST_F(CanaryTest, NoCommandShowsASecret) {
  for (const char* kind : {"accounts", "secrets", "certificates", "placements", "hostedzones",
                           "certificateauthorities", "events"})
    for (const char* form : {"yaml", "json", "wide", "name"})
      EXPECT_EQ(cli({"get", kind, "-o", form}), 0) << kind << ' ' << form << '\n' << cli.said;
  for (const char* name :
       {"secret/prod-aws", "secret/legacy-tls", "secret/wrong-aws", "account/prod", "account/wrong",
        "certificate/legacy", "certificate/shop", "certificate/never"})
    EXPECT_EQ(cli({"describe", name}), 0) << name << '\n' << cli.said;
  EXPECT_EQ(cli({"get", "secret", "prod-aws", "-o", "jsonpath={.data.secretAccessKey}"}), 0);
  EXPECT_EQ(cli({"get", "secret", "legacy-tls", "-o", "jsonpath={.data}"}), 0);
  EXPECT_EQ(cli({"apply", "-f", "-", "--wait=false"}, specs), 0) << cli.said;
  EXPECT_EQ(cli({"delete", "certificate/legacy", "--wait=false"}), 0) << cli.said;
  world.settle();
  EXPECT_EQ(cli({"events"}), 0);
  EXPECT_EQ(cli({"events", "-o", "yaml"}), 0);
  EXPECT_EQ(cli({"explain", "secret"}), 0);
  EXPECT_EQ(cli({"version"}), 0);
  cli({"diff", "--trust-source", "-f", "-"}, specs);
  cli({"diff", "--trust-source", "-f", "-"}, account("prod", kWrongKey));
  cli({"plan"});
  cli({"plan", "--trust-source", "-f", "-", "-o", "json"}, specs);
  cli({"drift", "-o", "json"});
  cli({"expiring", "-o", "json"});
  EXPECT_THAT(cli.said, testing::HasSubstr("secretAccessKey"));
  EXPECT_THAT(cli.said, testing::HasSubstr("tls.key"));
  EXPECT_EQ(canary.found_in(cli.said), std::nullopt);
  EXPECT_EQ(canary.found_in(world.log_text), std::nullopt);
}

TEST_F(CanaryTest, NoRefusalShowsASecret) {
  const std::string wrong[] = {
      // Not base64, by its last character alone.
      replaced(account("prod", std::string(kSecretKey) + '*'), "stringData:", "data:"),
      replaced(account("prod", kSecretKey), "kind: Secret", "kind: Secrets"),
      replaced(account("prod", kSecretKey), "stringData: {", "stringData: ["),
      replaced(account("prod", kSecretKey), "stringData:", "stringDatum:"),
      replaced(specs, "type: kubernetes.io/tls", "type: 5"),
      replaced(specs, "tls.key: ", "tls.key: ="),
      replaced(specs, "  tls.key: ", "tls.key: "),
  };
  for (const auto& text : wrong) {
    EXPECT_NE(cli({"apply", "-f", "-", "--wait=false"}, text), 0) << text;
    EXPECT_EQ(canary.found_in(cli.said), std::nullopt) << cli.said;
  }
}

TEST_F(CanaryTest, NoLogLineHoldsASecret) {
  EXPECT_FALSE(world.log_text.empty());
  EXPECT_EQ(canary.found_in(world.log_text), std::nullopt);
  for (const auto& call : world.aws.calls())
    EXPECT_EQ(canary.found_in(call.request), std::nullopt) << call.operation;
}

TEST_F(CanaryTest, NoStatusAndNoObjectButASecretHoldsASecret) {
  std::size_t events = 0;
  for (const auto kind :
       {api::Kind::account, api::Kind::certificate_authority, api::Kind::certificate,
        api::Kind::placement, api::Kind::hosted_zone, api::Kind::zone_record, api::Kind::secret,
        api::Kind::event})
    for (auto object : world.store->list({.kind = kind}).value().objects) {
      if (kind == api::Kind::event) ++events;
      if (kind == api::Kind::secret) object.body = {};
      EXPECT_EQ(canary.found_in(api::to_json(object)), std::nullopt) << text_of(object.key());
      EXPECT_EQ(canary.found_in(object.meta.managed_fields.text()), std::nullopt);
    }
  EXPECT_GT(events, 0U);
}

TEST_F(CanaryTest, NoFileHoldsASecret) {
  std::size_t files = 0;
  const auto look = [&] {
    for (const auto& file : std::filesystem::recursive_directory_iterator(world.directory.path()))
      if (file.is_regular_file()) {
        ++files;
        EXPECT_EQ(canary.found_in(bytes_of(file.path())), std::nullopt) << file.path();
      }
  };
  look();  // with the write-ahead log
  world.restart();
  world.settle();
  look();
  EXPECT_GE(files, 2U);
}

// The check itself can fail.
TEST_F(CanaryTest, ASecretThatLeakedIsFound) {
  const std::string secret = kSecretKey;
  for (const std::string& leak :
       {secret, to_base64(secret), to_base64("a" + secret + "b"), to_base64("ab" + secret),
        to_base64("{\"secretAccessKey\": \"" + secret + "\"}"), to_hex(secret)})
    EXPECT_NE(canary.found_in("before " + leak + " after"), std::nullopt) << leak;
  EXPECT_EQ(canary.found_in("AKIATESTCANARY000001"), std::nullopt);
  // What applies reads the secret too, and a store that did not seal it would keep it in a file.
  EXPECT_NE(canary.found_in(specs), std::nullopt);
  const auto stored = world.store->get({api::Kind::secret, "default", "legacy-tls"}).value();
  EXPECT_NE(canary.found_in(stored.body.text()), std::nullopt);
  std::ofstream(world.directory.path() / "state" / "planted") << "x" << stored.body.text();
  EXPECT_NE(canary.found_in(bytes_of(world.directory.path() / "state" / "planted")), std::nullopt);
}

}  // namespace
}  // namespace certloop::sim
