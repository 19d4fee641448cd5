#include "net/curl_transport.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <future>
#include <thread>
#include <vector>

#include "loopback_server.h"

namespace certloop::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

void answer_everything(Peer& peer) {
  while (!peer.read_request().empty()) peer.write(kOk);
}

HttpRequest request_to(const LoopbackServer& server, std::string body = {}) {
  HttpRequest request;
  request.url = *Url::parse("http://" + server.authority() + "/");
  if (!body.empty()) request.method = "POST";
  request.body = std::move(body);
  return request;
}

TEST(CurlTransport, CarriesARequestAndItsAnswer) {
  std::promise<std::string> seen;
  LoopbackServer server([&](Peer& peer) {
    seen.set_value(peer.read_request());
    peer.write("HTTP/1.1 404 Not Found\r\nX-Amzn-RequestId: r1\r\nContent-Length: 4\r\n\r\ngone");
  });
  CurlTransport transport;
  HttpRequest request = request_to(server, "{}");
  request.url.path = "/a/../b%2F";
  request.url.query = "x=%20";
  request.headers = {{"Content-Type", "application/x-amz-json-1.1"}, {"X-Empty", ""}};
  const auto response = transport.send(request);
  ASSERT_TRUE(response.ok()) << response.error().message();
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "gone");
  EXPECT_EQ(header(response->headers, "x-amzn-requestid"), "r1");

  const std::string text = seen.get_future().get();
  EXPECT_TRUE(text.starts_with("POST /a/../b%2F?x=%20 HTTP/1.1\r\n")) << text;
  EXPECT_NE(text.find("\r\nHost: " + server.authority() + "\r\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\r\nContent-Type: application/x-amz-json-1.1\r\n"), std::string::npos);
  EXPECT_NE(text.find("\r\nX-Empty:"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n{}"));
}

TEST(CurlTransport, AddsNeitherExpectNorAContentTypeOfItsOwn) {
  std::promise<std::string> seen;
  LoopbackServer server([&](Peer& peer) {
    seen.set_value(peer.read_request());
    peer.write(kOk);
  });
  CurlTransport transport;
  ASSERT_TRUE(transport.send(request_to(server, std::string(2U << 20, 'x'))).ok());
  const std::string text = seen.get_future().get();
  for (const char* name : {"Expect", "Content-Type", "Accept", "Cookie"})
    EXPECT_EQ(text.find("\r\n" + std::string(name) + ":"), std::string::npos) << name;
}

TEST(CurlTransport, KeepsItsConnectionForTheNextRequest) {
  LoopbackServer server(answer_everything);
  CurlTransport transport;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(transport.send(request_to(server, "{}")).ok());
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlTransport, ServesManyThreadsAtOnce) {
  LoopbackServer server([](Peer& peer) {
    for (;;) {
      const std::string request = peer.read_request();
      if (request.empty()) return;
      const std::string body = request.substr(request.find("\r\n\r\n") + 4);
      peer.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                 body);
    }
  });
  CurlTransport transport;
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string body = std::to_string(t) + "-" + std::to_string(i);
        const auto response = transport.send(request_to(server, body));
        if (response.ok() && response->body == body) ++right;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 200);
  EXPECT_LE(server.connections(), 8);
}

// A server that takes a request on a kept connection and dies may have acted on it.
TEST(CurlTransport, NeverSendsABodyTwice) {
  std::atomic<int> received = 0;
  auto server = std::make_unique<LoopbackServer>([&](Peer& peer) {
    for (int i = 0; i < 2; ++i) {
      if (peer.read_request().empty()) return;
      if (++received != 2) peer.write(kOk);  // the second request gets no answer
    }
  });
  CurlTransport transport;
  ASSERT_TRUE(transport.send(request_to(*server, "first")).ok());
  const auto second = transport.send(request_to(*server, "second"));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), Code::unavailable);
  EXPECT_FALSE(second.error().is_definite_refusal());
  server.reset();  // everything that was sent has arrived
  EXPECT_EQ(received, 2);
}

