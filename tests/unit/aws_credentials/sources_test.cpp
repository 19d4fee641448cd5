#include "aws/credentials_sources.h"

#include "base/digest.h"
#include "machine.h"

namespace certloop::aws {
namespace {

using std::chrono::minutes;

const std::string kLater = "2026-03-01T06:00:00Z";
const std::string kContainerJson =
    R"({"AccessKeyId":"AKID","SecretAccessKey":"hush","Token":"tok","Expiration":")" + kLater +
    "\"}";

std::string outcome(const Result<std::shared_ptr<const Credentials>>& found) {
  return found.ok() ? (*found)->access_key_id : std::string(name_of(found.error().code()));
}
std::string outcome(const Result<Credentials>& found) {
  return found.ok() ? found->access_key_id : std::string(name_of(found.error().code()));
}

// S79: one test for each link, each with all the later links present too.
struct FullMachine : Machine {
  FullMachine() {
    environment.variables["AWS_ACCESS_KEY_ID"] = "FROMENV";
    environment.variables["AWS_SECRET_ACCESS_KEY"] = "hush";
    environment.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
    environment.variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/web";
    environment.files["/token"] = "jwt\n";
    environment.files["/home/.aws/credentials"] =
        "[default]\naws_access_key_id = FROMFILE\naws_secret_access_key = hush\n";
    environment.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/task";
    transport.answer = [](const net::HttpRequest& request) -> Result<net::HttpResponse> {
      if (request.url.path == "/task") return ok(kContainerJson);
      if (request.url.path == "/latest/api/token") return ok("imds token");
      if (request.url.path.ends_with("/security-credentials/")) return ok("my-role");
      return ok(R"({"Code":"Success","AccessKeyId":"FROMIMDS","SecretAccessKey":"hush",)"
                R"("Token":"tok","Expiration":")" +
                kLater + "\"}");
    };
  }
};

TEST(S79DefaultChain, BeginsWithTheEnvironment) {
  FullMachine machine;
  EXPECT_EQ(outcome(default_credentials(machine.edges())->get()), "FROMENV");
}

TEST(S79DefaultChain, ThenTakesTheWebIdentityVariables) {
  FullMachine machine;
  machine.environment.variables.erase("AWS_ACCESS_KEY_ID");
  machine.environment.variables.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(outcome(default_credentials(machine.edges())->get()), "ASIAarn:aws:iam::1:role/web");
  ASSERT_EQ(machine.sts_calls.size(), 1U);
  EXPECT_EQ(machine.sts_calls[0].operation, "AssumeRoleWithWebIdentity");
  EXPECT_EQ(machine.sts_calls[0].token, "jwt");
}

