#include "tests/walk/neighbour.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "aws/acm_pca.h"
#include "base/text.h"
#include "tests/sim/hand.h"
#include "tests/walk/world_state.h"

namespace certloop::walk {
namespace {

using nlohmann::json;

std::string import_one(sim::World& world, sim::Hand& hand, const std::string& domain, int serial) {
  world.clock.advance(std::chrono::seconds(2));  // the hand keeps to the account's request rate
  const json secret = json_of_secret(sim::tls_secret("x", {domain}, world.clock.now(), serial));
  aws::ImportCertificate request;
  request.certificate = secret.at("tls.crt").get<std::string>();
  request.private_key = Secret(secret.at("tls.key").get<std::string>());
  request.tags = {{"team", "neighbour"}};
  const auto imported = hand.acm("us-east-1")->import_certificate(request);
  if (!imported) throw std::runtime_error("the neighbour's import: " + imported.error().message());
  return *imported;
}

std::string request_one(sim::World& world, sim::Hand& hand) {
  aws::RequestCertificate request;
  request.domain_name = "www.neighbour.example.com";
  request.validation_method = "DNS";
  request.key_algorithm = "EC_prime256v1";  // an RSA key takes long to find
  request.tags = {{"team", "neighbour"}};
  const auto acm = hand.acm("us-east-1");
  const std::string arn = acm->request_certificate(request).value();
  world.clock.advance(std::chrono::seconds(10));
  const auto record =
      acm->describe_certificate(arn).value().domain_validation_options.at(0).resource_record;
  if (!record) throw std::runtime_error("ACM has not said the validation record in time");
  hand.change("example.com.", "CREATE", record->name, record->value);
  return arn;
}

std::string create_authority(sim::Hand& hand) {
  aws::CreateCertificateAuthority request;
  request.type = "ROOT";
  request.key_algorithm = "EC_prime256v1";
  request.signing_algorithm = "SHA256WITHECDSA";
  request.subject.common_name = "Test Root";  // as the scenarios' own
  request.idempotency_token = "neighbour";
  request.usage_mode = "GENERAL_PURPOSE";
  request.key_storage_security_standard = "FIPS_140_2_LEVEL_3_OR_HIGHER";
  request.tags = {{"team", "neighbour"}};
  return hand.acm_pca("us-east-1")->create_certificate_authority(request).value();
}

}  // namespace

Neighbour::Neighbour(sim::World& world) {
  sim::Hand hand(world.aws, world.clock);
  arns_.insert(request_one(world, hand));
  for (const char* domain : {"shop.example.com", "legacy.example.com", "api.internal.example.com"})
    arns_.insert(import_one(world, hand, domain, 100 + static_cast<int>(arns_.size())));
  arns_.insert(create_authority(hand));
  hand.change("example.com.", "CREATE", "_0123456789abcdef.neighbour.example.com.",
              "_fedcba9876543210.neighbour.example.net.");
  world.clock.advance(std::chrono::minutes(5));
}

std::string Neighbour::text(sim::World& world) const {
  const json services = services_of(world);
  std::string text;
  for (const auto& region : services.at("acm").at("regions"))
    for (const auto& held : region.at("certificates"))
      if (owns(held.at("arn").get<std::string>())) text += held.dump() + '\n';
  for (const auto& authority : services.at("acm-pca").at("authorities"))
    if (owns(authority.at("arn").get<std::string>())) text += authority.dump() + '\n';
  for (const auto& zone : services.at("route53").at("zones"))
    for (const auto& record : zone.at("records"))
      if (record.dump().find("neighbour") != std::string::npos) text += record.dump() + '\n';
  return text;
}

std::string Neighbour::changes(sim::World& world) const {
  const std::string after = text(world);
  if (after == before_) return "";
  std::string changed;
  const auto now = split(after, '\n');
  for (const auto& line : split(before_, '\n'))
    if (std::find(now.begin(), now.end(), line) == now.end()) changed += "  was: " + line + '\n';
  for (const auto& line : now)
    if (before_.find(line) == std::string::npos) changed += "  is:  " + line + '\n';
  return changed;
}

}  // namespace certloop::walk
