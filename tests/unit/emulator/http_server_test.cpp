#include "emulator/http_server.h"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <thread>

#include "emulated.h"

namespace certloop::emulator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

// One connection, used for several requests.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(context_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
  }
  void send(const net::HttpRequest& from) {
    http::request<http::string_body> message;
    message.method_string(from.method);
    message.target(from.url.path + (from.url.query.empty() ? "" : "?" + from.url.query));
    message.version(11);
    for (const auto& [name, value] : from.headers) message.insert(name, value);
    message.body() = from.body;
    message.prepare_payload();
    http::write(socket_, message);
  }
  net::HttpResponse receive() {
    http::response<http::string_body> message;
    http::read(socket_, buffer_, message, error);
    net::HttpResponse response;
    if (error) return response;
    response.status = message.result_int();
    for (const auto& field : message) {
      response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    response.body = message.body();
    return response;
  }
  net::HttpResponse exchange(const net::HttpRequest& request) {
    send(request);
    return receive();
  }

  boost::system::error_code error;

 private:
  asio::io_context context_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
};

net::HttpRequest list_request(const Emulated& aws) {
  return aws.json_request("acm", "CertificateManager", "ListCertificates", Json::object());
}

TEST(HttpServer, ServesTheEmulatorOverAKeptConnection) {
  Emulated aws;
  HttpServer server([&](const net::HttpRequest& request) { return aws.emulator.handle(request); },
                    {});
  ASSERT_TRUE(server.start().ok());
  ASSERT_NE(server.port(), 0);
  EXPECT_EQ(server.url(), "http://127.0.0.1:" + std::to_string(server.port()));
  Connection connection(server.port());
  for (int call = 0; call < 3; ++call) {
    const net::HttpResponse response = connection.exchange(list_request(aws));
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_TRUE(net::header(response.headers, "x-amzn-RequestId"));
  }
  net::HttpRequest clock;
  clock.url.path = "/_certloop/clock";
  clock.headers = {{"Host", "127.0.0.1"}};
  EXPECT_EQ(connection.exchange(clock).status, 200);
}

TEST(HttpServer, PassesPathQueryHeadersAndBody) {
  net::HttpRequest seen;
  HttpServer server(
      [&](const net::HttpRequest& request) {
        seen = request;
        return net::HttpResponse{200, {{"X-Two", "2"}}, "body"};
      },
      {});
  ASSERT_TRUE(server.start().ok());
  Connection connection(server.port());
  net::HttpRequest request;
  request.method = "POST";
  request.url.path = "/a%20b/c";
  request.url.query = "x=%2F&y";
  request.headers = {{"Host", "example.com:81"}, {"X-Many", "1"}, {"X-Many", "2"}};
  request.body = std::string(100000, 'x');
  const net::HttpResponse response = connection.exchange(request);
  EXPECT_EQ(response.body, "body");
  EXPECT_EQ(net::header(response.headers, "X-Two"), "2");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.url.path, "/a%20b/c");
  EXPECT_EQ(seen.url.query, "x=%2F&y");
  EXPECT_EQ(seen.body, request.body);
  EXPECT_EQ(net::header(seen.headers, "Host"), "example.com:81");
  EXPECT_EQ(std::count_if(seen.headers.begin(), seen.headers.end(),
                          [](const auto& each) { return each.first == "X-Many"; }),
            2);
}

TEST(HttpServer, ClosesTheConnectionForADroppedAnswer) {
  HttpServer server([](const net::HttpRequest&) { return net::HttpResponse{}; }, {});
  ASSERT_TRUE(server.start().ok());
  Connection connection(server.port());
  net::HttpRequest request;
  request.url.path = "/";
  request.headers = {{"Host", "x"}};
  EXPECT_EQ(connection.exchange(request).status, 0);
  EXPECT_TRUE(connection.error);
}

TEST(HttpServer, RefusesBodiesOverItsLimit) {
  HttpServerOptions options;
  options.body_limit = 1000;
  HttpServer server(
      [](const net::HttpRequest&) {
        return net::HttpResponse{200, {}, ""};
      },
      options);
  ASSERT_TRUE(server.start().ok());
  Connection connection(server.port());
  net::HttpRequest request;
  request.method = "POST";
  request.url.path = "/";
  request.headers = {{"Host", "x"}};
  request.body = std::string(1001, 'x');
  EXPECT_EQ(connection.exchange(request).status, 413);
}

