#pragma once
// The world as text that chance does not change: what AWS holds, ARNs, tokens and serial numbers
// aside, and what certloop says of its objects. Reads the emulator past its API, so that looking
// is no call.
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/sim/world.h"
#include "tests/walk/neighbour.h"

namespace certloop::walk {

// A line for each certificate, CA and record that is not the neighbour's, and for each object of
// the store with its conditions, sorted.
std::string state_of(sim::World& world, const Neighbour& neighbour);

// The conditions that are not as they should be, in the objects' own words; for findings.
std::string complaints_of(sim::World& world);

struct Held {
  std::size_t certificates = 0, authorities = 0;  // deleted CAs included
};
Held held_in(sim::World& world, const Neighbour& neighbour);

// The emulator's state by service, brought up to date first.
nlohmann::json services_of(sim::World& world);

// The data of a Secret's YAML as sim::tls_secret() writes it, decoded.
nlohmann::json json_of_secret(const std::string& yaml);

}  // namespace certloop::walk