TEST(CurlTransport, FollowsNoRedirect) {
  LoopbackServer server([](Peer& peer) {
    while (!peer.read_request().empty())
      peer.write("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n");
  });
  CurlTransport transport;
  const auto response = transport.send(request_to(server));
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 302);
}

TEST(CurlTransport, GivesOnlyTheHeadersOfTheFinalAnswer) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + kOk);
  });
  CurlTransport transport;
  const auto response = transport.send(request_to(server));
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(header(response->headers, "X-Early"), std::nullopt);
}

TEST(CurlTransport, ReadsNoMoreThanItsLimit) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(5000, 'x'));
  });
  CurlTransport transport({.response_limit = 1000});
  const auto response = transport.send(request_to(server));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), Code::unavailable);
  EXPECT_NE(response.error().message().find("larger than 1000 bytes"), std::string::npos);
}

TEST(CurlTransport, BoundsTheHeadersToo) {
  LoopbackServer server([](Peer& peer) {
    peer.read_request();
    std::string answer = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 40; ++i) answer += "X-Filler: " + std::string(10000, 'x') + "\r\n";
    peer.write(answer + "\r\n");
  });
  CurlTransport transport;
  const auto response = transport.send(request_to(server));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), Code::unavailable);
}

TEST(CurlTransport, GivesUpWhenTheTimeIsOver) {
  std::promise<void> done;
  LoopbackServer server([&, over = done.get_future().share()](Peer& peer) {
    peer.read_request();
    over.wait();
  });
  CurlTransport transport;
  HttpRequest request = request_to(server);
  request.timeout = milliseconds(50);
  const auto response = transport.send(request);
  done.set_value();
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), Code::unavailable);
}

TEST(CurlTransport, StopsAtOnceWhenAskedTo) {
  std::promise<void> arrived, done;
  LoopbackServer server([&, over = done.get_future().share()](Peer& peer) {
    peer.read_request();
    arrived.set_value();
    over.wait();
  });
  CurlTransport transport;
  std::stop_source stop;
  steady_clock::time_point asked;
  std::thread stopper([&] {
    arrived.get_future().wait();
    asked = steady_clock::now();
    stop.request_stop();
  });
  const auto response = transport.send(request_to(server), stop.get_token());
  const auto answered = steady_clock::now();
  stopper.join();
  done.set_value();
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), Code::cancelled);
  EXPECT_LT(answered - asked, milliseconds(100));

  EXPECT_EQ(transport.send(request_to(server), stop.get_token()).error().code(), Code::cancelled);
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlTransport, SaysWhenNobodyListensAndThatNothingWasSent) {
  int port = 0;
  {
    LoopbackServer server(answer_everything);
    port = server.port();
  }
  CurlTransport transport;
  HttpRequest request;
  request.url = *Url::parse("http://127.0.0.1:" + std::to_string(port));
  request.method = "POST";
  request.body = "{}";
  const auto response = transport.send(request);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), Code::unavailable);
  EXPECT_TRUE(response.error().is_definite_refusal());
  EXPECT_NE(response.error().message().find("http://127.0.0.1:"), std::string::npos);
}

TEST(CurlTransport, RefusesPlainHttpToOtherHosts) {
  CurlTransport transport;
  HttpRequest request;
  request.url = *Url::parse("http://192.0.2.1/");
  const auto response = transport.send(request);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), Code::denied);
}

TEST(CurlTransport, RefusesLinkLocalAddressesHoweverTheyAreWritten) {
  CurlTransport transport;
  for (const char* url : {"https://169.254.169.254/", "https://[fe80::1]/",
                          "https://[fd00:ec2::254]/", "https://[::ffff:169.254.170.2]/"}) {
    HttpRequest request;
    request.url = *Url::parse(url);
    request.connect_timeout = request.timeout = seconds(1);
    const auto response = transport.send(request);
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.error().code(), Code::denied) << url << ": " << response.error().message();
    EXPECT_EQ(response.error().reason(), "AddressRefused");
  }
}

