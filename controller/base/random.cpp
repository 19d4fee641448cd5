#include "base/random.h"

#include <openssl/rand.h>

#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace certloop {

std::string Random::uuid() {
  std::string raw = bytes(16);
  raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);
  const std::string hex = to_hex(raw);
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' +
         hex.substr(16, 4) + '-' + hex.substr(20);
}

std::uint64_t Random::below(std::uint64_t bound) {
  // Rejection keeps the distribution uniform; fewer than two draws are needed on average.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    std::uint64_t value = 0;
    const std::string raw = bytes(sizeof value);
    std::memcpy(&value, raw.data(), sizeof value);
    if (value < limit) return value % bound;
  }
}

double Random::unit() { return static_cast<double>(below(1ULL << 53)) / (1ULL << 53); }

std::string SystemRandom::bytes(std::size_t count) {
  std::string out(count, '\0');
  // Without randomness no key and no token is safe: there is nothing to fall back to.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1)
    std::abort();
  return out;
}

std::string SeededRandom::bytes(std::size_t count) {
  Lock lock(mutex_);
  std::string out(count, '\0');
  for (char& c : out) c = static_cast<char>(engine_() >> 32);
  return out;
}

}  // namespace certloop
