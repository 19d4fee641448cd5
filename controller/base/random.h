#pragma once
// The only door to chance, so that a whole run can be repeated from a seed.
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "base/mutex.h"

namespace certloop {

// Implementations are safe for concurrent use.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::string bytes(std::size_t count) = 0;

  std::string uuid();                        // RFC 9562 version 4, lower case
  std::uint64_t below(std::uint64_t bound);  // uniform in [0, bound); bound > 0
  double unit();                             // uniform in [0, 1)
};

// The operating system's generator, by OpenSSL: fit for keys, nonces and tokens.
class SystemRandom final : public Random {
 public:
  std::string bytes(std::size_t count) override;
};

// The same sequence for the same seed. Never for keys outside tests and simulations.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::string bytes(std::size_t count) override;

 private:
  Mutex mutex_;
  std::mt19937_64 engine_ GUARDED_BY(mutex_);
};

}  // namespace certloop
