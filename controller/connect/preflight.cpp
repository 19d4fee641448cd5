#include "connect/preflight.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "aws/arn.h"
#include "aws/errors.h"
#include "base/text.h"
#include "connect/probe.h"

namespace certloop::connect {
namespace {

constexpr std::size_t kMostZones = 20;

constexpr Permission kAssumeRole = {
    "sts:AssumeRole", Need::watching, Resource::everything, false, false, "become spec.assumeRole"};

// One question to the simulator, and the row it answers.
struct Subject {
  std::string region, resource;
};

std::vector<Subject> subjects_of(const PreflightRequest& request, Resource resource,
                                 const std::vector<std::string>& zones,
                                 const std::string& account_id) {
  const std::string partition = request.connection.partition();
  std::vector<Subject> subjects;
  switch (resource) {
    case Resource::everything: return {{"", "*"}};
    case Resource::zone:
      for (const std::string& zone : zones)
        subjects.push_back({"", fmt::format("arn:{}:route53:::hostedzone/{}", partition, zone)});
      return subjects;
    case Resource::certificate:
    case Resource::authority: break;
  }
  for (const std::string& region : request.account.spec.regions)
    subjects.push_back(
        {region, example_or_known(request.known, resource, {partition, region, account_id})});
  return subjects;
}

std::vector<std::string> zones_of(const PreflightRequest& request) {
  const bool needed = std::any_of(request.permissions.begin(), request.permissions.end(),
                                  [](const auto& each) { return each.resource == Resource::zone; });
  std::vector<std::string> zones;
  if (needed) {
    const auto found =
        aws::patiently(request.wait, [&] { return request.connection.hosted_zones(); });
    for (const auto& zone : found.ok() ? *found : std::vector<aws::HostedZone>())
      if (!zone.private_zone && zones.size() < kMostZones) zones.push_back(zone.id);
  }
  if (zones.empty()) zones.emplace_back(kExampleZone);
  return zones;
}

void judge(Check& check, const aws::EvaluationResult& result, const std::string& source) {
  check.how = "simulated";
  if (result.eval_decision == "allowed") {
    check.verdict = Verdict::allowed;
  } else if (result.eval_decision == "explicitDeny") {
    check.verdict = Verdict::denied;
    check.message = fmt::format("a policy of {} denies it on {}", source, check.resource);
  } else if (result.eval_decision == "implicitDeny") {
    check.verdict = Verdict::denied;
    check.message = fmt::format("no policy of {} allows it on {}", source, check.resource);
  } else {
    check.how.clear();
    check.message = "IAM answered " + printable(result.eval_decision);
  }
}

// A call that AWS answers otherwise than by a denial was allowed, whatever else was wrong with it.
void judge(Check& check, const Result<void>& tried) {
  check.how = "tried";
  if (tried.ok()) {
    check.verdict = Verdict::allowed;
    return;
  }
  const Error& error = tried.error();
  switch (error.code()) {
    case Code::not_found:
    case Code::already_exists:
    case Code::conflict:
    case Code::exhausted: check.verdict = Verdict::allowed; return;
    case Code::invalid:
      if (error.answer()) {
        check.verdict = Verdict::allowed;
        return;
      }
      break;
    case Code::denied:
      check.verdict = Verdict::denied;
      check.message = error.message();
      return;
    default: break;
  }
  check.how.clear();
  check.message = error.message();
}

std::vector<Check> tried(const PreflightRequest& request, const std::string& account_id,
                         const std::string& why_not_simulated) {
  std::vector<Check> checks;
  const std::vector<std::string> zones = zones_of(request);
  for (const Permission& permission : request.permissions) {
    const Probe* probe = probe_of(permission.action);
    std::vector<Subject> subjects = subjects_of(request, permission.resource, zones, account_id);
    // Listings are each region's own where they are asked for.
    if (probe != nullptr && permission.resource == Resource::everything &&
        !permission.action.starts_with("route53:")) {
      subjects.clear();
      for (const auto& region : request.account.spec.regions) subjects.push_back({region, "*"});
    }
    for (const Subject& subject : subjects) {
      Check check{permission, subject.region, subject.resource, Verdict::unknown, "", ""};
      if (probe == nullptr)
        check.message =
            (permission.mutating ? "only a change would tell: " : "nothing harmless would tell: ") +
            why_not_simulated;
      else
        judge(check, aws::patiently(request.wait, [&] {
                return (*probe)(request.connection, subject.region, subject.resource);
              }));
      checks.push_back(std::move(check));
    }
  }
  return checks;
}

std::string why_not(const Error& error) {
  return error.code() == Code::denied
             ? "iam:SimulatePrincipalPolicy is denied, which would tell without any change"
             : "the policy simulator could not be asked: " + error.message();
}

// What is allowed everywhere alike is one row.
std::vector<Check> gathered(std::vector<Check> checks) {
  std::map<std::string_view, std::vector<Check>> by_action;
  for (Check& check : checks) by_action[check.permission.action].push_back(std::move(check));
  std::vector<Check> rows;
  for (auto& entry : by_action) {
    std::vector<Check>& all = entry.second;
    const bool alike = std::all_of(all.begin(), all.end(), [&](const Check& check) {
      return check.verdict == all.front().verdict && check.message == all.front().message;
    });
    if (alike) {
      if (all.size() > 1) all.front().region.clear();
      all.resize(1, all.front());
    }
    rows.insert(rows.end(), all.begin(), all.end());
  }
  return rows;
}

// Nothing can be asked with credentials that AWS does not take.
std::vector<Check> all_unknown(const PreflightRequest& request, const std::string& why) {
  std::vector<Check> checks;
  for (const Permission& permission : request.permissions)
    checks.push_back({permission, "", "", Verdict::unknown, "", why});
  return checks;
}

Check assumed(const PreflightRequest& request, const Result<aws::CallerIdentity>& identity) {
  Check check{kAssumeRole,      "", request.account.spec.assume_role->role_arn,
              Verdict::unknown, "", ""};
  if (!identity.ok() && identity.error().message().find("AssumeRole") == std::string::npos)
    check.message = identity.error().message();
  else
    judge(check, identity.ok() ? Result<void>() : Result<void>(identity.error()));
  return check;
}

}  // namespace

Result<std::string> policy_source(const std::string& caller_arn, const std::string& role_arn) {
  const aws::Arn caller = TRY(aws::Arn::parse(caller_arn));
  const auto names = split(caller.resource, '/');
  if (caller.service == "iam" && names.front() == "user") return caller_arn;
  if (caller.service != "sts" || names.front() != "assumed-role" || names.size() < 2)
    return Error(Code::invalid, caller_arn +
                                    " is no user or role, and the policies of others cannot be "
                                    "asked about; use a user or a role");
  aws::Arn role = caller;
  role.service = "iam";
  role.resource = "role/" + names[1];
  if (const auto given = aws::Arn::parse(role_arn);
      given.ok() && given->account == caller.account && given->resource.ends_with("/" + names[1]))
    return role_arn;
  return role.text();
}

Result<std::vector<Check>> simulate(const PreflightRequest& request, const std::string& account_id,
                                    const std::string& principal) {
  const auto& role = request.account.spec.assume_role;
  const std::string source = TRY(policy_source(principal, role ? role->role_arn : ""));
  std::map<Resource, std::vector<const Permission*>> by_resource;
  for (const Permission& each : request.permissions) by_resource[each.resource].push_back(&each);
  std::vector<Check> checks;
  for (const auto& [resource, permissions] : by_resource) {
    const auto zones = resource == Resource::zone ? zones_of(request) : std::vector<std::string>();
    const auto subjects = subjects_of(request, resource, zones, account_id);
    aws::SimulatePrincipalPolicy question{source, {}, {}};
    for (const Permission* each : permissions) question.action_names.emplace_back(each->action);
    for (const Subject& subject : subjects) question.resource_arns.push_back(subject.resource);
    const auto results = TRY(aws::patiently(request.wait, [&] {
      return request.connection.iam().simulate_principal_policy(question);
    }));
    for (const Permission* permission : permissions)
      for (const Subject& subject : subjects) {
        Check check{*permission,
                    subject.region,
                    subject.resource,
                    Verdict::unknown,
                    "",
                    "IAM's answer does not mention it"};
        for (const auto& result : results)
          if (result.eval_action_name == permission->action &&
              result.eval_resource_name == subject.resource) {
            check.message.clear();
            judge(check, result, source);
          }
        checks.push_back(std::move(check));
      }
  }
  return gathered(std::move(checks));
}

Preflight preflight(const PreflightRequest& request) {
  Preflight result;
  const auto& spec = request.account.spec;
  const auto identity = aws::patiently(request.wait, [&] {
    return request.connection.sts(spec.regions.front()).get_caller_identity();
  });
  if (!identity.ok()) {
    result.checks = all_unknown(request, identity.error().message());
  } else if (!spec.account_id.empty() && spec.account_id != identity->account) {
    result.checks = all_unknown(
        request, fmt::format("spec.accountId is {} but the credentials belong to {} ({})",
                             spec.account_id, identity->account, identity->arn));
  } else {
    result.account_id = identity->account;
    result.principal = identity->arn;
    auto simulated = simulate(request, identity->account, identity->arn);
    result.checks = simulated.ok()
                        ? std::move(*simulated)
                        : gathered(tried(request, identity->account, why_not(simulated.error())));
  }
  if (spec.assume_role) result.checks.push_back(assumed(request, identity));
  return result;
}

}  // namespace certloop::connect
