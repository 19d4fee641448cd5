#pragma once
// What the emulated AWS holds, as it says itself: the truth that tests count.
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "emulator/emulator.h"

namespace certloop::sim {

struct HeldCertificate {
  std::string arn, domain, status;
  std::map<std::string, std::string> tags;
};

// In ACM, of all accounts and regions.
std::vector<HeldCertificate> certificates_in(emulator::Emulator& aws);

// In Private CA, deleted ones included.
std::size_t authorities_in(const emulator::Emulator& aws);

}  // namespace certloop::sim
