// What preflight and choices say of the emulated AWS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "connect/permissions.h"
#include "tests/sim/command_line.h"

namespace certloop::sim {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::map<std::string, json> permissions_of(const std::string& text) {
  std::map<std::string, json> rows;
  const json report = json::parse(text);
  for (const json& row : report.at("permissions")) rows[row.at("action")] = row;
  return rows;
}

std::string with_role(const std::string& role) {
  std::string spec = kAccount;
  return spec.insert(spec.find("  scope: Account"), "  assumeRole: {roleArn: \"" + role + "\"}\n");
}

// How IAM names the action behind a call.
std::string action_of(const emulator::CallRecord& call) {
  return (call.service == "tagging" ? "tag" : call.service) + ":" + call.operation;
}

// S26: where the simulator may be asked, it tells all; what is denied is named and ends with 1.
TEST(Preflight, ReportsEveryPermissionByTheSimulator) {
  World world;
  CommandLine cli(world);
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate + "---" + kPublic);
  ASSERT_EQ(cli({"preflight", "prod", "-o", "json"}), 0) << cli.out << cli.err;
  for (const auto& [action, row] : permissions_of(cli.out)) {
    EXPECT_EQ(row.at("result"), "allowed") << action;
    EXPECT_EQ(row.at("how"), "simulated") << action;
  }
  world.aws.deny({"test", "acm:RequestCertificate"});
  EXPECT_EQ(cli({"preflight", "prod", "-o", "json"}), 1);
  auto rows = permissions_of(cli.out);
  EXPECT_EQ(rows.at("acm:RequestCertificate").at("result"), "denied");
  EXPECT_THAT(rows.at("acm:RequestCertificate").at("message").get<std::string>(),
              HasSubstr("no policy of arn:aws:iam::123456789012:user/test"));
  EXPECT_EQ(rows.at("acm:DescribeCertificate").at("result"), "allowed");
  // What has another way where it is denied is no reason to fail.
  world.aws.clear_denials();
  world.aws.deny({"test", "tag:GetResources"});
  EXPECT_EQ(cli({"preflight", "prod"}), 0);
  EXPECT_THAT(cli.out, HasSubstr("Optional: 1 denied or unknown."));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
}

// S26: without the simulator, calls that read tell about the rights to read; nothing is changed to
// find out the rest, so it stays unknown, and ends with 3; or with 1 if a needed one is denied.
TEST(Preflight, TriesWhatOnlyReadsWhereTheSimulatorIsDenied) {
  World world;
  CommandLine cli(world);
  world.apply(kAccount);
  world.aws.deny({"test", "iam:*"});
  EXPECT_EQ(cli({"preflight", "prod", "-o", "json"}), 3);
  for (const auto& [action, row] : permissions_of(cli.out)) {
    if (row.at("optional").get<bool>()) continue;
    EXPECT_EQ(row.at("result"), row.at("mutating").get<bool>() ? "unknown" : "allowed")
        << action << " " << row.at("message");
    if (!row.at("mutating").get<bool>()) continue;
    EXPECT_THAT(row.at("message").get<std::string>(),
                HasSubstr("only a change would tell: iam:SimulatePrincipalPolicy is denied"));
  }
  world.aws.deny({"test", "acm-pca:DescribeCertificateAuthority"});
  EXPECT_EQ(cli({"preflight", "prod", "-o", "json"}), 1);
  const json row = permissions_of(cli.out).at("acm-pca:DescribeCertificateAuthority");
  EXPECT_EQ(row.at("result"), "denied");
  EXPECT_EQ(row.at("how"), "tried");
  EXPECT_THAT(row.at("message").get<std::string>(),
              AllOf(HasSubstr("acm-pca:DescribeCertificateAuthority"),
                    HasSubstr("arn:aws:iam::123456789012:user/test")));
  EXPECT_THAT(world.mutating_calls(), IsEmpty());
}

// The session of a role is asked about as that role, path and all.
TEST(Preflight, AsksAboutTheRoleOfASession) {
  const std::string role = "arn:aws:iam::123456789012:role/team/certloop";
  emulator::EmulatorOptions options;
  options.open_roles = false;
  options.roles.push_back({role, {}, "", 3600});
  options.denials = {{role, "acm:ImportCertificate"}};
  World world(std::move(options));
  CommandLine cli(world);
  world.apply(with_role(role));
  EXPECT_EQ(cli({"preflight", "prod", "-o", "json"}), 1) << cli.err;
  auto rows = permissions_of(cli.out);
  EXPECT_EQ(rows.at("acm:ImportCertificate").at("result"), "denied");
  EXPECT_EQ(rows.at("acm:RequestCertificate").at("how"), "simulated");
  EXPECT_EQ(rows.at("sts:AssumeRole").at("result"), "allowed");
  EXPECT_EQ(json::parse(cli.out).at("accounts")[0].at("principal"),
            "arn:aws:sts::123456789012:assumed-role/certloop/certloop");
}

