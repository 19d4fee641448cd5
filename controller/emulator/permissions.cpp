#include "emulator/permissions.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace certloop::emulator {

namespace {

// "*" stands for any characters; actions know no case.
bool matches(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return lower(pattern) == lower(text);
  const std::string_view head = pattern.substr(0, star);
  if (text.size() < head.size() || lower(text.substr(0, head.size())) != lower(head)) return false;
  for (std::size_t from = star; from <= text.size(); ++from) {
    if (matches(pattern.substr(star + 1), text.substr(from))) return true;
  }
  return false;
}

// How policies name a service, where its signatures name it otherwise.
std::string_view prefix_of(std::string_view service) {
  return service == "tagging" ? "tag" : service;
}

std::string text_member(const Json& parameters, const char* name) {
  const auto found = parameters.find(name);
  return found != parameters.end() && found->is_string() ? found->get<std::string>() : "";
}

// "user bob" and "role deployer", as IAM names its own resources in denials.
std::string iam_resource(const std::string& arn) {
  const auto kind = arn.rfind(':');
  const auto name = arn.rfind('/');
  if (kind == std::string::npos || name == std::string::npos || name < kind) return "*";
  return arn.substr(kind + 1, arn.find('/', kind) - kind - 1) + ' ' + arn.substr(name + 1);
}

struct Asked {
  const Identity& caller;
  std::string_view region, service;
  const std::string& operation;
  const net::HttpRequest& request;
  const Json& parameters;
};

// What the call is about; empty for the listings, which know no resources.
std::string resource_of(const Asked& asked) {
  const std::string partition = split(asked.caller.principal_arn, ':')[1];
  const std::string own =
      fmt::format("arn:{}:{}:{}:{}:", partition, asked.service, asked.region, asked.caller.account);
  if (asked.service == "acm") {
    const std::string arn = text_member(asked.parameters, "CertificateArn");
    if (!arn.empty()) return arn;
    return asked.operation == "RequestCertificate" || asked.operation == "ImportCertificate"
               ? own + "certificate/*"
               : "";
  }
  if (asked.service == "acm-pca") {
    const std::string arn = text_member(asked.parameters, "CertificateAuthorityArn");
    if (!arn.empty()) return arn;
    return asked.operation == "CreateCertificateAuthority" ? own + "certificate-authority/*" : "";
  }
  if (asked.service == "sts") return text_member(asked.parameters, "RoleArn");
  if (asked.service == "iam") return iam_resource(text_member(asked.parameters, "PolicySourceArn"));
  const auto parts = split(asked.request.url.path, '/');
  const auto zone = std::find(parts.begin(), parts.end(), "hostedzone");
  const bool has_zone = asked.service == "route53" && zone != parts.end() &&
                        zone + 1 != parts.end() && !(zone + 1)->empty();
  return has_zone ? fmt::format("arn:{}:route53:::hostedzone/{}", partition, *(zone + 1)) : "";
}

// Tags given at creation need the right to tag, too.
std::string_view tagging_action(const Asked& asked) {
  const auto tags = asked.parameters.find("Tags");
  if (tags == asked.parameters.end() || !tags->is_array() || tags->empty()) return "";
  if (asked.operation == "RequestCertificate" || asked.operation == "ImportCertificate")
    return "acm:AddTagsToCertificate";
  if (asked.operation == "CreateCertificateAuthority") return "acm-pca:TagCertificateAuthority";
  return "";
}

}  // namespace

std::string denial_message(std::string_view principal, std::string_view action,
                           std::string_view resource) {
  return fmt::format(
      "User: {0} is not authorized to perform: {1}{2}{3} because no identity-based policy allows "
      "the {1} action",
      principal, action, resource.empty() ? "" : " on resource: ", resource);
}

std::string policy_principal(const std::string& arn) {
  const std::vector<std::string> parts = split(arn, ':');
  if (parts.size() != 6) return arn;
  const std::vector<std::string> names = split(parts[5], '/');
  if (names.size() < 2 || (names.front() != "assumed-role" && names.front() != "role")) return arn;
  const std::string& role = names.front() == "role" ? names.back() : names[1];
  return fmt::format("arn:{}:iam::{}:role/{}", parts[1], parts[4], role);
}

bool Permissions::allows(const std::string& principal, std::string_view action) const {
  const std::string asking = policy_principal(principal);
  return std::none_of(denials_.begin(), denials_.end(), [&](const Denial& denial) {
    if (!matches(denial.action, action)) return false;
    if (denial.principal == "*") return true;
    const auto key = identities_.find(denial.principal);
    return asking == policy_principal(key ? key->principal_arn : denial.principal);
  });
}

std::optional<AwsError> Permissions::refusal_of(const Identity& caller, std::string_view region,
                                                std::string_view service,
                                                const Operation& operation,
                                                const net::HttpRequest& request,
                                                const Json& parameters) const {
  // AWS tells everybody who he is, whatever the policies say.
  if (operation.name == "GetCallerIdentity") return std::nullopt;
  const Asked asked{caller, region, service, operation.name, request, parameters};
  const std::string own = std::string(prefix_of(service)) + ':' + operation.name;
  for (const std::string_view action : {std::string_view(own), tagging_action(asked)}) {
    if (action.empty() || allows(caller.principal_arn, action)) continue;
    return AwsError{"AccessDeniedException",
                    denial_message(caller.principal_arn, action, resource_of(asked))};
  }
  return std::nullopt;
}

}  // namespace certloop::emulator
