// What a source may make the program do (SECURITY, "A source is confined").
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "main_state.h"
#include "tests/sim/command_line.h"

namespace certloop::sim {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// An account that uses the machine's own identity.
std::string ambient_account(const std::string& space) {
  return "apiVersion: certloop.dev/v1alpha1\nkind: Account\nmetadata: {name: own, namespace: " +
         space + "}\nspec:\n  scope: Account\n  regions: [us-east-1]\n" +
         "  authentication: {defaultChain: {}}\n  endpointUrl: http://127.0.0.1:4599\n";
}

TEST(Confined, APlanOfAPullRequestDoesNotCallItsNewAccount) {
  World world;
  CommandLine cli(world);
  const std::string specs = std::string(kAccount) + "---" + kPublic;
  for (const char* command : {"plan", "diff"}) {
    SCOPED_TRACE(command);
    EXPECT_EQ(cli({command, "-f", "-"}, specs), 3);
    EXPECT_THAT(cli.out, HasSubstr("Account default/prod is new in these files: not called; use "
                                   "--trust-source to call it"));
    EXPECT_THAT(world.aws.calls(), IsEmpty());
    EXPECT_EQ(cli({command, "--trust-source", "-f", "-"}, specs), 1) << cli.out << cli.err;
    EXPECT_THAT(cli.out, HasSubstr("RequestCertificate"));
    world.clear();
  }
}

TEST(Confined, APlanOfAPullRequestDoesNotCallWhatItChanges) {
  World world;
  CommandLine cli(world);
  world.apply(std::string(kAccount) + "---" + kAuthority + "---" + kPrivate);
  world.settle(std::chrono::hours(1));
  world.clear();
  std::string changed = kAuthority;
  changed.replace(changed.find("team: platform"), 14, "team: other");
  EXPECT_EQ(cli({"plan", "-f", "-"}, changed), 3);
  EXPECT_THAT(cli.out, AllOf(HasSubstr("CertificateAuthority default/root is changed"),
                             Not(HasSubstr("TagCertificateAuthority"))));
  EXPECT_EQ(cli({"plan", "-f", "-", "--trust-source"}, changed), 1);
  EXPECT_THAT(cli.out, HasSubstr("TagCertificateAuthority"));
}

// What is stored as it stands in the files is called as ever.
TEST(Confined, APlanOfUnchangedAccountsIsWhole) {
  World world;
  CommandLine cli(world);
  world.apply(kAccount);
  world.settle();
  EXPECT_EQ(cli({"plan", "-f", "-"}, std::string(kAccount) + "---" + kPublic), 1) << cli.out;
  EXPECT_THAT(cli.out, HasSubstr("RequestCertificate"));
}

TEST(Confined, OtherCommandsUseTheMachinesIdentityOnlyWhereRunMay) {
  World world;
  CommandLine cli(world);
  const auto state = world.directory.path() / "state";
  cli::EngineOptions run;
  run.ambient_namespaces = {"platform"};
  ASSERT_TRUE(keep_run_options(state, run, world.random).ok());
  world.apply(ambient_account("default"));
  EXPECT_EQ(cli({"drift"}), 3);
  EXPECT_THAT(cli.out, HasSubstr("--ambient-namespaces"));
  EXPECT_THAT(world.aws.calls(), IsEmpty());
  EXPECT_EQ(cli({"reconcile", "account/own", "--timeout=0"}), 1);
  EXPECT_THAT(world.aws.calls(), IsEmpty());
}

TEST(Confined, OtherCommandsAllowNoEndpointThatRunDoesNot) {
  World world;
  CommandLine cli(world);
  cli::EngineOptions run;
  run.allow_endpoints = {"proxy.test:443"};
  ASSERT_TRUE(keep_run_options(world.directory.path() / "state", run, world.random).ok());
  std::string account = kAccount;
  account.replace(account.find("http://127.0.0.1:4599"), 21, "https://elsewhere.test");
  EXPECT_EQ(cli({"apply", "-f", "-", "--allow-endpoint=elsewhere.test:443"}, account), 4);
  EXPECT_THAT(cli.err, HasSubstr("--allow-endpoint elsewhere.test:443: not allowed by the "
                                 "controller of this state"));
  account.replace(account.find("https://elsewhere.test"), 22, "https://proxy.test");
  EXPECT_EQ(cli({"apply", "-f", "-", "--wait=false"}, account), 0) << cli.err;
}

}  // namespace
}  // namespace certloop::sim
