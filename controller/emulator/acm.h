#pragma once
// AWS Certificate Manager. Nothing in it runs by itself: a certificate's past is worked out
// whenever it is looked at (acm_progress.cpp), so that a leap of virtual time gives the same as
// many small steps.
//
// Names that fail by themselves, for tests: a public request for a name under .invalid, .local,
// .internal or .localhost fails with INVALID_PUBLIC_DOMAIN; under amazonaws.com, cloudfront.net or
// elasticbeanstalk.com, or whose first label is "blocked", with DOMAIN_NOT_ALLOWED; whose first
// label is "unverified", with ADDITIONAL_VERIFICATION_REQUIRED. A CAA record set that allows none
// of Amazon's names gives CAA_ERROR.
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "emulator/acm_authority.h"
#include "emulator/acm_certificate.h"
#include "emulator/service.h"

namespace certloop::emulator {

class Acm final : public JsonService, public Taggable, public CertificateControls {
 public:
  explicit Acm(World& world);

  std::string_view signing_name() const override { return "acm"; }
  Json dump() const override;
  void restore(const Json& state) override;

  Answer<void> tag(const std::string& account, const std::string& region, const std::string& arn,
                   const Tags& tags, Time now) override;
  Answer<void> untag(const std::string& account, const std::string& region, const std::string& arn,
                     const std::vector<std::string>& keys, Time now) override;

  Answer<void> set_in_use(const std::string& arn, std::vector<std::string> resources,
                          Time now) override;
  Answer<void> force(const std::string& arn, const Json& what, Time now) override;
  Json all(Time now) override;

 private:
  // acm_request.cpp
  Answer<Json> request_certificate(Call& call, const Json& input);
  Answer<void> check_request(const Json& input) const;
  // acm_import.cpp
  Answer<Json> import_certificate(Call& call, const Json& input);
  // acm_list.cpp, acm_search.cpp
  Answer<Json> list_certificates(Call& call, const Json& input);
  Answer<Json> search_certificates(Call& call, const Json& input);
  // acm_describe.cpp
  Answer<Json> describe_certificate(Call& call, const Json& input);
  // acm_operations.cpp
  Answer<Json> get_certificate(Call& call, const Json& input);
  Answer<Json> export_certificate(Call& call, const Json& input);
  Answer<Json> delete_certificate(Call& call, const Json& input);
  Answer<Json> renew_certificate(Call& call, const Json& input);
  Answer<Json> revoke_certificate(Call& call, const Json& input);
  Answer<Json> update_certificate_options(Call& call, const Json& input);
  // acm_migration.cpp
  Answer<Json> list_domain_validations(Call& call, const Json& input);
  Answer<void> begin_migration(HeldCertificate& held, Time now);
  void step_migration(HeldCertificate& held, Time now);
  // acm_operations.cpp
  Answer<Json> resend_validation_email(Call& call, const Json& input);
  // acm_tags.cpp
  Answer<Json> list_tags(Call& call, const Json& input);
  Answer<Json> add_tags(Call& call, const Json& input);
  Answer<Json> remove_tags(Call& call, const Json& input);
  Answer<Json> get_account_configuration(Call& call);
  Answer<Json> put_account_configuration(Call& call, const Json& input);
  Answer<void> merge_tags(HeldCertificate& held, const Tags& tags, Time now);

  AcmRegion& region_of(const Call& call) { return regions_[{call.account, call.region}]; }
  // The caller's certificate that CertificateArn names, brought up to date. Errors:
  // ValidationException, InvalidArnException, ResourceNotFoundException.
  Answer<HeldCertificate*> named(Call& call, const Json& input);
  HeldCertificate* find(const std::string& arn);
  // Takes a certificate in: ARN, sequence, tags.
  HeldCertificate& keep(AcmRegion& region, const Call& call, std::unique_ptr<HeldCertificate> held);
  void publish_tags(const HeldCertificate& held, Time now);
  // Counts one more against the quotas. Errors: LimitExceededException, and nothing is counted.
  Answer<void> charge(int& held_now, std::deque<Time>& in_a_year, Time now) const;

  // acm_progress.cpp: what happened to the certificate up to now.
  void settle(HeldCertificate& held, Time now);
  void settle_all(AcmRegion& region, Time now);
  void step(HeldCertificate& held, Time now);
  void step_pending(HeldCertificate& held, Time now);
  void step_issued(HeldCertificate& held, Time now);
  void step_renewal(HeldCertificate& held, Time now);
  void fail(HeldCertificate& held, const std::string& reason);
  // acm_validation.cpp
  // True if every name is validated by `now`; else the next time worth looking goes into
  // next_event.
  bool validate_names(HeldCertificate& held, const std::string& method,
                      std::vector<NameValidation>& names, Time from, Time now);
  bool caa_forbids(const std::vector<std::string>& names) const;
  // Errors: the FailureReason.
  Answer<void> issue_public(HeldCertificate& held, Time at);
  Answer<void> issue_private(HeldCertificate& held, Time at, bool renewal);

  World& world_;
  std::map<std::pair<std::string, std::string>, AcmRegion> regions_;  // by account and region
  KeySource keys_;
  PublicAuthority authority_;
};

namespace acm {

// The CNAME that proves an account's right to a name: the same in every region, for the wildcard
// and its base name alike, for ever.
struct ValidationRecord {
  std::string name, value;  // both end with a dot
};
ValidationRecord validation_record(const std::string& account, const std::string& domain);

// Why a public request for these names fails at once, if it does.
std::string failure_of(const std::vector<std::string>& names);

// The five mailboxes that are asked for a validation domain.
Json mailboxes(const std::string& domain);

// Members of answers.
Json describe(const HeldCertificate& held, const World& world, Time now);
Json summarize(const HeldCertificate& held);

}  // namespace acm

}  // namespace certloop::emulator
