#pragma once
// Somebody else at AWS: what people and other tools do with their own credentials, past certloop.
#include <memory>
#include <string>

#include "aws/acm.h"
#include "aws/acm_pca.h"
#include "aws/rate_budget.h"
#include "aws/route53.h"
#include "emulator/emulator.h"

namespace certloop::sim {

class Hand {
 public:
  // Uses the access key `key`, whose secret has the same text.
  Hand(emulator::Emulator& aws, const Clock& clock, const std::string& key = "test");

  aws::Route53& route53() { return *route53_; }
  std::unique_ptr<aws::Acm> acm(const std::string& region);
  std::unique_ptr<aws::AcmPca> acm_pca(const std::string& region);

  // The ARN of a new self-signed certificate; fails the test if ACM refuses it.
  std::string import_certificate(const std::vector<std::string>& names, const aws::Tags& tags = {});

  // Somebody takes the certificate and its key away; fails the test if ACM refuses.
  void export_certificate(const std::string& arn);

  // The id of the public zone ("example.com."); fails the test if there is none.
  std::string zone(const std::string& domain);
  std::size_t records(const std::string& domain);  // CNAMEs in it
  void change(const std::string& domain, const std::string& action, const std::string& name,
              const std::string& value);

 private:
  emulator::EmulatorTransport transport_;
  const Clock& clock_;
  aws::RateBudget budget_;
  const std::string key_;
  std::unique_ptr<aws::Route53> route53_;
};

}  // namespace certloop::sim
