#pragma once
// A server on loopback that does to its clients whatever a test asks for, byte by byte.
#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace certloop::net {

// One accepted connection, plain or TLS.
class Peer {
 public:
  Peer(int socket, SSL_CTX* tls);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // A request with its body as Content-Length tells it; "" when the client has gone.
  std::string read_request();
  void write(const std::string& bytes);

 private:
  std::string read_some();
  const int socket_;
  SSL* tls_ = nullptr;
};

// A key and a self-signed certificate for "localhost" (not for 127.0.0.1), in PEM.
struct Identity {
  std::string key, certificate;
};
Identity make_identity();

class LoopbackServer {
 public:
  // `serve` is called for each connection in a thread of its own, until the server is destroyed.
  using Serve = std::function<void(Peer&)>;
  explicit LoopbackServer(Serve serve, const Identity* identity = nullptr);
  ~LoopbackServer();

  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void accept_all();

  const Serve serve_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls_{nullptr, SSL_CTX_free};
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::thread acceptor_;
};

}  // namespace certloop::net