TEST(Preflight, SaysThatARoleMayNotBeAssumed) {
  World world;
  CommandLine cli(world);
  world.apply(with_role("arn:aws:iam::123456789012:role/certloop"));
  world.aws.deny({"test", "sts:AssumeRole"});
  EXPECT_EQ(cli({"preflight", "prod", "-o", "json"}), 1) << cli.err;
  auto rows = permissions_of(cli.out);
  EXPECT_EQ(rows.at("sts:AssumeRole").at("result"), "denied");
  EXPECT_EQ(rows.at("acm:RequestCertificate").at("result"), "unknown");
}

// S82, as far as scope Account: what the specs need and no more; nothing of Organizations.
TEST(Preflight, ListsWhatTheSpecsNeed) {
  World world;
  CommandLine cli(world);
  world.apply(std::string(kAccount) + "---\n" +
              tls_secret("legacy-tls", {"legacy.example.com"}, world.clock.now(), 1) + "---" +
              imported_spec());
  ASSERT_EQ(cli({"preflight", "prod", "-o", "json"}), 0) << cli.err;
  auto rows = permissions_of(cli.out);
  EXPECT_TRUE(rows.contains("acm:ImportCertificate"));
  for (const char* other : {"acm:RequestCertificate", "acm-pca:ListTags", "route53:ListHostedZones",
                            "sts:AssumeRole", "organizations:ListAccounts"})
    EXPECT_FALSE(rows.contains(other)) << other;
  ASSERT_EQ(cli({"preflight", "prod", "--policy=management"}), 0) << cli.err;
  EXPECT_THAT(cli.out, AllOf(HasSubstr("acm:ImportCertificate"), Not(HasSubstr("acm-pca:"))));
  ASSERT_EQ(cli({"preflight", "--policy=read-only"}), 0) << cli.err;
  EXPECT_THAT(cli.out, AllOf(HasSubstr("acm-pca:Describe"), Not(HasSubstr("ImportCertificate"))));
}

TEST(Preflight, MakesNoCallWithADisabledAccount) {
  World world;
  CommandLine cli(world);
  std::string spec = kAccount;
  world.apply(spec.insert(spec.find("  scope: Account"), "  enabled: false\n"));
  world.clear();
  EXPECT_EQ(cli({"preflight", "prod"}), 3);
  EXPECT_THAT(cli.out, HasSubstr("spec.enabled is false"));
  EXPECT_THAT(world.aws.calls(), IsEmpty());
}

// A pull request may name its own listener, and the machine's own identity for it.
TEST(Preflight, CallsNoAccountThatIsNewInTheFiles) {
  World world;
  CommandLine cli(world);
  world.clear();
  EXPECT_EQ(cli({"preflight", "-f", "-"}, kAccount), 3) << cli.out << cli.err;
  EXPECT_THAT(cli.out, HasSubstr("Account default/prod is new in these files: not called; use "
                                 "--trust-source to call it"));
  EXPECT_THAT(world.aws.calls(), IsEmpty());
  std::string own = kAccount;
  const auto keys = own.find("    accessKey");
  own.replace(keys, own.find('\n', own.find("secretAccessKeyRef")) - keys, "    defaultChain: {}");
  EXPECT_EQ(cli({"preflight", "-f", "-"}, own), 3) << cli.out << cli.err;
  EXPECT_THAT(world.aws.calls(), IsEmpty());
  EXPECT_EQ(cli({"preflight", "-f", "-", "--trust-source"}, kAccount), 0) << cli.out << cli.err;
  EXPECT_THAT(world.aws.calls(), Not(IsEmpty()));
}

