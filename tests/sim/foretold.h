#pragma once
// The property of every scenario (DESIGN 2, "One opinion"): what the unfolded plan says beforehand
// is what AWS is then asked for, object for object and in that order; and what has not been done
// yet, a plan taken afterwards still says.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "emulator/emulator.h"
#include "reconcilers/engine.h"

namespace certloop::sim {

class World;

// By object ("certificate/default/shop") what is done to it, in order: region, service, operation,
// subject, and the tags or the status that the call carries. What does not exist beforehand stands
// there by whom makes it: "<certificate/default/shop 1>". Records of a zone are sorted, because one
// call carries many, and show no token, which only ACM knows.
using Lines = std::map<std::string, std::vector<std::string>>;
std::string text_of(const Lines& lines);

class Foretold {
 public:
  // Takes the plan as the world stands.
  explicit Foretold(World& world);

  // Expects of the time since then that calls and plan agree. Answers what was called.
  Lines expect_kept() const;

 private:
  World& world_;
  std::uint64_t last_call_ = 0;
  std::map<std::string, std::string> objects_;  // by ARN and hosted zone
  Lines plan_;
};

}  // namespace certloop::sim
