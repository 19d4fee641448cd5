// The credentials of a role in IAM Identity Center.
#include "aws/credentials_json.h"
#include "aws/credentials_sources.h"
#include "base/digest.h"
#include "base/text.h"

namespace certloop::aws {
namespace {

constexpr Duration kTimeout{10000};

Error log_in(const std::string& subject, std::string_view what) {
  return {Code::denied, fmt::format("{}: {}; run `aws sso login`", subject, what)};
}

// Where `aws sso login` leaves the token.
std::string cache_path(const CredentialsEnvironment& environment, const SsoRole& role) {
  const std::string key = sha1_hex(role.session.empty() ? role.start_url : role.session);
  const char* separator = environment.platform() == Platform::windows ? "\\" : "/";
  return home_of(environment) + fmt::format("{0}.aws{0}sso{0}cache{0}{1}.json", separator, key);
}

Result<Secret> cached_token(const CredentialsEdges& edges, const SsoRole& role,
                            const std::string& subject) {
  const std::string path = cache_path(edges.environment, role);
  const auto text = edges.environment.read_file(path);
  if (!text) return log_in(subject, fmt::format("no session in {}", printable(path)));
  nlohmann::json json = parse_object(text->reveal());
  if (json.is_discarded()) return log_in(subject, fmt::format("{} is damaged", printable(path)));
  Secret token = take_secret(json, "accessToken");
  std::string until = text_of(json, "expiresAt");
  if (until.ends_with("UTC")) until.replace(until.size() - 3, 3, "Z");  // The older form.
  const auto expires = parse_rfc3339(until);
  if (token.empty() || !expires)
    return log_in(subject, fmt::format("{} is damaged", printable(path)));
  if (*expires <= edges.clock.now())
    return log_in(subject, fmt::format("the session ended at {}", rfc3339(*expires)));
  return token;
}

Result<net::Url> portal(const SsoRole& role, const ServiceSettings& settings) {
  if (!settings.endpoint_url.empty()) return net::Url::parse(settings.endpoint_url);
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  if (role.region.find_first_not_of(kAllowed) != std::string::npos)
    return Error(Code::invalid, "sso_region is not the name of a region");
  const bool china = role.region.starts_with("cn-"), europe = role.region.starts_with("eusc-");
  std::string_view suffix = china ? "amazonaws.com.cn" : europe ? "amazonaws.eu" : "amazonaws.com";
  if (settings.use_dualstack) {
    suffix = china    ? "api.amazonwebservices.com.cn"
             : europe ? "api.amazonwebservices.eu"
                      : "api.aws";
  }
  return net::Url::parse(fmt::format("https://portal.sso{}.{}.{}", settings.use_fips ? "-fips" : "",
                                     role.region, suffix));
}

Result<Credentials> parse(std::string body, const std::string& subject) {
  nlohmann::json json = parse_object(body);
  wipe(body);
  const Error broken(Code::unavailable, subject + ": the answer makes no sense");
  if (json.is_discarded() || !json.contains("roleCredentials")) return broken;
  nlohmann::json& role = json["roleCredentials"];
  if (!role.is_object()) return broken;
  Credentials out;
  out.access_key_id = text_of(role, "accessKeyId");
  out.secret_access_key = take_secret(role, "secretAccessKey");
  out.session_token = take_secret(role, "sessionToken");
  const auto until = role.find("expiration");
  if (out.access_key_id.empty() || out.secret_access_key.empty() || until == role.end() ||
      !until->is_number_integer()) {
    return broken;
  }
  out.expiration = Time(Duration(until->get<std::int64_t>()));
  return out;
}

}  // namespace

Result<Credentials> from_sso(const CredentialsEdges& edges, const SsoRole& role,
                             const ServiceSettings& settings, const std::string& subject) {
  if (role.account_id.empty()) {
    return Error(Code::denied, subject +
                                   ": sso_account_id and sso_role_name are missing; without "
                                   "them the session gives a token, not credentials");
  }
  const Secret token = TRY(cached_token(edges, role, subject));
  auto base = portal(role, settings);
  if (!base) return Error(Code::denied, fmt::format("{}: {}", subject, base.error().message()));
  net::HttpRequest request;
  request.url = std::move(base).value();
  const std::string prefix = request.url.path == "/" ? "" : request.url.path;
  request.url.path = prefix + "/federation/credentials";
  request.url.query = "role_name=" + percent_encode(role.role_name) +
                      "&account_id=" + percent_encode(role.account_id);
  request.timeout = kTimeout;
  request.headers.emplace_back("x-amz-sso_bearer_token", std::string(token.reveal()));
  auto sent = send_patiently(edges.transport, request);
  wipe(request.headers.back().second);
  if (!sent) return std::move(sent).error().during(subject);
  if (sent->status == 401) return log_in(subject, "the session was refused");
  if (sent->status != 200) {
    const bool ours = sent->status < 500 && sent->status != 429;
    return Error(ours ? Code::denied : Code::unavailable,
                 fmt::format(
                     "{}: IAM Identity Center answered HTTP status {}{}", subject, sent->status,
                     ours ? "; check sso_account_id, sso_role_name and the assignment" : ""))
        .answered({"", "", sent->status});
  }
  return parse(std::move(sent->body), subject);
}

}  // namespace certloop::aws