TEST(S79DefaultChain, ThenTheSharedFiles) {
  FullMachine machine;
  machine.environment.variables = {{"HOME", "/home"},
                                   {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/task"}};
  EXPECT_EQ(outcome(default_credentials(machine.edges())->get()), "FROMFILE");
}

TEST(S79DefaultChain, ThenTheContainersEndpoint) {
  FullMachine machine;
  machine.environment.variables = {{"HOME", "/home"},
                                   {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/task"}};
  machine.environment.files.clear();
  EXPECT_EQ(outcome(default_credentials(machine.edges())->get()), "AKID");
  EXPECT_EQ(machine.transport.asked[0].url.text(), "http://169.254.170.2/task");
}

TEST(S79DefaultChain, ThenTheInstancesMetadata) {
  FullMachine machine;
  machine.environment.variables = {{"HOME", "/home"}};
  machine.environment.files.clear();
  EXPECT_EQ(outcome(default_credentials(machine.edges())->get()), "FROMIMDS");
}

TEST(S79DefaultChain, FindsNothingAndSaysWhereItLooked) {
  Machine machine;
  const auto found = default_credentials(machine.edges())->get();
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), Code::denied);
  EXPECT_EQ(found.error().reason(), "NoCredentials");
  for (const char* place : {"AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "/home/.aws/config",
                            "AWS_CONTAINER_CREDENTIALS", "metadata"})
    EXPECT_NE(found.error().message().find(place), std::string::npos) << place;
}

TEST(S79DefaultChain, WhatIsConfiguredAndBrokenEndsTheSearch) {
  const auto code = [](auto spoil) {
    FullMachine machine;
    machine.environment.variables = {{"HOME", "/home"}};
    machine.environment.files.clear();
    spoil(machine);
    return outcome(default_credentials(machine.edges())->get());
  };
  EXPECT_EQ(code([](Machine& m) { m.environment.variables["AWS_ACCESS_KEY_ID"] = "x"; }), "denied");
  EXPECT_EQ(
      code([](Machine& m) { m.environment.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token"; }),
      "denied");
  EXPECT_EQ(code([](Machine& m) { m.environment.files["/home/.aws/config"] = "nonsense"; }),
            "denied");
  EXPECT_EQ(code([](Machine& m) {
              m.environment.files["/home/.aws/credentials"] = "[default]\naws_access_key_id = x\n";
            }),
            "denied");
  EXPECT_EQ(code([](Machine& m) { m.environment.variables["AWS_PROFILE"] = "absent"; }), "denied");
  EXPECT_EQ(code([](Machine& m) {
              m.environment.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://evil/";
            }),
            "denied");
}

TEST(S80Profile, AnUnknownOneIsNamedWithTheFilesAndTheNearest) {
  Machine machine;
  machine.environment.files["/home/.aws/config"] = "[profile production]\nregion = eu-west-1\n";
  const auto found = profile_credentials(machine.edges(), "prodction")->get();
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), Code::denied);
  EXPECT_EQ(found.error().reason(), "ProfileNotFound");
  for (const char* part : {"profile prodction", "/home/.aws/config", "/home/.aws/credentials",
                           "did you mean production?"})
    EXPECT_NE(found.error().message().find(part), std::string::npos) << found.error().message();
}

TEST(S80Profile, IgnoresTheEnvironmentsKeysAndTheSelectedProfile) {
  FullMachine machine;
  machine.environment.variables["AWS_PROFILE"] = "default";
  machine.environment.files["/home/.aws/config"] =
      "[profile other]\naws_access_key_id = OTHER\naws_secret_access_key = hush\n";
  EXPECT_EQ(outcome(profile_credentials(machine.edges(), "other")->get()), "OTHER");
}

TEST(S80Profile, ReadsTheFilesAgainAfterTheKeysWereRefused) {
  Machine machine;
  std::string& file = machine.environment.files["/home/.aws/credentials"];
  file = "[a]\naws_access_key_id = OLD\naws_secret_access_key = hush\n";
  const auto provider = profile_credentials(machine.edges(), "a");
  EXPECT_EQ(outcome(provider->get()), "OLD");
  file = "[a]\naws_access_key_id = NEW\naws_secret_access_key = hush\n";
  EXPECT_EQ(outcome(provider->get()), "OLD");
  provider->invalidate();
  EXPECT_EQ(outcome(provider->get()), "NEW");
}

TEST(S81Files, InTheDefaultDirectoryAreFoundOnEachSystem) {
  const std::string text = "[default]\naws_access_key_id = FOUND\naws_secret_access_key = hush\n";
  Machine linux_machine;
  linux_machine.environment.variables.clear();  // Not even HOME: the system's records tell.
  linux_machine.environment.files["/by/record/.aws/credentials"] = text;
  EXPECT_EQ(outcome(profile_credentials(linux_machine.edges(), "default")->get()), "FOUND");
  Machine windows_machine;
  windows_machine.environment.system = Platform::windows;
  windows_machine.environment.variables = {{"USERPROFILE", "C:\\Users\\me"}};
  windows_machine.environment.files["C:\\Users\\me\\.aws\\credentials"] = text;
  EXPECT_EQ(outcome(default_credentials(windows_machine.edges())->get()), "FOUND");
}

TEST(Environment, KeysNeedEachOther) {
  FakeEnvironment environment;
  EXPECT_EQ(outcome(from_environment(environment)), "not_found");
  environment.variables["AWS_SECRET_ACCESS_KEY"] = "hush";
  const auto half = from_environment(environment);
  EXPECT_EQ(outcome(half), "denied");
  EXPECT_EQ(half.error().message().find("hush"), std::string::npos);
  environment.variables["AWS_ACCESS_KEY_ID"] = " ";
  EXPECT_EQ(outcome(from_environment(environment)), "denied");
  environment.variables["AWS_ACCESS_KEY_ID"] = "AKID";
  environment.variables["AWS_SESSION_TOKEN"] = "tok";
  const auto whole = from_environment(environment);
  EXPECT_EQ(whole->session_token.reveal(), "tok");
}

TEST(Environment, ExpandsPaths) {
  FakeEnvironment environment;
  environment.variables["DIR"] = "/dir";
  EXPECT_EQ(expand_path(environment, "~/a"), "/home/a");
  EXPECT_EQ(expand_path(environment, "$DIR/a"), "/dir/a");
  EXPECT_EQ(expand_path(environment, "x${DIR}y"), "x/diry");
  EXPECT_EQ(expand_path(environment, "$UNSET/${DIR"), "$UNSET/${DIR");
  EXPECT_EQ(expand_path(environment, "a~$"), "a~$");
}

TEST(Process, SplitsWordsAsAShellDoes) {
  const auto words = [](const char* text) { return split_command(text).value(); };
  using Words = std::vector<std::string>;
  EXPECT_EQ(words("  a b\tc "), (Words{"a", "b", "c"}));
  EXPECT_EQ(words(R"(a 'b c' "d e" f\ g)"), (Words{"a", "b c", "d e", "f g"}));
  EXPECT_EQ(words(R"("say \"x\" \n" '' 'a'"b")"), (Words{"say \"x\" \\n", "", "ab"}));
  EXPECT_EQ(words("$(rm) ; `x` | y"), (Words{"$(rm)", ";", "`x`", "|", "y"}));
  EXPECT_EQ(split_command("'open").error().code(), Code::invalid);
}

