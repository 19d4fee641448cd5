#include "net/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace certloop::net {
namespace {

bool equal_names(std::string_view a, std::string_view b) { return lower(a) == lower(b); }

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 4) return false;
    const std::string_view address = host.substr(1, host.size() - 2);
    return address.find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
  }
  return !host.empty() && host.size() <= 253 &&
         std::all_of(host.begin(), host.end(), is_host_character);
}

bool is_port(std::string_view port) {
  int number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && number > 0 && number < 65536;
}

// Spaces, control characters and raw bytes above ASCII never stand in a URL on the wire.
bool is_wire_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Error not_a_url(std::string_view text, std::string_view why) {
  // What follows a '?' or stands before an '@' may be secret, so it is not repeated.
  const std::string_view shown =
      text.find('@') == std::string_view::npos ? text.substr(0, text.find('?')) : "the URL";
  return Error(Code::invalid, fmt::format("{}: {}; write https://host[:port][/path]",
                                          printable(shown.substr(0, 200)), why));
}

}  // namespace

std::optional<std::string> header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (equal_names(key, name)) return value;
  return std::nullopt;
}

void set_header(Headers& headers, std::string name, std::string value) {
  std::erase_if(headers, [&](const auto& entry) { return equal_names(entry.first, name); });
  headers.emplace_back(std::move(name), std::move(value));
}

Result<Url> Url::parse(std::string_view text) {
  if (!is_wire_text(text)) return not_a_url(text, "not a URL: spaces or other such characters");
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return not_a_url(text, "not an absolute URL");

  Url url;
  url.scheme = lower(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https")
    return not_a_url(text, "not an http or https URL");
  std::string_view rest = text.substr(scheme_end + 3);
  if (rest.find('#') != std::string_view::npos) return not_a_url(text, "a fragment is not allowed");

  const auto authority_end = rest.find_first_of("/?");
  std::string_view authority = rest.substr(0, authority_end);
  rest.remove_prefix(authority.size());
  if (authority.find('@') != std::string_view::npos)
    return not_a_url(text, "user information is not allowed in a URL");
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    url.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
    if (!is_port(url.port)) return not_a_url(text, "the port is not a number from 1 to 65535");
  }
  url.host = lower(authority);
  if (!is_host(url.host)) return not_a_url(text, "the host is missing or not a host name");
  if (url.port == (url.scheme == "https" ? "443" : "80")) url.port.clear();

  const auto question = rest.find('?');
  url.path = rest.substr(0, question);
  if (url.path.empty()) url.path = "/";
  if (question != std::string_view::npos) url.query = rest.substr(question + 1);
  return url;
}

std::string Url::text() const {
  return scheme + "://" + authority() + path + (query.empty() ? "" : "?" + query);
}

std::string Url::authority() const { return port.empty() ? host : host + ":" + port; }

bool is_loopback(const Url& url) {
  if (url.host == "localhost" || url.host == "[::1]") return true;
  const auto parts = split(url.host, '.');
  if (parts.size() != 4 || parts[0] != "127") return false;
  return std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    return !part.empty() && part.size() <= 3 &&
           part.find_first_not_of("0123456789") == std::string::npos;
  });
}

}  // namespace certloop::net
