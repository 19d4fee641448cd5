// `certloop preflight` and `certloop choices`: what an account's credentials may do, and what can
// be chosen with them. Only reads.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "aws/endpoints.h"
#include "connect/access.h"
#include "connect/connections.h"
#include "connect/grants.h"
#include "connect/preflight.h"
#include "main_program.h"
#include "store/overlay_store.h"
#include "store/typed.h"

namespace certloop {
namespace {

using report::Permit;

// Of the commands that take files, and of those that do not.
constexpr const char* kApplyOrPass =
    "apply it, pass a file containing it with -f, or correct the name";
constexpr const char* kApply = "apply it, or correct the name";

Result<api::Account> account_named(const store::Store& store, const api::Key& key,
                                   const char* remedy) {
  auto account = store::get<api::Account>(store, key.space, key.name);
  if (account.ok() || account.error().code() != Code::not_found) return account;
  return Error(Code::not_found, fmt::format("Account {}/{} not found in {}: {}", key.space,
                                            key.name, store.name(), remedy));
}

bool refers_to(const api::Reference& reference, const std::string& from,
               const api::Account& account) {
  return reference.name == account.meta.name && space_of(reference, from) == account.meta.space;
}

// Error: denied, where no AWS call is to be made with it.
Result<std::shared_ptr<connect::Connection>> open(const store::Store& store,
                                                  connect::Connections& connections,
                                                  const api::Account& account, Time now) {
  const auto& spec = account.spec;
  const auto management =
      connect::effective(spec.management, spec.suspended_until, api::Management::enforce, now);
  if (!spec.enabled)
    return Error(Code::denied, "spec.enabled is false: no AWS call is made with it");
  if (management == api::Management::suspended)
    return Error(Code::denied, "management is Suspended: no AWS call is made with it");
  if (spec.controller_name != connections.policy().controller_name)
    return Error(
        Code::denied,
        fmt::format("it is managed by controller {}; choose that one with --controller-name",
                    spec.controller_name));
  return connections.open(store, account);
}

// Of what AWS is asked about. A CA that is not to be called is not looked at either.
Result<connect::Known> known_of(const store::Store& store, const api::Account& account,
                                const connect::Policy& policy) {
  connect::Known known;
  for (const auto& placement : TRY(store::list<api::Placement>(store)))
    if (refers_to(placement.spec.account_ref, placement.meta.space, account) &&
        !placement.status.arn.empty())
      known.certificates.emplace(placement.spec.region, placement.status.arn);
  for (const auto& ca : TRY(store::list<api::CertificateAuthority>(store))) {
    if (policy.not_called.contains(ca.key())) continue;
    const auto& spec = ca.spec.acm_pca;
    const std::string& arn = ca.status.arn.empty() ? spec.arn : ca.status.arn;
    if (refers_to(spec.account_ref, ca.meta.space, account) && !arn.empty())
      known.authorities.emplace(spec.region, arn);
  }
  return known;
}

Permit permit_of(connect::Verdict verdict) {
  switch (verdict) {
    case connect::Verdict::allowed: return Permit::allowed;
    case connect::Verdict::denied: return Permit::denied;
    case connect::Verdict::unknown: break;
  }
  return Permit::unknown;
}

report::PermissionRow row_of(const api::Key& account, const connect::Check& check) {
  const connect::Permission& permission = check.permission;
  return {account,
          std::string(permission.action),
          permit_of(check.verdict),
          permission.optional,
          permission.mutating,
          check.region,
          check.resource,
          std::string(permission.purpose),
          check.how,
          check.message};
}

// Why a CA cannot sign in that region, now; empty: it can.
std::string why_not(const std::string& region, const std::string& wanted_region,
                    const report::Choice& ca) {
  if (region != wanted_region)
    return fmt::format("it is in {}: ACM uses only a CA of its own region", region);
  if (ca.usage_mode == "SHORT_LIVED_CERTIFICATE")
    return "its certificates are short-lived, which ACM cannot use: it needs GENERAL_PURPOSE";
  if (ca.state.empty()) return "it has not been created yet";
  if (ca.state != "ACTIVE") return fmt::format("it is {}, not ACTIVE", ca.state);
  return "";
}

void fill(report::Choice& choice, const aws::CertificateAuthorityDetail& ca) {
  choice.arn = ca.arn;
  choice.state = ca.status;
  choice.key_algorithm = ca.key_algorithm;
  choice.usage_mode = ca.usage_mode;
  choice.not_after = ca.not_after;
}

report::Choice declared(const api::CertificateAuthority& ca) {
  report::Choice choice;
  choice.object = ca.key();
  choice.arn = ca.status.arn.empty() ? ca.spec.acm_pca.arn : ca.status.arn;
  choice.state = ca.status.aws_status;
  choice.key_algorithm =
      ca.status.key_algorithm.empty() ? ca.spec.acm_pca.key_algorithm : ca.status.key_algorithm;
  choice.usage_mode =
      ca.status.usage_mode.empty() ? ca.spec.acm_pca.usage_mode : ca.status.usage_mode;
  choice.not_after = ca.status.not_after;
  return choice;
}

// S24: the CAs that this namespace may use, and those that AWS has there and nobody declared.
Result<void> add_authorities(const store::Store& store, const api::Account& account,
                             const Result<std::shared_ptr<connect::Connection>>& connection,
                             report::Choices& choices) {
  std::map<std::string, aws::CertificateAuthorityDetail> there;
  if (connection.ok()) {
    auto listed = (*connection)->acm_pca(choices.region).list_certificate_authorities();
    if (!listed.ok())
      choices.unread.push_back({choices.account, choices.region, listed.error().message()});
    else
      for (auto& ca : *listed)
        if (ca.status != "DELETED") there.emplace(ca.arn, std::move(ca));
  }
  std::map<std::string, bool> known;
  for (const auto& ca : TRY(store::list<api::CertificateAuthority>(store))) {
    const auto& spec = ca.spec.acm_pca;
    if (!refers_to(spec.account_ref, ca.meta.space, account)) continue;
    report::Choice choice = declared(ca);
    known[choice.arn] = true;
    if (!connect::admits(ca.spec.allowed_namespaces, ca.meta.space, choices.space,
                         {.region = spec.region}))
      continue;
    if (const auto it = there.find(choice.arn); it != there.end()) fill(choice, it->second);
    choice.why = why_not(spec.region, choices.region, choice);
    choice.can_choose = choice.why.empty();
    choices.rows.push_back(std::move(choice));
  }
  for (const auto& [arn, ca] : there) {
    if (known.contains(arn)) continue;
    report::Choice choice;
    fill(choice, ca);
    choice.why = why_not(choices.region, choices.region, choice);
    choice.can_choose = choice.why.empty();
    if (choice.can_choose)
      choice.why = "declare it first: a CertificateAuthority with spec.acmPca.arn";
    choices.rows.push_back(std::move(choice));
  }
  return {};
}

// The certificates that a Certificate can adopt by spec.arn.
Result<void> add_certificates(const store::Store& store, const api::Account& account,
                              const Result<std::shared_ptr<connect::Connection>>& connection,
                              report::Choices& choices) {
  if (!connection.ok()) return {};
  std::map<std::string, api::Key> kept;
  for (const auto& placement : TRY(store::list<api::Placement>(store)))
    if (refers_to(placement.spec.account_ref, placement.meta.space, account))
      for (const auto& owner : placement.meta.owners)
        kept[placement.status.arn] = {owner.kind, placement.meta.space, owner.name};
  const auto read = (*connection)
                        ->acm(choices.region)
                        .search_certificates([&](aws::CertificateSummary&& row, Instant) {
                          report::Choice choice;
                          choice.arn = std::move(row.certificate_arn);
                          choice.domain = std::move(row.domain_name);
                          choice.state = std::move(row.status);
                          choice.key_algorithm = std::move(row.key_algorithm);
                          choice.not_after = row.not_after;
                          const auto it = kept.find(choice.arn);
                          choice.can_choose = it == kept.end();
                          if (it != kept.end()) choice.object = it->second;
                          choice.why = it == kept.end() ? "adopt it by spec.arn of a Certificate"
                                                        : "already managed by " + it->second.space +
                                                              "/" + it->second.name;
                          choices.rows.push_back(std::move(choice));
                          return true;
                        });
  if (!read.ok())
    choices.unread.push_back({choices.account, choices.region, read.error().message()});
  return {};
}

}  // namespace

Result<report::Preflight> LocalProgram::preflight(store::Store& store,
                                                  const cli::PreflightRequest& request) {
  store::OverlayStore over(store, edges_.clock);
  for (const auto& object : request.wanted) over.put(object);
  aws::RateBudget budget(edges_.clock, aws::RateShare::command_line);
  connect::Connections connections(edges_for(budget, edges_.stop),
                                   TRY(policy_of(store, request.engine)));
  report::Preflight result{edges_.clock.now(), {}, {}};
  for (const auto& key : request.accounts) {
    const api::Account account = TRY(account_named(over, key, kApplyOrPass));
    if (request.progress)
      request.progress({key, "checking", result.accounts.size(), request.accounts.size()});
    const connect::Needs needs = TRY(connect::needs_of(over, account));
    const auto permissions = connect::permissions_for(needs);
    const auto connection = open(over, connections, account, edges_.clock.now());
    connect::Preflight found;
    if (connection.ok())
      found = connect::preflight(
          {**connection, account, permissions, TRY(known_of(over, account, connections.policy())),
           [this](Duration wait) {
             return pause_until(edges_.clock, edges_.clock.tick() + wait, edges_.stop);
           }});
    else
      for (const auto& permission : permissions)
        found.checks.push_back(
            {permission, "", "", connect::Verdict::unknown, "", connection.error().message()});
    if (edges_.stop.stop_requested()) return Error(Code::cancelled, "stopped");
    result.accounts.push_back({key, found.account_id, found.principal, needs.assumed});
    for (const auto& check : found.checks) result.rows.push_back(row_of(key, check));
  }
  return result;
}

Result<std::string> LocalProgram::policy(store::Store& store, const cli::PolicyRequest& request) {
  store::OverlayStore over(store, edges_.clock);
  for (const auto& object : request.wanted) over.put(object);
  connect::Needs needs = connect::all_needs();
  std::string partition = "aws";
  if (request.account) {
    const api::Account account = TRY(account_named(over, *request.account, kApplyOrPass));
    needs = TRY(connect::needs_of(over, account));
    partition = aws::partition_of(account.spec.regions.front());
  }
  needs.reading_only = needs.reading_only || request.read_only;
  return connect::policy_document(connect::permissions_for(needs), partition);
}

Result<report::Choices> LocalProgram::choices(store::Store& store,
                                              const cli::ChoicesRequest& request) {
  const api::Account account = TRY(account_named(store, request.account, kApply));
  const std::string name = account.meta.space + "/" + account.meta.name;
  const auto& regions = account.spec.regions;
  if (std::find(regions.begin(), regions.end(), request.region) == regions.end())
    return Error(Code::invalid, fmt::format("--region {} is not among the regions of Account {}: "
                                            "add it there, or name one of spec.regions",
                                            request.region, name));
  if (!connect::admits(account.spec.allowed_namespaces, account.meta.space, request.space,
                       {.region = request.region, .account_id = connect::account_id_of(account)}))
    return Error(Code::denied, fmt::format("Account {} does not allow namespace {} (its "
                                           "spec.allowedNamespaces)",
                                           name, request.space));
  aws::RateBudget budget(edges_.clock, aws::RateShare::command_line);
  connect::Connections connections(edges_for(budget, edges_.stop),
                                   TRY(policy_of(store, request.engine)));
  const bool authorities = request.subject == cli::ChoicesRequest::Subject::authorities;
  report::Choices choices{authorities ? "authorities" : "certificates",
                          edges_.clock.now(),
                          name,
                          request.region,
                          request.space,
                          {},
                          {}};
  const auto connection = open(store, connections, account, edges_.clock.now());
  if (!connection.ok())
    choices.unread.push_back({name, request.region, connection.error().message()});
  if (authorities)
    TRY(add_authorities(store, account, connection, choices));
  else
    TRY(add_certificates(store, account, connection, choices));
  report::sort(choices);
  return choices;
}

}  // namespace certloop
