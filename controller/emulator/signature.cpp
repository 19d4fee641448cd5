#include "emulator/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace certloop::emulator {

namespace {

using std::chrono::minutes;

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr auto kTolerance = minutes(5);

AwsError incomplete(std::string message) {
  return {"IncompleteSignatureException", std::move(message)};
}
AwsError invalid(std::string message) { return {"InvalidSignatureException", std::move(message)}; }

// The part of "Credential=..., SignedHeaders=..., Signature=..." with that name.
std::optional<std::string> parameter(std::string_view text, std::string_view name) {
  for (const std::string& part : split(text, ',')) {
    const std::string_view trimmed = trim(part);
    if (trimmed.starts_with(name) && trimmed.size() > name.size() && trimmed[name.size()] == '=') {
      return std::string(trimmed.substr(name.size() + 1));
    }
  }
  return std::nullopt;
}

// Dot segments resolved, doubled slashes dropped, and the already encoded path encoded once more.
std::string canonical_path(std::string_view path) {
  std::vector<std::string> segments;
  const std::vector<std::string> parts = split(path, '/');
  for (const std::string& part : parts) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!segments.empty()) segments.pop_back();
    } else {
      segments.push_back(percent_encode(part));
    }
  }
  std::string canonical = "/" + join(segments, "/");
  const bool ends_in_folder =
      parts.size() > 1 && (parts.back().empty() || parts.back() == "." || parts.back() == "..");
  if (ends_in_folder && canonical != "/") canonical += '/';
  return canonical;
}

std::string canonical_query(std::string_view query) {
  if (query.empty()) return "";
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& part : split(query, '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const std::string name = part.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    pairs.emplace_back(percent_encode(percent_decode(name)), percent_encode(percent_decode(value)));
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<std::string> lines;
  for (const auto& [name, value] : pairs) lines.push_back(name + '=' + value);
  return join(lines, "&");
}

// Trimmed, with runs of spaces collapsed to one.
std::string canonical_value(std::string_view value) {
  std::string canonical;
  for (const char each : trim(value)) {
    const bool is_space = each == ' ' || each == '\t';
    if (is_space && !canonical.empty() && canonical.back() == ' ') continue;
    canonical += is_space ? ' ' : each;
  }
  return canonical;
}

std::string canonical_request(const net::HttpRequest& request,
                              const std::vector<std::string>& signed_headers) {
  std::map<std::string, std::string> values;
  for (const auto& [name, value] : request.headers) {
    std::string& joined = values[lower(name)];
    joined += (joined.empty() ? "" : ",") + canonical_value(value);
  }
  values["host"] = host_of(request);
  std::string text = fmt::format("{}\n{}\n{}\n", request.method, canonical_path(request.url.path),
                                 canonical_query(request.url.query));
  for (const std::string& name : signed_headers) text += name + ':' + values[name] + '\n';
  return text + '\n' + join(signed_headers, ";") + '\n' + sha256_hex(request.body);
}

std::string signature_of(const Secret& secret, const Authorization& claim,
                         const std::string& timestamp, const std::string& canonical) {
  const std::string scope = claim.date + '/' + claim.region + '/' + claim.service + "/aws4_request";
  std::string key = "AWS4" + std::string(secret.reveal());
  for (const std::string& part : {claim.date, claim.region, claim.service}) {
    key = hmac_sha256(key, part);
  }
  key = hmac_sha256(key, "aws4_request");
  return to_hex(hmac_sha256(
      key, fmt::format("{}\n{}\n{}\n{}", kAlgorithm, timestamp, scope, sha256_hex(canonical))));
}

// Region that a host of AWS stands in; empty for every other host and for global ones.
std::string region_of_host(std::string_view host) {
  const std::string name = lower(host.substr(0, host.rfind(':')));
  if (name.find(".amazonaws.") == std::string::npos && !name.ends_with(".api.aws")) return "";
  const std::vector<std::string> labels = split(name, '.');
  const bool is_region =
      labels.size() > 3 && std::count(labels[1].begin(), labels[1].end(), '-') >= 2;
  return is_region ? labels[1] : "";
}

Answer<void> check_time(const std::string& timestamp, const Authorization& claim, Time now) {
  const std::optional<Time> signed_at = parse_iso8601_basic(timestamp);
  if (!signed_at) {
    return incomplete("Date must be in ISO-8601 'basic format'. Got '" + timestamp +
                      "'. See http://en.wikipedia.org/wiki/ISO_8601");
  }
  if (timestamp.substr(0, 8) != claim.date) {
    return invalid(
        fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                    "version of date from HTTP: '{}' != '{}', from '{}'.",
                    claim.date, timestamp.substr(0, 8), timestamp));
  }
  const std::string now_text = iso8601_basic(now);
  if (*signed_at < now - kTolerance) {
    return invalid(fmt::format("Signature expired: {} is now earlier than {} ({} - 5 min.)",
                               timestamp, iso8601_basic(now - kTolerance), now_text));
  }
  if (*signed_at > now + kTolerance) {
    return invalid(fmt::format("Signature not yet current: {} is still later than {} ({} + 5 min.)",
                               timestamp, iso8601_basic(now + kTolerance), now_text));
  }
  return {};
}

