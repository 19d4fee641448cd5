// The credentials of an ECS task or an EKS pod.
#include "aws/credentials_json.h"
#include "aws/credentials_sources.h"
#include "base/text.h"

namespace certloop::aws {
namespace {

constexpr std::string_view kHost = "http://169.254.170.2";
constexpr Duration kTimeout{2000};
constexpr int kAttempts = 3;

bool may_be_plain(const net::Url& url) {
  return net::is_loopback(url) || url.host == "169.254.170.2" || url.host == "169.254.170.23" ||
         url.host == "[fd00:ec2::23]";
}

// The Authorization header's value; empty if none is configured.
Result<std::string> authorization(const CredentialsEnvironment& environment) {
  std::string token;
  if (const auto path = set_variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    const auto text = environment.read_file(*path);
    if (!text) {
      return Error(Code::denied, fmt::format("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names {}, "
                                             "which cannot be read",
                                             printable(*path)));
    }
    token = std::string(text->reveal());
  } else {
    token = environment.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  }
  if (token.find_first_of("\r\n") != std::string::npos) {
    wipe(token);
    return Error(Code::denied, "the container's authorization token has a line break in it");
  }
  return token;
}

}  // namespace

Result<net::HttpResponse> send_patiently(net::Transport& transport,
                                         const net::HttpRequest& request) {
  for (int attempt = 1;; ++attempt) {
    net::HttpResponse response = TRY(transport.send(request));
    if (attempt == kAttempts || (response.status < 500 && response.status != 429)) return response;
  }
}

Result<net::Url> container_url(const CredentialsEnvironment& environment) {
  const auto relative = set_variable(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const auto full = set_variable(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!relative && !full) {
    return Error(Code::not_found,
                 "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set");
  }
  const char* name =
      relative ? "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" : "AWS_CONTAINER_CREDENTIALS_FULL_URI";
  if (relative && !relative->starts_with('/'))
    return Error(Code::denied, fmt::format("{} does not begin with a slash", name));
  auto url = net::Url::parse(relative ? std::string(kHost) + *relative : *full);
  if (!url) return Error(Code::denied, fmt::format("{} is not a URL", name));
  if (url->scheme != "https" && !may_be_plain(*url)) {
    return Error(Code::denied, fmt::format("{} would send a token over plain http to {}; use https",
                                           name, url->host));
  }
  return url;
}

Result<Credentials> from_container(const CredentialsEdges& edges) {
  net::HttpRequest request;
  request.url = TRY(container_url(edges.environment));
  request.connect_timeout = request.timeout = kTimeout;
  request.headers.emplace_back("Accept", "application/json");
  std::string token = TRY(authorization(edges.environment));
  if (!token.empty()) request.headers.emplace_back("Authorization", std::move(token));
  const std::string subject = "container credentials at " + request.url.authority();
  auto sent = send_patiently(edges.transport, request);
  for (auto& [name, value] : request.headers) wipe(value);
  if (!sent) return std::move(sent).error().during(subject);
  net::HttpResponse response = std::move(sent).value();
  if (response.status != 200) {
    const bool ours = response.status < 500 && response.status != 429;
    return Error(ours ? Code::denied : Code::unavailable,
                 fmt::format("{}: HTTP status {}", subject, response.status))
        .answered({"", "", response.status});
  }
  nlohmann::json json = parse_object(response.body);
  wipe(response.body);
  if (json.is_discarded())
    return Error(Code::unavailable, subject + ": the answer is not a JSON object");
  return credentials_of(json, "Token", subject);
}

}  // namespace certloop::aws
