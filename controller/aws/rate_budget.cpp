#include "aws/rate_budget.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace certloop::aws {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kUndocumented = 5;  // the commonest of the low quotas
constexpr double kLeastFactor = 0.1;
constexpr double kRecoveryPerSecond = 0.05;
constexpr double kWhole = 1 - 1e-6;  // a token, but for rounding

using Rates = std::map<std::string_view, double>;

const Rates& acm_rates() {
  static const Rates rates = {{"AddTagsToCertificate", 5},      {"DeleteCertificate", 10},
                              {"DescribeCertificate", 10},      {"ExportCertificate", 10},
                              {"GetAccountConfiguration", 1},   {"GetCertificate", 10},
                              {"ImportCertificate", 1},         {"ListCertificates", 8},
                              {"ListTagsForCertificate", 10},   {"PutAccountConfiguration", 1},
                              {"RemoveTagsFromCertificate", 5}, {"RenewCertificate", 5},
                              {"RequestCertificate", 5},        {"ResendValidationEmail", 1},
                              {"SearchCertificates", 5},        {"UpdateCertificateOptions", 5}};
  return rates;
}

const Rates& acm_pca_rates() {
  static const Rates rates = {{"CreateCertificateAuthority", 1},
                              {"CreateCertificateAuthorityAuditReport", 1},
                              {"CreatePermission", 1},
                              {"DeletePermission", 1},
                              {"PutPolicy", 5},
                              {"GetPolicy", 5},
                              {"DeletePolicy", 5},
                              {"ListPermissions", 5},
                              {"GetCertificateAuthorityCsr", 10},
                              {"ImportCertificateAuthorityCertificate", 10},
                              {"DeleteCertificateAuthority", 10},
                              {"UpdateCertificateAuthority", 10},
                              {"TagCertificateAuthority", 10},
                              {"UntagCertificateAuthority", 10},
                              {"DescribeCertificateAuthority", 20},
                              {"DescribeCertificateAuthorityAuditReport", 20},
                              {"GetCertificateAuthorityCertificate", 20},
                              {"ListCertificateAuthorities", 20},
                              {"ListTags", 20},
                              {"RestoreCertificateAuthority", 20},
                              {"RevokeCertificate", 20},
                              {"IssueCertificate", 25},
                              {"GetCertificate", 75}};
  return rates;
}

double rate_of(const Rates& rates, std::string_view operation) {
  const auto found = rates.find(operation);
  return found == rates.end() ? kUndocumented : found->second;
}

constexpr double kLeastBurst = 4;
constexpr double kLongestGap = 86400;  // seconds

Duration up_to_millis(double seconds) {
  return Duration(static_cast<Duration::rep>(std::ceil(seconds * 1000)));
}

}  // namespace

RateQuota documented_quota(std::string_view service, std::string_view operation) {
  // Bursts of ACM and Private CA are not published; a second's worth is safe.
  if (service == "acm") {
    const double rate = rate_of(acm_rates(), operation);
    return {operation, rate, rate};
  }
  if (service == "acm-pca") {
    const double rate = rate_of(acm_pca_rates(), operation);
    return {operation, rate, rate};
  }
  if (service == "sts") return {"*", 600, 600};    // all operations together
  if (service == "route53") return {"*", 10, 50};  // likewise; each alone has no less
  if (service == "tagging") {
    const double rate = operation == "GetResources" ? 15 : 5;
    return {operation, rate, rate};
  }
  return {operation, kUndocumented, kUndocumented};
}

void RateBudget::declare(const std::string& caller, DeclaredRates rates) {
  const Lock lock(mutex_);
  if (rates.empty())
    declared_.erase(caller);
  else
    declared_[caller] = std::move(rates);
}

RateBudget::Bucket& RateBudget::shared_bucket(const RateKey& key, Instant now) {
  const RateQuota quota = documented_quota(key.service, key.operation);
  const std::string name =
      key.account + "|" + key.region + "|" + key.service + "|" + std::string(quota.bucket);
  return bucket(name, {quota.per_second, quota.burst}, key.account, now);
}

