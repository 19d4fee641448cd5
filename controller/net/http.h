#pragma once
// HTTP as the rest of the program sees it: a request, a response, and something that carries one to
// the other. No library's types appear here.
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace certloop::net {

// In the order given; a name may stand more than once. Names compare without regard to case.
using Headers = std::vector<std::pair<std::string, std::string>>;

// The first value of that name.
std::optional<std::string> header(const Headers& headers, std::string_view name);
// Replaces every value of that name by this one, or appends it.
void set_header(Headers& headers, std::string name, std::string value);

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // as sent in the Host header; IPv6 in brackets
  std::string port;    // empty: the scheme's default
  std::string path;    // begins with '/', percent-encoded as it goes over the wire
  std::string query;   // without '?', percent-encoded

  // `invalid` for anything but an absolute http or https URL without user information and without a
  // fragment. Scheme and host come back in lower case; the scheme's own port comes back empty.
  static Result<Url> parse(std::string_view text);
  std::string text() const;
  std::string authority() const;  // host[:port], as in the Host header
};

// True for "localhost" and for literal loopback addresses (127.0.0.0/8, [::1]). Asks no resolver.
bool is_loopback(const Url& url);

struct HttpRequest {
  std::string method = "GET";
  Url url;
  Headers headers;
  std::string body;
  Duration connect_timeout{3000};
  Duration timeout{20000};  // of the whole exchange
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

// Carries requests. Every HTTP status is a success here: what a 404 means is for the caller to say.
// Follows no redirects, resends nothing. Implementations are safe for concurrent use.
class Transport {
 public:
  virtual ~Transport() = default;

  // Errors: unavailable (no connection, time-out, TLS failure, broken answer, answer over the size
  // limit), cancelled (stop was requested), denied (this transport does not talk to that address),
  // invalid (a header with a line break). Unless the error is_definite_refusal(), the request may
  // have had its effect.
  virtual Result<HttpResponse> send(const HttpRequest& request, std::stop_token stop = {}) = 0;
};

}  // namespace certloop::net