bool is_listed(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Answer<void> check_signed_headers(const net::HttpRequest& request, const Authorization& claim) {
  if (!is_listed(claim.signed_headers, "host")) {
    return invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  for (const auto& [name, value] : request.headers) {
    const std::string lowered = lower(name);
    if (lowered.starts_with("x-amz-") && !is_listed(claim.signed_headers, lowered)) {
      return invalid("'" + lowered + "' must be a 'SignedHeader' in the AWS Authorization.");
    }
  }
  return {};
}

}  // namespace

std::string host_of(const net::HttpRequest& request) {
  return net::header(request.headers, "Host").value_or(request.url.authority());
}

Answer<Authorization> authorization_of(const net::HttpRequest& request) {
  const std::optional<std::string> text = net::header(request.headers, "Authorization");
  if (!text || text->empty()) {
    return AwsError{"MissingAuthenticationTokenException", "Missing Authentication Token"};
  }
  if (!text->starts_with(kAlgorithm)) {
    return incomplete("Unsupported AWS 'algorithm': '" + text->substr(0, text->find(' ')) + "'.");
  }
  const std::string_view rest = std::string_view(*text).substr(kAlgorithm.size());
  const auto credential = parameter(rest, "Credential");
  const auto headers = parameter(rest, "SignedHeaders");
  const auto signature = parameter(rest, "Signature");
  std::string missing;
  if (!credential) missing += "Authorization header requires 'Credential' parameter. ";
  if (!signature) missing += "Authorization header requires 'Signature' parameter. ";
  if (!headers) missing += "Authorization header requires 'SignedHeaders' parameter. ";
  if (!missing.empty()) return incomplete(missing + "Authorization=" + std::string(kAlgorithm));

  const std::vector<std::string> parts = split(*credential, '/');
  if (parts.size() != 5 || parts[4] != "aws4_request") {
    return incomplete(
        "Credential must have exactly 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term, got '" +
        *credential + "'");
  }
  return Authorization{parts[0], parts[1], parts[2], parts[3], split(*headers, ';'), *signature};
}

Answer<void> verify(const net::HttpRequest& request, const Authorization& authorization,
                    const Identity& identity, Time now) {
  const std::string token = net::header(request.headers, "X-Amz-Security-Token").value_or("");
  if (token != identity.session_token) return unknown_access_key();

  const std::string timestamp = net::header(request.headers, "X-Amz-Date").value_or("");
  TRY(check_time(timestamp, authorization, now));
  TRY(check_signed_headers(request, authorization));
  const std::string region = region_of_host(host_of(request));
  if (!region.empty() && region != authorization.region) {
    return invalid("Credential should be scoped to a valid region, not '" + authorization.region +
                   "'.");
  }
  const std::string canonical = canonical_request(request, authorization.signed_headers);
  if (Secret(signature_of(identity.secret_access_key, authorization, timestamp, canonical)) !=
      Secret(authorization.signature)) {
    return invalid(
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details.\n\nThe Canonical String for this request should have been\n'" +
        canonical + "'\n");
  }
  if (identity.expiration && *identity.expiration <= now) {
    return AwsError{"ExpiredTokenException",
                    "The security token included in the request is expired"};
  }
  return {};
}

AwsError unknown_access_key() {
  return {"UnrecognizedClientException", "The security token included in the request is invalid."};
}

AwsError in_query_words(AwsError error) {
  static const std::map<std::string, std::string> kCodes = {
      {"AccessDeniedException", "AccessDenied"},
      {"MissingAuthenticationTokenException", "MissingAuthenticationToken"},
      {"IncompleteSignatureException", "IncompleteSignature"},
      {"InvalidSignatureException", "SignatureDoesNotMatch"},
      {"UnrecognizedClientException", "InvalidClientTokenId"},
      {"ExpiredTokenException", "ExpiredToken"}};
  const auto found = kCodes.find(error.code);
  if (found == kCodes.end()) return error;
  error.code = found->second;
  error.http_status = error.code == "IncompleteSignature" ? 400 : 403;
  if (error.code == "MissingAuthenticationToken") {
    error.message = "Request is missing Authentication Token";
  }
  return error;
}

}  // namespace certloop::emulator
