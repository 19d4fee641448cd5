#pragma once
// Somebody else in the same AWS account, who has nothing to do with certloop: certificates with the
// names that the scenarios use, a CA, records in the same zone. They are compared to the byte.
#include <set>
#include <string>

#include "tests/sim/world.h"

namespace certloop::walk {

class Neighbour {
 public:
  // Makes what the neighbour has. Takes some minutes of virtual time.
  explicit Neighbour(sim::World& world);

  bool owns(const std::string& arn) const { return arns_.contains(arn); }
  // How everything stands now is how it must stay.
  void remember(sim::World& world) { before_ = text(world); }
  // What is different since; empty: nothing.
  std::string changes(sim::World& world) const;

 private:
  std::string text(sim::World& world) const;

  std::set<std::string> arns_;
  std::string before_;
};

}  // namespace certloop::walk
