#pragma once
// The one path that every call to AWS takes: endpoint, turn, credentials, signature, transport, and
// what the answer means. The services' clients stand on it; nothing else sends requests to AWS.
//
// Patience is the work queue's, not this layer's: nothing here sleeps or backs off. What is tried
// again is tried at once, and at most:
// - a read that found no connection, or was answered 5xx: once more, unless the failure had already
//   used up half of its time;
// - any call that was refused because credentials had expired: once more with new ones;
// - any call that was refused because of its time: once more with AWS's clock, where the answer's
//   Date header shows that ours was wrong by more than four minutes.
// The last two are definite refusals, so the first request had no effect. Apart from them a call
// that changes something is sent exactly once: whether it had its effect is for the ledger to find
// out.
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "aws/endpoints.h"
#include "aws/rate_budget.h"
#include "aws/service_clock.h"
#include "aws/turn.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"

namespace certloop::aws {

// One request to AWS and how it ended, for counting. `error` is null for a success.
struct CallReport {
  std::string service, operation, account, region;
  bool mutating = false;
  const Error* error = nullptr;
  Duration took{};
};

// One account and region as a client sees it. What is held by reference outlives the client.
struct ClientSettings {
  net::Transport& transport;
  const Clock& clock;
  RateBudget& budget;
  std::shared_ptr<CredentialsProvider> credentials;
  std::string account = {};  // twelve digits, where known: answers about another one are refused
  // The Account object on whose behalf it is asked, by its uid: what it declares of rates holds for
  // its calls only. `is_proven`: AWS has said that its credentials belong to `account`. Until then
  // its calls do not count against those of others.
  std::string caller = {};
  bool is_proven = true;
  std::string region = {};
  bool fips = false, dual_stack = false, sts_global = false;
  // Told the Date of every answer, where that can be trusted; then `clock` shows it.
  ServiceClock* service_clock = nullptr;
  std::string endpoint_url = {};  // the caller has chosen among AWS_ENDPOINT_URL and its relations
  Duration connect_timeout{3000};
  Duration timeout{20000};
  // Stops reads at once and lets no further call begin; a call that changes something and is under
  // way is waited for, for its answer is worth more than the time.
  std::stop_token stop = {};
  // Called by bulk reads that must wait for their turn; returns when it is there, or with an error
  // that ends the read. Without one they answer `throttled` like every other call.
  std::function<Result<void>(Instant until)> pace = {};
  // Called after every request, from the thread that made it. Must not call the client.
  std::function<void(const CallReport&)> observe = {};
};

// One operation, ready to be sent.
struct Call {
  std::string operation;
  bool mutating = false;
  bool bulk = false;      // one page of many: waits for its turn through `pace`
  bool is_signed = true;  // false: carries its proof in itself
  std::string method = "POST";
  std::string path = "/";  // appended to the endpoint's own
  std::string query = {};
  net::Headers headers = {};
  std::string body = {};  // wiped when the call is over: it may hold a key or a token
  // When the ledger claimed this call (PROTOCOLS 1); it is signed as of then, so that AWS refuses
  // what was held up for too long on the way. Absent: now.
  std::optional<Time> claimed_at = {};
  // Taken for this call beforehand: then its first request does not ask the budget.
  Turn turn = {};
};

// Safe for concurrent use, as far as the settings' functions are.
class Client {
 public:
  // `service` as in EndpointQuery.
  Client(std::string service, ClientSettings settings);

  // The turn of one call of that operation, for Call::turn. It also looks whether the call could be
  // signed now, so that nothing is claimed that cannot be sent. Errors, all of them not_sent:
  // throttled with retry_after() (it is not our turn), cancelled, and those of the credentials.
  Result<Turn> take_turn(std::string_view operation);

  // The answer, if its status is 2xx. Errors: throttled with retry_after() (it is not our turn; or
  // AWS says so), cancelled, unavailable, denied, and what errors.h makes of the service's own.
  // `sent_at`, if given, receives when the request that was answered left: what the answer shows is
  // not older than that.
  Result<net::HttpResponse> call(Call call, Instant* sent_at = nullptr);

  const ClientSettings& settings() const { return settings_; }
  const std::string& service() const { return service_; }
  // "acm DescribeCertificate in us-east-1: <problem>": for answers that make no sense.
  Error nonsense(const std::string& operation, const std::string& problem) const;
  // Refuses as `internal` what is not an ARN of this service in the client's partition, region and
  // account: an answer about somebody else's resource is never acted upon (SECURITY). `of_service`
  // is for answers about another service's resources.
  Result<void> check_arn(const std::string& operation, const std::string& arn,
                         std::string_view of_service = {}) const;

 private:
  struct Tried;  // what has been tried again already

  RateKey rate_key(std::string_view operation) const;
  Result<void> wait_for_turn(const Call& call);
  Error not_now(std::string_view operation, Instant turn) const;
  net::HttpRequest request_for(Call& call) const;
  Result<net::HttpResponse> send_once(const Call& call, net::HttpRequest& request, Tried& tried);
  bool may_succeed_again(const Call& call, const Error& error, const net::HttpResponse* response,
                         Tried& tried);
  Duration shifted() const;
  Duration correction() const;
  void learn_time(const net::HttpResponse& response, bool is_refused);

  const std::string service_;
  const ClientSettings settings_;
  const Result<Endpoint> endpoint_;
  // What this endpoint's clock is ahead of `clock`, once it is known to matter.
  std::atomic<Duration::rep> skew_ms_ = 0;
};

}  // namespace certloop::aws
