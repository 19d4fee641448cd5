#include "aws/client.h"

#include <fmt/format.h>

#include <utility>

#include "aws/arn.h"
#include "aws/errors.h"
#include "aws/sigv4.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/timestamp.h"

namespace certloop::aws {
namespace {

constexpr int kMostThrottledPages = 4;  // in a row, by a bulk read that can wait
constexpr int kMostTurns = 1000;        // asked for by one request, should a pace not wait at all

// Wipes a request's body however the call ends.
class BodyWiper {
 public:
  explicit BodyWiper(net::HttpRequest& request) : request_(request) {}
  ~BodyWiper() { wipe(request_.body); }
  BodyWiper(const BodyWiper&) = delete;
  BodyWiper& operator=(const BodyWiper&) = delete;

 private:
  net::HttpRequest& request_;
};

Error is_stopping() {
  return Error(Code::cancelled, "not sent because the program is stopping").not_sent();
}

std::string joined_path(std::string_view base, std::string_view path) {
  if (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base) + std::string(path);
}

}  // namespace

struct Client::Tried {
  bool repeated = false, new_credentials = false, clock = false;
  int throttled = 0;
  Duration took{};        // of the last request
  Duration claimed_by{};  // shifted() when the call came: the clock that it was claimed by
  Duration signed_by{};   // correction() when the last request was signed
};

Client::Client(std::string service, ClientSettings settings)
    : service_(std::move(service)),
      settings_(std::move(settings)),
      endpoint_(resolve_endpoint({service_, settings_.region, settings_.fips, settings_.dual_stack,
                                  settings_.sts_global, settings_.endpoint_url})) {}

RateKey Client::rate_key(std::string_view operation) const {
  // What an endpoint of somebody's own answers, a throttling too, tells nothing of AWS; nor does
  // what is asked by who merely says which account he is.
  std::string account = settings_.is_proven ? settings_.account : "";
  if (account.empty()) account = "of " + settings_.caller;
  if (!settings_.endpoint_url.empty() && endpoint_.ok() &&
      !is_service_host(service_, endpoint_->url.host))
    account += "@" + endpoint_->url.authority();
  // A global service counts all its calls in one place.
  return {std::move(account), service_ == "route53" || service_ == "iam" ? "" : settings_.region,
          service_, std::string(operation), settings_.caller};
}

Error Client::nonsense(const std::string& operation, const std::string& problem) const {
  return Error(Code::internal,
               fmt::format("{} {} in {}: {}", service_, operation, settings_.region, problem));
}

Result<void> Client::check_arn(const std::string& operation, const std::string& arn,
                               std::string_view of_service) const {
  const auto parsed = Arn::parse(arn);
  const std::string_view service = of_service.empty() ? std::string_view(service_) : of_service;
  const bool ours = parsed.ok() && parsed->partition == partition_of(settings_.region) &&
                    parsed->service == service && parsed->region == settings_.region &&
                    (settings_.account.empty() || parsed->account == settings_.account);
  if (ours) return {};
  return nonsense(operation, fmt::format("the answer names {}, which is not a resource of this "
                                         "service, region and account",
                                         printable(arn.substr(0, 200))));
}

Error Client::not_now(std::string_view operation, Instant turn) const {
  const Duration wait = turn - settings_.clock.tick();
  return Error(Code::throttled, fmt::format("{} {} in {}: must wait {} ms for its turn within the "
                                            "account's request rate",
                                            service_, operation, settings_.region, wait.count()))
      .because("WaitingForItsTurn")
      .after(wait)
      .not_sent();
}

Result<Turn> Client::take_turn(std::string_view operation) {
  if (!endpoint_.ok()) return Error(endpoint_.error()).not_sent();
  if (settings_.stop.stop_requested()) return is_stopping();
  auto provided = settings_.credentials->get();
  if (!provided.ok()) return std::move(provided).error().not_sent();
  if (const auto turn = settings_.budget.take(rate_key(operation)))
    return not_now(operation, *turn);
  return Turn(operation);
}

Result<void> Client::wait_for_turn(const Call& call) {
  const RateKey key = rate_key(call.operation);
  for (int turns = 0;; ++turns) {
    const std::optional<Instant> turn = settings_.budget.take(key);
    if (!turn) return {};
    if (!call.bulk || !settings_.pace || turns >= kMostTurns) return not_now(call.operation, *turn);
    TRY(settings_.pace(*turn));
  }
}

net::HttpRequest Client::request_for(Call& call) const {
  net::HttpRequest request;
  request.method = call.method;
  request.url = endpoint_->url;
  request.url.path = joined_path(endpoint_->url.path, call.path);
  request.url.query = call.query;
  request.headers = std::move(call.headers);
  request.body = std::move(call.body);
  request.connect_timeout = settings_.connect_timeout;
  request.timeout = settings_.timeout;
  return request;
}

Result<net::HttpResponse> Client::send_once(const Call& call, net::HttpRequest& request,
                                            Tried& tried) {
  if (settings_.stop.stop_requested()) return is_stopping();
  if (call.is_signed) {
    auto provided = settings_.credentials->get();
    if (!provided.ok()) return std::move(provided).error().not_sent();
    const std::shared_ptr<const Credentials> credentials = std::move(*provided);
    tried.signed_by = correction();
    const Time claimed =
        call.claimed_at ? *call.claimed_at + (shifted() - tried.claimed_by) : settings_.clock.now();
    const Time time = claimed + Duration(skew_ms_.load());
    request = sign(std::move(request), *credentials,
                   {endpoint_->signing_region, endpoint_->signing_name}, time)
                  .request;
  }
  return settings_.transport.send(request, call.mutating ? std::stop_token() : settings_.stop);
}

// By how much `clock` has been put right so far.
Duration Client::shifted() const {
  return settings_.service_clock != nullptr ? settings_.service_clock->shifted() : Duration{0};
}

Duration Client::correction() const { return shifted() + Duration(skew_ms_.load()); }

// Learns AWS's time from an answer. That of an endpoint whose word does not count for others is
// learned for its own requests, once it refuses ours.
void Client::learn_time(const net::HttpResponse& response, bool is_refused) {
  const auto date = net::header(response.headers, "Date");
  const auto theirs = date ? parse_http_date(*date) : std::nullopt;
  if (!theirs) return;
  if (settings_.service_clock != nullptr) settings_.service_clock->learn(*theirs);
  const Duration skew = *theirs - settings_.clock.now();
  if (is_refused && std::chrono::abs(skew - Duration(skew_ms_.load())) >= kSkewThatMatters)
    skew_ms_ = skew.count();
}

// Whether the same call, sent at once, has a good chance that it did not have before. See client.h.
bool Client::may_succeed_again(const Call& call, const Error& error,
                               const net::HttpResponse* response, Tried& tried) {
  if (error.code() == Code::throttled)
    return call.bulk && settings_.pace && ++tried.throttled <= kMostThrottledPages;
  // Somebody else's answer may have told as well.
  if (response != nullptr && !tried.clock && is_about_time(error) &&
      std::chrono::abs(correction() - tried.signed_by) >= kSkewThatMatters)
    return tried.clock = true;
  if (call.is_signed && !tried.new_credentials && is_about_credentials(error)) {
    settings_.credentials->invalidate();
    return tried.new_credentials = true;
  }
  if (call.mutating || tried.repeated || error.code() != Code::unavailable) return false;
  if (tried.took >= settings_.timeout / 2) return false;
  return tried.repeated = true;
}

Result<net::HttpResponse> Client::call(Call call, Instant* sent_at) {
  if (!endpoint_.ok()) {
    wipe(call.body);
    return Error(endpoint_.error()).not_sent();
  }
  net::HttpRequest request = request_for(call);
  const BodyWiper wiper(request);
  Tried tried;
  tried.claimed_by = shifted();
  for (;;) {
    if (!call.turn.use(call.operation)) TRY(wait_for_turn(call));
    const Instant started = settings_.clock.tick();
    if (sent_at != nullptr) *sent_at = started;
    auto answer = send_once(call, request, tried);
    tried.took = settings_.clock.tick() - started;

    std::optional<Error> error;
    if (!answer.ok())
      error = Error(answer.error())
                  .during(fmt::format("{} {} in {}", service_, call.operation, settings_.region));
    else if (answer->status < 200 || answer->status > 299)
      error = refusal({service_, call.operation, settings_.region}, *answer);
    if (answer.ok()) learn_time(*answer, error && is_about_time(*error));
    if (settings_.observe)
      settings_.observe({service_, call.operation, settings_.account, settings_.region,
                         call.mutating, error ? &*error : nullptr, tried.took});
    if (!error) return answer;
    if (error->code() == Code::throttled) settings_.budget.throttled(rate_key(call.operation));
    if (!may_succeed_again(call, *error, answer.ok() ? &*answer : nullptr, tried))
      return std::move(*error);
  }
}

}  // namespace certloop::aws
