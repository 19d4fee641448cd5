#include "reconcilers/zone/objections.h"

#include <algorithm>
#include <set>

#include "aws/errors.h"
#include "aws/regions.h"
#include "connect/access.h"
#include "store/typed.h"

namespace certloop::zone {
namespace {

constexpr Duration kYoungEnough = std::chrono::minutes(10);

// One record and what speaks against its removal so far.
struct Candidate {
  const api::KeptRecord& kept;
  std::string domain;
  std::set<std::string> account_ids;
  std::vector<std::string> objections;
  // Certificates of ours whose spec names another zone, where their record is in place.
  std::set<std::string> kept_elsewhere = {};
};

bool all_stay(const std::vector<Candidate*>& candidates) {
  return std::all_of(candidates.begin(), candidates.end(),
                     [](const auto* each) { return !each->objections.empty(); });
}

void object(const std::vector<Candidate*>& candidates, const std::string& why) {
  for (Candidate* each : candidates) each->objections.push_back(why);
}

std::pair<std::string, std::string> parts_of(const std::string& account) {
  const auto slash = account.find('/');
  return {account.substr(0, slash), account.substr(slash + 1)};
}

std::string id_of(const api::Account& account) {
  return account.spec.account_id.empty() ? account.status.account_id : account.spec.account_id;
}

// Whether the placement's spec names another zone than `zone`, and its record is in place there.
Result<bool> keeps_elsewhere(const World& world, const api::Placement& placement,
                             const std::string& domain, const std::string& zone) {
  if (!placement.spec.issuer.amazon || placement.spec.issuer.amazon->hosted_zones.empty())
    return false;
  bool elsewhere = false;
  for (const auto& each : placement.status.validation) {
    if (domain_of_name(each.domain) != domain) continue;
    if (!each.record || each.hosted_zone.empty() || each.hosted_zone == zone) return false;
    const api::Key key = api::zone_record_key(each.hosted_zone, each.record->name);
    const auto kept = store::get<api::ZoneRecord>(world.store, key.space, key.name);
    if (!kept.ok() && kept.error().code() != Code::not_found) return kept.error();
    if (!kept.ok() || kept->status.state != "InPlace") return false;
    elsewhere = true;
  }
  return elsewhere;
}

// A placement with the domain, whether its certificate is there yet or not, unless it is surely
// another AWS account's.
Result<void> ask_placements(const World& world, const std::string& zone,
                            std::vector<Candidate>& candidates) {
  std::map<std::string, std::vector<Candidate*>> by_domain;
  for (Candidate& each : candidates) by_domain[each.domain].push_back(&each);
  for (const auto& placement : TRY(store::list<api::Placement>(world.store))) {
    std::set<std::string> domains{domain_of_name(placement.spec.domain_name)};
    for (const auto& name : placement.spec.additional_names) domains.insert(domain_of_name(name));
    for (const auto& domain : domains) {
      const auto concerned = by_domain.find(domain);
      if (concerned == by_domain.end()) continue;
      const auto& reference = placement.spec.account_ref;
      const auto account = store::get<api::Account>(
          world.store, space_of(reference, placement.meta.space), reference.name);
      if (!account.ok() && account.error().code() != Code::not_found) return account.error();
      const std::string id = account.ok() ? id_of(*account) : "";
      const bool elsewhere = TRY(keeps_elsewhere(world, placement, domain, zone));
      for (Candidate* each : concerned->second)
        if (elsewhere)
          each->kept_elsewhere.insert(placement.status.arn);
        else if (id.empty() || each->account_ids.contains(id))
          each->objections.push_back(text_of(placement.key()) + " is for " + domain);
    }
  }
  return {};
}

bool names_it(const aws::CertificateSummary& row, const std::string& domain) {
  if (domain_of_name(row.domain_name) == domain) return true;
  const auto& names = row.subject_alternative_names;
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& name) { return domain_of_name(name) == domain; });
}

// The certificates of one AWS account, region after region.
class AccountReader {
 public:
  AccountReader(const World& world, connect::Access access)
      : world_(world), access_(std::move(access)) {}

  Result<void> look_for(const std::vector<Candidate*>& candidates) {
    for (const std::string& region : regions()) {
      if (all_stay(candidates)) return {};
      TRY(look_in(region, candidates));
    }
    return {};
  }

 private:
  const api::Account& account() const { return *access_.account; }
  std::string name() const { return account().meta.space + "/" + account().meta.name; }

  // Those that are read anyhow come first.
  std::vector<std::string> regions() const {
    std::vector<std::string> all = account().spec.regions;
    for (const auto region : aws::regions_of(access_.connection->partition()))
      if (std::find(all.begin(), all.end(), region) == all.end()) all.emplace_back(region);
    return all;
  }

