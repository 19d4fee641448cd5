#include <algorithm>

#include "base/text.h"
#include "connect/grants.h"
#include "ledger/ownership.h"
#include "reconcilers/placement/learn.h"
#include "reconcilers/placement/placement_reconciler.h"
#include "reconcilers/placement/records.h"
#include "reconcilers/placement/source.h"
#include "store/typed.h"

namespace certloop::placement {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// What no list tells (who uses it, its chain, why it does not renew) is read again once a day.
constexpr Duration kDescribeEvery = hours(24);
// "Nothing there" is believed of a reading this young, before something is made.
constexpr Duration kReadingForCreate = minutes(10);
constexpr Duration kAfterFailure = minutes(1);
// What ACM still works on is asked for when an eighth more of its waiting time has passed: a quick
// answer is seen at once, and a slow one costs few calls. The bulk readings tell as well.
constexpr int kLooksPerWaiting = 8;

struct Pass {
  const World& world;
  const api::Placement& placement;
  const estate::Place place;
  aws::Acm& acm;
  Time now;
};

std::string tag(const api::Tags& tags, std::string_view key) {
  const auto it = tags.find(std::string(key));
  return it == tags.end() ? "" : it->second;
}

// The CA that the spec names, and whether this namespace may use it.
Result<void> find_authority(const World& world, const api::Placement& placement,
                            const api::Account& account, Observed& observed) {
  if (!placement.spec.issuer.authority) return {};
  const api::Reference& reference = placement.spec.issuer.authority->authority;
  const std::string& space = space_of(reference, placement.meta.space);
  const std::string name = space + "/" + reference.name;
  auto found = store::get<api::CertificateAuthority>(world.store, space, reference.name);
  if (!found.ok() && found.error().code() == Code::not_found) {
    observed.reference = Problem{"ReferenceNotFound",
                                 "spec.issuer.authority: there is no CertificateAuthority " + name +
                                     "; apply it, or correct the name",
                                 true};
    return {};
  }
  const api::CertificateAuthority authority = TRY(std::move(found));
  const auto& ca = authority.spec.acm_pca;
  if (!connect::admits(authority.spec.allowed_namespaces, space, placement.meta.space,
                       {.region = placement.spec.region,
                        .account_id = connect::account_id_of(account),
                        .domains = wanted_names(placement.spec)})) {
    observed.reference =
        Problem{"ReferenceNotAllowed",
                "spec.issuer.authority: CertificateAuthority " + name +
                    " does not allow namespace " + placement.meta.space + " for " +
                    join(wanted_names(placement.spec), ", ") + " (its spec.allowedNamespaces)",
                true};
    return {};
  }
  const auto& status = authority.status;
  // What was asked for at creation counts; of a CA that was adopted, what AWS says.
  const bool adopted = !ca.arn.empty() && !status.usage_mode.empty();
  observed.authority =
      Authority{name,
                status.arn,
                status.aws_status,
                status.key_algorithm.empty() ? ca.key_algorithm : status.key_algorithm,
                adopted ? status.usage_mode : ca.usage_mode,
                ca.region,
                status.not_after};
  // S25: what keeps the CA from being read keeps the request waiting, in the CA's own words.
  const auto* ready = api::find(status.conditions, "Ready");
  if (ready == nullptr || ready->status != api::Truth::no) return {};
  const std::string words = "CertificateAuthority " + name + ": " + ready->message;
  if (status.aws_status.empty()) observed.reference = Problem{"AuthorityNotReady", words};
  if (ready->reason == "AccessDeniedException") observed.authority->denied = words;
  return {};
}

// A source may hold other names than the spec: the account's limits count for them too.
void check_names_of_source(const api::Placement& placement, const api::Account& account,
                           Observed& observed) {
  if (!observed.source || observed.reference) return;
  if (connect::admits(account.spec.allowed_namespaces, account.meta.space, placement.meta.space,
                      {.region = placement.spec.region,
                       .account_id = connect::account_id_of(account),
                       .domains = observed.source->names}))
    return;
  observed.reference =
      Problem{"ReferenceNotAllowed",
              "Secret " + observed.source->secret + " holds a certificate for " +
                  join(observed.source->names, ", ") + ", which Account " + account.meta.space +
                  "/" + account.meta.name + " does not allow namespace " + placement.meta.space +
                  " (its spec.allowedNamespaces)",
              true};
}

// Looks for what an open call may have made: newest first, back to a little before it was sent, by
// the service's own listing and its own tags. A failed look decides nothing.
Result<ledger::Looked> look_for_intent(const Pass& pass, const api::PendingCall& pending) {
  const Time oldest = pending.first_sent - ledger::kLookBack;
  std::vector<std::string> arns;
  TRY(pass.acm.search_certificates([&](aws::CertificateSummary&& row, Instant) {
    if (row.created_at && *row.created_at < oldest) return false;
    arns.push_back(std::move(row.certificate_arn));
    return true;
  }));
  ledger::Looked looked{true, std::nullopt};
  for (const auto& arn : arns) {
    // An intent never changes, so one that is known already need not be asked for again.
    const auto row = pass.world.estate.find(pass.place, arn);
    std::string intent = row && row->tags ? tag(*row->tags, ledger::kIntentTag) : "";
    if (intent.empty()) {
      const auto tags = pass.acm.list_tags_for_certificate(arn);
      if (!tags.ok() && tags.error().code() == Code::not_found) continue;
      if (!tags.ok()) return tags.error();
      intent = tag(*tags, ledger::kIntentTag);
    }
    if (intent != pending.id) continue;
    looked.arn = arn;
    break;
  }
  return looked;
}

Result<void> look_at_open_call(const Pass& pass, Observed& observed) {
  if (!observed.known.pending) return {};
  const api::PendingCall& pending = *observed.known.pending;
  observed.recovery = ledger::recovery(pending, pass.now, {});
  if (!std::holds_alternative<ledger::Look>(*observed.recovery)) return {};
  const ledger::Looked looked = TRY(look_for_intent(pass, pending));
  observed.recovery = ledger::recovery(pending, pass.now, looked);
  return {};
}

bool is_due_for_describe(const Pass& pass, const Observed& observed,
                         const std::optional<estate::Row>& row, Look look) {
  const auto& known = observed.known;
  if (look == Look::live || !known.described || !row) return true;
  if (pass.now - *known.described >= kDescribeEvery) return true;
  if (tells_of_change(known, *row)) return true;
  if (known.acm_status != "PENDING_VALIDATION") return false;
  const bool lacks_records =
      known.type != "PRIVATE" && std::any_of(known.validation.begin(), known.validation.end(),
                                             [](const auto& d) { return !d.record; });
  if (lacks_records || known.validation.empty() || !known.created) return true;
  return pass.now - *known.described >= (pass.now - *known.created) / kLooksPerWaiting;
}

Result<void> read_tags(const Pass& pass, Observed& observed, const std::optional<estate::Row>& row,
                       Look look) {
  if (look == Look::cheap && row && row->tags) {
    observed.known.tags = *row->tags;
    observed.tags_known = true;
    return {};
  }
  auto tags = pass.acm.list_tags_for_certificate(observed.known.arn);
  if (!tags.ok() && tags.error().code() == Code::not_found) return {};
  observed.known.tags = TRY(std::move(tags));
  observed.tags_known = true;
  return {};
}

// The chain is fetched once for each serial.
Result<void> read_certificate(const Pass& pass, Observed& observed,
                              const std::string& serial_before) {
  auto& known = observed.known;
  if (known.acm_status != "ISSUED") return {};
  if (!known.certificate.empty() && known.serial == serial_before) return {};
  auto pem = pass.acm.get_certificate(known.arn);
  if (!pem.ok() && (pem.error().code() == Code::conflict || pem.error().code() == Code::not_found))
    return {};
  learn(known, TRY(std::move(pem)), pass.now);
  return {};
}

// What ACM holds under the ARN that we know, or that the spec asks to adopt.
Result<void> look_at_certificate(const Pass& pass, Observed& observed, Look look) {
  auto& known = observed.known;
  if (known.arn.empty()) known.arn = pass.placement.spec.arn;
  if (known.arn.empty()) {
    observed.presence = Presence::absent;
    return {};
  }
  const auto row = pass.world.estate.find(pass.place, known.arn);
  const std::string serial_before = known.serial;
  if (is_due_for_describe(pass, observed, row, look)) {
    const auto detail = pass.acm.describe_certificate(known.arn);
    if (!detail.ok() && detail.error().code() == Code::not_found) {
      observed.presence = Presence::absent;
      return {};
    }
    if (!detail.ok()) return detail.error();
    learn(known, *detail, pass.now);
    if (row) known.exported = row->summary.exported;
    observed.live = look == Look::live;
    // The index of tags lags behind what was just described; our own row does not.
  } else {
    learn(known, *row);
  }
  observed.presence = Presence::present;
  TRY(read_tags(pass, observed, row, look));
  TRY(read_certificate(pass, observed, serial_before));
  return {};
}

// Who else stands there under our owner tag; and whether what we hold is marked by another.
Result<void> find_owned(const Pass& pass, Observed& observed) {
  const api::Tags ours = wanted_tags(pass.placement, observed, "");
  const std::string& owner = ours.at(std::string(ledger::kOwnerTag));
  const auto note = [&](const estate::Row& row, const aws::Tags& tags) {
    const std::string& arn = row.summary.certificate_arn;
    const auto it = tags.find(std::string(ledger::kOwnerTag));
    if (it == tags.end() || arn == observed.known.arn) return;
    for (const auto& old : observed.known.previous)
      if (old.arn == arn) return;
    if (it->second == owner)
      observed.owned.push_back(candidate_of(row, tags));
    else if (ledger::is_of_another_installation(it->second, owner) &&
             observed.presence == Presence::absent && !pass.placement.meta.deleted)
      observed.foreign_owner = it->second;
  };
  if (observed.presence == Presence::present && observed.tags_known) {
    const auto it = observed.known.tags.find(std::string(ledger::kOwnerTag));
    if (it != observed.known.tags.end() && it->second != owner) observed.foreign_owner = it->second;
  }
  for (const auto& row : pass.world.estate.owned_by(pass.place, owner.substr(owner.find('/') + 1)))
    note(row, *row.tags);
  if (observed.presence == Presence::present) return {};
  const std::string domain = normalized_domain(pass.placement.spec.domain_name);
  for (const auto& row : pass.world.estate.of_unknown_owner(pass.place, domain)) {
    const auto tags = pass.acm.list_tags_for_certificate(row.summary.certificate_arn);
    if (!tags.ok() && tags.error().code() == Code::not_found) continue;
    if (!tags.ok()) return tags.error();
    note(row, *tags);
  }
  return {};
}

// The ARNs before this one: those that are gone are forgotten, the others' users are named.
Result<void> look_at_previous(const Pass& pass, Observed& observed, Look look) {
  for (const auto& old : observed.known.previous) {
    const auto row = pass.world.estate.find(pass.place, old.arn);
    if (look == Look::cheap && row && row->summary.in_use == !old.in_use_by.empty()) {
      observed.previous.push_back(old);
      continue;
    }
    const auto detail = pass.acm.describe_certificate(old.arn);
    if (!detail.ok() && detail.error().code() == Code::not_found) continue;
    if (!detail.ok()) return detail.error();
    observed.previous.push_back({old.arn, detail->in_use_by});
  }
  observed.known.previous = observed.previous;
  return {};
}

// Whoever needs a reading is queued when it is there. After a failure everybody comes back at its
// own pace instead, and the reading is tried again soon after the first who does.
void ask_for_reading(const World& world, const estate::Place& place,
                     const api::Placement& placement) {
  if (world.estate.failure(place))
    world.read_within(place, kAfterFailure);
  else
    world.read_for(place, placement.key());
}

}  // namespace

