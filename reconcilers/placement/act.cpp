#include <algorithm>

#include "base/digest.h"
#include "ledger/corrections.h"
#include "ledger/ledger.h"
#include "ledger/ownership.h"
#include "reconcilers/placement/learn.h"
#include "reconcilers/placement/placement_reconciler.h"
#include "reconcilers/placement/records.h"
#include "reconcilers/placement/request.h"
#include "reconcilers/placement/source.h"

namespace certloop::placement {
namespace {

using loop::Next;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// How long a settled placement rests before it is looked at without a change, spread by its uid so
// that ten thousand do not wake together.
Duration resync(const api::Placement& placement) {
  const std::string digest = sha256(placement.meta.uid);
  const int spread = static_cast<unsigned char>(digest[0]);
  return hours(6) + minutes(spread);
}

// Failed issues: from a minute, doubling to six hours, spread by the uid; kept in the status.
Duration pause_after(const api::Placement& placement, std::int64_t failures) {
  const auto doubled = minutes(1) * (1LL << std::min<std::int64_t>(failures - 1, 9));
  const int spread = static_cast<unsigned char>(sha256(placement.meta.uid)[1]);
  return std::min<Duration>(doubled, hours(6)) * (1024 + spread) / 1024;
}

void tell(const World& world, const api::Placement& placement, std::string_view reason,
          const std::string& message) {
  const auto [key, uid] = subject_of_events(placement);
  world.events.record(key, uid, reason, message);
}

// Needs nothing of AWS: what was never asked for may name an account that never was.
Result<Next> let_go(const World& world, api::Placement& placement, const Decision& decision) {
  // The object goes, and its conditions with it: only an event can still say it.
  if (decision.reason == kLeftInAcm) tell(world, placement, decision.reason, decision.message);
  std::erase(placement.meta.finalizers, "certloop.dev/placement");
  const auto released = world.store.edit_metadata(api::write(placement));
  if (!released.ok() && released.error().code() != Code::not_found) return released.error();
  return Next::gone();
}

class Act {
 public:
  Act(const World& world, api::Placement& placement, const Observed& observed,
      const Decision& decision, aws::Acm& acm, estate::Place place)
      : world_(world),
        placement_(placement),
        observed_(observed),
        decision_(decision),
        acm_(acm),
        place_(std::move(place)) {}

  Result<Next> operator()(const RequestCertificate&) {
    const std::int64_t attempt = placement_.status.attempts + 1;
    aws::RequestCertificate request;
    request.domain_name = wanted_names(placement_.spec).front();
    request.subject_alternative_names = wanted_names(placement_.spec);
    request.key_algorithm = wanted_key_algorithm(placement_.spec, observed_);
    if (observed_.authority) request.certificate_authority_arn = observed_.authority->arn;
    if (placement_.spec.issuer.amazon) {
      request.validation_method = "DNS";
      request.exportable = placement_.spec.issuer.amazon->exportable;
    }
    request.tags =
        wanted_tags(placement_, observed_, ledger::intent_id(placement_.meta.uid, attempt));
    const auto call =
        ledger::open_call(placement_.meta.uid, observed_.account_id, "acm:RequestCertificate",
                          written(request), attempt, world_.clock.now());
    placement_.status.attempts = attempt;
    return send_request(std::move(request), call);
  }

  Result<Next> operator()(const ImportCertificate& import) {
    const std::string& secret = *placement_.spec.issuer.imported->secret_name;
    const pki::Bundle bundle = TRY(read_bundle(world_.store, placement_.meta.space, secret));
    // What was planned is what is done: a Secret that changed in between is planned for anew.
    if (!observed_.source || bundle.leaf.fingerprint() != observed_.source->fingerprint)
      return Error(Code::conflict, "Secret " + secret + " changed while it was looked at");
    aws::ImportCertificate request;
    request.certificate_arn = import.arn;
    request.certificate = bundle.leaf.pem();
    request.private_key = bundle.key.to_pem();
    request.certificate_chain = bundle.chain_pem();
    return import.arn.empty() ? import_new(std::move(request), bundle)
                              : import_over(request, bundle);
  }

