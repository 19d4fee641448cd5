// ListCertificates.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "emulator/acm.h"
#include "emulator/acm_words.h"
#include "emulator/page_token.h"

namespace certloop::emulator {

namespace {

constexpr std::size_t kDefaultPage = 100;

struct ListFilter {
  std::set<std::string> statuses, origins, key_types, key_usages, extended_key_usages;
  bool default_key_types = true;
  std::string export_option, managed_by;

  bool admits(const HeldCertificate& held) const;
};

bool any_usage(const std::vector<std::string>& usages, const std::set<std::string>& wanted) {
  return std::any_of(usages.begin(), usages.end(),
                     [&](const std::string& usage) { return wanted.contains(usage); });
}

bool ListFilter::admits(const HeldCertificate& held) const {
  if (!statuses.empty() && !statuses.contains(held.status)) return false;
  const std::string origin = held.type == "IMPORTED" ? "CUSTOMER_PROVIDED" : "AWS_MANAGED";
  if (!origins.empty() && !origins.contains(origin)) return false;
  if (default_key_types && held.names.empty()) return false;
  if (!key_types.contains(std::string(pki::name_of(held.key_algorithm)))) return false;
  if (!key_usages.empty() && !(held.leaf && any_usage(held.leaf->key_usages(), key_usages))) {
    return false;
  }
  if (!extended_key_usages.empty()) {
    std::vector<std::string> names;
    if (held.leaf) {
      for (const auto& usage : held.leaf->extended_key_usages()) names.push_back(usage.name);
    }
    if (!any_usage(names, extended_key_usages)) return false;
  }
  if (!export_option.empty() && (export_option == "ENABLED") != held.export_enabled) return false;
  return managed_by.empty() || managed_by == held.managed_by;
}

std::set<std::string> words_in(const Json& input, const char* member) {
  const auto found = input.find(member);
  return found == input.end() ? std::set<std::string>() : found->get<std::set<std::string>>();
}

ListFilter filter_from(const Json& input) {
  ListFilter filter;
  filter.statuses = words_in(input, "CertificateStatuses");
  filter.origins = words_in(input, "CertificateKeyPairOrigins");
  const Json includes = input.value("Includes", Json::object());
  filter.key_types = words_in(includes, "keyTypes");
  filter.default_key_types = filter.key_types.empty();
  if (filter.default_key_types) filter.key_types = {"RSA_1024", "RSA_2048"};
  filter.key_usages = words_in(includes, "keyUsage");
  filter.extended_key_usages = words_in(includes, "extendedKeyUsage");
  filter.export_option = includes.value("exportOption", "");
  filter.managed_by = includes.value("managedBy", "");
  return filter;
}

Answer<void> check_list(const Json& input) {
  Constraints constraints(input);
  constraints.words("CertificateStatuses", 0, 1000, acm::kStatuses)
      .words("CertificateKeyPairOrigins", 1, 3, acm::kOrigins)
      .text("NextToken", acm::kNextToken)
      .integer("MaxItems", 1, 1000)
      .word("SortBy", {"CREATED_AT"})
      .word("SortOrder", acm::kSortOrders);
  TRY(constraints.verdict());
  const Json includes = input.value("Includes", Json::object());
  TRY(Constraints(includes)
          .words("keyTypes", 0, 1000, acm::kKeyAlgorithms)
          .words("keyUsage", 0, 1000, acm::kKeyUsages)
          .words("extendedKeyUsage", 0, 1000, acm::kExtendedKeyUsages)
          .word("exportOption", acm::kSwitch)
          .word("managedBy", acm::kManagers)
          .verdict());
  if (input.contains("SortBy") != input.contains("SortOrder")) {
    return AwsError{"InvalidArgsException", "SortBy and SortOrder must be specified together."};
  }
  return {};
}

}  // namespace

Answer<Json> Acm::list_certificates(Call& call, const Json& input) {
  TRY(check_list(input));
  AcmRegion& region = region_of(call);
  settle_all(region, call.now);
  const ListFilter filter = filter_from(input);
  const bool descending = input.value("SortOrder", "ASCENDING") == "DESCENDING";
  const auto limit = input.value("MaxItems", kDefaultPage);

  Json bound = input;
  bound.erase("NextToken");
  bound.erase("MaxItems");
  const std::string parameters = "list " + bound.dump();
  std::optional<PagePosition> start;
  if (input.contains("NextToken")) {
    start = parse_page_token(input.at("NextToken").get_ref<const std::string&>(), parameters);
    if (!start) return AwsError{"InvalidArgsException", "The NextToken is not valid."};
  }

  Json rows = Json::array();
  std::uint64_t last = 0;
  bool has_more = false;
  const auto visit = [&](const HeldCertificate& held) {
    if (!filter.admits(held)) return true;
    if (rows.size() == limit) {
      has_more = true;
      return false;
    }
    rows.push_back(acm::summarize(held));
    last = held.sequence;
    return true;
  };
  auto& all = region.certificates;
  if (descending) {
    auto at = start ? all.lower_bound(start->sequence) : all.end();
    while (at != all.begin() && visit(*(--at)->second)) continue;
  } else {
    auto at = start ? all.upper_bound(start->sequence) : all.begin();
    while (at != all.end() && visit(*at->second)) ++at;
  }
  Json answer = {{"CertificateSummaryList", std::move(rows)}};
  if (has_more) answer["NextToken"] = page_token({"", last}, parameters);
  return answer;
}

}  // namespace certloop::emulator