Result<Observed> observe(const World& world, const api::Placement& placement, Look look) {
  const auto& spec = placement.spec;
  Observed observed;
  observed.known = placement.status;
  observed.installation = world.installation;
  const Time now = world.clock.now();
  // The wait after failures is for the spec that failed (PROTOCOLS 3).
  if (placement.meta.generation != placement.status.observed_generation) {
    observed.known.next_attempt.reset();
    observed.known.failed_attempts = 0;
  }
  const connect::Access access =
      TRY(connect::access(world.store, world.connections, placement.meta.space, spec.account_ref,
                          spec.region, now, wanted_names(spec)));
  observed.management =
      connect::effective(spec.management, spec.suspended_until, access.management, now);
  if (access.refusal) {
    observed.account =
        Problem{access.refusal->reason, access.refusal->message, access.refusal->stalled};
    return observed;
  }
  if (const auto elsewhere = connect::is_elsewhere(*access.account, observed.known.arn)) {
    observed.account = Problem{elsewhere->reason, elsewhere->message, elsewhere->stalled};
    return observed;
  }
  observed.reimport_allowed = access.account->spec.reimport_allowed;
  if (observed.management == api::Management::suspended) return observed;

  const estate::Place place{access.account->meta.space, access.account->meta.name, spec.region};
  world.estate.set_source(place.space, place.account, connect::source_of(*access.account));
  const auto taken = world.estate.taken(place);
  const bool about_to_create = observed.known.arn.empty() && spec.arn.empty();
  if (!taken || (about_to_create && now - *taken > kReadingForCreate)) {
    ask_for_reading(world, place, placement);
    if (auto failure = world.estate.failure(place)) return std::move(*failure);
    return observed;
  }
  observed.estate_read = true;

  TRY(find_authority(world, placement, *access.account, observed));
  TRY(find_source(world.store, placement, now, observed));
  check_names_of_source(placement, *access.account, observed);
  const Pass pass{world, placement, place, access.connection->acm(spec.region), now};
  TRY(look_at_open_call(pass, observed));
  TRY(look_at_certificate(pass, observed, look));
  // An ARN that is gone is looked up by owner, in a reading of now, before anything is made again.
  // (Who has no ARN has waited for one above.)
  if (observed.presence == Presence::absent && spec.arn.empty() && !about_to_create &&
      now - *taken > kReadingForCreate) {
    observed.estate_read = false;
    ask_for_reading(world, place, placement);
    return observed;
  }
  TRY(find_owned(pass, observed));
  TRY(look_at_previous(pass, observed, look));
  TRY(find_records(world, placement, *access.connection, *access.account, observed));
  return observed;
}

}  // namespace certloop::placement
