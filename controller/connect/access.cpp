#include "connect/access.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/arn.h"
#include "base/text.h"
#include "connect/connections.h"
#include "connect/grants.h"
#include "store/typed.h"

namespace certloop::connect {
namespace {

std::optional<Refusal> refusal_of(const api::Account& account, const Policy& policy,
                                  const std::string& from, const std::string& region,
                                  const std::vector<std::string>& domains) {
  const std::string name = account.meta.space + "/" + account.meta.name;
  const auto& spec = account.spec;
  if (!admits(spec.allowed_namespaces, account.meta.space, from,
              {.region = region, .account_id = account_id_of(account), .domains = domains}))
    return Refusal{"ReferenceNotAllowed",
                   fmt::format("Account {} does not allow namespace {}{} (its "
                               "spec.allowedNamespaces)",
                               name, from, domains.empty() ? "" : " for " + join(domains, ", ")),
                   true};
  if (!spec.enabled)
    return Refusal{
        "AccountDisabled",
        fmt::format("Account {} has spec.enabled: false: no AWS call is made with it", name), true};
  if (spec.controller_name != policy.controller_name)
    return Refusal{"OtherController",
                   fmt::format("Account {} is left to controller {}", name, spec.controller_name),
                   true};
  if (!region.empty() &&
      std::find(spec.regions.begin(), spec.regions.end(), region) == spec.regions.end())
    return Refusal{"RegionNotInAccount",
                   fmt::format("spec.region {} is not among the regions of Account {} ({}): add it "
                               "there",
                               region, name, join(spec.regions, ", ")),
                   true};
  const api::Condition* ready = api::find(account.status.conditions, "Ready");
  if (ready == nullptr || ready->observed_generation != account.meta.generation)
    return Refusal{"AccountNotReady", fmt::format("Account {} has not been checked yet", name)};
  // A suspended account is not unusable: its users see its management.
  if (ready->status == api::Truth::no)
    return Refusal{"AccountNotReady",
                   fmt::format("Account {} is not Ready: {}", name, ready->message),
                   api::is_true(account.status.conditions, "Stalled")};
  return std::nullopt;
}

// The credentials of a process, of a profile or of a role may be another account's than those that
// were checked last: then nothing is done with them until the Account itself says whose they are.
Result<std::optional<Refusal>> mismatch(const api::Account& account, Connection& connection) {
  const std::string& known = account_id_of(account);
  const std::string actual = TRY(connection.account_id());
  if (known.empty() || actual == known) return std::optional<Refusal>();
  return std::optional<Refusal>(
      Refusal{"AccountMismatch",
              fmt::format("Account {}/{} is AWS account {}, but its credentials belong to {}",
                          account.meta.space, account.meta.name, known, actual)});
}

}  // namespace

Result<Access> access(const store::Store& store, Connections& connections, const std::string& from,
                      const api::Reference& reference, const std::string& region, Time now,
                      const std::vector<std::string>& domains) {
  const std::string& space = space_of(reference, from);
  Access access;
  auto found = store::get<api::Account>(store, space, reference.name);
  if (!found.ok() && found.error().code() == Code::not_found) {
    access.refusal = Refusal{"ReferenceNotFound",
                             fmt::format("there is no Account {}/{}: apply it, or correct "
                                         "spec.accountRef",
                                         space, reference.name),
                             true};
    return access;
  }
  access.account = TRY(std::move(found));
  const auto& spec = access.account->spec;
  access.management =
      effective(spec.management, spec.suspended_until, api::Management::enforce, now);
  access.refusal = refusal_of(*access.account, connections.policy(), from, region, domains);
  if (access.refusal || access.management == api::Management::suspended) return access;
  auto connection = connections.open(store, *access.account);
  if (!connection.ok()) {
    access.refusal = Refusal{connection.error().reason(), connection.error().message()};
    return access;
  }
  access.refusal = TRY(mismatch(*access.account, **connection));
  if (!access.refusal) access.connection = std::move(*connection);
  return access;
}

std::optional<Refusal> is_elsewhere(const api::Account& account, const std::string& arn) {
  const auto parsed = aws::Arn::parse(arn);
  const std::string& number = account_id_of(account);
  if (!parsed.ok() || number.empty() || parsed->account == number) return std::nullopt;
  return Refusal{"AccountChanged",
                 fmt::format("{} is in AWS account {}, but Account {}/{} is now {}: give it "
                             "credentials of {} again, or make a new object for the other one",
                             arn, parsed->account, account.meta.space, account.meta.name, number,
                             parsed->account),
                 true};
}

const std::string& account_id_of(const api::Account& account) {
  return account.spec.account_id.empty() ? account.status.account_id : account.spec.account_id;
}

std::string source_of(const api::Account& account) {
  std::string source = account_id_of(account) + '\n' + account.spec.endpoint_url;
  for (const auto& [service, url] : account.spec.endpoints) source += '\n' + service + '=' + url;
  return source;
}

api::Management effective(api::Management own, const std::optional<Time>& suspended_until,
                          api::Management account, Time now) {
  if (own == api::Management::suspended && suspended_until && *suspended_until <= now)
    own = api::Management::enforce;
  return std::max(own, account);
}

Duration rest_until_resumed(const std::optional<Time>& suspended_until, Duration most, Time now) {
  if (!suspended_until || *suspended_until <= now) return most;
  return std::min<Duration>(*suspended_until - now, most);
}

}  // namespace certloop::connect
