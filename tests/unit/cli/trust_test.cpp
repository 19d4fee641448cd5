// What files may make the program do (SECURITY, "A source is confined").
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "fake_program.h"
#include "tests/support/temporary_store.h"

namespace certloop::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr const char* kSecret = R"(---
apiVersion: v1
kind: Secret
metadata: {name: prod-aws}
data: {secretAccessKey: dGVzdA==}
)";
constexpr const char* kAccount = R"(---
apiVersion: certloop.dev/v1alpha1
kind: Account
metadata: {name: prod}
spec:
  scope: Account
  regions: [us-east-1]
  authentication:
    accessKey: {accessKeyId: test, secretAccessKeyRef: {name: prod-aws, key: secretAccessKey}}
)";
constexpr const char* kAuthority = R"(---
apiVersion: certloop.dev/v1alpha1
kind: CertificateAuthority
metadata: {name: root}
spec:
  acmPca:
    accountRef: {name: prod}
    region: us-east-1
    type: ROOT
    keyAlgorithm: EC_prime256v1
    subject: {commonName: Root}
    validityDays: 3650
)";
constexpr const char* kCertificate = R"(---
apiVersion: certloop.dev/v1alpha1
kind: Certificate
metadata: {name: shop}
spec:
  domainName: shop.example.com
  accountRef: {name: prod}
  region: us-east-1
  issuer: {amazon: {}}
)";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  text.replace(text.find(what), what.size(), by);
  return text;
}

class TrustTest : public testing::Test {
 protected:
  int run(std::vector<std::string> arguments, const std::string& documents = "") {
    const std::string file = (directory_.path() / "file.yaml").string();
    std::ofstream(file) << documents;
    if (!documents.empty()) arguments.insert(arguments.end(), {"-f", file});
    std::istringstream in;
    std::ostringstream out, err;
    const int code = main({.arguments = std::move(arguments),
                           .in = in,
                           .out = out,
                           .err = err,
                           .variable =
                               [this](const std::string& name) {
                                 return name == "CERTLOOP_STATE"
                                            ? std::optional<std::string>(program_.directory())
                                            : std::nullopt;
                               }},
                          program_);
    said = out.str() + err.str();
    return code;
  }
  void apply(const std::string& documents) {
    ASSERT_EQ(run({"apply", "--wait=false"}, documents), 0) << said;
  }
  // What `plan -f` and `diff -f` leave alone; both the same.
  std::map<api::Key, std::string> not_called(const std::string& documents) {
    run({"plan"}, documents);
    run({"diff"}, documents);
    EXPECT_EQ(program_.plans.size() % 2, 0U) << said;
    const auto& plans = program_.plans;
    EXPECT_EQ(plans[plans.size() - 2].engine.not_called, plans.back().engine.not_called);
    return plans.back().engine.not_called;
  }

  const api::Key account_{api::Kind::account, "default", "prod"};
  const api::Key authority_{api::Kind::certificate_authority, "default", "root"};
  FakeProgram program_;
  std::string said;

 private:
  test::TemporaryDirectory directory_;
};

TEST_F(TrustTest, NewAccountsAndAuthoritiesAreNotCalled) {
  apply(kCertificate);
  EXPECT_THAT(not_called(std::string(kSecret) + kAccount + kAuthority + kCertificate),
              UnorderedElementsAre(
                  Pair(account_,
                       "Account default/prod is new in these files: not called; use "
                       "--trust-source to call it"),
                  Pair(authority_, HasSubstr("CertificateAuthority default/root is new"))));
}

TEST_F(TrustTest, WhatIsStoredAsTheFilesSayIsCalled) {
  const std::string all = std::string(kSecret) + kAccount + kAuthority;
  apply(all);
  EXPECT_THAT(not_called(all + kCertificate), IsEmpty());
}

TEST_F(TrustTest, ChangedAccountsAreNotCalled) {
  apply(std::string(kSecret) + kAccount);
  EXPECT_THAT(not_called(replaced(kAccount, "[us-east-1]",
                                  "[us-east-1]\n  endpointUrl: http://127.0.0.1:9")),
              UnorderedElementsAre(Pair(account_, HasSubstr("is changed"))));
}

// Other credentials make it another account, whatever its own file says.
TEST_F(TrustTest, AnAccountWhoseSecretIsChangedIsNotCalled) {
  apply(std::string(kSecret) + kAccount);
  EXPECT_THAT(not_called(replaced(kSecret, "dGVzdA==", "b3RoZXI=")),
              UnorderedElementsAre(
                  Pair(account_, HasSubstr("uses Secret default/prod-aws, which is changed"))));
}

