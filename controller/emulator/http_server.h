#pragma once
// An HTTP/1.1 server for a handler that knows no network: what `certloop emulator` listens with,
// and what tests and benchmarks put real clients against.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"

namespace certloop::emulator {

// Called on the server's threads, several at a time. Status 0 closes the connection unanswered. One
// that throws is answered with 500, and costs only its request.
using HttpHandler = std::function<net::HttpResponse(const net::HttpRequest&)>;

struct HttpServerOptions {
  std::string address = "127.0.0.1";  // numeric; only loopback unless beyond_loopback
  std::uint16_t port = 0;             // 0: any free one
  // The emulator's controls ask nobody who he is: other machines must be let in on purpose.
  bool beyond_loopback = false;
  int threads = 2;
  std::size_t body_limit = 8 << 20;  // larger requests are answered 413
  Duration latency{0};               // added to every answer
  // How long a connection may take to send a request, and to take an answer; then it is closed. So
  // is one that says nothing for that long.
  Duration patience{60'000};
  std::size_t connections = 512;  // at a time; further ones are closed at once
};

// Keep-alive, TCP_NODELAY, one write for each response. start() and stop() are called once each, by
// the owner; port() any time between.
class HttpServer {
 public:
  HttpServer(HttpHandler handler, HttpServerOptions options);
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Listens when it returns. Errors: invalid (address), unavailable (the port is taken).
  Result<void> start();
  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:4599"
  // Closes every connection; a handler that runs is waited for, its answer is lost. Idempotent.
  void stop();

 private:
  struct Internals;
  std::unique_ptr<Internals> internals_;
};

// "127.0.0.1:4599" or "[::1]:0", as --listen takes it. Errors: invalid.
Result<HttpServerOptions> parse_listen(const std::string& text);

}  // namespace certloop::emulator
