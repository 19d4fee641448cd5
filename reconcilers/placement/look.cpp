#include "reconcilers/placement/look.h"

#include <algorithm>

#include "base/text.h"
#include "ledger/ownership.h"
#include "reconcilers/placement/learn.h"
#include "reconcilers/placement/names.h"
#include "reconcilers/placement/usage.h"

namespace certloop::placement {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string tag(const api::Tags& tags, std::string_view key) {
  const auto it = tags.find(std::string(key));
  return it == tags.end() ? "" : it->second;
}

// Another installation's or another spec's owner tag.
std::optional<std::string> foreign_owner_of(const api::Placement& placement,
                                            const Observed& observed, const api::Tags& tags) {
  const std::string found = tag(tags, ledger::kOwnerTag);
  const api::Tags ours = wanted_tags(placement, observed, "");
  if (found.empty() || found == tag(ours, ledger::kOwnerTag) ||
      tag(tags, ledger::kUidTag) == placement.meta.uid)
    return std::nullopt;
  return found;
}

// Our owner tag with another uid, unless the operator says that its state is lost.
std::optional<std::string> foreign_uid_of(const api::Placement& placement, const Observed& observed,
                                          const api::Tags& tags) {
  const std::string uid = tag(tags, ledger::kUidTag);
  const bool taken_over = observed.takes_over_lost_state && !observed.known.marked;
  if (uid.empty() || uid == placement.meta.uid || taken_over) return std::nullopt;
  return uid;
}

// What no list tells (who uses it, its chain, why it does not renew) is read again once a day.
constexpr Duration kDescribeEvery = hours(24);
constexpr Duration kAfterFailure = minutes(1);
// Where a listing cannot settle yet whether an ARN exists, another is not asked for at once.
constexpr Duration kAfterDisagreement = seconds(30);
// What ACM still works on is asked for when an eighth more of its waiting time has passed: a quick
// answer is seen at once, and a slow one costs few calls. The bulk readings tell as well.
constexpr int kLooksPerWaiting = 8;

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

// What was imported over it does not show yet, or somebody else imported over it.
bool shows_another_import(const api::PlacementStatus& known) {
  return !known.source_fingerprint.empty() && known.fingerprint != known.source_fingerprint;
}

bool is_due_for_describe(const Pass& pass, const Observed& observed,
                         const std::optional<estate::Row>& row) {
  const auto& known = observed.known;
  if (pass.look == Look::live || !known.described || !row || known.users_unknown) return true;
  if (pass.now - *known.described >= kDescribeEvery || *known.described > pass.now) return true;
  if (tells_of_change(known, *row) || shows_another_import(known)) return true;
  if (known.acm_status != "PENDING_VALIDATION") return false;
  const bool lacks_records =
      known.type != "PRIVATE" && std::any_of(known.validation.begin(), known.validation.end(),
                                             [](const auto& d) { return !d.record; });
  if (lacks_records || known.validation.empty() || !known.created) return true;
  return pass.now - *known.described >= (pass.now - *known.created) / kLooksPerWaiting;
}

// An optional read has failed: kept for those whom it concerns, but for what must be read again.
Result<void> note(const Error& error, std::optional<Error>& into) {
  if (must_look_again(error)) return error;
  into = error;
  return {};
}

// Live, where the pass needs it; else as the bulk readings have them, which also stand in where
// ACM does not let us read the tags of one certificate.
Result<void> read_tags(const Pass& pass, Observed& observed,
                       const std::optional<estate::Row>& row) {
  const bool listed = row && row->tags;
  if (listed) observed.known.tags = *row->tags;
  observed.tags_known = listed;
  if (pass.look == Look::cheap && listed) return {};
  auto tags = pass.acm.list_tags_for_certificate(observed.known.arn);
  if (!tags.ok()) return note(tags.error(), observed.tags_unread);
  observed.known.tags = std::move(*tags);
  observed.tags_known = true;
  return {};
}

// The certificate and its chain are fetched once for each issue, renewal or import.
Result<void> read_certificate(const Pass& pass, Observed& observed) {
  auto& known = observed.known;
  if (known.acm_status != "ISSUED") return {};
  if (!known.certificate.empty() && known.fingerprint.empty())
    learn(known, aws::CertificateAndChain{known.certificate, known.chain}, pass.now);
  if (!known.fingerprint.empty()) return {};
  auto pem = pass.acm.get_certificate(known.arn);
  if (pem.ok())
    learn(known, *pem, pass.now);
  else if (pem.error().code() != Code::conflict)  // ACM is still issuing it
    return note(pem.error(), observed.certificate_unread);
  return {};
}

// A live answer that the ARN does not exist: true if a listing has proven it. Else another listing
// is asked for: at once, unless the last one shows the ARN, or the ARN was in doubt before and has
// had its listing, which proves nothing so soon after our own create or import.
bool is_proven_gone(const Pass& pass, const std::string& arn, bool is_young, bool is_listed) {
  estate::Estate& estate = pass.world.estate;
  const auto doubted = estate.doubted(pass.place);
  const bool listed_in_vain = estate.is_gone(pass.place, arn) ||
                              std::find(doubted.begin(), doubted.end(), arn) != doubted.end();
  estate.answered_not_found(pass.place, arn);
  if (!is_young && estate.is_gone(pass.place, arn)) return true;
  if (is_listed || listed_in_vain)
    pass.world.read_within(pass.place, kAfterDisagreement);
  else
    ask_for_reading(pass.world, pass.place, pass.placement);
  return false;
}

// ACM may take so long to tell the names of what it was asked for.
constexpr Duration kNamesAreAwaited = minutes(5);

bool was_asked_for_just_now(const api::PlacementStatus& known, Time now) {
  return known.made && *known.made <= now && now - *known.made < kNamesAreAwaited;
}

// Whether it was never ours, so that nothing of it need be told.
bool was_never_ours(const api::PlacementStatus& known) { return !known.marked && !known.made; }

std::string why_beyond_grant(const Pass& pass, const std::string& arn, const Names& names,
                             bool is_ours) {
  // What another namespace may not use is not shown to it either.
  const std::string what = is_ours ? names_beyond_grant(pass.placement, pass.account, names)
                           : names.domains.empty() ? "names that could not be read"
                                                   : "other names than are allowed";
  return arn + " is for " + what + ": " + of_the_grant(pass.placement, pass.account) +
         "; correct spec.arn, or have the grant extended";
}

// SECURITY, "A grant limits what is touched": all names of the live certificate count.
void note_grant(const Pass& pass, Observed& observed) {
  if (is_granted(pass.placement, pass.account, {})) return;  // nothing limits the names
  const auto& known = observed.known;
  const Names names = names_in_acm(known);
  if (is_granted(pass.placement, pass.account, names)) return;
  observed.names_are_awaited = names.domains.empty() && was_asked_for_just_now(known, pass.now);
  if (observed.names_are_awaited) return;
  observed.grant = Problem{"ReferenceNotAllowed",
                           why_beyond_grant(pass, known.arn, names, !was_never_ours(known)), true};
}

}  // namespace