// A change concerns whatever uses it, also where the files do not have that.
TEST_F(TrustTest, WhatUsesAChangedObjectIsPlannedToo) {
  const api::Key secret{api::Kind::secret, "default", "prod-aws"};
  const api::Key certificate{api::Kind::certificate, "default", "shop"};
  apply(std::string(kSecret) + kAccount + kAuthority + kCertificate);
  const auto planned = [&](const std::string& documents) {
    for (const char* command : {"plan", "diff"}) run({command}, documents);
    const auto& plans = program_.plans;
    EXPECT_EQ(plans[plans.size() - 2].only, plans.back().only);
    return plans.back().only;
  };
  EXPECT_THAT(planned(replaced(kSecret, "dGVzdA==", "b3RoZXI=")),
              UnorderedElementsAre(secret, account_, authority_, certificate));
  EXPECT_THAT(planned(replaced(kAccount, "[us-east-1]", "[us-east-1, eu-west-1]")),
              UnorderedElementsAre(account_, authority_, certificate));
  EXPECT_THAT(planned(kSecret), UnorderedElementsAre(secret)) << "nothing is changed";
}

// The renewal of an imported certificate begins with its Secret.
TEST_F(TrustTest, AnApplyWaitsForWhatUsesAChangedObject) {
  const api::Key certificate{api::Kind::certificate, "default", "shop"};
  apply(std::string(kSecret) + kAccount + kAuthority + kCertificate);
  const auto waited_for = [&](const std::string& documents) {
    program_.reconciles.clear();
    run({"apply"}, documents);
    return program_.reconciles.empty() ? std::vector<api::Key>() : program_.reconciles.back().keys;
  };
  EXPECT_THAT(waited_for(replaced(kSecret, "dGVzdA==", "b3RoZXI=")),
              UnorderedElementsAre(account_, authority_, certificate));
  EXPECT_THAT(waited_for(replaced(kSecret, "dGVzdA==", "b3RoZXI=")), IsEmpty());
  EXPECT_THAT(waited_for(replaced(kAccount, "[us-east-1]", "[us-east-1, eu-west-1]")),
              UnorderedElementsAre(account_, authority_, certificate));
}

// Whether somebody else's certificate serves is no answer to who applies an Account.
TEST_F(TrustTest, AnApplyDoesNotWaitForOtherNamespaces) {
  apply(std::string(kSecret) + kAccount +
        replaced(replaced(kCertificate, "{name: shop}", "{name: theirs, namespace: team}"),
                 "accountRef: {name: prod}", "accountRef: {name: prod, namespace: default}"));
  run({"apply"}, replaced(kAccount, "[us-east-1]", "[us-east-1, eu-west-1]"));
  ASSERT_EQ(program_.reconciles.size(), 1U) << said;
  EXPECT_THAT(program_.reconciles.back().keys, UnorderedElementsAre(account_));
}

TEST_F(TrustTest, TheOperatorMayTrustTheFiles) {
  apply(kCertificate);
  for (const char* command : {"plan", "diff"}) {
    run({command, "--trust-source"}, std::string(kSecret) + kAccount);
    EXPECT_THAT(program_.plans.back().engine.not_called, IsEmpty());
  }
}

// With the machine's own identity it would send that to whom the files name.
TEST_F(TrustTest, PreflightCallsNoAccountThatIsNewOrChangedInTheFiles) {
  const auto left_alone = [&](std::vector<std::string> arguments, const std::string& documents) {
    program_.preflights.clear();
    arguments.insert(arguments.begin(), "preflight");
    run(std::move(arguments), documents);
    EXPECT_EQ(program_.preflights.size(), 1U) << said;
    return program_.preflights.empty() ? std::map<api::Key, std::string>{}
                                       : program_.preflights.back().engine.not_called;
  };
  const std::string all = std::string(kSecret) + kAccount;
  EXPECT_THAT(left_alone({}, all),
              UnorderedElementsAre(Pair(account_,
                                        "Account default/prod is new in these files: not called; "
                                        "use --trust-source to call it")));
  EXPECT_THAT(left_alone({"--trust-source"}, all), IsEmpty());
  apply(all);
  EXPECT_THAT(left_alone({}, all), IsEmpty());
  EXPECT_THAT(left_alone({"prod"}, replaced(all, "[us-east-1]", "[eu-west-1]")),
              UnorderedElementsAre(Pair(account_, HasSubstr("is changed"))));
  EXPECT_THAT(left_alone({"prod"}, replaced(kSecret, "dGVzdA==", "b3RoZXI=")),
              UnorderedElementsAre(Pair(account_, HasSubstr("which is changed"))));
}

TEST_F(TrustTest, RunIsConfinedToTheNamespaceThatIsNamed) {
  run({"run", "-f", "specs"});
  EXPECT_FALSE(program_.runs.back().only_space);
  run({"run", "-f", "specs", "-n", "team"});
  EXPECT_TRUE(program_.runs.back().only_space);
  EXPECT_EQ(program_.runs.back().space, "team");
  const std::string theirs = replaced(kCertificate, "{name: shop}", "{name: a, namespace: b}");
  for (const char* command : {"apply", "plan"}) {
    EXPECT_EQ(run({command, "-n", "team"}, theirs), 2) << command;
    EXPECT_THAT(said, HasSubstr("file.yaml:")) << command;
  }
}

}  // namespace
}  // namespace certloop::cli
