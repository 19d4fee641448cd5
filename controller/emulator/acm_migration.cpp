// From validation by e-mail to validation by DNS without a new certificate (2026-08), and how each
// name is validated now and will be.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "emulator/acm.h"
#include "emulator/acm_words.h"
#include "emulator/page_token.h"

namespace certloop::emulator {

namespace {

using std::chrono::hours;

constexpr auto kTimeout = hours(72);
constexpr std::size_t kPage = 1000;

AwsError wrong_state(const std::string& message) { return {"InvalidStateException", message}; }

Json configuration(const HeldCertificate& held, const NameValidation& name,
                   const std::string& method) {
  Json challenge = Json::object();
  if (method == "EMAIL") {
    challenge["EmailValidationChallenge"] = {
        {"ValidationDomain", name.validation_domain},
        {"ValidationEmails", acm::mailboxes(name.validation_domain)}};
  } else if (method == "DNS") {
    const acm::ValidationRecord record = acm::validation_record(held.account, name.domain);
    challenge["DnsValidationChallenge"] = {
        {"ResourceRecord", {{"Name", record.name}, {"Type", "CNAME"}, {"Value", record.value}}}};
  }
  return {{"ValidationMethod", method},
          {"ValidationStatus", name.validated_at ? "SUCCESS" : "PENDING_VALIDATION"},
          {"ValidationChallenge", std::move(challenge)}};
}

}  // namespace

Answer<void> Acm::begin_migration(HeldCertificate& held, Time now) {
  if (held.validation_method != "EMAIL" || !held.is_issued()) {
    return wrong_state("Only issued certificates that are validated by e-mail can go to DNS.");
  }
  if (held.migration) return wrong_state("The change to DNS validation is in progress already.");
  Migration migration;
  migration.requested_at = now;
  for (const std::string& name : held.names) {
    migration.validations.push_back({name, name, std::nullopt});
  }
  held.migration = std::move(migration);
  held.next_event = now;
  return {};
}

// Done when every name is validated within 72 hours of the request; else forgotten, to be asked for
// again.
void Acm::step_migration(HeldCertificate& held, Time now) {
  const Time deadline = held.migration->requested_at + kTimeout;
  if (validate_names(held, "DNS", held.migration->validations, held.migration->requested_at,
                     std::min(now, deadline))) {
    held.validation_method = "DNS";
    held.validations = std::move(held.migration->validations);
    held.migration.reset();
    // A renewal that waits for clicks goes on by the records.
    if (held.renewal && held.renewal->status != "SUCCESS") {
      held.renewal->validations = held.validations;
    }
  } else if (deadline <= now) {
    held.migration.reset();
  } else {
    held.next_event = std::min(held.next_event, deadline);
  }
}

Answer<Json> Acm::list_domain_validations(Call& call, const Json& input) {
  TRY(Constraints(input).integer("MaxItems", 1, 1000).text("NextToken", acm::kNextToken).verdict());
  const HeldCertificate* held = TRY(named(call, input));
  const std::string parameters = "domain validations " + held->arn;
  PagePosition start;
  if (input.contains("NextToken")) {
    const auto parsed =
        parse_page_token(input.at("NextToken").get_ref<const std::string&>(), parameters);
    if (!parsed) return AwsError{"ValidationException", "The NextToken is not valid."};
    start = *parsed;
  }
  Json rows = Json::array();
  const auto limit = input.value("MaxItems", kPage);
  std::size_t at = start.sequence;
  if (held->type == "AMAZON_ISSUED") {
    for (; at < held->validations.size() && rows.size() < limit; ++at) {
      const NameValidation& name = held->validations[at];
      Json row = {
          {"DomainName", name.domain},
          {"ActiveValidationConfiguration", configuration(*held, name, held->validation_method)}};
      if (held->migration) {
        row["RequestedValidationConfiguration"] =
            configuration(*held, held->migration->validations[at], "DNS");
      }
      rows.push_back(std::move(row));
    }
  }
  Json answer = {{"DomainValidationSummaryList", std::move(rows)}};
  if (held->type == "AMAZON_ISSUED" && at < held->validations.size()) {
    answer["NextToken"] = page_token({"", at}, parameters);
  }
  return answer;
}

}  // namespace certloop::emulator