TEST(Process, IsHeldToItsContract) {
  FakeEnvironment environment;
  const auto given = [&](int status, const std::string& output) {
    environment.program = [=](const auto&) {
      return Result<ProcessOutput>(ProcessOutput{status, Secret(output)});
    };
    auto found = from_process(environment, "tool", "profile a");
    const std::string message = found.ok() ? "" : found.error().message();
    EXPECT_EQ(message.find("hush"), std::string::npos);
    return outcome(found);
  };
  EXPECT_EQ(given(0, R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush"})"), "A");
  EXPECT_EQ(given(0, R"({"Version":2,"AccessKeyId":"A","SecretAccessKey":"hush"})"), "denied");
  EXPECT_EQ(given(0, R"({"Version":"1","AccessKeyId":"A","SecretAccessKey":"hush"})"), "denied");
  EXPECT_EQ(given(0, R"({"Version":1,"SecretAccessKey":"hush"})"), "denied");
  EXPECT_EQ(given(0, R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush",)"
                     R"("Expiration":"soon"})"),
            "denied");
  EXPECT_EQ(given(0, "hush"), "denied");
  EXPECT_EQ(given(3, R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"hush"})"), "denied");
  EXPECT_EQ(outcome(from_process(FakeEnvironment(), "tool", "profile a")), "denied");
  EXPECT_EQ(outcome(from_process(environment, "", "profile a")), "denied");
}

