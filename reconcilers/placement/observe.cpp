#include <algorithm>
#include <array>

#include "base/text.h"
#include "connect/grants.h"
#include "ledger/ownership.h"
#include "reconcilers/placement/look.h"
#include "reconcilers/placement/names.h"
#include "reconcilers/placement/records.h"
#include "reconcilers/placement/source.h"
#include "reconcilers/placement/usage.h"
#include "store/typed.h"

namespace certloop::placement {
namespace {

using std::chrono::minutes;

// "Nothing there" is believed of a reading this young, before something is made.
constexpr Duration kReadingForCreate = minutes(10);
// A listing this young tells whether a certificate that is to be deleted was exported.
constexpr Duration kRecentListing = minutes(1);

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
                                 "spec.issuer.authority: CertificateAuthority " + name +
                                     " not found" + "; apply it, or correct the name",
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
                status.not_after,
                /*denied=*/{},
                authority.meta.deleted.has_value()};
  // S25: what keeps the CA from being read keeps the request waiting, in the CA's own words.
  const auto* ready = api::find(status.conditions, "Ready");
  const std::string of = "CertificateAuthority " + name + ": ";
  if (ready != nullptr && ready->status == api::Truth::no && status.aws_status.empty())
    observed.reference = Problem{"AuthorityNotReady", of + ready->message};
  // What serves stays Ready although it cannot be read any more.
  const auto* stalled = api::find(status.conditions, "Stalled");
  if (stalled != nullptr && stalled->status == api::Truth::yes &&
      stalled->reason == "AccessDeniedException")
    observed.authority->denied = of + stalled->message;
  return {};
}

// A source may hold other names than the spec: the account's limits count for all of them.
void check_names_of_source(const api::Placement& placement, const api::Account& account,
                           Observed& observed) {
  if (!observed.source || observed.reference) return;
  const Names& names = observed.source->all_names;
  if (is_granted(placement, account, names)) return;
  const bool others = !names.others.empty();
  observed.reference = Problem{
      "ReferenceNotAllowed",
      "Secret " + observed.source->secret + " holds a certificate for " +
          names_beyond_grant(placement, account, names) + ": " + of_the_grant(placement, account) +
          (others ? ", whose limit of domains allows DNS names only" : "") +
          "; put a certificate for allowed names there, or have the grant extended",
      true};
}

// How old what we know is: the place's last complete reading, or a look at the certificate itself.
void note_age(const World& world, const estate::Place& place, Time now, Observed& observed) {
  const auto age = world.estate.age(place);
  observed.confirmed = world.estate.taken(place);
  const auto& described = observed.known.described;
  if (described && (!observed.confirmed || *described > *observed.confirmed))
    observed.confirmed = described;
  const bool looked =
      described && *described <= now && now - *described <= estate::Estate::kStaleAfter;
  observed.stale = !looked && (!age || *age > estate::Estate::kStaleAfter);
  observed.listing_is_recent = age && *age <= kRecentListing;
}

// ACM shows what the Secret holds: imports that did not show count no more.
bool shows_the_source(const Observed& observed) {
  const auto& known = observed.known;
  return observed.presence == Presence::present && observed.source &&
         known.fingerprint == observed.source->fingerprint &&
         (!observed.source->has_chain || known.chain_digest == observed.source->chain_digest);
}

// Before it deletes what can be exported, a pass wants a listing of now (usage.h).
void ask_for_a_recent_listing(const Pass& pass, const Observed& observed) {
  if (pass.look != Look::live || observed.listing_is_recent) return;
  const bool deletes = pass.placement.meta.deleted && can_be_exported(observed.known);
  if (deletes || !observed.known.previous.empty())
    ask_for_reading(pass.world, pass.place, pass.placement);
}

// A certificate that was compared under Observe, or was refused, and never marked is not ours; once
// the spec neither names nor observes it any more, the spec wants one of its own, or the one that
// it names now.
bool was_only_observed(const api::Placement& placement, api::Management management) {
  const auto& status = placement.status;
  const std::string& named = placement.spec.arn;
  const auto uid = status.tags.find(std::string(ledger::kUidTag));
  const bool marked =
      status.marked || (uid != status.tags.end() && uid->second == placement.meta.uid);
  const bool taken_over = !status.applied.domain_name.empty();
  const bool is_let_go =
      named.empty() ? management == api::Management::enforce : named != status.arn;
  return is_let_go && !status.arn.empty() && !marked && !status.made && !taken_over &&
         status.attempts == 0 && !status.pending;
}

void forget_observed(Observed& observed) {
  api::PlacementStatus kept;
  kept.observed_generation = observed.known.observed_generation;
  kept.last_handled_reconcile = observed.known.last_handled_reconcile;
  kept.conditions = std::move(observed.known.conditions);
  observed.known = std::move(kept);
}

// The wait after failures is for the spec that failed (PROTOCOLS 3), and until somebody asks for a
// fresh look; that ends contests too.
void forget_failures(const api::Placement& placement, Observed& observed) {
  observed.asked_afresh = api::asks_afresh(placement);
  if (observed.asked_afresh || placement.meta.generation != placement.status.observed_generation) {
    observed.known.next_attempt.reset();
    observed.known.failed_attempts = 0;
  }
  if (observed.asked_afresh) observed.known.corrections.clear();
}

