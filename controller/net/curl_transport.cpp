#include "net/curl_transport.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/mutex.h"
#include "base/redact.h"
#include "base/text.h"

namespace certloop::net {
namespace {

constexpr std::size_t kHeaderLimit = 256U << 10;

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiDeleter {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;

// A multi handle of one: it holds the connection, and unlike a bare easy handle it can be woken
// from another thread (curl_multi_wakeup).
struct Line {
  std::unique_ptr<CURLM, MultiDeleter> multi{curl_multi_init()};
  std::unique_ptr<CURL, EasyDeleter> easy{curl_easy_init()};
};

// One exchange, as libcurl's callbacks see it.
struct Exchange {
  Exchange(const HttpRequest& what, const CurlOptions& how) : request(what), options(how) {}

  // No server acts upon a request before it has the whole body.
  bool has_left() const { return sent == request.body.size(); }

  const HttpRequest& request;
  const CurlOptions& options;
  HttpResponse response;
  std::size_t sent = 0;  // of the body, as far as libcurl has taken it
  std::size_t header_bytes = 0;
  std::string refusal;  // why the address was not connected to
  bool too_large = false;
  std::array<char, CURL_ERROR_SIZE> error_text{};
};

bool is_link_local_v4(std::uint32_t address) { return (address >> 16) == 0xa9fe; }
bool is_loopback_v4(std::uint32_t address) { return (address >> 24) == 127; }

std::uint32_t mapped_v4(const in6_addr& address) {
  std::uint32_t v4 = 0;
  std::memcpy(&v4, address.s6_addr + 12, 4);
  return ntohl(v4);
}

bool is_link_local(const sockaddr& address) {
  if (address.sa_family == AF_INET)
    return is_link_local_v4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  if (address.sa_family != AF_INET6) return false;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return is_link_local_v4(mapped_v4(v6));
  constexpr std::array<unsigned char, 4> kEc2 = {0xfd, 0x00, 0x0e, 0xc2};
  return IN6_IS_ADDR_LINKLOCAL(&v6) || std::equal(kEc2.begin(), kEc2.end(), v6.s6_addr);
}

bool is_loopback_address(const sockaddr& address) {
  if (address.sa_family == AF_INET)
    return is_loopback_v4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  if (address.sa_family != AF_INET6) return false;
  const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return is_loopback_v4(mapped_v4(v6));
  return IN6_IS_ADDR_LOOPBACK(&v6);
}

// Sees every address before it is connected to: after the resolver, where a name cannot lie.
curl_socket_t open_socket(void* context, curlsocktype, curl_sockaddr* target) {
  Exchange& exchange = *static_cast<Exchange*>(context);
  const CurlOptions& options = exchange.options;
  if (!options.allow_link_local && is_link_local(target->addr))
    exchange.refusal = "link-local addresses (instance metadata) are not talked to";
  else if (exchange.request.url.scheme == "http" && !options.allow_plain_http &&
           !is_loopback_address(target->addr))
    exchange.refusal = "the name does not lead to loopback, and plain http goes nowhere else";
  if (!exchange.refusal.empty()) return CURL_SOCKET_BAD;
  return ::socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

std::size_t read_body(char* buffer, std::size_t size, std::size_t count, void* context) {
  Exchange& exchange = *static_cast<Exchange*>(context);
  const std::string& body = exchange.request.body;
  const std::size_t length = std::min(size * count, body.size() - exchange.sent);
  body.copy(buffer, length, exchange.sent);
  exchange.sent += length;
  return length;
}

// libcurl rewinds the body only to send the request once more, which is never wanted.
int refuse_rewind(void*, curl_off_t, int) { return CURL_SEEKFUNC_FAIL; }

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* context) {
  Exchange& exchange = *static_cast<Exchange*>(context);
  std::string& body = exchange.response.body;
  if (body.size() + size * count > exchange.options.response_limit) {
    exchange.too_large = true;
    return 0;
  }
  body.append(data, size * count);
  return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* context) {
  Exchange& exchange = *static_cast<Exchange*>(context);
  const std::string_view line(data, size * count);
  exchange.header_bytes += line.size();
  if (exchange.header_bytes > kHeaderLimit) {
    exchange.too_large = true;
    return 0;
  }
  Headers& headers = exchange.response.headers;
  const auto colon = line.find(':');
  if (line.starts_with("HTTP/"))
    headers.clear();  // the answer itself, after an interim one
  else if (colon != std::string_view::npos)
    headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  return line.size();
}

Result<List> header_list(const HttpRequest& request) {
  List list;
  const auto append = [&list](const std::string& line) {
    list.reset(curl_slist_append(list.release(), line.c_str()));
  };
  for (const auto& [name, value] : request.headers) {
    const bool broken =
        (name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos ||
        name.empty() || name.find_first_of(": \t") != std::string::npos;
    if (broken)
      return Error(Code::invalid, fmt::format("the header {} holds a line break or is misnamed",
                                              printable(name.substr(0, 100))))
          .not_sent();
    append(value.empty() ? name + ";" : name + ": " + value);
  }
  // A name without a value takes away what libcurl would add by itself.
  for (const char* name : {"Accept", "Content-Type", "Expect"})
    if (!header(request.headers, name)) append(std::string(name) + ":");
  return list;
}

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  curl_easy_setopt(easy, option, value);
}

void set_method(CURL* easy, Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  if (request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    if (request.body.empty()) set(easy, CURLOPT_POSTFIELDS, "");
    set(easy, CURLOPT_READFUNCTION, read_body);
    set(easy, CURLOPT_READDATA, static_cast<void*>(&exchange));
    set(easy, CURLOPT_SEEKFUNCTION, refuse_rewind);
  }
  if (request.method != "HEAD" && request.method != "GET" && request.method != "POST")
    set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_up(CURL* easy, Exchange& exchange, curl_slist* headers) {
  const HttpRequest& request = exchange.request;
  const CurlOptions& options = exchange.options;
  set(easy, CURLOPT_URL, request.url.text().c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_PATH_AS_IS, 1L);  // what was signed is what is sent
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_HTTPHEADER, headers);
  set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  set_method(easy, exchange);

  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_bundle_file.empty()) {
    set(easy, CURLOPT_CAINFO, options.ca_bundle_file.c_str());
    set(easy, CURLOPT_CAPATH, nullptr);
  }
  const bool secure = request.url.scheme == "https";
  const std::string& proxy = secure ? options.https_proxy : options.http_proxy;
  set(easy, CURLOPT_PROXY, is_loopback(request.url) ? "" : proxy.c_str());
  set(easy, CURLOPT_NOPROXY, options.no_proxy.c_str());
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);

  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);  // a slow resolver does not hold up cancellation
  set(easy, CURLOPT_TCP_NODELAY, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));

  set(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(&exchange));
  set(easy, CURLOPT_WRITEFUNCTION, take_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
  set(easy, CURLOPT_HEADERFUNCTION, take_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
  set(easy, CURLOPT_ERRORBUFFER, exchange.error_text.data());
}

Error failure(const Exchange& exchange, CURLcode code) {
  const std::string target = exchange.request.url.scheme + "://" + exchange.request.url.authority();
  if (!exchange.refusal.empty())
    return Error(Code::denied, fmt::format("{}: {}", target, exchange.refusal))
        .because("AddressRefused")
        .not_sent();
  if (exchange.too_large)
    return Error(Code::unavailable,
                 fmt::format("{}: the answer is larger than {} bytes and was not read", target,
                             exchange.options.response_limit));
  if (code == CURLE_SEND_FAIL_REWIND)
    return Error(Code::unavailable,
                 fmt::format("{}: the connection broke after the request was sent", target));
  // libcurl quotes URLs, also one of a proxy with the password in it.
  const std::string detail =
      redacted(exchange.error_text[0] != 0 ? exchange.error_text.data() : curl_easy_strerror(code));
  const std::string_view remedy =
      code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE
          ? "; if a private CA signs for this host, name its certificates in AWS_CA_BUNDLE"
          : "";
  Error error(Code::unavailable, fmt::format("{}: {}{}", target, printable(detail), remedy));
  return exchange.has_left() ? error : std::move(error).not_sent();
}

// Drives the transfer to its end; nothing if stop was requested first.
std::optional<CURLcode> drive(Line& line, const std::stop_token& stop) {
  const std::stop_callback wake(stop, [&line] { curl_multi_wakeup(line.multi.get()); });
  int running = 1;
  while (running > 0) {
    if (stop.stop_requested()) return std::nullopt;
    if (curl_multi_perform(line.multi.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running > 0) curl_multi_poll(line.multi.get(), nullptr, 0, 1000, nullptr);
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(line.multi.get(), &left);
  return message != nullptr ? message->data.result : CURLE_FAILED_INIT;
}

}  // namespace

// The handles that wait for their next request.
class CurlTransport::Pool {
 public:
  explicit Pool(std::size_t limit) : limit_(limit) {}

  Line take(const std::string& key) {
    const Lock lock(mutex_);
    const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                    [&key](const auto& entry) { return entry.first == key; });
    if (found == idle_.rend()) return {};
    Line line = std::move(found->second);
    idle_.erase(std::next(found).base());
    return line;
  }

  void give_back(const std::string& key, Line line) {
    Line oldest;  // closed after the lock is gone
    const Lock lock(mutex_);
    idle_.emplace_back(key, std::move(line));
    if (idle_.size() <= limit_) return;
    oldest = std::move(idle_.front().second);
    idle_.erase(idle_.begin());
  }

 private:
  const std::size_t limit_;
  Mutex mutex_;
  std::vector<std::pair<std::string, Line>> idle_ GUARDED_BY(mutex_);  // the last used one last
};

CurlTransport::CurlTransport(CurlOptions options)
    : options_(std::move(options)), pool_(std::make_unique<Pool>(options_.idle_connections)) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);  // once, thread-safe
  static_cast<void>(ready);
}

