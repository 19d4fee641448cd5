#include "loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <vector>

#include "base/text.h"

namespace certloop::net {
namespace {

std::string pem_of(const std::function<void(BIO*)>& write) {
  BIO* bio = BIO_new(BIO_s_mem());
  write(bio);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

SSL_CTX* tls_context(const Identity& identity) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  BIO* bio = BIO_new_mem_buf(identity.certificate.data(), -1);
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, certificate);
  X509_free(certificate);
  BIO_free(bio);
  bio = BIO_new_mem_buf(identity.key.data(), -1);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
  BIO_free(bio);
  return context;
}

}  // namespace

Identity make_identity() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  for (const auto& [nid, value] : std::vector<std::pair<int, const char*>>{
           {NID_subject_alt_name, "DNS:localhost"}, {NID_basic_constraints, "critical,CA:TRUE"}}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());
  Identity identity;
  identity.key = pem_of(
      [&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
  identity.certificate = pem_of([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
  X509_free(certificate);
  EVP_PKEY_free(key);
  return identity;
}

Peer::Peer(int socket, SSL_CTX* tls) : socket_(socket) {
  if (tls == nullptr) return;
  tls_ = SSL_new(tls);
  SSL_set_fd(tls_, socket_);
  SSL_accept(tls_);  // a failure shows as a client that has gone
}

Peer::~Peer() {
  SSL_free(tls_);
  ::shutdown(socket_, SHUT_RDWR);  // the server holds a second handle
  ::close(socket_);
}

std::string Peer::read_some() {
  char buffer[4096];
  const auto got = tls_ != nullptr ? SSL_read(tls_, buffer, sizeof buffer)
                                   : ::recv(socket_, buffer, sizeof buffer, 0);
  return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string();
}

std::string Peer::read_request() {
  std::string request;
  std::size_t whole = std::string::npos;
  while (request.size() < whole || whole == std::string::npos) {
    const std::string more = read_some();
    if (more.empty()) return {};
    request += more;
    const auto end = request.find("\r\n\r\n");
    if (end == std::string::npos || whole != std::string::npos) continue;
    const std::string head = lower(request.substr(0, end));
    const auto at = head.find("content-length: ");
    whole =
        end + 4 + (at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10));
  }
  return request;
}

void Peer::write(const std::string& bytes) {
  if (tls_ != nullptr)
    SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()));
  else
    ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

LoopbackServer::LoopbackServer(Serve serve, const Identity* identity) : serve_(std::move(serve)) {
  std::signal(SIGPIPE, SIG_IGN);  // SSL_write to a client that has gone
  if (identity != nullptr) tls_.reset(tls_context(*identity));
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  ::listen(listener_, 64);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

LoopbackServer::~LoopbackServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
}

void LoopbackServer::accept_all() {
  std::vector<std::pair<std::thread, int>> serving;
  for (;;) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) break;
    ++connections_;
    const int handle = ::dup(socket);  // stays valid for the shutdown below
    serving.emplace_back(
        [this, socket] {
          Peer peer(socket, tls_.get());
          serve_(peer);
        },
        handle);
  }
  for (auto& [thread, handle] : serving) {
    ::shutdown(handle, SHUT_RDWR);
    thread.join();
    ::close(handle);
  }
}

}  // namespace certloop::net