TEST(HttpServer, WaitsItsLatency) {
  HttpServerOptions options;
  options.latency = Duration(30);
  HttpServer server(
      [](const net::HttpRequest&) {
        return net::HttpResponse{200, {}, ""};
      },
      options);
  ASSERT_TRUE(server.start().ok());
  Connection connection(server.port());
  net::HttpRequest request;
  request.url.path = "/";
  request.headers = {{"Host", "x"}};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(connection.exchange(request).status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, Duration(30));
}

TEST(HttpServer, ServesManyConnectionsAndStopsWithThemOpen) {
  Emulated aws;
  auto server = std::make_unique<HttpServer>(
      [&](const net::HttpRequest& request) { return aws.emulator.handle(request); },
      HttpServerOptions());
  ASSERT_TRUE(server->start().ok());
  std::vector<std::unique_ptr<Connection>> connections;
  for (int each = 0; each < 20; ++each) {
    connections.push_back(std::make_unique<Connection>(server->port()));
    connections.back()->send(list_request(aws));
  }
  for (auto& connection : connections) EXPECT_EQ(connection->receive().status, 200);
  server->stop();
  server->stop();
  server.reset();
  EXPECT_EQ(connections[0]->receive().status, 0);
}

TEST(HttpServer, ListensOnLoopbackOnlyAndOnFreePortsOnly) {
  const HttpHandler handler = [](const net::HttpRequest&) { return net::HttpResponse{}; };
  HttpServerOptions options;
  options.address = "0.0.0.0";
  HttpServer open(handler, options);
  EXPECT_EQ(open.start().error().code(), Code::invalid);
  options.address = "localhost";
  HttpServer named(handler, options);
  EXPECT_EQ(named.start().error().code(), Code::invalid);
  HttpServer first(handler, {});
  ASSERT_TRUE(first.start().ok());
  HttpServerOptions same;
  same.port = first.port();
  HttpServer second(handler, same);
  EXPECT_EQ(second.start().error().code(), Code::unavailable);
}

TEST(HttpServer, ReadsListenAddresses) {
  EXPECT_EQ(parse_listen("127.0.0.1:4599").value().port, 4599);
  EXPECT_EQ(parse_listen("[::1]:0").value().address, "::1");
  for (const char* wrong : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", ""}) {
    EXPECT_FALSE(parse_listen(wrong).ok()) << wrong;
  }
}

// Nothing but the server's own deadline ends the wait for these.
TEST(HttpServer, ClosesConnectionsThatSendNothingOrHalfARequest) {
  HttpServer server([](const net::HttpRequest&) { return net::HttpResponse{200, {}, "ok"}; },
                    {.patience = Duration(50)});
  ASSERT_TRUE(server.start().ok());
  for (const std::string begun :
       {"", "GET / HTT", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"}) {
    asio::io_context context;
    tcp::socket socket(context);
    socket.connect({asio::ip::make_address("127.0.0.1"), server.port()});
    asio::write(socket, asio::buffer(begun));
    char byte = 0;
    boost::system::error_code error;
    asio::read(socket, asio::buffer(&byte, 1), error);
    EXPECT_TRUE(error) << "after '" << begun << "'";
  }
}

TEST(HttpServer, BoundsItsConnections) {
  HttpServer server([](const net::HttpRequest&) { return net::HttpResponse{200, {}, "ok"}; },
                    {.connections = 2});
  ASSERT_TRUE(server.start().ok());
  net::HttpRequest request;
  request.url.path = "/";
  Connection first(server.port()), second(server.port());
  EXPECT_EQ(first.exchange(request).status, 200);
  EXPECT_EQ(second.exchange(request).status, 200);
  Connection third(server.port());
  third.receive();
  EXPECT_TRUE(third.error);
  EXPECT_EQ(first.exchange(request).status, 200);
}

TEST(HttpServer, AnswersForAHandlerThatThrows) {
  HttpServer server([](const net::HttpRequest&) -> net::HttpResponse { throw std::bad_alloc(); },
                    {});
  ASSERT_TRUE(server.start().ok());
  Connection connection(server.port());
  net::HttpRequest request;
  request.url.path = "/";
  EXPECT_EQ(connection.exchange(request).status, 500);
  EXPECT_EQ(connection.exchange(request).status, 500);
}

}  // namespace
}  // namespace certloop::emulator