TEST(CurlTransport, RefusesHeadersThatHoldALineBreak) {
  LoopbackServer server(answer_everything);
  CurlTransport transport;
  for (const Headers& headers : {Headers{{"X", "a\r\nY: b"}}, Headers{{"X\nY", "a"}},
                                 Headers{{"", "a"}}, Headers{{"X: y", "a"}}}) {
    HttpRequest request = request_to(server);
    request.headers = headers;
    EXPECT_EQ(transport.send(request).error().code(), Code::invalid);
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(CurlTransport, TakesNoProxyFromTheEnvironment) {
  LoopbackServer server(answer_everything);
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);
  CurlTransport transport;
  EXPECT_TRUE(transport.send(request_to(server)).ok());
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
}

TEST(CurlTransport, GoesThroughTheProxyItIsGiven) {
  std::promise<std::string> seen;
  LoopbackServer proxy([&](Peer& peer) {
    seen.set_value(peer.read_request());
    peer.write("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
  });
  CurlTransport transport({.https_proxy = "http://" + proxy.authority()});
  HttpRequest request;
  request.url = *Url::parse("https://acm.us-east-1.amazonaws.com/");
  EXPECT_EQ(transport.send(request).error().code(), Code::unavailable);
  EXPECT_TRUE(seen.get_future().get().starts_with("CONNECT acm.us-east-1.amazonaws.com:443 "));
}

class Tls : public testing::Test {
 protected:
  Tls() {
    char name[] = "/tmp/certloop-net-test-XXXXXX";
    ::close(::mkstemp(name));
    bundle_ = name;
    std::ofstream(bundle_) << identity_.certificate;
  }
  ~Tls() override { ::unlink(bundle_.c_str()); }

  Result<HttpResponse> get(const std::string& host, const std::string& ca_bundle_file) {
    CurlTransport transport({.ca_bundle_file = ca_bundle_file});
    HttpRequest request;
    request.url = *Url::parse("https://" + host + ":" + std::to_string(server_.port()));
    return transport.send(request);
  }

  Identity identity_ = make_identity();
  LoopbackServer server_{answer_everything, &identity_};
  std::string bundle_;
};

TEST_F(Tls, IsVerifiedAgainstTheGivenBundle) {
  const auto response = get("localhost", bundle_);
  ASSERT_TRUE(response.ok()) << response.error().message();
  EXPECT_EQ(response->body, "ok");
}

TEST_F(Tls, RefusesACertificateThatNobodyTrusts) {
  const auto response = get("localhost", "");
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), Code::unavailable);
  EXPECT_NE(response.error().message().find("AWS_CA_BUNDLE"), std::string::npos);
}

TEST_F(Tls, RefusesACertificateForAnotherName) {
  const auto response = get("127.0.0.1", bundle_);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), Code::unavailable);
}

// libcurl quotes the proxy that it cannot make sense of, with the password in it.
TEST(CurlTransport, NeverShowsTheCredentialsOfAProxy) {
  for (const char* proxy : {"http://user:hunter2@[bad", "user:hunter2@[bad",
                            "nonsense://u:hunter2@h", "http://user:hunter2@127.0.0.1:1"}) {
    CurlTransport transport({.https_proxy = proxy});
    HttpRequest request;
    request.url = Url::parse("https://acm.us-east-1.amazonaws.com/").value();
    request.connect_timeout = milliseconds(200);
    const auto response = transport.send(request);
    ASSERT_FALSE(response.ok()) << proxy;
    EXPECT_EQ(response.error().message().find("hunter2"), std::string::npos)
        << response.error().message();
  }
}

}  // namespace
}  // namespace certloop::net