TEST(Container, SendsTheTokenOfTheFileReadAnewEachTime) {
  Machine machine;
  machine.environment.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] =
      "http://169.254.170.23/v1/credentials";
  machine.environment.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/token";
  machine.environment.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "inline";
  machine.transport.answer = [](const net::HttpRequest&) { return ok(kContainerJson); };
  for (const char* token : {"first", "second"}) {
    machine.environment.files["/token"] = token;
    EXPECT_EQ(outcome(from_container(machine.edges())), "AKID");
    EXPECT_EQ(net::header(machine.transport.asked.back().headers, "Authorization"), token);
  }
  machine.environment.files["/token"] = "line\nbreak";
  EXPECT_EQ(outcome(from_container(machine.edges())), "denied");
}

TEST(Container, TellsAnOutageFromARefusal) {
  Machine machine;
  machine.environment.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/x";
  int status = 503;
  machine.transport.answer = [&](const net::HttpRequest&) {
    return net::HttpResponse{status, {}, "hush"};
  };
  EXPECT_EQ(outcome(from_container(machine.edges())), "unavailable");
  EXPECT_EQ(machine.transport.asked.size(), 3U);
  status = 404;
  EXPECT_EQ(outcome(from_container(machine.edges())), "denied");
  status = 200;
  EXPECT_EQ(outcome(from_container(machine.edges())), "unavailable");
}

TEST(Container, PlainHttpGoesNowhereElse) {
  FakeEnvironment environment;
  for (const char* url :
       {"http://example.org/x", "http://169.254.169.254/x", "http://127.0.0.1.example.org/x",
        "http://[fd00:ec2::254]/x", "ftp://x/"}) {
    environment.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_EQ(container_url(environment).error().code(), Code::denied) << url;
  }
  environment.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "@example.org/";
  EXPECT_FALSE(container_url(environment).ok());
}

// What an instance answers with; the expiry can be moved.
struct Instance : Machine {
  Instance() {
    transport.answer = [this](const net::HttpRequest& request) -> Result<net::HttpResponse> {
      if (request.method == "PUT") return net::HttpResponse{token_status, {}, "imds token"};
      if (!net::header(request.headers, "x-aws-ec2-metadata-token"))
        return net::HttpResponse{401, {}, ""};
      if (request.url.path.ends_with("/")) return ok("my role\n");
      return ok(R"({"Code":"Success","AccessKeyId":"FROMIMDS","SecretAccessKey":"hush",)"
                R"("Token":"tok","Expiration":")" +
                expiration + "\"}");
    };
  }
  int token_status = 200;
  std::string expiration = kLater;
};

TEST(Metadata, NeverSpeaksVersion1) {
  for (const int status : {403, 404, 405, 400, 500}) {
    Instance machine;
    machine.token_status = status;
    EXPECT_FALSE(from_metadata(machine.edges(), {}, "default").ok());
    for (const auto& request : machine.transport.asked) EXPECT_EQ(request.method, "PUT") << status;
  }
}

TEST(Metadata, AsksForTheRoleByItsEscapedName) {
  Instance machine;
  EXPECT_EQ(outcome(from_metadata(machine.edges(), {}, "default")), "FROMIMDS");
  EXPECT_EQ(machine.transport.asked.back().url.path,
            "/latest/meta-data/iam/security-credentials/my%20role");
  EXPECT_EQ(net::header(machine.transport.asked[0].headers, "x-aws-ec2-metadata-token-ttl-seconds"),
            "21600");
}

TEST(Metadata, CredentialsThatRunOutStayInUseWhileTheServiceHasNoOthers) {
  Instance machine;
  machine.expiration = "2026-02-28T23:00:00Z";  // An hour ago.
  const auto found = from_metadata(machine.edges(), {}, "default");
  const Duration left = *found->expiration - machine.clock.now();
  EXPECT_GE(left, minutes(17));
  EXPECT_LE(left, minutes(25));
}