bool is_older(const std::optional<Instant>& reading, const Asked& asked) {
  return !reading || *reading < asked.at;
}

// Acting by what the Certificate no longer says would undo what its author has just asked for.
bool is_outdated(const World& world, const api::Placement& placement) {
  for (const auto& owner : placement.meta.owners) {
    if (owner.kind != api::Kind::certificate) continue;
    const auto certificate =
        store::get<api::Certificate>(world.store, placement.meta.space, owner.name);
    if (!certificate.ok() || certificate->meta.uid != owner.uid) continue;
    const auto &now = certificate->spec, &passed = placement.spec;
    const bool goes = certificate->meta.deleted.has_value();
    if (goes != placement.meta.deleted.has_value()) return true;
    if (goes)
      return now.retain != passed.retain || now.management != passed.management ||
             now.suspended_until != passed.suspended_until;
    return now != passed;
  }
  return false;
}

// The account cannot be used, or is another AWS account than what we know of stands in.
std::optional<Problem> problem_of_account(const connect::Access& access,
                                          const api::PlacementStatus& known,
                                          const std::string& named) {
  std::optional<connect::Refusal> refusal = access.refusal;
  const bool is_ours = known.made || known.marked || known.arn != named;
  if (!refusal && is_ours) refusal = connect::is_elsewhere(*access.account, known.arn);
  if (!refusal && connect::is_elsewhere(*access.account, named))
    return Problem{std::string(kArnElsewhere),
                   "spec.arn is " + named + ", but Account " + access.account->meta.space + "/" +
                       access.account->meta.name + " is AWS account " +
                       connect::account_id_of(*access.account) +
                       ": correct spec.arn or spec.accountRef",
                   true};
  if (!refusal && known.pending)
    refusal = connect::was_sent_elsewhere(*access.account, *known.pending);
  if (!refusal) return std::nullopt;
  return frame::problem_of(*refusal);
}

}  // namespace

Result<Observed> observe(const World& world, const api::Placement& placement, Look look,
                         const std::optional<Asked>& asked) {
  const auto& spec = placement.spec;
  Observed observed;
  observed.known = placement.status;
  observed.installation = world.installation;
  observed.takes_over_lost_state = world.takes_over_lost_state;
  const Time now = world.clock.now();
  forget_failures(placement, observed);
  observed.outdated = is_outdated(world, placement);
  // A state that an earlier version wrote may name it twice.
  std::erase_if(observed.known.previous,
                [&](const auto& old) { return old.arn == observed.known.arn; });
  const connect::Access access =
      TRY(connect::access(world.store, world.connections, placement.meta.space, spec.account_ref,
                          spec.region, now, wanted_names(spec)));
  observed.management =
      connect::effective(spec.management, spec.suspended_until, access.management, now);
  const estate::Place place{space_of(spec.account_ref, placement.meta.space), spec.account_ref.name,
                            spec.region};
  note_age(world, place, now, observed);
  observed.account = problem_of_account(access, observed.known, spec.arn);
  if (observed.account) return observed;
  observed.account_id = connect::account_id_of(*access.account);
  if (access.creation_refusal)
    observed.retiring = Problem{access.creation_refusal->reason, access.creation_refusal->message,
                                access.creation_refusal->stalled};
  observed.reimport_allowed = access.account->spec.reimport_allowed;
  if (observed.management == api::Management::suspended) return observed;
  if (was_only_observed(placement, observed.management)) forget_observed(observed);

  world.estate.set_source(place.space, place.account, connect::source_of(*access.account));
  const auto taken = world.estate.taken(place);
  const auto age = world.estate.age(place);
  const bool about_to_create = observed.known.arn.empty() && spec.arn.empty();
  if (about_to_create && asked && is_older(world.estate.begun(place), *asked)) {
    world.read_for(place, placement.key());
    // Whether a reading failed is told as soon as it may have been tried again.
    auto failure = world.estate.failure(place);
    if (!asked->is_first && failure) return std::move(*failure);
    return observed;
  }
  if (!taken || !age || (about_to_create && *age > kReadingForCreate)) {
    ask_for_reading(world, place, placement);
    if (auto failure = world.estate.failure(place)) return std::move(*failure);
    return observed;
  }
  observed.estate_read = true;

  TRY(find_authority(world, placement, *access.account, observed));
  find_source(world.store, world.sources, placement, now, observed);
  check_names_of_source(placement, *access.account, observed);
  const Pass pass{world, placement, *access.account, place, access.connection->acm(spec.region),
                  now,   look};
  TRY(look_at_open_call(pass, observed));
  TRY(look_at_certificate(pass, observed));
  if (shows_the_source(observed)) {
    observed.known.failed_attempts = 0;
    observed.known.next_attempt.reset();
  }
  TRY(look_at_named(pass, observed));
  TRY(find_owned(pass, observed));
  hide_what_may_not_be_taken(observed);
  TRY(look_at_previous(pass, observed));
  note_age(world, place, now, observed);
  ask_for_a_recent_listing(pass, observed);
  TRY(find_records(world, placement, *access.connection, *access.account, observed));
  return observed;
}

}  // namespace certloop::placement
