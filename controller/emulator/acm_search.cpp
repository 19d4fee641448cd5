// SearchCertificates: rows, order and pages.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "emulator/acm.h"
#include "emulator/acm_search.h"
#include "emulator/acm_words.h"
#include "emulator/page_token.h"
#include "emulator/text_forms.h"

namespace certloop::emulator {

namespace acm {

namespace {

void set_time(Json& json, const char* member, const std::optional<Time>& time) {
  if (time) json[member] = epoch_seconds(*time);
}

Json name_of(const pki::DistinguishedName& name) {
  static const std::map<std::string, const char*> kMembers = {{"CN", "CommonName"},
                                                              {"C", "Country"},
                                                              {"L", "Locality"},
                                                              {"O", "Organization"},
                                                              {"OU", "OrganizationalUnit"},
                                                              {"ST", "State"},
                                                              {"serialNumber", "SerialNumber"}};
  Json json = Json::object();
  for (const auto& [type, value] : name.attributes) {
    const auto known = kMembers.find(type);
    if (known != kMembers.end()) {
      json[known->second] = value;
    } else if (type == "DC") {
      json["DomainComponents"].push_back(value);
    } else {
      json["CustomAttributes"].push_back({{"ObjectIdentifier", type}, {"Value", value}});
    }
  }
  return json;
}

Json x509_attributes(const HeldCertificate& held) {
  Json names = Json::array();
  if (!held.leaf) {
    for (const std::string& name : held.names) names.push_back({{"DnsName", name}});
    return {{"Subject", {{"CommonName", held.domain_name}}},
            {"SubjectAlternativeNames", std::move(names)},
            {"KeyAlgorithm", spelled(held.key_algorithm)},
            {"KeyUsages", Json::array()},
            {"ExtendedKeyUsages", Json::array()}};
  }
  const pki::Certificate& leaf = *held.leaf;
  for (const std::string& name : leaf.names().dns) names.push_back({{"DnsName", name}});
  for (const std::string& name : leaf.names().ip) names.push_back({{"IpAddress", name}});
  for (const std::string& name : leaf.names().email) names.push_back({{"Rfc822Name", name}});
  for (const std::string& name : leaf.names().uri) {
    names.push_back({{"UniformResourceIdentifier", name}});
  }
  Json extended = Json::array();
  for (const auto& usage : leaf.extended_key_usages()) extended.push_back(usage.name);
  return {{"Issuer", name_of(leaf.issuer())},
          {"Subject", name_of(leaf.subject())},
          {"SubjectAlternativeNames", std::move(names)},
          {"KeyAlgorithm", spelled(held.key_algorithm)},
          {"KeyUsages", leaf.key_usages()},
          {"ExtendedKeyUsages", std::move(extended)},
          {"SerialNumber", leaf.serial()},
          {"NotBefore", epoch_seconds(leaf.not_before())},
          {"NotAfter", epoch_seconds(leaf.not_after())}};
}

std::string time_key(const std::optional<Time>& time) {
  return time ? fmt::format("{:020}", millis(*time)) : "";
}

}  // namespace

Json search_row(const HeldCertificate& held) {
  Json metadata = {
      {"CreatedAt", epoch_seconds(held.created_at)},
      {"InUse", !held.in_use_by.empty()},
      {"RenewalEligibility", held.is_eligible() ? "ELIGIBLE" : "INELIGIBLE"},
      {"Status", held.status},
      {"Type", held.type},
      {"ExportOption", held.export_enabled ? "ENABLED" : "DISABLED"},
      {"CertificateKeyPairOrigin", held.type == "IMPORTED" ? "CUSTOMER_PROVIDED" : "AWS_MANAGED"}};
  if (held.type != "IMPORTED") metadata["Exported"] = held.exported;
  set_time(metadata, "ImportedAt", held.imported_at);
  set_time(metadata, "IssuedAt", held.issued_at);
  set_time(metadata, "RevokedAt", held.revoked_at);
  if (held.renewal) metadata["RenewalStatus"] = held.renewal->status;
  if (!held.managed_by.empty()) metadata["ManagedBy"] = held.managed_by;
  if (!held.validation_method.empty()) metadata["ValidationMethod"] = held.validation_method;
  return {{"CertificateArn", held.arn},
          {"X509Attributes", x509_attributes(held)},
          {"CertificateMetadata", {{"AcmCertificateMetadata", std::move(metadata)}}}};
}

std::string sort_key(const HeldCertificate& held, const std::string& sort_by) {
  if (sort_by == "CREATED_AT") return time_key(held.created_at);
  if (sort_by == "NOT_AFTER") return held.leaf ? time_key(held.leaf->not_after()) : "";
  if (sort_by == "NOT_BEFORE") return held.leaf ? time_key(held.leaf->not_before()) : "";
  if (sort_by == "REVOKED_AT") return time_key(held.revoked_at);
  if (sort_by == "ISSUED_AT") return time_key(held.issued_at);
  if (sort_by == "IMPORTED_AT") return time_key(held.imported_at);
  if (sort_by == "STATUS") return held.status;
  if (sort_by == "RENEWAL_STATUS") return held.renewal ? held.renewal->status : "";
  if (sort_by == "EXPORTED") return held.exported ? "1" : "0";
  if (sort_by == "IN_USE") return held.in_use_by.empty() ? "0" : "1";
  if (sort_by == "KEY_ALGORITHM") return std::string(pki::name_of(held.key_algorithm));
  if (sort_by == "TYPE") return held.type;
  if (sort_by == "CERTIFICATE_ARN") return held.arn;
  if (sort_by == "COMMON_NAME") return held.domain_name;
  if (sort_by == "RENEWAL_ELIGIBILITY") return held.is_eligible() ? "ELIGIBLE" : "INELIGIBLE";
  if (sort_by == "MANAGED_BY") return held.managed_by;
  if (sort_by == "EXPORT_OPTION") return held.export_enabled ? "ENABLED" : "DISABLED";
  if (sort_by == "VALIDATION_METHOD") return held.validation_method;
  if (sort_by == "CERTIFICATE_KEY_PAIR_ORIGIN") {
    return held.type == "IMPORTED" ? "CUSTOMER_PROVIDED" : "AWS_MANAGED";
  }
  return "";
}

}  // namespace acm

namespace {

constexpr std::size_t kDefaultPage = 100;

// The page of `limit` rows after `start`, and one more if there is one.
using Rows = std::vector<std::pair<std::string, const HeldCertificate*>>;

// Creation is the order that certificates are kept in: no sorting, and no look at other pages.
Rows page_by_creation(const AcmRegion& region, const acm::Predicate& admits,
                      const std::optional<PagePosition>& start, bool descending,
                      std::size_t limit) {
  Rows rows;
  const auto visit = [&](const HeldCertificate& held) {
    if (admits(held)) rows.emplace_back("", &held);
    return rows.size() <= limit;
  };
  const auto& all = region.certificates;
  if (descending) {
    auto at = start ? all.lower_bound(start->sequence) : all.end();
    while (at != all.begin() && visit(*(--at)->second)) continue;
  } else {
    auto at = start ? all.upper_bound(start->sequence) : all.begin();
    while (at != all.end() && visit(*at->second)) ++at;
  }
  return rows;
}

Rows page_by_key(const AcmRegion& region, const acm::Predicate& admits,
                 const std::optional<PagePosition>& start, const std::string& sort_by,
                 bool descending, std::size_t limit) {
  const auto less = [descending](const std::string& a_key, std::uint64_t a,
                                 const std::string& b_key, std::uint64_t b) {
    if (a_key != b_key) return descending ? b_key < a_key : a_key < b_key;
    return descending ? b < a : a < b;
  };
  Rows rows;
  for (const auto& [sequence, held] : region.certificates) {
    if (!admits(*held)) continue;
    std::string key = acm::sort_key(*held, sort_by);
    if (start && !less(start->key, start->sequence, key, sequence)) continue;
    rows.emplace_back(std::move(key), held.get());
  }
  const auto count = std::min(rows.size(), limit + 1);
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(),
                    [&](const auto& a, const auto& b) {
                      return less(a.first, a.second->sequence, b.first, b.second->sequence);
                    });
  rows.resize(count);
  return rows;
}

}  // namespace

