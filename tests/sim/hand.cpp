#include "tests/sim/hand.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "aws/answer_json.h"
#include "aws/clients.h"
#include "aws/credentials_providers.h"
#include "base/text.h"
#include "tests/sim/world.h"

namespace certloop::sim {
namespace {

aws::ClientSettings settings_for(net::Transport& transport, const Clock& clock,
                                 aws::RateBudget& budget, const std::string& key,
                                 const std::string& region) {
  aws::Credentials credentials;
  credentials.access_key_id = key;
  credentials.secret_access_key = Secret(key);
  aws::ClientSettings settings{transport, clock, budget,
                               aws::static_credentials(std::move(credentials))};
  settings.region = region;
  settings.endpoint_url = "http://127.0.0.1:4599";
  return settings;
}

// The value of a key of a Secret's data, as tls_secret() writes it.
std::string value_in(const std::string& secret, const std::string& key) {
  const auto at = secret.find(key + ": ") + key.size() + 2;
  return from_base64(secret.substr(at, secret.find('\n', at) - at)).value();
}

}  // namespace

std::string Hand::import_certificate(const std::vector<std::string>& names, const aws::Tags& tags) {
  const std::string secret = tls_secret("x", names, clock_.now(), 7);
  aws::ImportCertificate request;
  request.certificate = value_in(secret, "tls.crt");
  request.private_key = Secret(value_in(secret, "tls.key"));
  request.tags = tags;
  return acm("us-east-1")->import_certificate(request).value();
}

Hand::Hand(emulator::Emulator& aws, const Clock& clock, const std::string& key)
    : transport_(aws),
      clock_(clock),
      budget_(clock),
      key_(key),
      route53_(aws::make_route53(settings_for(transport_, clock, budget_, key, "us-east-1"))) {}

std::unique_ptr<aws::Acm> Hand::acm(const std::string& region) {
  return aws::make_acm(settings_for(transport_, clock_, budget_, key_, region));
}

void Hand::export_certificate(const std::string& arn) {
  aws::Client client("acm", settings_for(transport_, clock_, budget_, key_, "us-east-1"));
  auto call =
      aws::json_call(client, "ExportCertificate",
                     {{"CertificateArn", arn}, {"Passphrase", to_base64("longpassphrase")}});
  ASSERT_TRUE(call.ok());
  call->mutating = true;
  const auto done = client.call(std::move(*call));
  EXPECT_TRUE(done.ok()) << done.error().message();
}

std::unique_ptr<aws::AcmPca> Hand::acm_pca(const std::string& region) {
  return aws::make_acm_pca(settings_for(transport_, clock_, budget_, key_, region));
}

std::string Hand::zone(const std::string& domain) {
  for (const auto& zone : route53_->list_hosted_zones().value())
    if (zone.name == domain) return zone.id;
  ADD_FAILURE() << "no zone " << domain;
  return "";
}

std::size_t Hand::records(const std::string& domain) {
  const auto sets = route53_->list_record_sets(zone(domain)).value();
  return static_cast<std::size_t>(
      std::count_if(sets.begin(), sets.end(), [](const auto& set) { return set.type == "CNAME"; }));
}

void Hand::change(const std::string& domain, const std::string& action, const std::string& name,
                  const std::string& value) {
  const auto changed =
      route53_->change_record_sets(zone(domain), {{action, {name, "CNAME", 300, {value}}}});
  EXPECT_TRUE(changed.ok()) << changed.error().message();
}

}  // namespace certloop::sim
