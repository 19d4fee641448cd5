#pragma once
// The one transport that reaches a network: HTTP/1.1 by libcurl, blocking, with kept connections.
#include <cstddef>
#include <memory>
#include <string>

#include "net/http.h"

namespace certloop::net {

struct CurlOptions {
  std::string ca_bundle_file =
      {};  // PEM; empty: the system's roots. TLS is verified in either case
  // Where requests go first, by the scheme of their URL; "" is straight to the host. Only what
  // stands here counts: the environment's HTTP_PROXY is never read.
  std::string https_proxy = {}, http_proxy = {};
  std::string no_proxy = {};  // hosts and domains reached without one, separated by commas
  // Both are for the credential chain alone (metadata services); a URL from a spec never gets them.
  bool allow_link_local = false;          // 169.254.0.0/16, fe80::/10, and EC2's fd00:ec2::/32
  bool allow_plain_http = false;          // to other hosts than loopback
  std::size_t response_limit = 8U << 20;  // bytes of body; headers have a fixed bound of 256 KiB
  std::string user_agent = "certloop";
  std::size_t idle_connections = 64;  // kept for the next request, over all hosts
};

// Safe for concurrent use; blocks the caller. Each request borrows a curl handle that no other
// thread sees until it is given back: libcurl's handles may move between threads but never be used
// by two at once, and its shared connection cache (CURLSH) is documented as unsafe across threads.
// So connections live with the handle, and handles are kept by scheme and host, the last used one
// first, because its connection is the likeliest to be alive still.
//
// Nothing is sent twice. libcurl by itself repeats a request when a kept connection turns out to be
// dead; here it cannot once a byte of the body has left, and such a request ends as `unavailable`.
// (A request without a body is a read, which may be repeated.)
//
// Refused as `denied` before anything is sent: plain http to other than loopback and link-local
// addresses, unless the options allow them; the resolved address is what counts, so a DNS name
// that points at the metadata service is refused too. A request to stop wakes the wait at once.
class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CurlOptions options = {});
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  Result<HttpResponse> send(const HttpRequest& request, std::stop_token stop = {}) override;

 private:
  class Pool;
  const CurlOptions options_;
  const std::unique_ptr<Pool> pool_;
};

}  // namespace certloop::net
