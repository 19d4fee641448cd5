#include "emulator/http_server.h"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <atomic>
#include <charconv>
#include <optional>
#include <thread>
#include <vector>

namespace certloop::emulator {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::size_t kDiscardChunk = 64 << 10;
constexpr std::size_t kDiscardLimit = 64 << 20;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string serialized(const net::HttpResponse& response, bool keep_alive, bool with_body) {
  const auto reason =
      http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", response.status,
                                 std::string_view(reason.data(), reason.size()));
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  text += fmt::format("Content-Length: {}\r\nConnection: {}\r\n\r\n", response.body.size(),
                      keep_alive ? "keep-alive" : "close");
  if (with_body) text += response.body;
  return text;
}

net::HttpRequest request_from(const http::request<http::string_body>& message) {
  net::HttpRequest request;
  request.method = std::string(message.method_string());
  const std::string_view target(message.target().data(), message.target().size());
  const auto mark = target.find('?');
  request.url.scheme = "http";
  request.url.path = std::string(target.substr(0, mark));
  if (mark != std::string_view::npos) request.url.query = std::string(target.substr(mark + 1));
  for (const auto& field : message) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.url.host = net::header(request.headers, "Host").value_or("");
  request.body = message.body();
  return request;
}

struct Shared {
  HttpHandler handler;
  HttpServerOptions options;
  std::atomic<std::size_t> connections{0};

  // The one place where a handler's exception ends.
  net::HttpResponse answer(const net::HttpRequest& request) const {
    try {
      return handler(request);
    } catch (...) {
      return {500, {}, "the request could not be handled\n"};
    }
  }
};

// Counts a connection for as long as it lives.
class Counted {
 public:
  explicit Counted(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

// One connection. Keeps itself alive by the callbacks it waits for.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, Shared& shared)
      : stream_(std::move(socket)),
        timer_(stream_.get_executor()),
        shared_(shared),
        counted_(shared.connections) {}

  void run() {
    boost::system::error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    read_header();
  }

 private:
  // Whatever is waited for next has to come to an end by then.
  void set_deadline() { stream_.expires_after(shared_.options.patience); }

  void read_header() {
    set_deadline();
    parser_.emplace();
    parser_->body_limit(shared_.options.body_limit);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (error == http::error::body_limit) return self->refuse_size();
                              if (error) return self->close();
                              self->accept_header();
                            });
  }

  void accept_header() {
    const auto expected = parser_->get()[http::field::expect];
    if (!beast::iequals(expected, "100-continue")) return read_body();
    set_deadline();
    asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        if (error) return self->close();
                        self->read_body();
                      });
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (error == http::error::body_limit) return self->refuse_size();
                       if (error) return self->close();
                       self->answer();
                     });
  }

  void answer() {
    const auto& message = parser_->get();
    const bool keep_alive = message.keep_alive();
    const bool with_body = message.method() != http::verb::head;
    stream_.expires_never();
    net::HttpResponse response = shared_.answer(request_from(message));
    if (response.status == 0) return close();
    if (shared_.options.latency <= Duration::zero()) {
      return write(response, keep_alive, with_body);
    }
    timer_.expires_after(shared_.options.latency);
    timer_.async_wait([self = shared_from_this(), response = std::move(response), keep_alive,
                       with_body](beast::error_code error) {
      if (error) return self->close();
      self->write(response, keep_alive, with_body);
    });
  }

  void write(const net::HttpResponse& response, bool keep_alive, bool with_body) {
    output_ = serialized(response, keep_alive, with_body);
    set_deadline();
    asio::async_write(
        stream_, asio::buffer(output_),
        [self = shared_from_this(), keep_alive](beast::error_code error, std::size_t) {
          if (error || !keep_alive) return self->close();
          self->read_header();
        });
  }

  // What the client still sends is read and thrown away, up to a bound: closing before would reset
  // the connection, and the answer with it.
  void refuse_size() {
    output_ = serialized({413, {}, "the request is too large\n"}, false, true);
    set_deadline();
    asio::async_write(stream_, asio::buffer(output_),
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        if (error) return self->close();
                        boost::system::error_code ignored;
                        self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
                        self->buffer_.clear();
                        self->discard(kDiscardLimit);
                      });
  }

  void discard(std::size_t left) {
    stream_.async_read_some(
        buffer_.prepare(kDiscardChunk),
        [self = shared_from_this(), left](beast::error_code error, std::size_t count) {
          if (error || count >= left) return self->close();
          self->discard(left - count);
        });
  }

  void close() {
    boost::system::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.socket().close(ignored);
  }

  beast::tcp_stream stream_;
  asio::steady_timer timer_;
  Shared& shared_;
  Counted counted_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::string output_;
};

}  // namespace