TEST(Metadata, ThatANamedSourceNeedsButDoNotAnswerAreAnOutage) {
  Machine machine;
  machine.environment.files["/home/.aws/config"] =
      "[profile a]\nrole_arn = arn:aws:iam::1:role/r\ncredential_source = Ec2InstanceMetadata\n";
  EXPECT_EQ(outcome(profile_credentials(machine.edges(), "a")->get()), "unavailable");
}

struct SsoMachine : Machine {
  SsoMachine() {
    environment.files["/home/.aws/config"] =
        "[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = R\n"
        "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://x/start\n";
    token(kLater);
    transport.answer = [this](const net::HttpRequest&) {
      return net::HttpResponse{
          status,
          {},
          R"({"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"hush",)"
          R"("sessionToken":"t","expiration":1772600000000}})"};
    };
  }
  void token(const std::string& until) {
    environment.files["/home/.aws/sso/cache/" + sha1_hex("s") + ".json"] =
        R"({"accessToken":"hush token","expiresAt":")" + until + "\"}";
  }
  std::string get() {
    const auto found = profile_credentials(edges(), "a")->get();
    if (!found.ok()) {
      EXPECT_EQ(found.error().message().find("hush"), std::string::npos);
      message = found.error().message();
    }
    return outcome(found);
  }
  int status = 200;
  std::string message;
};

TEST(Sso, GivesTheRolesCredentials) {
  SsoMachine machine;
  EXPECT_EQ(machine.get(), "SSO");
  const auto& request = machine.transport.asked[0];
  EXPECT_EQ(request.url.text(),
            "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?"
            "role_name=R&account_id=1");
  EXPECT_EQ(net::header(request.headers, "x-amz-sso_bearer_token"), "hush token");
}

TEST(Sso, SaysToLogInWhenTheSessionIsOver) {
  SsoMachine machine;
  machine.token("2026-02-28T23:59:59UTC");
  EXPECT_EQ(machine.get(), "denied");
  EXPECT_NE(machine.message.find("aws sso login"), std::string::npos);
  EXPECT_TRUE(machine.transport.asked.empty());
  machine.token(kLater);
  machine.status = 401;
  EXPECT_EQ(machine.get(), "denied");
  machine.status = 503;
  EXPECT_EQ(machine.get(), "unavailable");
  machine.token("never");
  EXPECT_EQ(machine.get(), "denied");
}

TEST(Sso, RefusesARegionThatWouldMoveTheHost) {
  SsoMachine machine;
  std::string& config = machine.environment.files["/home/.aws/config"];
  config.replace(config.find("eu-west-1"), 9, "evil.example/");
  EXPECT_EQ(machine.get(), "denied");
  EXPECT_TRUE(machine.transport.asked.empty());
}

TEST(Roles, AreAssumedOneWithTheOther) {
  Machine machine;
  machine.environment.files["/home/.aws/config"] =
      "[profile a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b\nexternal_id = x\n"
      "duration_seconds = 900\nrole_session_name = me\nregion = eu-west-1\n"
      "[profile b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = c\n"
      "[profile c]\naws_access_key_id = AKID\naws_secret_access_key = hush\n";
  EXPECT_EQ(outcome(profile_credentials(machine.edges(), "a")->get()), "ASIAarn:aws:iam::1:role/A");
  ASSERT_EQ(machine.sts_calls.size(), 2U);
  EXPECT_EQ(machine.sts_calls[0].key_id, "AKID");
  EXPECT_EQ(machine.sts_calls[0].request.role_session_name, "certloop");
  EXPECT_EQ(machine.sts_calls[0].region, "eu-west-1");
  EXPECT_EQ(machine.sts_calls[1].key_id, "ASIAarn:aws:iam::1:role/B");
  EXPECT_EQ(machine.sts_calls[1].request.external_id, "x");
  EXPECT_EQ(machine.sts_calls[1].request.duration_seconds, 900);
  EXPECT_EQ(machine.sts_calls[1].request.role_session_name, "me");
}