  Result<Next> operator()(const AddTags& add) {
    TRY(acm_.add_tags_to_certificate(add.arn, add.tags));
    for (const auto& [key, value] : add.tags) placement_.status.tags[key] = value;
    world_.estate.wrote_tags(place_, add.arn, placement_.status.tags);
    event(add.adopts ? "Adopted" : "TagsAdded", about(add.arn));
    return again();
  }

  Result<Next> operator()(const RemoveTags& remove) {
    if (remove.arn != placement_.status.arn) return release_previous(remove);
    TRY(acm_.remove_tags_from_certificate(remove.arn, remove.keys));
    for (const auto& key : remove.keys) placement_.status.tags.erase(key);
    world_.estate.wrote_tags(place_, remove.arn, placement_.status.tags);
    event(remove.releases ? "Released" : "TagsRemoved", about(remove.arn));
    return again();
  }

  Result<Next> operator()(const DeleteCertificate& gone) {
    // The plan has proven the current one by a live look; an ARN before it is looked at here.
    if (gone.arn != observed_.known.arn || !observed_.live) {
      if (!TRY(is_marked(gone.arn))) return leave_alone(gone.arn);
    }
    const auto answer = acm_.delete_certificate(gone.arn);
    if (!answer.ok()) return not_deleted(gone.arn, answer.error());
    world_.estate.deleted(place_, gone.arn);
    const bool failed = gone.arn == placement_.status.arn && decision_.reason == "IssueFailed";
    const Time now = world_.clock.now();
    TRY(ledger::record(world_.store, placement_, false, [&](api::PlacementStatus& status) {
      std::erase_if(status.previous, [&](const auto& old) { return old.arn == gone.arn; });
      if (status.arn != gone.arn) return;
      status.arn.clear();
      status.acm_status.clear();
      status.described.reset();
      status.validation.clear();
      if (!failed) return;
      ++status.failed_attempts;
      status.next_attempt = now + pause_after(placement_, status.failed_attempts);
    }));
    event(failed ? "IssueFailed" : "Deleted", failed ? about(gone.arn) : "Deleted " + gone.arn);
    return again();
  }

  Result<Next> operator()(const Recover& recover) {
    if (const auto* adopt = std::get_if<ledger::Adopt>(&recover.how)) {
      TRY(take(adopt->arn, true, true));
      event("Recovered", about(adopt->arn));
      return again();
    }
    if (std::holds_alternative<ledger::NewAttempt>(recover.how)) {
      TRY(ledger::record(world_.store, placement_, true, [](api::PlacementStatus&) {}));
      return again();
    }
    const api::PendingCall open = *placement_.status.pending;
    if (const auto* missing = std::get_if<ledger::NoteMissing>(&recover.how)) {
      TRY(ledger::record(world_.store, placement_, false, [&](api::PlacementStatus& status) {
        if (status.pending && status.pending->id == open.id) status.pending->missed = missing->at;
      }));
      return again();
    }
    aws::RequestCertificate request = TRY(read_request(open.request));
    return send_request(std::move(request), ledger::sent_again(open, world_.clock.now()));
  }

  Result<Next> operator()(const TakeOver& take_over) {
    TRY(take(take_over.arn, false));
    event("TakenOver", about(take_over.arn));
    return again();
  }

  Result<Next> operator()(const LetGo&) { return let_go(world_, placement_, decision_); }

  Result<Next> operator()(const Wait& wait) { return Next::after(wait.wait); }

 private:
  static Next again() { return Next::after(Duration{0}); }

  // The decision's words, with the ARN that they are about.
  std::string about(const std::string& arn) const {
    const std::string& message = decision_.message;
    return message.find(arn) != std::string::npos ? message : message + " on " + arn;
  }

  void event(std::string_view reason, const std::string& message) {
    tell(world_, placement_, reason, message);
  }

  // Claim, send, record (ledger/ledger.h).
  Result<Next> send_request(aws::RequestCertificate request, const api::PendingCall& call) {
    request.turn = TRY(acm_.take_turn("RequestCertificate"));
    TRY(ledger::claim(world_.store, placement_, call));
    request.idempotency_token = call.token;
    request.claimed_at = call.sent;
    const auto answer = acm_.request_certificate(request);
    if (!answer.ok()) return refused(answer.error());
    TRY(take(*answer, true));
    placement_.status.domain_name = request.domain_name;
    placement_.status.tags = request.tags;
    placement_.status.acm_status = "PENDING_VALIDATION";
    world_.estate.wrote(place_, row_of(placement_.status));
    event("Requested", "Requested " + *answer + " for " + request.domain_name + instead_of());
    return Next::after(seconds(1));
  }

