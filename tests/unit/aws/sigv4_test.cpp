#include "aws/sigv4.h"

#include "base/timestamp.h"
#include "published.h"

namespace certloop::aws {
namespace {

// request.txt of a published case: a request line, headers with continuation lines, a body.
net::HttpRequest parse_request(const std::string& text) {
  net::HttpRequest request;
  const auto head_end = text.find("\n\n");
  std::istringstream lines(text.substr(0, head_end));
  if (head_end != std::string::npos) request.body = text.substr(head_end + 2);

  std::string line;
  std::getline(lines, line);
  const auto first = line.find(' '), last = line.rfind(' ');
  request.method = line.substr(0, first);
  const std::string target = line.substr(first + 1, last - first - 1);
  const auto question = target.find('?');
  request.url.scheme = "https";
  request.url.path = target.substr(0, question);
  if (question != std::string::npos) request.url.query = target.substr(question + 1);
  while (std::getline(lines, line)) {
    if (line.empty()) continue;
    if (line[0] == ' ') {
      request.headers.back().second += "\n" + line;
      continue;
    }
    const auto colon = line.find(':');
    request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  return request;
}

struct Case {
  Credentials credentials;
  SigningScope scope;
  SigningOptions options;
  Time time;
};

Case read_case(const nlohmann::json& context) {
  Case out;
  const auto& credentials = context["credentials"];
  out.credentials.access_key_id = credentials["access_key_id"];
  out.credentials.secret_access_key = Secret(credentials["secret_access_key"].get<std::string>());
  if (credentials.contains("token"))
    out.credentials.session_token = Secret(credentials["token"].get<std::string>());
  out.scope = {context["region"], context["service"]};
  out.options.normalize_path = context["normalize"];
  out.options.content_sha256_header = context["sign_body"];
  out.options.sign_session_token = !context.value("omit_session_token", false);
  out.time = *parse_rfc3339(context["timestamp"].get<std::string>());
  return out;
}

TEST(SigV4, SignsEveryPublishedCaseByteForByte) {
  const auto folder = published("sigv4-v4");
  SKIP_WITHOUT(folder);
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename().string());
    ++cases;
    const Case given = read_case(read_json(entry.path() / "context.json"));
    const auto expected = [&](const char* name) { return read_file(entry.path() / name); };
    const SignedRequest out = sign(parse_request(expected("request.txt")), given.credentials,
                                   given.scope, given.time, given.options);
    EXPECT_EQ(out.canonical_request, expected("header-canonical-request.txt"));
    EXPECT_EQ(out.string_to_sign, expected("header-string-to-sign.txt"));
    EXPECT_EQ(out.signature, expected("header-signature.txt"));
    const net::HttpRequest wanted = parse_request(expected("header-signed-request.txt"));
    EXPECT_EQ(out.request.headers, wanted.headers);
    EXPECT_EQ(out.request.body, wanted.body);
    EXPECT_EQ(out.request.url.path, wanted.url.path);
    EXPECT_EQ(out.request.url.query, wanted.url.query);
  }
  EXPECT_EQ(cases, 38);
}

const Time kNoon = *parse_rfc3339("2026-11-21T12:00:00Z");

net::HttpRequest list_request() {
  net::HttpRequest request;
  request.method = "POST";
  request.url = *net::Url::parse("https://acm.us-east-1.amazonaws.com:8443/");
  request.headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"User-Agent", "certloop"}};
  request.body = "{}";
  return request;
}

TEST(SigV4, SignsTheHostWithItsPortAndNoUserAgent) {
  const Credentials credentials{"AKID", Secret("secret"), {}, {}};
  const SignedRequest out = sign(list_request(), credentials, {"us-east-1", "acm"}, kNoon);
  EXPECT_NE(out.canonical_request.find("\nhost:acm.us-east-1.amazonaws.com:8443\n"),
            std::string::npos);
  EXPECT_NE(out.canonical_request.find("\n\ncontent-type;host;x-amz-date\n"), std::string::npos);
}

TEST(SigV4, ReplacesAnEarlierSignatureAndItsToken) {
  const Credentials first{"AKID1", Secret("secret"), Secret("token"), {}};
  const Credentials second{"AKID2", Secret("secret"), {}, {}};
  const SigningScope scope{"us-east-1", "acm"};
  const SignedRequest once = sign(list_request(), first, scope, kNoon);
  const SignedRequest twice = sign(once.request, second, scope, kNoon + std::chrono::minutes(10));
  const SignedRequest fresh = sign(list_request(), second, scope, kNoon + std::chrono::minutes(10));
  EXPECT_EQ(twice.canonical_request, fresh.canonical_request);
  EXPECT_EQ(twice.request.headers.size(), fresh.request.headers.size());
  EXPECT_EQ(net::header(twice.request.headers, "X-Amz-Security-Token"), std::nullopt);
  EXPECT_EQ(net::header(twice.request.headers, "Authorization"),
            net::header(fresh.request.headers, "Authorization"));
}

// A label is encoded once on the wire and once more for the signature, as AWS expects.
TEST(SigV4, EncodesThePathOfTheWireOnceMore) {
  net::HttpRequest request = list_request();
  request.url.path = "/2013-04-01/hostedzone/a%2Fb";
  const Credentials credentials{"AKID", Secret("secret"), {}, {}};
  const SignedRequest out = sign(request, credentials, {"us-east-1", "route53"}, kNoon);
  EXPECT_TRUE(out.canonical_request.starts_with("POST\n/2013-04-01/hostedzone/a%252Fb\n"));
}

}  // namespace
}  // namespace certloop::aws
