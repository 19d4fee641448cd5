#include "emulator/iam.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "emulator/page_token.h"
#include "emulator/permissions.h"

namespace certloop::emulator {

namespace {

constexpr int kUsualPage = 100, kLargestPage = 1000;

// ActionNames.member.1, ActionNames.member.2, ...
std::vector<std::string> members(const QueryService::Form& form, const std::string& list) {
  std::vector<std::string> found;
  for (std::size_t i = 1;; ++i) {
    const auto each = form.find(fmt::format("{}.member.{}", list, i));
    if (each == form.end()) return found;
    found.push_back(each->second);
  }
}

Answer<int> page_size(const QueryService::Form& form) {
  const std::string text = field(form, "MaxItems");
  if (text.empty()) return kUsualPage;
  int size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size())
    return AwsError{"MalformedInput", "MaxItems is not a number."};
  if (size < 1) return violates(text, "maxItems", "have value greater than or equal to 1");
  if (size > kLargestPage)
    return violates(text, "maxItems",
                    fmt::format("have value less than or equal to {}", kLargestPage));
  return size;
}

AwsError no_such(std::string_view kind, const std::string& name) {
  return {"NoSuchEntity", fmt::format("The {} with name {} cannot be found.", kind, name), 404};
}

std::string evaluated(const std::string& action, const std::string& resource, bool allowed) {
  const std::string statements =
      allowed ? "<member>" + element("SourcePolicyId", "AdministratorAccess") + "</member>" : "";
  return "<member>" + element("EvalActionName", action) + element("EvalResourceName", resource) +
         element("EvalDecision", allowed ? "allowed" : "implicitDeny") + "<MatchedStatements>" +
         statements + "</MatchedStatements><MissingContextValues/></member>";
}

}  // namespace

Iam::Iam(World& world)
    : QueryService("iam", "https://iam.amazonaws.com/doc/2010-05-08/"), world_(world) {
  add({"SimulatePrincipalPolicy", false, {{5, 20}}},
      [this](Call& call, const Form& form) { return simulate_principal_policy(call, form); });
}

// A session's ARN is none that policies are attached to; AWS refuses it in these words.
Answer<void> Iam::check_source(const Call& call, const std::string& arn) const {
  if (arn.empty()) return violates("", "policySourceArn", "not be null");
  if (arn.size() < 20)
    return violates(arn, "policySourceArn", "have length greater than or equal to 20");
  const std::vector<std::string> parts = split(arn, ':');
  const bool is_entity = parts.size() == 6 && parts[0] == "arn" && parts[2] == "iam" &&
                         (parts[5].starts_with("user/") || parts[5].starts_with("role/")) &&
                         !parts[5].ends_with('/');
  if (!is_entity)
    return AwsError{"InvalidInput",
                    fmt::format("Invalid Entity Arn: {} does not clearly define entity type and "
                                "name.",
                                arn)};
  const std::string name = parts[5].substr(parts[5].rfind('/') + 1);
  const bool here = parts[4] == call.account;
  if (parts[5].starts_with("user/")) {
    if (here && world_.identities.knows_principal(arn)) return {};
    return no_such("user", name);
  }
  const auto& options = world_.options;
  const bool listed = std::any_of(options.roles.begin(), options.roles.end(),
                                  [&](const Role& role) { return role.arn == arn; });
  if (here && (listed || options.open_roles)) return {};
  return no_such("role", name);
}

Answer<std::string> Iam::simulate_principal_policy(const Call& call, const Form& form) const {
  const std::string source = field(form, "PolicySourceArn");
  TRY(check_source(call, source));
  const std::vector<std::string> actions = members(form, "ActionNames");
  if (actions.empty()) return violates("", "actionNames", "not be null");
  for (const std::string& action : actions) {
    if (action.size() > 128 || action.find(':') == std::string::npos)
      return AwsError{"InvalidInput", "Invalid action name: " + action};
  }
  std::vector<std::string> resources = members(form, "ResourceArns");
  if (resources.empty()) resources.emplace_back("*");
  const std::size_t most = static_cast<std::size_t>(TRY(page_size(form)));

  const std::string parameters = source + '\n' + join(actions, "\n") + '\n' + join(resources, "\n");
  std::size_t at = 0;
  if (const std::string marker = field(form, "Marker"); !marker.empty()) {
    const auto position = parse_page_token(marker, parameters);
    if (!position) return AwsError{"InvalidInput", "Invalid Marker."};
    at = position->sequence;
  }
  const std::size_t count = actions.size() * resources.size();
  const std::size_t end = std::min(count, at + most);
  std::string results;
  for (std::size_t i = at; i < end; ++i) {
    const std::string& action = actions[i / resources.size()];
    results += evaluated(action, resources[i % resources.size()],
                         world_.permissions->allows(source, action));
  }
  std::string out = element("IsTruncated", end < count ? "true" : "false") + "<EvaluationResults>" +
                    results + "</EvaluationResults>";
  if (end < count) out += element("Marker", page_token({"", end}, parameters));
  return out;
}

// Nothing of its own is kept.
Json Iam::dump() const { return nullptr; }
void Iam::restore(const Json&) {}

}  // namespace certloop::emulator
