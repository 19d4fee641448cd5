#pragma once
// Credentials kept until they run out, and fetched anew before that: one provider for every source.
#include <condition_variable>
#include <functional>
#include <memory>
#include <optional>

#include "aws/credentials.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace certloop::aws {

// Fetches once, without cache. Errors: not_found (this source is not configured at all, another may
// be asked), denied (configured, but refused or broken), unavailable. Safe for concurrent use.
using CredentialsSource = std::function<Result<Credentials>()>;

// Refreshes as the SDKs do: with less than 15 minutes left one caller tries, and everybody goes on
// with the old ones if that fails (the next attempt is a minute later); with less than 10 minutes
// left all wait for the one that fetches, and its failure is everybody's. For credentials that live
// less than an hour both windows shrink in proportion, else they would be fetched at every call.
// Without expiration they stay until invalidate(). Source: AWS-SDK common behaviour, botocore
// credentials.py (RefreshableCredentials).
class CachedCredentials final : public CredentialsProvider {
 public:
  // The clock must outlive this.
  CachedCredentials(CredentialsSource source, const Clock& clock);

  Result<std::shared_ptr<const Credentials>> get() override;
  void invalidate() override;

 private:
  using Shared = std::shared_ptr<const Credentials>;
  enum class Need { none, advised, mandatory };
  class Turn;

  Need need() const REQUIRES(mutex_);
  // What get() can say without fetching; nullopt if this caller is the one to fetch.
  std::optional<Result<Shared>> without_fetching(Need& why);
  Result<Shared> take(Result<Credentials> fetched, Need why);

  CredentialsSource source_;
  const Clock& clock_;
  Mutex mutex_;
  std::condition_variable_any turn_over_;
  Shared current_ GUARDED_BY(mutex_);
  Time fetched_at_ GUARDED_BY(mutex_){};
  Time next_attempt_ GUARDED_BY(mutex_){};
  std::optional<Error> failure_ GUARDED_BY(mutex_);  // of the last attempt
  bool fetching_ GUARDED_BY(mutex_) = false;
};

}  // namespace certloop::aws
