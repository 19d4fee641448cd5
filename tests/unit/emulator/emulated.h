#pragma once
// An emulator on virtual time, and a caller who signs requests by a signer of the tests' own.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "emulator/emulator.h"
#include "pki/certificate.h"
#include "pki/private_key.h"

namespace certloop::emulator {

using Json = nlohmann::json;

// 2026-11-21T00:00:00Z.
inline constexpr Time kStart{Duration{1795219200000}};

struct Caller {
  std::string access_key_id = "test";
  std::string secret = "test";
  std::string token;
};

// What a call came to. `json` is the parsed body of JSON services.
struct Outcome {
  int status = 0;
  std::string code;     // of the error; empty on success
  std::string message;  // of the error
  Json json;
  net::HttpResponse response;
  bool ok() const { return status == 200; }
};

class Emulated {
 public:
  explicit Emulated(EmulatorOptions options = {}) : emulator(std::move(options), clock, random) {}

  // A signed request, not yet sent. `now` is the signer's clock.
  net::HttpRequest signed_request(const std::string& service, net::HttpRequest request,
                                  std::optional<Time> now = std::nullopt) const;
  net::HttpRequest json_request(const std::string& service, const std::string& prefix,
                                const std::string& operation, const Json& input) const;

  Outcome acm(const std::string& operation, const Json& input = Json::object());
  Outcome pca(const std::string& operation, const Json& input = Json::object());
  Outcome tagging(const std::string& operation, const Json& input = Json::object());
  // "Action=GetCallerIdentity&..." without Version. `response.body` is the XML.
  Outcome sts(const std::string& form);
  // Likewise of IAM.
  Outcome iam(const std::string& form);
  // Method GET, POST or DELETE of Route 53; `path` from "/2013-04-01" on, with its query.
  Outcome route53(const std::string& method, const std::string& path, const std::string& body = "");
  net::HttpResponse control(const std::string& method, const std::string& path,
                            const Json& body = Json::object());

  void pass(Duration by) { clock.advance(by); }
  Json describe(const std::string& arn);  // the Certificate member

  // Makes or replaces a record set in the zone of that name, which EmulatorOptions::zones made.
  void put_record(const std::string& zone, const std::string& name, const std::string& type,
                  const std::string& value, const std::string& action = "UPSERT");
  // Asks for a public certificate validated by DNS; `more` adds parameters. The ARN.
  std::string request(const std::string& name, const Json& more = Json::object());
  // Writes the CNAMEs that DescribeCertificate shows into the zone.
  void put_validation_records(const std::string& arn, const std::string& zone = "example.com");
  // A certificate that has become ISSUED.
  std::string issued(const std::string& name, const Json& more = Json::object());
  // An ACTIVE root CA that lives ten years.
  std::string root_authority(const std::string& key_algorithm = "EC_prime256v1");

  SimClock clock{kStart};
  SeededRandom random{7};
  Emulator emulator;
  Caller caller;
  std::string region = "eu-west-1";
};

// The text inside the first <name>...</name>; empty if there is none.
std::string xml_text(const std::string& xml, const std::string& name);

// A certificate somebody might import, with its key: self-signed unless an issuer is given.
struct Material {
  pki::PrivateKey key;
  pki::Certificate certificate;
};
struct Wish {
  std::string common_name = "imported.example.com";
  std::vector<std::string> names = {"imported.example.com"};
  pki::KeyAlgorithm algorithm = pki::KeyAlgorithm::ec_prime256v1;
  std::vector<std::string> key_usages = {"DIGITAL_SIGNATURE"};
  std::vector<std::string> extended_key_usages = {"TLS_WEB_SERVER_AUTHENTICATION"};
  Time not_before = kStart - std::chrono::hours(24);
  Time not_after = kStart + std::chrono::hours(24 * 90);
  bool is_ca = false;
};
Material make_certificate(const Wish& wish, const Material* issuer = nullptr);
Json import_input(const Material& material);

}  // namespace certloop::emulator
