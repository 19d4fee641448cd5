// The credentials of an EC2 instance's role, by its metadata service.
#include "aws/credentials_json.h"
#include "aws/credentials_sources.h"
#include "base/text.h"

namespace certloop::aws {
namespace {

constexpr Duration kTimeout{1000};
constexpr const char* kTokenSeconds = "21600";
constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";
// How near to expiry the service hands out what it has when it cannot get new ones, and how long
// those are then used regardless: AWS asks for it, for they mostly still work.
constexpr Duration kStale = std::chrono::minutes(15);
constexpr Duration kLeastExtra = std::chrono::minutes(2);
constexpr Duration kExtraSpread = std::chrono::minutes(8);

Error wrong_status(const std::string& what, int status) {
  const bool ours = status < 500 && status != 429;
  return Error(ours ? Code::denied : Code::unavailable,
               fmt::format("instance metadata: {}: HTTP status {}", what, status))
      .answered({"", "", status});
}

net::HttpRequest request_to(const net::Url& base, std::string_view path) {
  net::HttpRequest request;
  request.url = base;
  const std::string prefix = base.path == "/" ? "" : base.path;
  request.url.path = prefix + std::string(path);
  request.connect_timeout = request.timeout = kTimeout;
  return request;
}

Result<std::string> session_token(const CredentialsEdges& edges, const net::Url& base) {
  net::HttpRequest request = request_to(base, "/latest/api/token");
  request.method = "PUT";
  request.headers.emplace_back("x-aws-ec2-metadata-token-ttl-seconds", kTokenSeconds);
  auto sent = send_patiently(edges.transport, request);
  if (!sent) return std::move(sent).error().during("instance metadata").because(kNoMetadata);
  if (sent->status == 403) {
    return Error(Code::denied,
                 "instance metadata: switched off for this instance (HTTP status "
                 "403); allow IMDSv2 or use other credentials")
        .answered({"", "", 403});
  }
  if (sent->status != 200) return wrong_status("asking for a token", sent->status);
  return std::move(sent->body);
}

Result<std::string> get(const CredentialsEdges& edges, const net::Url& base, std::string_view path,
                        const std::string& token) {
  net::HttpRequest request = request_to(base, path);
  request.headers.emplace_back("x-aws-ec2-metadata-token", token);
  auto sent = send_patiently(edges.transport, request);
  if (!sent) return std::move(sent).error().during("instance metadata");
  if (sent->status == 404)
    return Error(Code::not_found, "instance metadata: the instance has no IAM role");
  if (sent->status != 200) return wrong_status("asking for the role", sent->status);
  return std::move(sent->body);
}

Result<Credentials> parse(std::string body, Clock const& clock, Random& random) {
  nlohmann::json json = parse_object(body);
  wipe(body);
  if (json.is_discarded())
    return Error(Code::unavailable, "instance metadata: the answer is not a JSON object");
  const std::string code = text_of(json, "Code");
  if (!code.empty() && code != "Success") {
    return Error(Code::denied, fmt::format("instance metadata: the role's credentials are not to "
                                           "be had: {}; check that the role exists and trusts EC2",
                                           printable(code.substr(0, 100))));
  }
  Credentials out = TRY(credentials_of(json, "Token", "instance metadata"));
  const Time now = clock.now();
  if (out.expiration && *out.expiration < now + kStale) {
    const auto extra = static_cast<std::int64_t>(
        random.below(static_cast<std::uint64_t>(kExtraSpread.count()) + 1));
    out.expiration = now + kStale + kLeastExtra + Duration(extra);
  }
  return out;
}

}  // namespace

Result<net::Url> metadata_url(const CredentialsEnvironment& environment, const ProfileSet& set,
                              const std::string& profile, const MetadataOptions& options) {
  const auto found = set.profiles.find(profile);
  // An option beats a variable, a variable beats the profile.
  const auto setting = [&](const std::string& option, const char* variable, const char* property) {
    if (!option.empty()) return option;
    if (auto value = set_variable(environment, variable)) return *value;
    return found == set.profiles.end() ? std::string() : found->second.get(property);
  };
  const std::string endpoint = setting(options.endpoint, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                       "ec2_metadata_service_endpoint");
  const std::string mode = setting(options.endpoint_mode, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                   "ec2_metadata_service_endpoint_mode");
  if (!endpoint.empty()) {
    auto url = net::Url::parse(endpoint);
    if (!url)
      return Error(Code::denied, "the instance metadata's configured endpoint is not a URL");
    return url;
  }
  if (mode.empty() || lower(mode) == "ipv4") return net::Url::parse("http://169.254.169.254/");
  if (lower(mode) == "ipv6") return net::Url::parse("http://[fd00:ec2::254]/");
  return Error(Code::denied, "the instance metadata's endpoint mode must be IPv4 or IPv6");
}

Result<Credentials> from_metadata(const CredentialsEdges& edges, const ProfileSet& set,
                                  const std::string& profile) {
  if (is_true(edges.environment, "AWS_EC2_METADATA_DISABLED"))
    return Error(Code::not_found, "instance metadata are off (AWS_EC2_METADATA_DISABLED)");
  const net::Url base = TRY(metadata_url(edges.environment, set, profile));
  std::string token = TRY(session_token(edges, base));
  const std::string roles = TRY(get(edges, base, kRolePath, token));
  const std::string role(trim(std::string_view(roles).substr(0, roles.find('\n'))));
  if (role.empty())
    return Error(Code::not_found, "instance metadata: the instance has no IAM role");
  std::string body =
      TRY(get(edges, base, std::string(kRolePath) + percent_encode(role, "+=,@"), token));
  wipe(token);
  return parse(std::move(body), edges.clock, edges.random);
}

}  // namespace certloop::aws
