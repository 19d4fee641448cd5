#include "emulator/acm.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "emulator/acm_words.h"

namespace certloop::emulator {

// Rates: the quota table of the ACM User Guide; RevokeCertificate and
// ListCertificateDomainValidations are not in it.
Acm::Acm(World& world) : JsonService("CertificateManager"), world_(world) {
  using Method = Answer<Json> (Acm::*)(Call&, const Json&);
  const auto offer = [this](const char* name, bool mutating, double rate, Method method) {
    add({name, mutating, {{rate}}},
        [this, method](Call& call, const Json& input) { return (this->*method)(call, input); });
  };
  offer("RequestCertificate", true, 5, &Acm::request_certificate);
  offer("ImportCertificate", true, 1, &Acm::import_certificate);
  offer("DescribeCertificate", false, 10, &Acm::describe_certificate);
  offer("ListCertificates", false, 8, &Acm::list_certificates);
  offer("SearchCertificates", false, 5, &Acm::search_certificates);
  offer("GetCertificate", false, 10, &Acm::get_certificate);
  offer("ExportCertificate", true, 10, &Acm::export_certificate);
  offer("DeleteCertificate", true, 10, &Acm::delete_certificate);
  offer("RenewCertificate", true, 5, &Acm::renew_certificate);
  offer("RevokeCertificate", true, 5, &Acm::revoke_certificate);
  offer("UpdateCertificateOptions", true, 5, &Acm::update_certificate_options);
  offer("ResendValidationEmail", true, 1, &Acm::resend_validation_email);
  offer("ListCertificateDomainValidations", false, 10, &Acm::list_domain_validations);
  offer("ListTagsForCertificate", false, 10, &Acm::list_tags);
  offer("AddTagsToCertificate", true, 5, &Acm::add_tags);
  offer("RemoveTagsFromCertificate", true, 5, &Acm::remove_tags);
  offer("PutAccountConfiguration", true, 1, &Acm::put_account_configuration);
  add({"GetAccountConfiguration", false, {{1}}},
      [this](Call& call, const Json&) { return get_account_configuration(call); });
  world.certificates = this;
  world.taggable["acm"] = this;
}

Answer<HeldCertificate*> Acm::named(Call& call, const Json& input) {
  TRY(Constraints(input).required({"CertificateArn"}).text("CertificateArn", acm::kArn).verdict());
  const std::string arn = input.at("CertificateArn");
  call.arn = arn;
  if (arn.find(":certificate/") == std::string::npos) {
    return AwsError{"InvalidArnException", "The ARN '" + arn + "' does not name a certificate."};
  }
  AcmRegion& region = region_of(call);
  const auto found = region.by_arn.find(arn);
  if (found == region.by_arn.end()) {
    return AwsError{"ResourceNotFoundException",
                    fmt::format("Could not find certificate {}.", arn)};
  }
  settle(*found->second, call.now);
  return found->second;
}

HeldCertificate* Acm::find(const std::string& arn) {
  for (auto& [key, region] : regions_) {
    const auto found = region.by_arn.find(arn);
    if (found != region.by_arn.end()) return found->second;
  }
  return nullptr;
}

HeldCertificate& Acm::keep(AcmRegion& region, const Call& call,
                           std::unique_ptr<HeldCertificate> held) {
  held->sequence = region.next_sequence++;
  held->account = call.account;
  held->region = call.region;
  held->arn = fmt::format("arn:{}:acm:{}:{}:certificate/{}", world_.options.partition, call.region,
                          call.account, world_.random.uuid());
  held->created_at = call.now;
  HeldCertificate& kept = *held;
  region.by_arn.emplace(kept.arn, &kept);
  region.certificates.emplace(kept.sequence, std::move(held));
  publish_tags(kept, call.now);
  return kept;
}

Answer<void> Acm::charge(int& held_now, std::deque<Time>& in_a_year, Time now) const {
  const int quota = world_.options.certificates_quota;
  while (!in_a_year.empty() && in_a_year.front() + std::chrono::days(365) <= now) {
    in_a_year.pop_front();
  }
  if (held_now >= quota) {
    return AwsError{"LimitExceededException",
                    "Cannot have more certificates in this account. Contact Customer Service for "
                    "details."};
  }
  if (in_a_year.size() >= 2 * static_cast<std::size_t>(quota)) {
    return AwsError{"LimitExceededException",
                    fmt::format("Error: you have reached your limit of {} certificates in the last "
                                "year.",
                                2 * quota)};
  }
  ++held_now;
  in_a_year.push_back(now);
  return {};
}

void Acm::publish_tags(const HeldCertificate& held, Time now) {
  world_.tags.set({held.arn, "acm:certificate", held.account, held.region, held.tags}, now);
}

}  // namespace certloop::emulator
