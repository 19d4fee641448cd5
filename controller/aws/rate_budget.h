#pragma once
// How fast we may ask: one token bucket for each (account, region, service, operation), filled at
// the documented quota. AWS enforces its quotas for the whole account, so this process takes only
// its share of them and leaves the rest to others.
//
// Who may write an Account may not slow down, nor speed up, those of other namespaces that belong
// to the same AWS account. So what an Account declares (spec.rates) is a bucket of its own, which
// its calls, and only these, have to pass before the common one.
// Source: "Quotas" of the ACM, Private CA, STS, Route 53 and tagging guides (AWS documentation).
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"

namespace certloop::aws {

struct RateKey {
  std::string account, region, service, operation;
  std::string caller = {};  // the Account object on whose behalf the call is made
};

// Service, operation: calls a second, in each region.
using DeclaredRates = std::map<std::string, std::map<std::string, double>>;

// Which part of every quota is this process's own. A command line run beside the controller must
// never slow it down, nor starve.
enum class RateShare { controller, command_line };  // 80 % and 20 %

// Never blocks: it says go, or when to come back. Those who are told to come back get different
// turns, one after the other, so that they do not all return at the same instant; a bucket that has
// filled up forgets turns that nobody kept. None is further ahead than kFurthestTurn: where more
// wait than there are calls until then, turns are shared; who comes too late to one gets another.
// Thread-safe.
//
// AWS may throttle below its documented quota, and others use the account too: a throttled answer
// halves the rate (at most once a second, down to a tenth), and every second without one gives 5 %
// of the full rate back.
class RateBudget {
 public:
  static constexpr Duration kFurthestTurn = std::chrono::minutes(15);

  explicit RateBudget(const Clock& clock, RateShare share = RateShare::controller)
      : clock_(clock), share_(share == RateShare::controller ? 0.8 : 0.2) {}

  // Nothing: go, one call is taken. Else the instant of the caller's turn; nothing was taken.
  std::optional<Instant> take(const RateKey& key) EXCLUDES(mutex_);
  // The service answered that we ask too fast.
  void throttled(const RateKey& key) EXCLUDES(mutex_);
  // What this caller declares, instead of what it declared before. Only its own calls obey it, and
  // never are they faster than the documented quota.
  void declare(const std::string& caller, DeclaredRates rates) EXCLUDES(mutex_);
  // How many controllers share an account's quota among them; 1 until told otherwise.
  void set_replicas(const std::string& account, int replicas) EXCLUDES(mutex_);

 private:
  struct Bucket {
    double rate = 0, capacity = 0;  // full: calls per second, calls at once
    double tokens = 0;
    double factor = 1;  // of the rate, lowered by throttling
    Instant filled{};   // when tokens and factor were last brought up to date
    Instant cut{};      // when the factor was last lowered
    Instant given{};    // turns up to here have been handed out
  };

  // What a bucket is filled at.
  struct Quota {
    double per_second = 0, burst = 0;
  };

  Bucket& shared_bucket(const RateKey& key, Instant now) REQUIRES(mutex_);
  // Null where the caller declares nothing for the operation.
  Bucket* own_bucket(const RateKey& key, Instant now) REQUIRES(mutex_);
  Bucket& bucket(const std::string& name, const Quota& quota, const std::string& account,
                 Instant now) REQUIRES(mutex_);
  static Instant next_turn(Bucket& from, Instant now);

  const Clock& clock_;
  const double share_;
  Mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_ GUARDED_BY(mutex_);
  std::map<std::string, int, std::less<>> replicas_ GUARDED_BY(mutex_);
  std::map<std::string, DeclaredRates, std::less<>> declared_ GUARDED_BY(mutex_);  // by caller
};

// A documented quota: how many calls a second, how many at once, and under which name they are
// counted, for some operations are counted together.
struct RateQuota {
  std::string_view bucket;
  double per_second;
  double burst;
};
RateQuota documented_quota(std::string_view service, std::string_view operation);

}  // namespace certloop::aws