bool must_look_again(const Error& error) {
  return error.code() == Code::throttled || error.code() == Code::cancelled;
}

void ask_for_reading(const World& world, const estate::Place& place,
                     const api::Placement& placement) {
  if (world.estate.failure(place))
    world.read_within(place, kAfterFailure);
  else
    world.read_for(place, placement.key());
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

Result<void> look_at_certificate(const Pass& pass, Observed& observed) {
  auto& known = observed.known;
  if (known.arn.empty()) known.arn = pass.placement.spec.arn;
  if (known.arn.empty()) {
    observed.presence = Presence::absent;
    return {};
  }
  const auto row = pass.world.estate.find(pass.place, known.arn);
  bool described = false;
  if (is_due_for_describe(pass, observed, row)) {
    const auto detail = pass.acm.describe_certificate(known.arn);
    if (!detail.ok() && detail.error().code() == Code::not_found) {
      const bool young = is_young(known, pass.now);
      const bool gone = is_proven_gone(pass, known.arn, young, row.has_value());
      observed.presence = gone ? Presence::absent : Presence::unknown;
      return {};
    }
    // The bulk reading tells enough for whoever changes nothing.
    if (!detail.ok() && (pass.look == Look::live || !row || !known.described))
      return detail.error();
    if (detail.ok()) {
      learn(known, *detail, pass.now);
      pass.world.estate.saw(pass.place, known.arn);
      described = true;
    }
  }
  if (row && !described) learn(known, *row);
  if (row) known.exported = row->summary.exported;
  observed.presence = Presence::present;
  TRY(read_tags(pass, observed, row));
  observed.live = described && pass.look == Look::live && !observed.tags_unread;
  if (observed.tags_known && tag(known.tags, ledger::kUidTag) == pass.placement.meta.uid)
    known.marked = true;
  TRY(read_certificate(pass, observed));
  note_grant(pass, observed);
  return {};
}

namespace {

// Why what spec.arn names may not take the place of the certificate that we have.
using Refusal = std::optional<Problem>;
Result<Refusal> refusal_of_named(const Pass& pass, const Observed& observed,
                                 const aws::CertificateDetail& detail, const std::string& arn) {
  const auto tags = pass.acm.list_tags_for_certificate(arn);
  if (!tags.ok() && must_look_again(tags.error())) return tags.error();
  if (!tags.ok())
    return Refusal({tags.error().reason(),
                    "whose " + arn + " is could not be read: " + tags.error().message(), true});
  if (const auto owner = foreign_owner_of(pass.placement, observed, *tags))
    return Refusal(owned_by_another(observed, arn, *owner));
  if (const auto uid = foreign_uid_of(pass.placement, observed, *tags))
    return Refusal(of_another_state(observed, arn, *uid));
  if (is_granted(pass.placement, pass.account, {})) return Refusal();
  api::PlacementStatus found;
  learn(found, detail, pass.now);
  if (found.type == "IMPORTED") {
    const auto pem = pass.acm.get_certificate(arn);
    if (!pem.ok() && must_look_again(pem.error())) return pem.error();
    if (pem.ok()) learn(found, *pem, pass.now);
  }
  const Names names = names_in_acm(found);
  if (is_granted(pass.placement, pass.account, names)) return Refusal();
  return Refusal({"ReferenceNotAllowed", why_beyond_grant(pass, arn, names, false), true});
}

}  // namespace

Result<void> look_at_named(const Pass& pass, Observed& observed) {
  const std::string& arn = pass.placement.spec.arn;
  if (arn.empty() || observed.known.arn == arn || pass.placement.meta.deleted) return {};
  const auto detail = pass.acm.describe_certificate(arn);
  Named named;
  named.certificate.arn = arn;
  if (!detail.ok() && detail.error().code() == Code::not_found) {
    named.refused = Problem{
        "Missing",
        arn + " does not exist: correct spec.arn, or remove it to keep " + observed.known.arn,
        true};
  } else if (!detail.ok()) {
    return detail.error();
  } else {
    named.refused = TRY(refusal_of_named(pass, observed, *detail, arn));
    if (!named.refused) {
      named.certificate.names = detail->subject_alternative_names;
      named.certificate.status = detail->status;
      named.certificate.key_algorithm = detail->key_algorithm;
      named.certificate.type = detail->type;
    }
  }
  observed.named = std::move(named);
  return {};
}

Result<void> find_owned(const Pass& pass, Observed& observed) {
  const api::Tags ours = wanted_tags(pass.placement, observed, "");
  const std::string& owner = ours.at(std::string(ledger::kOwnerTag));
  const bool present = observed.presence == Presence::present;
  const auto note = [&](const estate::Row& row, const aws::Tags& tags) {
    const std::string& arn = row.summary.certificate_arn;
    const std::string found = tag(tags, ledger::kOwnerTag);
    // What is gone may be in a later listing all the same: it is looked up like any other.
    if (found.empty() || (present && arn == observed.known.arn)) return;
    for (const auto& old : observed.known.previous)
      if (old.arn == arn) return;
    if (found == owner) {
      if (is_granted(pass.placement, pass.account, {row.summary.subject_alternative_names, {}}))
        observed.owned.push_back(candidate_of(row, tags));
    } else if (ledger::is_of_another_installation(found, owner) &&
               observed.presence == Presence::absent && !pass.placement.meta.deleted) {
      observed.foreign_owner = found;
    }
  };
  if (present && observed.tags_known) {
    observed.foreign_owner = foreign_owner_of(pass.placement, observed, observed.known.tags);
    observed.foreign_uid = foreign_uid_of(pass.placement, observed, observed.known.tags);
  }
  for (const auto& row : pass.world.estate.owned_by(pass.place, owner.substr(owner.find('/') + 1)))
    note(row, *row.tags);
  if (observed.presence != Presence::absent) return {};
  const std::string domain = normalized_domain(pass.placement.spec.domain_name);
  for (const auto& row : pass.world.estate.of_unknown_owner(pass.place, domain)) {
    const auto tags = pass.acm.list_tags_for_certificate(row.summary.certificate_arn);
    if (!tags.ok() && tags.error().code() == Code::not_found) continue;
    if (!tags.ok()) return tags.error();
    note(row, *tags);
  }
  return {};
}

void hide_what_may_not_be_taken(Observed& observed) {
  auto& known = observed.known;
  if (observed.presence != Presence::present || !was_never_ours(known)) return;
  if (!observed.grant && !observed.foreign_owner && !observed.foreign_uid) return;
  api::PlacementStatus shown;
  shown.observed_generation = known.observed_generation;
  shown.arn = known.arn;
  shown.previous = std::move(known.previous);
  shown.pending = std::move(known.pending);
  shown.attempts = known.attempts;
  shown.failed_attempts = known.failed_attempts;
  shown.next_attempt = known.next_attempt;
  shown.conditions = std::move(known.conditions);
  known = std::move(shown);
  observed.adoption_refused = true;
  observed.tags_known = observed.live = false;
}

Result<void> look_at_previous(const Pass& pass, Observed& observed) {
  for (const auto& before : observed.known.previous) {
    OldCertificate old{before};
    if (!old.replaced) old.replaced = pass.now;
    const auto row = pass.world.estate.find(pass.place, old.arn);
    if (row) {
      old.exported = row->summary.exported;
      if (row->summary.not_after) old.not_after = row->summary.not_after;
    }
    if (pass.look == Look::live || !row || old.users_unknown ||
        row->summary.in_use == old.in_use_by.empty()) {
      const auto detail = pass.acm.describe_certificate(old.arn);
      if (detail.ok()) {
        old.in_use_by = bounded_users(*detail);
        old.not_after = detail->not_after;
        old.users_unknown = detail->users_unknown;
        if (!is_granted(pass.placement, pass.account, {detail->subject_alternative_names, {}}))
          old.unread = Error(Code::denied, "the account's spec.allowedNamespaces do not cover " +
                                               join(detail->subject_alternative_names, ", "));
      } else if (detail.error().code() == Code::not_found) {
        if (is_proven_gone(pass, old.arn, false, row.has_value())) continue;
        old.unread = detail.error();
      } else {
        TRY(note(detail.error(), old.unread));
      }
    }
    if (!users_of(old, pass.now).empty())
      old.unused_since.reset();
    else if (!old.unused_since)
      old.unused_since = pass.now;
    observed.previous.push_back(std::move(old));
  }
  observed.known.previous.assign(observed.previous.begin(), observed.previous.end());
  return {};
}

}  // namespace certloop::placement