RateBudget::Bucket* RateBudget::own_bucket(const RateKey& key, Instant now) {
  const auto caller = declared_.find(key.caller);
  if (caller == declared_.end()) return nullptr;
  const auto service = caller->second.find(key.service);
  if (service == caller->second.end()) return nullptr;
  const auto rate = service->second.find(key.operation);
  if (rate == service->second.end()) return nullptr;
  const std::string name =
      "of " + key.caller + "|" + key.region + "|" + key.service + "|" + key.operation;
  return &bucket(name, {rate->second, rate->second}, key.account, now);
}

// Found or made, and brought up to `now`.
RateBudget::Bucket& RateBudget::bucket(const std::string& name, const Quota& quota,
                                       const std::string& account, Instant now) {
  const auto replicas = replicas_.find(account);
  const int sharers = replicas == replicas_.end() ? 1 : replicas->second;
  const double share = share_ / sharers;

  auto [entry, is_new] = buckets_.try_emplace(name);
  Bucket& bucket = entry->second;
  bucket.rate = quota.per_second * share;
  // One look at an object takes a few calls of a kind; with fewer at once it would never end.
  bucket.capacity =
      std::max({1.0, std::min(kLeastBurst, quota.burst) / sharers, quota.burst * share});
  if (is_new) {
    bucket.tokens = bucket.capacity;
    bucket.filled = bucket.given = now;
    bucket.cut = now - std::chrono::seconds(1);
    return bucket;
  }
  const double elapsed = std::max(0.0, Seconds(now - bucket.filled).count());
  bucket.filled = std::max(bucket.filled, now);
  bucket.factor = std::min(1.0, bucket.factor + elapsed * kRecoveryPerSecond);
  bucket.tokens = std::min(bucket.capacity, bucket.tokens + elapsed * bucket.rate * bucket.factor);
  if (bucket.tokens >= bucket.capacity) bucket.given = now;
  return bucket;
}

Instant RateBudget::next_turn(Bucket& from, Instant now) {
  const double rate = from.rate * from.factor;
  // What nobody can wait for must not overflow either: a rate may be as low as one likes.
  const Duration gap = up_to_millis(std::min(1 / rate, kLongestGap));
  const Instant next = now + up_to_millis(std::min((1 - from.tokens) / rate, kLongestGap));
  from.given = std::max(next, from.given + gap);
  if (from.given > now + kFurthestTurn) from.given = next;  // begins over: turns are shared
  return std::min(from.given, now + kFurthestTurn);
}

std::optional<Instant> RateBudget::take(const RateKey& key) {
  const Instant now = clock_.tick();
  const Lock lock(mutex_);
  Bucket& shared = shared_bucket(key, now);
  Bucket* const own = own_bucket(key, now);
  // Who may not call yet by his own rate takes nothing from the others, not even a turn.
  if (own != nullptr && own->tokens < kWhole) return next_turn(*own, now);
  if (shared.tokens < kWhole) return next_turn(shared, now);
  for (Bucket* bucket : {&shared, own})
    if (bucket != nullptr) bucket->tokens = std::max(0.0, bucket->tokens - 1);
  return std::nullopt;
}

void RateBudget::throttled(const RateKey& key) {
  const Instant now = clock_.tick();
  const Lock lock(mutex_);
  Bucket& from = shared_bucket(key, now);
  from.tokens = 0;
  if (now - from.cut < std::chrono::seconds(1)) return;  // the same burst
  from.factor = std::max(kLeastFactor, from.factor / 2);
  from.cut = now;
}

void RateBudget::set_replicas(const std::string& account, int replicas) {
  const Lock lock(mutex_);
  replicas_[account] = std::max(1, replicas);
}

}  // namespace certloop::aws