CurlTransport::~CurlTransport() = default;

Result<HttpResponse> CurlTransport::send(const HttpRequest& request, std::stop_token stop) {
  const std::string key = request.url.scheme + "://" + request.url.authority();
  if (request.url.scheme == "http" && !options_.allow_plain_http && !is_loopback(request.url))
    return Error(Code::denied, key + ": plain http goes to loopback only; use https")
        .because("AddressRefused")
        .not_sent();
  const List headers = TRY(header_list(request));

  Exchange exchange(request, options_);
  Line line = pool_->take(key);
  if (line.multi == nullptr || line.easy == nullptr)
    return Error(Code::unavailable, key + ": no memory for a connection");
  set_up(line.easy.get(), exchange, headers.get());
  curl_multi_add_handle(line.multi.get(), line.easy.get());
  const std::optional<CURLcode> code = drive(line, stop);
  long status = 0;
  curl_easy_getinfo(line.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_multi_remove_handle(line.multi.get(), line.easy.get());
  curl_easy_reset(line.easy.get());  // forgets this exchange, keeps its connection

  if (!code) return Error(Code::cancelled, key + ": given up because the program is stopping");
  if (*code != CURLE_OK) return failure(exchange, *code);
  pool_->give_back(key, std::move(line));
  exchange.response.status = static_cast<int>(status);
  return std::move(exchange.response);
}

}  // namespace certloop::net
