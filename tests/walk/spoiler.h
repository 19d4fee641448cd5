#pragma once
// Spoils the n-th answer of AWS to an operation: what a listing, a proxy or a replica that lags
// makes of an answer that was right. What the service itself refuses is the emulator's to say
// (emulator::Fault).
#include <map>
#include <string>

#include "tests/sim/world.h"

namespace certloop::walk {

enum class Spoiling {
  none,
  omit,   // a listing without its items
  cut,    // the first half of the body
  stale,  // the answer to the same request before
};

// Stands in the way of every answer that the world gets; must outlive the world's last call.
class Spoiler {
 public:
  // The answer to the `nth` call of this service and operation from now on, counted with those of
  // others.
  Spoiler(sim::World& world, const emulator::Fault& which, Spoiling how);

 private:
  Result<net::HttpResponse> pass(const net::HttpRequest& request, net::HttpResponse answer);

  emulator::EmulatorTransport again_;
  const Spoiling how_;
  std::map<std::string, net::HttpResponse> earlier_;  // by request
};

}  // namespace certloop::walk