struct HttpServer::Internals {
  Internals(HttpHandler handler, HttpServerOptions options)
      : shared{std::move(handler), std::move(options)}, acceptor(context), pause(context) {}

  void accept() {
    acceptor.async_accept(asio::make_strand(context),
                          [this](boost::system::error_code error, tcp::socket socket) {
                            if (error == asio::error::operation_aborted) return;
                            if (error) return accept_later();
                            start(std::move(socket));
                            accept();
                          });
  }

  // Without memory for a session, the connection is closed and the next one accepted.
  void start(tcp::socket socket) {
    if (shared.connections >= shared.options.connections) return;
    try {
      std::make_shared<Session>(std::move(socket), shared)->run();
    } catch (const std::exception&) {
      return;
    }
  }

  // Out of descriptors, most likely: asking at once would ask without end.
  void accept_later() {
    pause.expires_after(std::chrono::milliseconds(100));
    pause.async_wait([this](boost::system::error_code error) {
      if (!error) accept();
    });
  }

  // What a callback throws (memory is all that can be lacking) ends its connection, not the thread.
  void serve() {
    for (;;) {
      try {
        context.run();
        return;
      } catch (const std::exception&) {
        continue;
      }
    }
  }

  Shared shared;
  asio::io_context context;
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::vector<std::thread> threads;
  std::uint16_t port = 0;
};

HttpServer::HttpServer(HttpHandler handler, HttpServerOptions options)
    : internals_(std::make_unique<Internals>(std::move(handler), std::move(options))) {}

HttpServer::~HttpServer() { stop(); }

Result<void> HttpServer::start() {
  const HttpServerOptions& options = internals_->shared.options;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    return Error(Code::invalid, "listen address '" + options.address +
                                    "' is no numeric IP address: use 127.0.0.1 or ::1");
  }
  if (!address.is_loopback() && !options.beyond_loopback) {
    return Error(Code::invalid, "listen address '" + options.address +
                                    "' is not loopback: the emulator's controls are open to "
                                    "whoever reaches them, use 127.0.0.1 or ::1");
  }
  const tcp::endpoint endpoint(address, options.port);
  tcp::acceptor& acceptor = internals_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Error(Code::unavailable, fmt::format("cannot listen on {}:{}: {}", options.address,
                                                options.port, error.message()));
  }
  internals_->port = acceptor.local_endpoint().port();
  internals_->accept();
  for (int count = 0; count < options.threads; ++count) {
    internals_->threads.emplace_back([this] { internals_->serve(); });
  }
  return {};
}

std::uint16_t HttpServer::port() const { return internals_->port; }

std::string HttpServer::url() const {
  const std::string& address = internals_->shared.options.address;
  const bool is_v6 = address.find(':') != std::string::npos;
  return fmt::format("http://{}:{}", is_v6 ? '[' + address + ']' : address, port());
}

void HttpServer::stop() {
  internals_->context.stop();
  for (std::thread& thread : internals_->threads) {
    if (thread.joinable()) thread.join();
  }
  internals_->threads.clear();
  boost::system::error_code ignored;
  internals_->acceptor.close(ignored);
}

Result<HttpServerOptions> parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  unsigned port = 0;
  HttpServerOptions options;
  const char* const end = text.data() + text.size();
  const bool has_port = colon != std::string::npos && colon + 1 < text.size() &&
                        std::from_chars(text.data() + colon + 1, end, port).ptr == end &&
                        port <= 65535;
  if (!has_port) {
    return Error(Code::invalid,
                 "listen address '" + text + "' is not ADDRESS:PORT, as in 127.0.0.1:4599");
  }
  options.port = static_cast<std::uint16_t>(port);
  options.address = text.substr(0, colon);
  if (options.address.starts_with('[') && options.address.ends_with(']')) {
    options.address = options.address.substr(1, options.address.size() - 2);
  }
  return options;
}

}  // namespace certloop::emulator
