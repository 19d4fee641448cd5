// Private CA's permissions for ACM, resource policies and tags.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "emulator/acm_pca_state.h"
#include "emulator/text_forms.h"

namespace certloop::emulator {
namespace {

constexpr const char* kAcm = "acm.amazonaws.com";
const std::vector<std::string> kActions = {"IssueCertificate", "GetCertificate", "ListPermissions"};

AwsError invalid_policy(std::string message) {
  return {"InvalidPolicyException", std::move(message)};
}

// What Private CA demands of every statement; see User Guide, "Resource-based policies".
Answer<void> check_policy(const std::string& text, const std::string& arn) {
  const Json policy = Json::parse(text, nullptr, false);
  if (!policy.is_object()) return invalid_policy("The policy is not valid JSON.");
  if (!policy.contains("Statement") || !policy["Statement"].is_array() ||
      policy["Statement"].empty()) {
    return invalid_policy("The policy is missing a required statement.");
  }
  for (const Json& statement : policy["Statement"]) {
    for (const char* member : {"Effect", "Principal", "Action", "Resource"}) {
      if (!statement.is_object() || !statement.contains(member)) {
        return invalid_policy(fmt::format("A statement of the policy has no {}.", member));
      }
    }
    const Json& resource = statement["Resource"];
    const bool matches =
        resource == arn || (resource.is_array() && resource.size() == 1 && resource[0] == arn);
    if (!matches) {
      return invalid_policy("The Resource of every statement must be the ARN of the private CA.");
    }
  }
  return {};
}

Json json_of(const Tags& tags) {
  Json json = Json::array();
  for (const auto& [key, value] : tags) json.push_back({{"Key", key}, {"Value", value}});
  return json;
}

// One page of `all`, from the position that `token` says.
struct Page {
  std::size_t begin = 0, end = 0;
  std::string next;
};
Answer<Page> page_of(InputCheck& check, std::size_t count) {
  const std::int64_t size = check.number("MaxResults", 1, 1000).value_or(1000);
  const std::string token = check.text("NextToken", {false, 1, 43739});
  TRY(check.result());
  Page page;
  if (!token.empty()) {
    const std::uint64_t position = TRY(position_of(token));
    page.begin = std::min<std::size_t>(position, count);
  }
  page.end = std::min(count, page.begin + static_cast<std::size_t>(size));
  if (page.end < count) page.next = token_of(page.end);
  return page;
}

}  // namespace

Answer<Json> AcmPcaService::Internals::create_permission(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  const std::string principal = check.text("Principal", {true, 0, 128, {}, "[^*]+"});
  const std::string source = check.text("SourceAccount", {false, 12, 12, {}, "[0-9]+"});
  std::vector<std::string> actions;
  for (const Json& action : check.array("Actions", 1, 3, true)) {
    const Json wrapped = {{"Member", action}};
    actions.push_back(check.text_in(wrapped, "actions", "Member", {true, 0, 64, kActions}));
  }
  TRY(check.result());
  Authority* const authority = TRY(find_present(call, arn, "CreatePermission"));
  if (principal != kAcm) {
    return AwsError{"ValidationException",
                    fmt::format("The principal {} is not valid. The only valid principal is {}.",
                                principal, kAcm)};
  }
  const std::string account = source.empty() ? call.account : source;
  for (const CaPermission& existing : authority->permissions) {
    if (existing.principal == principal && existing.source_account == account) {
      return AwsError{"PermissionAlreadyExistsException",
                      fmt::format("The permission for {} on certificate authority {} already "
                                  "exists.",
                                  principal, arn)};
    }
  }
  authority->permissions.push_back({principal, account, std::move(actions), call.now});
  return Json();
}

Answer<Json> AcmPcaService::Internals::list_permissions(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  TRY(check.result());
  Authority* const authority = TRY(find_present(call, arn, "ListPermissions"));
  const Page page = TRY(page_of(check, authority->permissions.size()));
  Json output = {{"Permissions", Json::array()}};
  for (std::size_t i = page.begin; i < page.end; ++i) {
    const CaPermission& permission = authority->permissions[i];
    output["Permissions"].push_back({{"CertificateAuthorityArn", arn},
                                     {"CreatedAt", epoch_seconds(permission.created_at)},
                                     {"Principal", permission.principal},
                                     {"SourceAccount", permission.source_account},
                                     {"Actions", permission.actions}});
  }
  if (!page.next.empty()) output["NextToken"] = page.next;
  return output;
}

Answer<Json> AcmPcaService::Internals::delete_permission(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  const std::string principal = check.text("Principal", {true, 0, 128, {}, "[^*]+"});
  const std::string source = check.text("SourceAccount", {false, 12, 12, {}, "[0-9]+"});
  TRY(check.result());
  Authority* const authority = TRY(find_present(call, arn, "DeletePermission"));
  const std::string account = source.empty() ? call.account : source;
  const std::size_t removed =
      std::erase_if(authority->permissions, [&](const CaPermission& permission) {
        return permission.principal == principal && permission.source_account == account;
      });
  if (removed == 0) {
    return AwsError{
        "ResourceNotFoundException",
        fmt::format("No permission for {} was found on certificate authority {}.", principal, arn)};
  }
  return Json();
}

Answer<Json> AcmPcaService::Internals::put_policy(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("ResourceArn", arn_rule());
  const std::string policy = check.text("Policy", {true, 1, 81920});
  TRY(check.result());
  Authority* const authority = TRY(find_present(call, arn, "PutPolicy"));
  TRY(check_policy(policy, arn));
  authority->policy = policy;
  return Json();
}

Answer<Json> AcmPcaService::Internals::get_policy(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("ResourceArn", arn_rule());
  TRY(check.result());
  Authority* const authority = TRY(find_present(call, arn, "GetPolicy"));
  if (authority->policy.empty()) {
    return AwsError{"ResourceNotFoundException",
                    fmt::format("No policy is attached to certificate authority {}.", arn)};
  }
  return Json{{"Policy", authority->policy}};
}

Answer<Json> AcmPcaService::Internals::delete_policy(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("ResourceArn", arn_rule());
  TRY(check.result());
  Authority* const authority = TRY(find_present(call, arn, "DeletePolicy"));
  authority->policy.clear();
  return Json();
}

Answer<Json> AcmPcaService::Internals::tag_authority(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  const Json& tags = check.array("Tags", 1, 50, true);
  TRY(check.result());
  Authority* const authority = TRY(find_present(call, arn, "TagCertificateAuthority"));
  Tags merged = authority->tags;
  const Answer<void> fit = check_tags(check, tags, merged);
  TRY(check.result());
  if (!fit.ok()) return fit.error();
  authority->tags = std::move(merged);
  publish_tags(*authority, call.now);
  return Json();
}

// A tag given with a value is removed only if it has that value; without one, whatever it has.
Answer<Json> AcmPcaService::Internals::untag_authority(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  const Json& tags = check.array("Tags", 1, 50, true);
  TRY(check.result());
  Authority* const authority = TRY(find_present(call, arn, "UntagCertificateAuthority"));
  for (const Json& tag : tags) {
    const auto found = authority->tags.find(tag.value("Key", ""));
    if (found == authority->tags.end()) continue;
    if (!tag.contains("Value") || tag["Value"] == found->second) authority->tags.erase(found);
  }
  publish_tags(*authority, call.now);
  return Json();
}

Answer<Json> AcmPcaService::Internals::list_tags(Call& call, const Json& input) {
  InputCheck check(input);
  const std::string arn = check.text("CertificateAuthorityArn", arn_rule());
  TRY(check.result());
  Authority* const authority = TRY(find_present(call, arn, "ListTags"));
  const Page page = TRY(page_of(check, authority->tags.size()));
  Json all = json_of(authority->tags);
  Json output = Json::object();
  for (std::size_t i = page.begin; i < page.end; ++i) output["Tags"].push_back(all[i]);
  if (!page.next.empty()) output["NextToken"] = page.next;
  return output;
}

Answer<void> AcmPcaService::tag(const std::string& account, const std::string& region,
                                const std::string& arn, const Tags& tags, Time now) {
  Authority* const authority = internals_->look_up(arn, now);
  if (!authority || authority->account != account || authority->region != region) {
    return AwsError{"ResourceNotFoundException",
                    fmt::format("Could not find Certificate Authority with ARN {}.", arn)};
  }
  Json list = json_of(tags);
  InputCheck check(list);
  Tags merged = authority->tags;
  TRY(check_tags(check, list, merged));
  TRY(check.result());
  authority->tags = std::move(merged);
  internals_->publish_tags(*authority, now);
  return {};
}

Answer<void> AcmPcaService::untag(const std::string& account, const std::string& region,
                                  const std::string& arn, const std::vector<std::string>& keys,
                                  Time now) {
  Authority* const authority = internals_->look_up(arn, now);
  if (!authority || authority->account != account || authority->region != region) {
    return AwsError{"ResourceNotFoundException",
                    fmt::format("Could not find Certificate Authority with ARN {}.", arn)};
  }
  for (const std::string& key : keys) authority->tags.erase(key);
  internals_->publish_tags(*authority, now);
  return {};
}

}  // namespace certloop::emulator
