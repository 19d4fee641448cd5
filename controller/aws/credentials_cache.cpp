#include "aws/credentials_cache.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/timestamp.h"

namespace certloop::aws {
namespace {

constexpr Duration kAdvised = std::chrono::minutes(15);
constexpr Duration kMandatory = std::chrono::minutes(10);
constexpr Duration kBetweenAttempts = std::chrono::minutes(1);

}  // namespace

// Ends the fetch, however it ends: a waiter must never wait for a thread that is gone.
class CachedCredentials::Turn {
 public:
  explicit Turn(CachedCredentials& owner) : owner_(owner) {}
  ~Turn() {
    const Lock lock(owner_.mutex_);
    owner_.fetching_ = false;
    owner_.turn_over_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  CachedCredentials& owner_;
};

CachedCredentials::CachedCredentials(CredentialsSource source, const Clock& clock)
    : source_(std::move(source)), clock_(clock) {}

CachedCredentials::Need CachedCredentials::need() const {
  if (!current_) return Need::mandatory;
  if (!current_->expiration) return Need::none;
  const Time now = clock_.now();
  const Duration left = *current_->expiration - now;
  const Duration lifetime = *current_->expiration - fetched_at_;
  if (left < std::min(kMandatory, lifetime / 6)) return Need::mandatory;
  if (left < std::min(kAdvised, lifetime / 4) && now >= next_attempt_) return Need::advised;
  return Need::none;
}

std::optional<Result<CachedCredentials::Shared>> CachedCredentials::without_fetching(Need& why) {
  const Lock lock(mutex_);
  bool waited = false;
  for (;;) {
    why = need();
    if (why == Need::none) return Result<Shared>(current_);
    if (!fetching_) break;
    if (why == Need::advised) return Result<Shared>(current_);
    turn_over_.wait(mutex_);
    waited = true;
  }
  // A crowd that waited for a fetch which failed must not repeat it one by one.
  if (waited && failure_) return Result<Shared>(*failure_);
  fetching_ = true;
  return std::nullopt;
}

Result<CachedCredentials::Shared> CachedCredentials::take(Result<Credentials> fetched, Need why) {
  const Lock lock(mutex_);
  const Time now = clock_.now();
  if (fetched.ok() && fetched->expiration && *fetched->expiration <= now) {
    fetched = Error(Code::unavailable,
                    fmt::format("the credentials that were fetched had expired already, at {}; is "
                                "this machine's clock right?",
                                rfc3339(*fetched->expiration)));
  }
  next_attempt_ = now + kBetweenAttempts;
  if (!fetched.ok()) {
    failure_ = fetched.error();
    if (why == Need::advised && current_) return current_;
    return std::move(fetched).error();
  }
  failure_.reset();
  fetched_at_ = now;
  current_ = std::make_shared<const Credentials>(std::move(fetched).value());
  return current_;
}

Result<std::shared_ptr<const Credentials>> CachedCredentials::get() {
  Need why = Need::none;
  if (auto known = without_fetching(why)) return std::move(*known);
  const Turn turn(*this);
  return take(source_(), why);
}

void CachedCredentials::invalidate() {
  const Lock lock(mutex_);
  current_.reset();
}

}  // namespace certloop::aws
