#include "emulator/acm_pca.h"

#include <fmt/format.h>

#include "base/text.h"
#include "emulator/acm_pca_state.h"

namespace certloop::emulator {
namespace {

constexpr Duration kTokenLife = std::chrono::minutes(5);
constexpr const char* kTagType = "acm-pca:certificate-authority";

AwsError not_found(const std::string& arn) {
  return {"ResourceNotFoundException",
          fmt::format("Could not find Certificate Authority with ARN {}.", arn)};
}

// arn:<partition>:acm-pca:<region>:<account>:certificate-authority/<id>
bool is_authority_arn(const std::string& arn, const std::string& partition) {
  const std::vector<std::string> parts = split(arn, ':');
  return parts.size() == 6 && parts[0] == "arn" && parts[1] == partition && parts[2] == "acm-pca" &&
         !parts[3].empty() && parts[4].size() == 12 &&
         parts[5].starts_with("certificate-authority/") &&
         parts[5].find('/', parts[5].find('/') + 1) == std::string::npos;
}

std::vector<std::string> texts_of(const Json& json) {
  if (json.is_string()) return {json.get<std::string>()};
  std::vector<std::string> texts;
  if (json.is_array()) {
    for (const Json& each : json) {
      if (each.is_string()) texts.push_back(each.get<std::string>());
    }
  }
  return texts;
}

bool names_account(const Json& principal, const std::string& account) {
  if (principal.is_string()) return principal == "*";
  for (const std::string& text : texts_of(principal.value("AWS", Json()))) {
    if (text == "*" || text == account || text.find("::" + account + ":") != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool policy_allows(const std::string& policy, const std::string& account,
                   const std::string& action) {
  const Json json = Json::parse(policy, nullptr, false);
  if (!json.is_object()) return false;
  const Json statements = json.value("Statement", Json::array());
  for (const Json& statement : statements) {
    if (!statement.is_object() || statement.value("Effect", "") != "Allow") continue;
    if (!names_account(statement.value("Principal", Json::object()), account)) continue;
    for (const std::string& allowed : texts_of(statement.value("Action", Json()))) {
      if (allowed == "*" || allowed == "acm-pca:*" || allowed == "acm-pca:" + action) return true;
    }
  }
  return false;
}

AcmPcaService::AcmPcaService(World& world)
    : JsonService("ACMPrivateCA"), internals_(std::make_unique<Internals>(world)) {
  world.private_ca = this;
  world.taggable["acm-pca"] = this;
  using Method = Answer<Json> (Internals::*)(Call&, const Json&);
  const auto offer = [this](const char* name, bool mutating, double rate, Method method) {
    add({name, mutating, {{rate, 0, ""}}}, [this, method](Call& call, const Json& input) {
      internals_->forget_gone(call.now);
      return (internals_.get()->*method)(call, input);
    });
  };
  // Requests per second: Service Quotas, "AWS Private CA".
  offer("CreateCertificateAuthority", true, 1, &Internals::create_authority);
  offer("DescribeCertificateAuthority", false, 20, &Internals::describe_authority);
  offer("ListCertificateAuthorities", false, 20, &Internals::list_authorities);
  offer("UpdateCertificateAuthority", true, 10, &Internals::update_authority);
  offer("DeleteCertificateAuthority", true, 10, &Internals::delete_authority);
  offer("RestoreCertificateAuthority", true, 20, &Internals::restore_authority);
  offer("GetCertificateAuthorityCsr", false, 10, &Internals::get_csr);
  offer("GetCertificateAuthorityCertificate", false, 20, &Internals::get_authority_certificate);
  offer("ImportCertificateAuthorityCertificate", true, 10, &Internals::import_certificate);
  offer("IssueCertificate", true, 25, &Internals::issue_certificate);
  offer("GetCertificate", false, 75, &Internals::get_certificate);
  offer("RevokeCertificate", true, 20, &Internals::revoke_certificate);
  offer("CreatePermission", true, 1, &Internals::create_permission);
  offer("ListPermissions", false, 5, &Internals::list_permissions);
  offer("DeletePermission", true, 1, &Internals::delete_permission);
  offer("PutPolicy", true, 5, &Internals::put_policy);
  offer("GetPolicy", false, 5, &Internals::get_policy);
  offer("DeletePolicy", true, 5, &Internals::delete_policy);
  offer("TagCertificateAuthority", true, 10, &Internals::tag_authority);
  offer("UntagCertificateAuthority", true, 10, &Internals::untag_authority);
  offer("ListTags", false, 20, &Internals::list_tags);
}

AcmPcaService::~AcmPcaService() = default;

Authority* AcmPcaService::Internals::look_up(const std::string& arn, Time now) {
  const auto found = authorities.find(arn);
  return found == authorities.end() || found->second.life.is_gone(now) ? nullptr : &found->second;
}

void AcmPcaService::Internals::forget_gone(Time now) {
  for (auto i = authorities.begin(); i != authorities.end();) {
    if (i->second.life.is_gone(now)) {
      world.tags.erase(i->first, now);
      i = authorities.erase(i);
    } else {
      ++i;
    }
  }
}

Answer<Authority*> AcmPcaService::Internals::find(Call& call, const std::string& arn,
                                                  const std::string& action) {
  call.arn = arn;
  if (!is_authority_arn(arn, world.options.partition)) {
    return AwsError{"InvalidArnException",
                    fmt::format("The ARN {} does not name a certificate authority.", arn)};
  }
  Authority* const authority = look_up(arn, call.now);
  if (!authority || authority->region != call.region) return not_found(arn);
  if (authority->account != call.account &&
      !policy_allows(authority->policy, call.account, action)) {
    return AwsError{"AccessDeniedException",
                    fmt::format("User: {} is not authorized to perform: acm-pca:{} on resource: {} "
                                "because no resource-based policy allows the acm-pca:{} action",
                                call.principal_arn, action, arn, action)};
  }
  return authority;
}

Answer<Authority*> AcmPcaService::Internals::find_present(Call& call, const std::string& arn,
                                                          const std::string& action) {
  Answer<Authority*> authority = find(call, arn, action);
  if (authority.ok() && authority.value()->life.status(call.now) == AuthorityStatus::deleted) {
    return AwsError{"InvalidStateException",
                    "The certificate authority is in the DELETED state and must be restored to "
                    "complete this action."};
  }
  return authority;
}

void AcmPcaService::Internals::publish_tags(const Authority& authority, Time now) {
  world.tags.set({authority.arn, kTagType, authority.account, authority.region, authority.tags},
                 now);
}

std::optional<std::string> AcmPcaService::Internals::answered_before(const std::string& scope,
                                                                     const std::string& token,
                                                                     Time now) {
  std::erase_if(tokens, [&](const auto& entry) { return entry.second.expires_at <= now; });
  if (token.empty()) return std::nullopt;
  const auto found = tokens.find(scope + " " + token);
  if (found == tokens.end()) return std::nullopt;
  return found->second.arn;
}

void AcmPcaService::Internals::remember(const std::string& scope, const std::string& token,
                                        const std::string& arn, Time now) {
  if (!token.empty()) tokens[scope + " " + token] = {arn, now + kTokenLife};
}

}  // namespace certloop::emulator
