#include "emulator/acm_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace certloop::emulator::acm {

const Words kStatuses = {"PENDING_VALIDATION",   "ISSUED",  "INACTIVE", "EXPIRED",
                         "VALIDATION_TIMED_OUT", "REVOKED", "FAILED"};
const Words kTypes = {"IMPORTED", "AMAZON_ISSUED", "PRIVATE"};
const Words kRenewalStatuses = {"PENDING_AUTO_RENEWAL", "PENDING_VALIDATION", "SUCCESS", "FAILED"};
const Words kValidationMethods = {"EMAIL", "DNS", "HTTP"};
const Words kKeyAlgorithms = {"RSA_1024",      "RSA_2048",     "RSA_3072",    "RSA_4096",
                              "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"};
const Words kRequestableKeyAlgorithms = {"RSA_2048", "EC_prime256v1", "EC_secp384r1"};
const Words kKeyUsages = {"DIGITAL_SIGNATURE",
                          "NON_REPUDIATION",
                          "KEY_ENCIPHERMENT",
                          "DATA_ENCIPHERMENT",
                          "KEY_AGREEMENT",
                          "CERTIFICATE_SIGNING",
                          "CRL_SIGNING",
                          "ENCIPHER_ONLY",
                          "DECIPHER_ONLY",
                          "ANY",
                          "CUSTOM"};
const Words kExtendedKeyUsages = {"TLS_WEB_SERVER_AUTHENTICATION",
                                  "TLS_WEB_CLIENT_AUTHENTICATION",
                                  "CODE_SIGNING",
                                  "EMAIL_PROTECTION",
                                  "TIME_STAMPING",
                                  "OCSP_SIGNING",
                                  "IPSEC_END_SYSTEM",
                                  "IPSEC_TUNNEL",
                                  "IPSEC_USER",
                                  "ANY",
                                  "NONE",
                                  "CUSTOM"};
const Words kRevocationReasons = {
    "UNSPECIFIED",     "KEY_COMPROMISE",      "CA_COMPROMISE",          "AFFILIATION_CHANGED",
    "SUPERCEDED",      "SUPERSEDED",          "CESSATION_OF_OPERATION", "CERTIFICATE_HOLD",
    "REMOVE_FROM_CRL", "PRIVILEGE_WITHDRAWN", "A_A_COMPROMISE"};
const Words kFailureReasons = {"NO_AVAILABLE_CONTACTS",
                               "ADDITIONAL_VERIFICATION_REQUIRED",
                               "DOMAIN_NOT_ALLOWED",
                               "INVALID_PUBLIC_DOMAIN",
                               "DOMAIN_VALIDATION_DENIED",
                               "CAA_ERROR",
                               "PCA_LIMIT_EXCEEDED",
                               "PCA_INVALID_ARN",
                               "PCA_INVALID_STATE",
                               "PCA_REQUEST_FAILED",
                               "PCA_NAME_CONSTRAINTS_VALIDATION",
                               "PCA_RESOURCE_NOT_FOUND",
                               "PCA_INVALID_ARGS",
                               "PCA_INVALID_DURATION",
                               "PCA_ACCESS_DENIED",
                               "SLR_NOT_FOUND",
                               "OTHER"};
const Words kSwitch = {"ENABLED", "DISABLED"};
const Words kManagers = {"CLOUDFRONT"};
const Words kOrigins = {"AWS_MANAGED", "ACME", "CUSTOMER_PROVIDED"};
const Words kSortOrders = {"ASCENDING", "DESCENDING"};
const Words kSearchSortKeys = {
    "CREATED_AT",          "NOT_AFTER",         "STATUS",
    "RENEWAL_STATUS",      "EXPORTED",          "IN_USE",
    "NOT_BEFORE",          "KEY_ALGORITHM",     "TYPE",
    "CERTIFICATE_ARN",     "COMMON_NAME",       "REVOKED_AT",
    "RENEWAL_ELIGIBILITY", "ISSUED_AT",         "MANAGED_BY",
    "EXPORT_OPTION",       "VALIDATION_METHOD", "IMPORTED_AT",
    "ACME_ENDPOINT_ARN",   "ACME_ACCOUNT_ID",   "CERTIFICATE_KEY_PAIR_ORIGIN"};
const Words kComparisons = {"CONTAINS", "EQUALS"};

namespace {

bool is_in(char c, std::string_view more) {
  return std::isalnum(static_cast<unsigned char>(c)) || more.find(c) != std::string_view::npos;
}

bool all_in(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return is_in(c, more); });
}