  Result<void> look_in(const std::string& region, const std::vector<Candidate*>& candidates) {
    const estate::Place place{account().meta.space, account().meta.name, region};
    auto& acm = access_.connection->acm(region);
    const std::string source = connect::source_of(account());
    world_.estate.set_source(place.space, place.account, source);
    const auto age = world_.estate.age(place);
    if (!age || *age > kYoungEnough) {
      auto& tagging = access_.connection->tagging(region);
      const auto read = world_.estate.sweep(place, source, acm, tagging);
      if (!read.ok()) {
        if (read.error().code() == Code::cancelled) return read.error();
        if (!is_not_enabled(region, read.error()))
          object(candidates, "region " + region + " of Account " + name() +
                                 " cannot be read: " + read.error().message());
        return {};
      }
    }
    for (const auto& row : world_.estate.rows(place)) TRY(compare(row.summary, acm, candidates));
    return {};
  }

  bool is_not_enabled(const std::string& region, const Error& error) const {
    return aws::is_opt_in(region) && access_.connection->valid_in_every_region() &&
           aws::is_about_region(error);
  }

  static Result<void> compare(const aws::CertificateSummary& row, aws::Acm& acm,
                              const std::vector<Candidate*>& candidates) {
    std::optional<aws::CertificateSummary> whole;
    for (Candidate* each : candidates) {
      if (each->kept_elsewhere.contains(row.certificate_arn)) continue;
      bool needs = names_it(whole ? *whole : row, each->domain);
      if (!needs && row.has_additional_names && !whole) {
        const auto detail = acm.describe_certificate(row.certificate_arn);
        if (!detail.ok() && detail.error().code() == Code::cancelled) return detail.error();
        if (!detail.ok()) {
          each->objections.push_back("not all names of " + row.certificate_arn +
                                     " can be read: " + detail.error().message());
          continue;
        }
        whole = row;
        whole->subject_alternative_names = detail->subject_alternative_names;
        needs = names_it(*whole, each->domain);
      }
      if (needs) each->objections.push_back(row.certificate_arn + " is for " + each->domain);
    }
    return {};
  }

  const World& world_;
  const connect::Access access_;
};

// The first Account through which that AWS account can be read as it is now; or why there is none.
Result<connect::Access> find_access(const World& world, const std::string& account_id,
                                    const std::set<std::string>& accounts, std::string& why) {
  for (const auto& name : accounts) {
    const auto [space, object] = parts_of(name);
    connect::Access access = TRY(connect::access(world.store, world.connections, space,
                                                 {object, space}, "", world.clock.now()));
    if (access.refusal)
      why = access.refusal->message;
    else if (!access.connection)
      why = "Account " + name + " is suspended";
    else if (id_of(*access.account) != account_id)
      why = "Account " + name + " is another AWS account now than " + account_id;
    else
      return access;
  }
  return connect::Access{};
}

}  // namespace

Result<std::map<std::string, std::vector<std::string>>> objections(
    const World& world, const std::string& zone, const std::vector<api::KeptRecord>& due) {
  std::vector<Candidate> candidates;
  for (const auto& kept : due) {
    Candidate candidate{kept, domain_of_record(kept.record.name), {}, {}};
    for (const auto& user : kept.users) candidate.account_ids.insert(user.account_id);
    if (kept.users.empty())
      candidate.objections.emplace_back("it is not known which account's certificates needed it");
    candidates.push_back(std::move(candidate));
  }
  if (candidates.empty()) return std::map<std::string, std::vector<std::string>>();
  TRY(ask_placements(world, zone, candidates));

  std::map<std::string, std::vector<Candidate*>> by_account;
  std::map<std::string, std::set<std::string>> names;  // of the Accounts, by AWS account
  for (Candidate& each : candidates) {
    if (!each.objections.empty()) continue;
    for (const auto& id : each.account_ids) by_account[id].push_back(&each);
    for (const auto& user : each.kept.users) names[user.account_id].insert(user.account);
  }
  for (const auto& [id, concerned] : by_account) {
    if (all_stay(concerned)) continue;
    std::string why;
    connect::Access access = TRY(find_access(world, id, names[id], why));
    if (access.connection)
      TRY(AccountReader(world, std::move(access)).look_for(concerned));
    else
      object(concerned, "AWS account " + id + " cannot be read: " + why);
  }
  std::map<std::string, std::vector<std::string>> answer;
  for (Candidate& each : candidates) answer[each.kept.record.name] = std::move(each.objections);
  return answer;
}

}  // namespace certloop::zone
