#pragma once
// Which answers of a play can be spoiled, and how.
#include <cstdint>
#include <string>
#include <vector>

#include "tests/walk/play.h"

namespace certloop::walk {

struct Case {
  std::string operation;  // "acm DescribeCertificate"
  int nth = 0;            // of this operation, from 1
  std::size_t stage = 0;  // how many checkpoints lie before it
  bool reads = false;
  std::string how;  // "absent", "denied", ...
  Disturbance disturbance;

  // "acm DescribeCertificate 3 absent"
  std::string name() const;
};

// Every case of the course: each answer to each call, spoiled in each way that fits the call.
std::vector<Case> cases_of(const Course& course);

// At most `alike` of each kind, for the hundredth reading of a place that rests is like the tenth.
// The first of each kind come first, then the second of each kind, and so on; which are first is
// chance's, by the seed. A kind is a stage, an operation and a way.
std::vector<Case> shuffled(std::vector<Case> cases, std::uint64_t seed, std::size_t alike);

}  // namespace certloop::walk
