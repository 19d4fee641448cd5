// RequestCertificate.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "emulator/acm.h"
#include "emulator/acm_words.h"

namespace certloop::emulator {

namespace {

using std::chrono::hours;

constexpr auto kTokenLife = hours(1);
constexpr std::size_t kCommonNameLimit = 64;

AwsError bad(std::string message) { return {"InvalidParameterException", std::move(message)}; }

// The domain name and the alternative names, lower case, each once, in the order given.
std::vector<std::string> names_of(const Json& input) {
  std::vector<std::string> names = {lower(input.at("DomainName").get<std::string>())};
  if (const auto more = input.find("SubjectAlternativeNames"); more != input.end()) {
    for (const Json& name : *more) {
      const std::string text = lower(name.get<std::string>());
      if (std::find(names.begin(), names.end(), text) == names.end()) names.push_back(text);
    }
  }
  return names;
}

// RFC 5891: labels with hyphens in the third and fourth place are A-labels or nothing.
bool has_reserved_label(const std::string& name) {
  for (const std::string& label : split(name, '.')) {
    if (label.size() > 3 && label.substr(2, 2) == "--" && !label.starts_with("xn--")) return true;
  }
  return false;
}

bool is_same_or_parent(const std::string& parent, const std::string& domain) {
  return domain == parent || domain.ends_with('.' + parent);
}

Answer<void> check_names(const std::vector<std::string>& names, int quota) {
  if (names.front().size() > kCommonNameLimit) {
    return bad("The first domain name can be no longer than 64 bytes.");
  }
  for (const std::string& name : names) {
    if (has_reserved_label(name)) {
      return bad("The domain name '" + name + "' is not a valid internationalized domain name.");
    }
  }
  if (names.size() > static_cast<std::size_t>(quota)) {
    return AwsError{"LimitExceededException", "Certificate has too many domains."};
  }
  return {};
}

Answer<std::vector<NameValidation>> validations_of(const Json& input,
                                                   const std::vector<std::string>& names) {
  std::vector<NameValidation> validations;
  for (const std::string& name : names) validations.push_back({name, name, std::nullopt});
  const auto options = input.find("DomainValidationOptions");
  if (options == input.end()) return validations;
  for (const Json& option : *options) {
    const std::string domain = lower(option.at("DomainName").get<std::string>());
    const std::string parent = lower(option.at("ValidationDomain").get<std::string>());
    const auto found =
        std::find_if(validations.begin(), validations.end(),
                     [&](const NameValidation& each) { return each.domain == domain; });
    if (found == validations.end() || !is_same_or_parent(parent, domain)) {
      return AwsError{"InvalidDomainValidationOptionsException",
                      "The validation domain '" + parent + "' is not valid for '" + domain + "'."};
    }
    found->validation_domain = parent;
  }
  return validations;
}

Answer<void> check_method(const Json& input, const std::vector<std::string>& names) {
  if (input.contains("CertificateAuthorityArn")) return {};
  const bool by_cloudfront = input.contains("ManagedBy");
  if (input.value("ValidationMethod", "EMAIL") != "HTTP") return {};
  if (!by_cloudfront) return bad("HTTP validation is only available for CloudFront.");
  if (std::any_of(names.begin(), names.end(),
                  [](const std::string& name) { return name.starts_with("*."); })) {
    return bad("HTTP validation does not support wildcard domain names.");
  }
  return {};
}

}  // namespace

Answer<void> Acm::check_request(const Json& input) const {
  Constraints constraints(input);
  constraints.required({"DomainName"})
      .text("DomainName", acm::kDomainName)
      .texts("SubjectAlternativeNames", 1, 100, acm::kDomainName)
      .word("ValidationMethod", acm::kValidationMethods)
      .text("IdempotencyToken", acm::kToken)
      .list("DomainValidationOptions", 1, 100)
      .text("CertificateAuthorityArn", acm::kAuthorityArn)
      .word("KeyAlgorithm", acm::kKeyAlgorithms)
      .word("ManagedBy", acm::kManagers);
  acm::constrain_tags(constraints, input, false);
  if (const auto options = input.find("Options"); options != input.end()) {
    for (const char* name : {"CertificateTransparencyLoggingPreference", "Export"}) {
      if (options->contains(name)) {
        constraints.value_word(options->at(name), "options." + member_path(name), acm::kSwitch);
      }
    }
  }
  if (const auto validations = input.find("DomainValidationOptions"); validations != input.end()) {
    for (const Json& each : *validations) {
      for (const char* name : {"DomainName", "ValidationDomain"}) {
        constraints.value_text(each.value(name, ""),
                               "domainValidationOptions.1.member." + member_path(name),
                               acm::kDomainName);
      }
    }
  }
  return constraints.verdict();
}

Answer<Json> Acm::request_certificate(Call& call, const Json& input) {
  TRY(check_request(input));
  AcmRegion& region = region_of(call);
  const std::string token = input.value("IdempotencyToken", "");
  // ACM looks at the token alone: other parameters, even another CA, change nothing.
  if (const auto found = region.tokens.find(token);
      !token.empty() && found != region.tokens.end()) {
    if (call.now < found->second.expires && region.by_arn.contains(found->second.arn)) {
      call.arn = found->second.arn;
      return Json{{"CertificateArn", call.arn}};
    }
    region.tokens.erase(found);
  }
  const std::vector<std::string> names = names_of(input);
  TRY(check_names(names, world_.options.names_quota));
  TRY(check_method(input, names));
  const std::string algorithm = input.value("KeyAlgorithm", "RSA_2048");
  if (std::find(acm::kRequestableKeyAlgorithms.begin(), acm::kRequestableKeyAlgorithms.end(),
                algorithm) == acm::kRequestableKeyAlgorithms.end()) {
    return bad("The key algorithm " + algorithm + " is not supported for requested certificates.");
  }
  Tags tags = TRY(acm::tags_from(input));
  std::vector<NameValidation> validations = TRY(validations_of(input, names));
  const bool is_private = input.contains("CertificateAuthorityArn");
  if (!is_private) TRY(charge(region.requested, region.requests, call.now));
  auto held = std::make_unique<HeldCertificate>();
  held->type = is_private ? "PRIVATE" : "AMAZON_ISSUED";
  held->status = "PENDING_VALIDATION";
  held->domain_name = names.front();
  held->names = names;
  held->key_algorithm = *pki::key_algorithm_named(algorithm);
  held->validation_method = is_private ? "" : input.value("ValidationMethod", "EMAIL");
  held->validations = std::move(validations);
  held->authority_arn = input.value("CertificateAuthorityArn", "");
  held->managed_by = input.value("ManagedBy", "");
  const Json options = input.value("Options", Json::object());
  held->export_enabled = options.value("Export", "DISABLED") == "ENABLED";
  held->tags = std::move(tags);
  const HeldCertificate& kept = keep(region, call, std::move(held));
  if (!token.empty()) region.tokens[token] = {kept.arn, call.now + kTokenLife};
  call.arn = kept.arn;
  return Json{{"CertificateArn", kept.arn}};
}

}  // namespace certloop::emulator