  Result<Next> import_new(aws::ImportCertificate request, const pki::Bundle& bundle) {
    const std::int64_t attempt = placement_.status.attempts + 1;
    request.tags =
        wanted_tags(placement_, observed_, ledger::intent_id(placement_.meta.uid, attempt));
    request.turn = TRY(acm_.take_turn("ImportCertificate"));
    placement_.status.attempts = attempt;
    const auto call =
        ledger::open_call(placement_.meta.uid, observed_.account_id, "acm:ImportCertificate",
                          written_import(bundle, request.tags), attempt, world_.clock.now());
    TRY(ledger::claim(world_.store, placement_, call));
    request.claimed_at = call.sent;
    const auto answer = acm_.import_certificate(request);
    if (!answer.ok()) return refused(answer.error());
    TRY(take(*answer, true));
    imported(bundle);
    placement_.status.tags = request.tags;
    placement_.status.domain_name = wanted_names(placement_.spec).front();
    placement_.status.acm_status = "ISSUED";
    world_.estate.wrote(place_, row_of(placement_.status));
    event("Imported",
          "Imported " + *answer + " for " + placement_.status.domain_name + instead_of());
    return again();
  }

  // Safe to repeat: done when Describe shows the serial. Tags never travel with it.
  Result<Next> import_over(const aws::ImportCertificate& request, const pki::Bundle& bundle) {
    TRY(acm_.import_certificate(request));
    auto& status = placement_.status;
    // One whose effect does not show is repeated as failures are: a minute later, then doubling.
    const bool repeated = status.source_fingerprint == bundle.leaf.fingerprint() &&
                          status.imported_chain == pki::digest_of(bundle.chain);
    status.failed_attempts = repeated ? status.failed_attempts + 1 : 1;
    status.next_attempt = world_.clock.now() + pause_after(placement_, status.failed_attempts);
    imported(bundle);
    status.described.reset();
    status.fingerprint = status.chain_digest = status.certificate = status.chain = "";
    event("Reimported", about(request.certificate_arn));
    return again();
  }

  // Why there is a new ARN although there was one before.
  std::string instead_of() const {
    const std::string& old = observed_.known.arn;
    return old.empty() || decision_.message.empty() ? "" : ": " + decision_.message;
  }

  void imported(const pki::Bundle& bundle) {
    placement_.status.source_fingerprint = bundle.leaf.fingerprint();
    placement_.status.imported_chain = pki::digest_of(bundle.chain);
    placement_.status.imported_serial = bundle.leaf.serial();
    placement_.status.made = world_.clock.now();
  }

  // `seen`: with our tags on it, not only in an answer.
  Result<void> take(const std::string& arn, bool closes_call, bool seen = false) {
    const Time now = world_.clock.now();
    return ledger::record(world_.store, placement_, closes_call, [&](api::PlacementStatus& status) {
      if (status.arn == arn) return;
      status = with_arn(status, placement_.spec, observed_, arn, now);
      if (!closes_call) return;
      status.made = now;
      status.marked = seen;
    });
  }

  // A refusal of the first send closes the call; no answer leaves it open, to be recovered.
  Error refused(const Error& error) {
    const bool closed = ledger::closes(*placement_.status.pending, error);
    const auto recorded =
        ledger::record(world_.store, placement_, closed, [](api::PlacementStatus&) {});
    if (!recorded.ok()) return recorded.error();
    return error;
  }

  // An ARN before this one is released; what does not carry our tags (any more) is left as it is.
  Result<Next> release_previous(const RemoveTags& release) {
    const auto tags = acm_.list_tags_for_certificate(release.arn);
    if (!tags.ok()) return in_doubt(release.arn, tags.error());
    if (is_ours(*tags)) {
      TRY(acm_.remove_tags_from_certificate(release.arn, release.keys));
      aws::Tags left = *tags;
      for (const auto& key : release.keys) left.erase(key);
      world_.estate.wrote_tags(place_, release.arn, left);
      event("Released", about(release.arn));
    }
    return forget_previous(release.arn);
  }

