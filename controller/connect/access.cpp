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

std::string name_of(const api::Account& account) {
  return account.meta.space + "/" + account.meta.name;
}

std::optional<Refusal> not_admitted(const api::Account& account, const std::string& from,
                                    const Use& use) {
  if (admits(account.spec.allowed_namespaces, account.meta.space, from, use)) return std::nullopt;
  std::string what = use.authority ? " for certificate authorities" : "";
  if (use.domains && !use.domains->empty()) what = " for " + join(*use.domains, ", ");
  return Refusal{
      "ReferenceNotAllowed",
      fmt::format("Account {} does not allow namespace {}{} (its "
                  "spec.allowedNamespaces{})",
                  name_of(account), from, what,
                  use.authority ? "; with a limit of domains it needs authorities: true" : ""),
      true};
}

// Whether it works is known of the spec as it is now.
std::optional<Refusal> not_ready(const api::Account& account) {
  const auto& conditions = account.status.conditions;
  const bool deleting = account.meta.deleted.has_value();
  // Of an Account that is being deleted, Ready only says what its deletion waits for.
  const api::Condition* known = api::find(conditions, deleting ? "CredentialsValid" : "Ready");
  if (known == nullptr || known->observed_generation != account.meta.generation)
    return Refusal{"AccountNotReady",
                   fmt::format("Account {} has not been checked yet", name_of(account))};
  // A suspended account is not unusable: its users see its management.
  const bool unknown = deleting && known->status == api::Truth::unknown;
  if (known->status == api::Truth::no || (unknown && known->reason != "Suspended"))
    return Refusal{"AccountNotReady",
                   fmt::format("Account {} is not Ready: {}", name_of(account), known->message),
                   api::is_true(conditions, "Stalled")};
  return std::nullopt;
}

std::optional<Refusal> refusal_of(const api::Account& account, const Policy& policy,
                                  const std::string& from, const Use& use) {
  if (auto refusal = not_admitted(account, from, use)) return refusal;
  const auto& spec = account.spec;
  if (!spec.enabled)
    return Refusal{"AccountDisabled",
                   fmt::format("Account {} has spec.enabled: false: no AWS call is made with it",
                               name_of(account)),
                   true};
  if (spec.controller_name != policy.controller_name)
    return Refusal{"OtherController",
                   fmt::format("Account {} is managed by controller {}", name_of(account),
                               spec.controller_name),
                   true};
  if (!use.region.empty() &&
      std::find(spec.regions.begin(), spec.regions.end(), use.region) == spec.regions.end())
    return Refusal{"RegionNotInAccount",
                   fmt::format("spec.region {} is not among the regions of Account {} ({}): add it "
                               "there, or correct spec.region",
                               use.region, name_of(account), join(spec.regions, ", ")),
                   true};
  return not_ready(account);
}

std::optional<Refusal> creation_refusal_of(const api::Account& account) {
  if (!account.meta.deleted) return std::nullopt;
  return Refusal{"AccountDeleting",
                 fmt::format("Account {} is being deleted: nothing new is created with it; refer "
                             "to another Account, or apply this one again once it is gone",
                             name_of(account)),
                 true};
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

Result<Access> access_as(const store::Store& store, Connections& connections,
                         const std::string& from, const api::Reference& reference, Use use,
                         Time now) {
  const std::string& space = space_of(reference, from);
  Access access;
  auto found = store::get<api::Account>(store, space, reference.name);
  if (!found.ok() && found.error().code() == Code::not_found) {
    access.refusal = Refusal{"ReferenceNotFound",
                             fmt::format("Account {}/{} not found: apply it, or correct "
                                         "spec.accountRef",
                                         space, reference.name),
                             true};
    return access;
  }
  access.account = TRY(std::move(found));
  const auto& spec = access.account->spec;
  access.management =
      effective(spec.management, spec.suspended_until, api::Management::enforce, now);
  access.creation_refusal = creation_refusal_of(*access.account);
  use.account_id = account_id_of(*access.account);
  access.refusal = refusal_of(*access.account, connections.policy(), from, use);
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

}  // namespace

Result<Access> access(const store::Store& store, Connections& connections, const std::string& from,
                      const api::Reference& account, const std::string& region, Time now,
                      const std::optional<std::vector<std::string>>& domains) {
  Use use;
  use.region = region;
  use.domains = domains;
  return access_as(store, connections, from, account, std::move(use), now);
}

Result<Access> access_for_authority(const store::Store& store, Connections& connections,
                                    const std::string& from, const api::Reference& account,
                                    const std::string& region, Time now) {
  Use use;
  use.region = region;
  use.authority = true;
  return access_as(store, connections, from, account, std::move(use), now);
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

std::optional<Refusal> was_sent_elsewhere(const api::Account& account,
                                          const api::PendingCall& call) {
  const std::string &sent = call.account_id, &number = account_id_of(account);
  if (sent.empty() || number.empty() || sent == number) return std::nullopt;
  return Refusal{"AccountChanged",
                 fmt::format("{} was sent to AWS account {}, but Account {}/{} is now {}: give it "
                             "credentials of {} again until the call is recovered",
                             call.call, sent, account.meta.space, account.meta.name, number, sent),
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
