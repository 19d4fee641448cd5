#include "aws/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace certloop::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kUnsigned[] = {"authorization",
                                          "connection",
                                          "expect",
                                          "keep-alive",
                                          "te",
                                          "trailer",
                                          "transfer-encoding",
                                          "proxy-authenticate",
                                          "upgrade",
                                          "user-agent",
                                          "x-amzn-trace-id",
                                          "proxy-authorization"};

// Without empty and dot segments; a trailing slash stays.
std::string normalized(std::string_view path) {
  std::vector<std::string> kept;
  const std::vector<std::string> segments = split(path, '/');
  for (const std::string& segment : segments) {
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!segment.empty() && segment != "." && segment != "..") kept.push_back(segment);
  }
  const std::string& last = segments.back();
  const bool slash = !kept.empty() && (last.empty() || last == "." || last == "..");
  return "/" + join(kept, "/") + (slash ? "/" : "");
}

// The path arrives as it goes over the wire, so this encodes it a second time, as AWS does.
std::string canonical_path(const net::Url& url, bool normalize) {
  return percent_encode(normalize ? normalized(url.path) : url.path, "/");
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& part : split(query, '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    pairs.emplace_back(percent_encode(percent_decode(part.substr(0, equals))),
                       percent_encode(percent_decode(value)));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string text;
  for (const auto& [name, value] : pairs) text += (text.empty() ? "" : "&") + name + "=" + value;
  return text;
}

std::string canonical_value(std::string_view value) {
  std::string text;
  bool gap = false;
  for (const char c : trim(value)) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      gap = true;
      continue;
    }
    if (gap) text += ' ';
    gap = false;
    text += c;
  }
  return text;
}

// By lower-case name; the values of one name in the order they stand.
std::map<std::string, std::string> canonical_headers(const net::Headers& headers,
                                                     const SigningOptions& options) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    const std::string key = lower(name);
    if (std::find(std::begin(kUnsigned), std::end(kUnsigned), key) != std::end(kUnsigned)) continue;
    if (key == "x-amz-security-token" && !options.sign_session_token) continue;
    const auto [entry, added] = canonical.emplace(key, canonical_value(value));
    if (!added) entry->second += "," + canonical_value(value);
  }
  return canonical;
}

std::string signature_of(const Credentials& credentials, const std::string& date,
                         const SigningScope& scope, const std::string& text) {
  std::string secret = "AWS4";
  secret.reserve(secret.size() + credentials.secret_access_key.size());
  secret += credentials.secret_access_key.reveal();
  std::string key = hmac_sha256(secret, date);
  wipe(secret);
  for (const std::string& step : {scope.region, scope.service, std::string("aws4_request")}) {
    std::string next = hmac_sha256(key, step);
    wipe(key);
    key = std::move(next);
  }
  std::string signature = to_hex(hmac_sha256(key, text));
  wipe(key);
  return signature;
}

void set_signing_headers(net::HttpRequest& request, const Credentials& credentials,
                         const std::string& timestamp, const std::string& payload_hash,
                         const SigningOptions& options) {
  std::erase_if(request.headers, [](const auto& entry) {
    const std::string name = lower(entry.first);
    return name == "authorization" || name == "x-amz-date" || name == "x-amz-security-token" ||
           name == "x-amz-content-sha256";
  });
  if (!net::header(request.headers, "host"))
    request.headers.emplace_back("Host", request.url.authority());
  if (!credentials.session_token.empty())
    request.headers.emplace_back("X-Amz-Security-Token",
                                 std::string(credentials.session_token.reveal()));
  request.headers.emplace_back("X-Amz-Date", timestamp);
  if (options.content_sha256_header)
    request.headers.emplace_back("x-amz-content-sha256", payload_hash);
}

}  // namespace

SignedRequest sign(net::HttpRequest request, const Credentials& credentials,
                   const SigningScope& scope, Time time, const SigningOptions& options) {
  const std::string timestamp = iso8601_basic(time);
  const std::string date = timestamp.substr(0, 8);
  const std::string payload_hash = sha256_hex(request.body);
  set_signing_headers(request, credentials, timestamp, payload_hash, options);

  std::string header_lines, names;
  for (const auto& [name, value] : canonical_headers(request.headers, options)) {
    header_lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  SignedRequest out;
  out.canonical_request = fmt::format(
      "{}\n{}\n{}\n{}\n{}\n{}", request.method, canonical_path(request.url, options.normalize_path),
      canonical_query(request.url.query), header_lines, names, payload_hash);
  const std::string full_scope =
      fmt::format("{}/{}/{}/aws4_request", date, scope.region, scope.service);
  out.string_to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, timestamp, full_scope,
                                   sha256_hex(out.canonical_request));
  out.signature = signature_of(credentials, date, scope, out.string_to_sign);
  request.headers.emplace_back(
      "Authorization",
      fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                  credentials.access_key_id, full_scope, names, out.signature));
  out.request = std::move(request);
  return out;
}

}  // namespace certloop::aws
