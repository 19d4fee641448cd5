#include <nlohmann/json.hpp>

#include "emulator/service.h"

namespace certloop::emulator {

std::vector<std::unique_ptr<Service>> make_services(World& world) {
  std::vector<std::unique_ptr<Service>> services;
  (void)world;
  return services;
}

}  // namespace certloop::emulator
