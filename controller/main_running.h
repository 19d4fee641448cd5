#pragma once
// An engine on threads of its own, which ends with its owner.
#include <optional>
#include <stop_token>
#include <thread>

#include "base/result.h"
#include "reconcilers/engine.h"

namespace certloop {

class Running {
 public:
  // Both outlive this. `stop` is what the engine's edges look at, too: it is requested when this is
  // destroyed or end() is called, and by the engine's thread where it fails.
  Running(Engine& engine, std::stop_source& stop, int workers);
  // Waits until nothing is at work any more.
  ~Running();

  // Stops and waits. Error: internal (the engine's thread could not go on: out of memory, a bug).
  Result<void> end();

 private:
  void run(int workers);

  Engine& engine_;
  std::stop_source& stop_;
  std::optional<Error> failure_;  // written by the thread, read once it has ended
  std::thread thread_;
};

}  // namespace certloop
