#include <nlohmann/json.hpp>

#include "emulator/acm.h"
#include "emulator/acm_pca.h"
#include "emulator/iam.h"
#include "emulator/route53.h"
#include "emulator/service.h"
#include "emulator/sts.h"
#include "emulator/tagging.h"

namespace certloop::emulator {

std::vector<std::unique_ptr<Service>> make_services(World& world) {
  std::vector<std::unique_ptr<Service>> services;
  services.push_back(std::make_unique<Sts>(world));
  services.push_back(std::make_unique<Iam>(world));
  services.push_back(std::make_unique<Acm>(world));
  services.push_back(std::make_unique<AcmPcaService>(world));
  services.push_back(std::make_unique<Route53Service>(world));
  services.push_back(std::make_unique<TaggingService>(world));
  return services;
}

}  // namespace certloop::emulator
