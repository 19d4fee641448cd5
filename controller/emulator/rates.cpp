#include "emulator/rates.h"

#include <algorithm>

#include "emulator/text_forms.h"

namespace certloop::emulator {

bool TokenBuckets::take(const std::string& account, const std::string& region,
                        std::string_view service, const Operation& operation, Time now) {
  std::vector<Bucket*> needed;
  for (const Rate& rate : operation.rates) {
    const double capacity = rate.capacity > 0 ? rate.capacity : std::max(1.0, rate.per_second);
    const std::string key = account + ' ' + region + ' ' + std::string(service) + ' ' +
                            (rate.name.empty() ? operation.name : '*' + rate.name);
    const auto [entry, is_new] = buckets_.try_emplace(key, Bucket{capacity, now});
    Bucket& bucket = entry->second;
    const double seconds = static_cast<double>((now - bucket.filled).count()) / 1000.0;
    bucket.tokens = std::min(capacity, bucket.tokens + seconds * rate.per_second);
    bucket.filled = now;
    needed.push_back(&bucket);
  }
  // A hair below one is one: the sum of many small refills is not exact.
  constexpr double kWhole = 1.0 - 1e-9;
  if (std::any_of(needed.begin(), needed.end(),
                  [](const Bucket* bucket) { return bucket->tokens < kWhole; })) {
    return false;
  }
  for (Bucket* bucket : needed) bucket->tokens -= 1.0;
  return true;
}

std::optional<Fault> Faults::strike(std::string_view service, std::string_view operation,
                                    Random& random) {
  std::optional<Fault> struck;
  for (Armed& armed : armed_) {
    const Fault& fault = armed.fault;
    if (!fault.service.empty() && fault.service != service) continue;
    if (!fault.operation.empty() && fault.operation != operation) continue;
    ++armed.seen;
    const bool strikes = fault.nth > 0 ? armed.seen == fault.nth
                                       : fault.probability > 0 && random.unit() < fault.probability;
    if (strikes && !struck) struck = fault;
  }
  return struck;
}

}  // namespace certloop::emulator