// The table holds every call that the program makes, and says rightly which of them change
// something. sts:GetCallerIdentity needs no permission, iam: only preflight asks.
TEST(PermissionTable, HoldsEveryCallOfAWholeLife) {
  World world;
  CommandLine cli(world);
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate + "---" + kPublic);
  world.settle();
  (void)cli({"preflight", "prod"});
  (void)cli({"choices", "authorities", "--account", "prod", "--region", "us-east-1"});
  for (const char* name : {"internal", "shop"}) world.remove(api::Kind::certificate, name);
  world.settle();
  std::map<std::string, bool> table;
  for (const auto& row : connect::permissions()) table[std::string(row.action)] = row.mutating;
  std::set<std::string> made;
  for (const auto& call : world.aws.calls()) {
    if (call.service == "sts" || call.service == "iam") continue;
    made.insert(action_of(call));
    ASSERT_TRUE(table.contains(action_of(call))) << action_of(call);
    EXPECT_EQ(table.at(action_of(call)), call.mutating) << action_of(call);
  }
  EXPECT_THAT(made, Contains("acm:DeleteCertificate"));
}

// S24: the CAs of an account and region can be listed, declared or not, and why one cannot be
// chosen is said.
TEST(Choices, ListTheAuthoritiesOfAnAccountAndRegion) {
  World world;
  CommandLine cli(world);
  world.apply(std::string(kAccount) + "---" + kAuthority);
  world.settle();
  const std::vector<std::string> ask = {"choices",  "authorities", "--account", "prod",
                                        "--region", "us-east-1",   "-o",        "json"};
  ASSERT_EQ(cli(ask), 0) << cli.err;
  json rows = json::parse(cli.out).at("choices");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].at("object").at("name"), "root");
  EXPECT_EQ(rows[0].at("arn"), world.authority("root").status.arn);
  EXPECT_EQ(rows[0].at("state"), "ACTIVE");
  EXPECT_EQ(rows[0].at("keyAlgorithm"), "EC_prime256v1");
  EXPECT_EQ(rows[0].at("usageMode"), "GENERAL_PURPOSE");
  EXPECT_EQ(rows[0].at("canChoose"), true);

  // Nobody declares it any more; AWS has it all the same.
  std::string retained = kAuthority;
  retained.replace(retained.find("deletionPolicy: Delete"), 22, "deletionPolicy: Retain");
  world.apply(retained);
  world.remove(api::Kind::certificate_authority, "root");
  world.settle();
  std::string other = kAuthority;
  other.replace(other.find("{name: root}"), 12, "{name: short}");
  other.insert(other.find("    type: ROOT"), "    usageMode: SHORT_LIVED_CERTIFICATE\n");
  world.apply(other);
  ASSERT_EQ(cli(ask), 0) << cli.err;
  rows = json::parse(cli.out).at("choices");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(rows[0].at("object").is_null());
  EXPECT_THAT(rows[0].at("why").get<std::string>(), HasSubstr("spec.acmPca.arn"));
  EXPECT_EQ(rows[1].at("canChoose"), false);
  EXPECT_THAT(rows[1].at("why").get<std::string>(), HasSubstr("GENERAL_PURPOSE"));

  // What AWS does not show is said, and what is declared is listed still.
  world.aws.deny({"test", "acm-pca:ListCertificateAuthorities"});
  EXPECT_EQ(cli(ask), 3);
  EXPECT_THAT(json::parse(cli.out).at("unread")[0].at("message").get<std::string>(),
              HasSubstr("acm-pca:ListCertificateAuthorities"));
  EXPECT_EQ(json::parse(cli.out).at("choices").size(), 1U);
}

TEST(Choices, TellWhichCertificatesCanBeAdopted) {
  World world;
  CommandLine cli(world);
  world.apply(std::string(kAccount) + "---" + kPublic);
  world.settle();
  ASSERT_EQ(cli({"choices", "certificates", "--account", "prod", "--region", "us-east-1"}), 0);
  EXPECT_THAT(cli.out,
              AllOf(HasSubstr("default/shop"), HasSubstr("already managed by default/shop")));
}

TEST(Choices, RefuseARegionThatTheAccountDoesNotHave) {
  World world;
  CommandLine cli(world);
  world.apply(kAccount);
  EXPECT_EQ(cli({"choices", "authorities", "--account", "prod", "--region", "eu-north-1"}), 2);
  EXPECT_THAT(cli.err, HasSubstr("--region eu-north-1 is not among the regions"));
  EXPECT_EQ(cli({"choices", "authorities", "--account", "nobody", "--region", "us-east-1"}), 2);
  EXPECT_THAT(cli.err, AllOf(HasSubstr("Account default/nobody not found"), Not(HasSubstr("-f"))));
  EXPECT_EQ(cli({"preflight", "nobody"}), 2);
  EXPECT_THAT(cli.err, HasSubstr("pass a file containing it with -f"));
}

}  // namespace
}  // namespace certloop::sim