// arn:[\w+=/,.@-]+:<service>:[\w+=/,.@-]*:[0-9]+:[\w+=,.@-]+(/[\w+=,.@-]+)*
bool is_arn_of(std::string_view text, std::string_view service) {
  const std::vector<std::string> parts = split(text, ':');
  return parts.size() == 6 && parts[0] == "arn" && !parts[1].empty() &&
         all_in(parts[1], "_+=/,.@-") && parts[2] == service && all_in(parts[3], "_+=/,.@-") &&
         !parts[4].empty() && parts[4].find_first_not_of("0123456789") == std::string::npos &&
         !parts[5].empty() && all_in(parts[5], "_+=,.@-/") && parts[5].front() != '/' &&
         parts[5].back() != '/' && parts[5].find("//") == std::string::npos;
}
bool is_certificate_arn(std::string_view text) { return is_arn_of(text, "acm"); }
bool is_authority_arn(std::string_view text) { return is_arn_of(text, "acm-pca"); }

bool is_domain_name(std::string_view text) {
  if (text.starts_with("*.")) text.remove_prefix(2);
  const std::vector<std::string> labels = split(text, '.');
  if (labels.size() < 2 || labels.back().size() < 2) return false;
  return std::all_of(labels.begin(), labels.end(), [](const std::string& label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           all_in(label, "-");
  });
}

bool is_word(std::string_view text) { return !text.empty() && all_in(text, "_"); }

// [\p{L}\p{Z}\p{N}_.:/=+\-@]*, with every character beyond ASCII taken for a letter.
bool is_tag_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0x80) != 0 || is_in(c, " _.:/=+-@");
  });
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= 0x20 || c == '\t' || c == '\n' || c == '\r';
  });
}

// [0-9a-f]{2}(:[0-9a-f]{2}){1,19}
bool is_serial(std::string_view text) {
  if (text.size() < 5 || text.size() > 59 || text.size() % 3 != 2) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool fits =
        at % 3 == 2 ? text[at] == ':'
                    : std::string_view("0123456789abcdef").find(text[at]) != std::string_view::npos;
    if (!fits) return false;
  }
  return true;
}

constexpr std::string_view kTagPattern = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)";

}  // namespace

const TextRule kArn = {20, 2048, is_certificate_arn,
                       "arn:[\\w+=/,.@-]+:acm:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*"};
const TextRule kAuthorityArn = {
    20, 2048, is_authority_arn,
    "arn:[\\w+=/,.@-]+:acm-pca:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*"};
const TextRule kDomainName = {1, 253, is_domain_name,
                              "(\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)"
                              "[A-Za-z0-9-]{1,62}[A-Za-z0-9])"};
const TextRule kToken = {1, 32, is_word, "\\w+"};
const TextRule kNextToken = {1, 10000, is_printable, "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]*"};
const TextRule kTagKey = {1, 128, is_tag_text, kTagPattern};
const TextRule kTagValue = {0, 256, is_tag_text, kTagPattern};
const TextRule kSerialNumber = {2, 59, is_serial, "[0-9a-f]{2}(:[0-9a-f]{2}){1,19}"};
const TextRule kFilterText = {1, 256};

std::string spelled(pki::KeyAlgorithm algorithm) {
  std::string name(pki::name_of(algorithm));
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

void constrain_tags(Constraints& constraints, const Json& input, bool value_required) {
  constraints.list("Tags", 1, 50);
  const auto tags = input.find("Tags");
  if (tags == input.end() || tags->is_null()) return;
  std::size_t position = 0;
  for (const Json& tag : *tags) {
    const std::string path = fmt::format("tags.{}.member.", ++position);
    constraints.value_text(tag.value("Key", ""), path + "key", kTagKey);
    if (value_required || tag.contains("Value")) {
      constraints.value_text(tag.value("Value", ""), path + "value", kTagValue);
    }
  }
}

Answer<Tags> tags_from(const Json& input) {
  Tags tags;
  const auto given = input.find("Tags");
  if (given == input.end() || given->is_null()) return tags;
  for (const Json& tag : *given) {
    const std::string key = tag.at("Key");
    if (lower(key).starts_with("aws:")) {
      return AwsError{"InvalidTagException",
                      "aws: prefixed tag key names are not allowed for external use."};
    }
    if (!tags.emplace(key, tag.value("Value", "")).second) {
      return AwsError{"InvalidParameterException", "Duplicate tag key found: " + key};
    }
  }
  return tags;
}

}  // namespace certloop::emulator::acm