TEST(Roles, WithoutARegionUseOneOfTheirPartition) {
  Machine machine;
  for (const auto& [partition, region] : {std::pair("aws", "us-east-1"),
                                          {"aws-cn", "cn-northwest-1"},
                                          {"aws-us-gov", "us-gov-west-1"},
                                          {"aws-eusc", "eusc-de-east-1"}}) {
    AssumeRoleRequest request;
    request.role_arn = std::string("arn:") + partition + ":iam::1:role/r";
    EXPECT_TRUE(role_credentials(machine.edges(), {}, request)->get().ok());
    EXPECT_EQ(machine.sts_calls.back().region, region);
  }
}

TEST(Roles, ARefusalNamesTheRole) {
  Machine machine;
  machine.sts_refuses = Error(Code::denied, "sts AssumeRole: AccessDenied");
  AssumeRoleRequest request;
  request.role_arn = "arn:aws:iam::1:role/r";
  const auto found = role_credentials(machine.edges(), {}, request)->get();
  EXPECT_EQ(outcome(found), "denied");
  EXPECT_NE(found.error().message().find("arn:aws:iam::1:role/r"), std::string::npos);
}

TEST(ProfileChain, RefusesARoleThatAsksForACode) {
  const auto set = parse_profiles(
      "[profile a]\nrole_arn = r\nsource_profile = a\nmfa_serial = m\n"
      "aws_access_key_id = x\naws_secret_access_key = y\n",
      "");
  const auto chain = resolve_profile(*set, "a");
  EXPECT_EQ(chain.error().code(), Code::denied);
  EXPECT_NE(chain.error().message().find("mfa_serial"), std::string::npos);
}

TEST(ProfileFile, ErrorsNameTheLineAndQuoteNothing) {
  const auto parsed = parse_profiles("", "[a]\nhush hush\n", {"/c", "/d"});
  EXPECT_NE(parsed.error().message().find("/d line 2"), std::string::npos);
  EXPECT_EQ(parsed.error().message().find("hush"), std::string::npos);
}

TEST(ProfileFile, NamesMayBeQuoted) {
  const auto parsed = parse_profiles("[profile \"my name\"]\na = 1\n[profile 'b']\n", "");
  EXPECT_EQ(parsed->profiles.at("my name").get("a"), "1");
  EXPECT_TRUE(parsed->profiles.contains("b"));
}

TEST(ServiceSettings, TheNearestEndpointWins) {
  FakeEnvironment environment;
  auto set = parse_profiles(
                 "[profile a]\nendpoint_url = http://profile\nservices = s\nregion = r1\n"
                 "[services s]\nacm_pca =\n  endpoint_url = http://section # why\n",
                 "")
                 .value();
  const auto url = [&](const char* service) {
    return service_settings(environment, set, "a", service).endpoint_url;
  };
  EXPECT_EQ(url("acm"), "http://profile");
  EXPECT_EQ(url("acm_pca"), "http://section");
  environment.variables["AWS_ENDPOINT_URL"] = "http://all";
  EXPECT_EQ(url("acm_pca"), "http://all");
  environment.variables["AWS_ENDPOINT_URL_ACM_PCA"] = "http://one";
  EXPECT_EQ(url("acm_pca"), "http://one");
  EXPECT_EQ(url("acm"), "http://all");
  environment.variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
  EXPECT_EQ(url("acm_pca"), "");
  EXPECT_EQ(service_settings(environment, set, "a", "acm").region, "r1");
  environment.variables["AWS_DEFAULT_REGION"] = "r2";
  EXPECT_EQ(service_settings(environment, set, "a", "acm").region, "r2");
  environment.variables["AWS_REGION"] = "r3";
  EXPECT_EQ(service_settings(environment, set, "a", "acm").region, "r3");
}

}  // namespace
}  // namespace certloop::aws
