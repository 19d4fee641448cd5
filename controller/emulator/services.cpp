#include <nlohmann/json.hpp>

#include "emulator/service.h"
#include "emulator/sts.h"

namespace certloop::emulator {

std::vector<std::unique_ptr<Service>> make_services(World& world) {
  std::vector<std::unique_ptr<Service>> services;
  services.push_back(std::make_unique<Sts>(world));
  return services;
}

}  // namespace certloop::emulator