  Result<Next> forget_previous(const std::string& arn) {
    TRY(ledger::record(world_.store, placement_, false, [&](api::PlacementStatus& status) {
      std::erase_if(status.previous, [&](const auto& old) { return old.arn == arn; });
    }));
    return again();
  }

  // Somebody took our tags off an ARN that was replaced: it is theirs now.
  Result<Next> leave_alone(const std::string& arn) {
    if (arn == placement_.status.arn)
      return Error(Code::invalid,
                   arn + " does not carry our tag certloop.dev/uid: it is not deleted")
          .because("OwnershipUnproven");
    event("OwnershipUnproven",
          arn + " was replaced but no longer carries our tag certloop.dev/uid: leaving it in ACM");
    return forget_previous(arn);
  }

  // A deletion that AWS refuses. That it does not exist is one reading; the next pass takes the
  // second. That it is in use, though nobody is named, may last: it is asked as failures are.
  Result<Next> not_deleted(const std::string& arn, const Error& error) {
    if (error.code() != Code::conflict) return in_doubt(arn, error);
    return Error(Code::unavailable, arn + " cannot be deleted yet: " + error.message())
        .because("InUse");
  }

  Error in_doubt(const std::string& arn, const Error& error) {
    if (error.code() == Code::not_found) world_.estate.answered_not_found(place_, arn);
    placement_.status.described.reset();
    return error;
  }

  bool is_ours(const aws::Tags& tags) const {
    const auto it = tags.find(std::string(ledger::kUidTag));
    return it != tags.end() && it->second == placement_.meta.uid;
  }

  // Promise: what is deleted carries our uid, read live (PROTOCOLS 1).
  Result<bool> is_marked(const std::string& arn) {
    const auto tags = TRY(acm_.list_tags_for_certificate(arn));
    return is_ours(tags);
  }

  const World& world_;
  api::Placement& placement_;
  const Observed& observed_;
  const Decision& decision_;
  aws::Acm& acm_;
  const estate::Place place_;
};

}  // namespace

Result<Next> act(const World& world, api::Placement& placement, const Observed& observed,
                 const Decision& decision) {
  if (!decision.action) {
    // The spec is in force as far as it can be: what it says is now what was last applied.
    if (!decision.stalled && observed.presence == Presence::present && !placement.meta.deleted &&
        !observed.account && observed.management == api::Management::enforce)
      placement.status.applied = placement.spec;
    // ACM asks for the records of one that was adopted at its renewal.
    if (!placement.meta.deleted) TRY(ensure_zones(world, placement, observed));
    if (decision.stalled) return Next::stalled();
    Duration wait = std::min(resync(placement), decision.again.value_or(resync(placement)));
    // A read that failed, and that nothing waited for, is tried again all the same.
    if (observed.certificate_unread || observed.tags_unread)
      wait = std::min<Duration>(wait, hours(1));
    return Next::after(
        connect::rest_until_resumed(placement.spec.suspended_until, wait, world.clock.now()));
  }
  if (changes_aws(*decision.action) && world.stopping.stop_requested()) return loop::is_stopping();
  TRY(ensure_zones(world, placement, observed));
  if (const auto* wait = std::get_if<Wait>(&*decision.action)) return Next::after(wait->wait);
  if (std::holds_alternative<LetGo>(*decision.action)) return let_go(world, placement, decision);
  const auto access = TRY(connect::access(world.store, world.connections, placement.meta.space,
                                          placement.spec.account_ref, placement.spec.region,
                                          world.clock.now(), wanted_names(placement.spec)));
  // What may stand in AWS is not let go of because it cannot be reached: it waits.
  if (access.refusal) return Next::after(minutes(1));
  Act run(world, placement, observed, decision, access.connection->acm(placement.spec.region),
          {access.account->meta.space, access.account->meta.name, placement.spec.region});
  Next next = TRY(std::visit(run, *decision.action));
  if (const auto paths = corrected_by(decision); !paths.empty())
    ledger::note_corrected(placement.status.corrections, paths, placement.meta.generation,
                           world.clock.now(), wishes_of(observed));
  return next;
}

std::pair<api::Key, std::string> subject_of_events(const api::Placement& placement) {
  for (const auto& owner : placement.meta.owners)
    if (owner.kind == api::Kind::certificate)
      return {{owner.kind, placement.meta.space, owner.name}, owner.uid};
  return {placement.key(), placement.meta.uid};
}

}  // namespace certloop::placement
