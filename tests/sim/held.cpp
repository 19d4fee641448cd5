#include "tests/sim/held.h"

#include <nlohmann/json.hpp>

namespace certloop::sim {

using nlohmann::json;

std::vector<HeldCertificate> certificates_in(emulator::Emulator& aws) {
  net::HttpRequest request;
  request.url = net::Url::parse("http://127.0.0.1/_certloop/certificates").value();
  std::vector<HeldCertificate> all;
  const json answer = json::parse(aws.handle(request).body);
  for (const auto& held : answer.at("certificates"))
    all.push_back({held.at("CertificateArn"), held.at("DomainName"), held.at("Status"),
                   held.at("Tags").get<std::map<std::string, std::string>>()});
  return all;
}

std::size_t authorities_in(const emulator::Emulator& aws) {
  const json state = json::parse(aws.dump().reveal());
  return state.at("services").at("acm-pca").at("authorities").size();
}

}  // namespace certloop::sim