Answer<Json> Acm::search_certificates(Call& call, const Json& input) {
  TRY(Constraints(input)
          .integer("MaxResults", 1, 500)
          .text("NextToken", acm::kNextToken)
          .word("SortBy", acm::kSearchSortKeys)
          .word("SortOrder", acm::kSortOrders)
          .verdict());
  acm::Predicate admits = [](const HeldCertificate&) { return true; };
  if (const auto statement = input.find("FilterStatement"); statement != input.end()) {
    admits = TRY(acm::filter_from(*statement));
  }
  const std::string sort_by = input.value("SortBy", "CREATED_AT");
  const bool descending = input.value("SortOrder", "DESCENDING") == "DESCENDING";
  const auto limit = input.value("MaxResults", kDefaultPage);

  Json bound = input;
  bound.erase("NextToken");
  bound.erase("MaxResults");
  const std::string parameters = "search " + bound.dump();
  std::optional<PagePosition> start;
  if (input.contains("NextToken")) {
    start = parse_page_token(input.at("NextToken").get_ref<const std::string&>(), parameters);
    if (!start) return AwsError{"ValidationException", "The NextToken is not valid."};
  }
  AcmRegion& region = region_of(call);
  settle_all(region, call.now);
  const Rows rows = sort_by == "CREATED_AT"
                        ? page_by_creation(region, admits, start, descending, limit)
                        : page_by_key(region, admits, start, sort_by, descending, limit);
  Json results = Json::array();
  const std::size_t shown = std::min(rows.size(), limit);
  for (std::size_t at = 0; at < shown; ++at) results.push_back(acm::search_row(*rows[at].second));
  Json answer = {{"Results", std::move(results)}};
  if (rows.size() > limit) {
    const auto& [key, held] = rows[limit - 1];
    answer["NextToken"] = page_token({key, held->sequence}, parameters);
  }
  return answer;
}

}  // namespace certloop::emulator
