#include <fmt/format.h>

#include <algorithm>

#include "aws/arn.h"
#include "ledger/corrections.h"
#include "ledger/ledger.h"
#include "ledger/ownership.h"
#include "reconcilers/authority/authority_reconciler.h"
#include "reconcilers/authority/request.h"

namespace certloop::authority {
namespace {

using loop::Next;
using std::chrono::minutes;
using std::chrono::seconds;

// Needs no AWS, and so no account that can be used.
Result<Next> let_go(const World& world, api::CertificateAuthority& authority) {
  std::erase(authority.meta.finalizers, kFinalizer);
  const auto released = world.store.edit_metadata(api::write(authority));
  if (!released.ok() && released.error().code() != Code::not_found) return released.error();
  return Next::on_change();
}

class Act {
 public:
  Act(const World& world, api::CertificateAuthority& authority, const Observed& observed,
      aws::AcmPca& pca)
      : world_(world), authority_(authority), observed_(observed), pca_(pca) {}

  Result<Next> operator()(const CreateAuthority&) {
    const std::int64_t attempt = authority_.status.attempts + 1;
    const std::string intent = ledger::intent_id(authority_.meta.uid, attempt);
    const auto request = wanted(authority_, observed_, intent);
    authority_.status.attempts = attempt;
    return send(request, ledger::open_call(authority_.meta.uid, observed_.account_id,
                                           std::string(kCreateCall), written(request), attempt,
                                           world_.clock.now()));
  }

  Result<Next> operator()(const IssueRootCertificate&) {
    const auto& spec = authority_.spec.acm_pca;
    auto csr = pca_.get_certificate_authority_csr(authority_.status.arn);
    if (!csr.ok() && csr.error().code() == Code::conflict) return Next::after(seconds(1));
    aws::IssueCertificate request;
    request.csr = TRY(std::move(csr));
    request.certificate_authority_arn = authority_.status.arn;
    request.signing_algorithm = signing_algorithm(spec);
    const auto arn = aws::Arn::parse(authority_.status.arn);
    request.template_arn = "arn:" + (arn.ok() ? arn->partition : std::string("aws")) +
                           ":acm-pca:::template/RootCACertificate/V1";
    request.validity_days = spec.validity_days;
    if (observed_.issuance == Issuance::failed) count_failure();
    const std::int64_t attempt = authority_.status.attempts + 1;
    authority_.status.attempts = attempt;
    return send(request, ledger::open_call(authority_.meta.uid, observed_.account_id,
                                           std::string(kIssueCall), written(request), attempt,
                                           world_.clock.now()));
  }

  // Repeats safely: once it has had its effect, the CA is ACTIVE and nobody asks again.
  Result<Next> operator()(const ImportCertificate&) {
    const auto& status = authority_.status;
    auto issued = TRY(pca_.get_certificate(status.arn, status.issued_certificate_arn));
    issued.chain.clear();  // a root brings none
    TRY(pca_.import_certificate_authority_certificate(status.arn, issued));
    event("CertificateInstalled", "Installed the certificate of CA " + status.arn);
    return again();
  }

  Result<Next> operator()(const CreatePermission&) {
    const auto made = pca_.create_permission(
        authority_.status.arn,
        {"acm.amazonaws.com", "", {"IssueCertificate", "GetCertificate", "ListPermissions"}});
    if (!made.ok() && made.error().code() != Code::already_exists) return made.error();
    authority_.status.acm_may_renew = true;
    event("RenewalPermitted", "Allowed ACM to renew with CA " + authority_.status.arn);
    return again();
  }

  Result<Next> operator()(const TagAuthority& tagged) {
    TRY(pca_.tag_certificate_authority(authority_.status.arn, tagged.tags));
    std::string set;
    for (const auto& [key, value] : tagged.tags) {
      auto& known = authority_.status.tags[key];
      set += fmt::format("{}Set tag {}={}", set.empty() ? "" : "; ", key, value);
      if (!known.empty()) set += fmt::format(" (was {})", known);
      known = value;
    }
    event(tagged.adopts ? "Adopted" : "TagsAdded", set);
    return again();
  }

  Result<Next> operator()(const UntagAuthority& untagged) {
    TRY(pca_.untag_certificate_authority(authority_.status.arn, untagged.keys));
    for (const auto& key : untagged.keys) authority_.status.tags.erase(key);
    event(untagged.releases ? "Released" : "TagsRemoved",
          "Removed our tags from " + authority_.status.arn);
    return again();
  }

  Result<Next> operator()(const UpdateRevocation&) {
    TRY(pca_.update_certificate_authority(authority_.status.arn, "",
                                          wanted(authority_, observed_, "").revocation));
    event("RevocationUpdated", "Updated the revocation configuration of " + authority_.status.arn);
    return again();
  }

  Result<Next> operator()(const EnableAuthority&) { return set_status("ACTIVE", "Enabled"); }
  Result<Next> operator()(const DisableAuthority&) { return set_status("DISABLED", "Disabled"); }

  Result<Next> operator()(const RestoreAuthority&) {
    TRY(pca_.restore_certificate_authority(authority_.status.arn));
    event("Restored", "Restored " + authority_.status.arn);
    return again();
  }

  Result<Next> operator()(const DeleteAuthority& gone) {
    const auto tags = TRY(pca_.list_tags(gone.arn));
    const auto it = tags.find(std::string(ledger::kUidTag));
    if (it == tags.end() || it->second != authority_.meta.uid)
      return Error(Code::invalid,
                   gone.arn + " does not carry our tag certloop.dev/uid: it is not deleted")
          .because("OwnershipUnproven");
    const auto answer = pca_.delete_certificate_authority(
        gone.arn, authority_.spec.acm_pca.permanent_deletion_time_in_days);
    if (!answer.ok() && answer.error().code() != Code::not_found) return answer.error();
    event("Deleted", "Deleted " + gone.arn);
    if (gone.arn == authority_.status.arn && authority_.status.aws_status == "FAILED")
      count_failure();
    return again();
  }

  Result<Next> operator()(const Recover& recover) {
    const api::PendingCall open = *authority_.status.pending;
    if (const auto* adopt = std::get_if<ledger::Adopt>(&recover.how)) {
      TRY(take(adopt->arn, true, open.first_sent));
      event("Recovered", "Found " + adopt->arn + ", which " + open.call + " had made");
      return again();
    }
    if (std::holds_alternative<ledger::NewAttempt>(recover.how)) {
      TRY(ledger::record(world_.store, authority_, true, [](auto&) {}));
      return again();
    }
    if (const auto* missing = std::get_if<ledger::NoteMissing>(&recover.how)) {
      TRY(ledger::record(world_.store, authority_, false, [&](auto& status) {
        if (status.pending && status.pending->id == open.id) status.pending->missed = missing->at;
      }));
      return again();
    }
    const auto call = ledger::sent_again(open, world_.clock.now());
    if (open.call == kIssueCall) return send(TRY(read_issue(open.request)), call);
    const auto request = wanted(authority_, observed_, open.id);
    // The spec was edited while the answer was lost: the token belongs to the old request.
    if (written(request) != open.request) return Next::after(minutes(1));
    return send(request, call);
  }

  Result<Next> operator()(const TakeOver& take_over) {
    TRY(take(take_over.arn, false, std::nullopt));
    event("TakenOver", "Took over " + take_over.arn);
    return again();
  }

  Result<Next> operator()(const LetGo&) { return let_go(world_, authority_); }
  Result<Next> operator()(const Wait& wait) { return Next::after(wait.wait); }

 private:
  static Next again() { return Next::after(Duration{0}); }

  void event(std::string_view reason, const std::string& message) {
    world_.events.record(authority_.key(), authority_.meta.uid, reason, message);
  }

  // What AWS accepted and then failed: the next attempt waits.
  void count_failure() {
    auto& status = authority_.status;
    status.next_attempt = world_.clock.now() + attempt_wait(++status.failed_attempts);
  }

  // Turn, claim, send, record (ledger/ledger.h).
  Result<Next> send(aws::CreateCertificateAuthority request, const api::PendingCall& call) {
    request.turn = TRY(pca_.take_turn("CreateCertificateAuthority"));
    TRY(ledger::claim(world_.store, authority_, call));
    request.idempotency_token = call.token;
    request.claimed_at = call.sent;
    const auto answer = pca_.create_certificate_authority(request);
    if (!answer.ok()) return refused(answer.error());
    TRY(take(*answer, true, world_.clock.now()));
    event("Created", "Created CA " + *answer);
    return Next::after(seconds(1));
  }

  Result<Next> send(aws::IssueCertificate request, const api::PendingCall& call) {
    request.turn = TRY(pca_.take_turn("IssueCertificate"));
    TRY(ledger::claim(world_.store, authority_, call));
    request.idempotency_token = call.token;
    request.claimed_at = call.sent;
    const auto answer = pca_.issue_certificate(request);
    if (!answer.ok()) return refused(answer.error());
    TRY(ledger::record(world_.store, authority_, true, [&](api::CertificateAuthorityStatus& s) {
      s.issued_certificate_arn = *answer;
      s.issued_at = call.sent;
    }));
    event("CertificateIssued", "Requested certificate " + *answer + " of the CA itself");
    return again();
  }

  // `created`: when a call of ours made it; absent if it was found.
  Result<void> take(const std::string& arn, bool closes_call, std::optional<Time> created) {
    return ledger::record(world_.store, authority_, closes_call,
                          [&](api::CertificateAuthorityStatus& status) {
                            status.arn = arn;
                            status.created = created;
                            status.aws_status.clear();
                            status.issued_certificate_arn.clear();
                            status.issued_at.reset();
                            status.certificate.clear();
                            status.chain.clear();
                          });
  }

  // A refusal of the first send closes the call; no answer leaves it open, to be recovered.
  Error refused(const Error& error) {
    const bool closed = ledger::closes(*authority_.status.pending, error);
    const auto recorded = ledger::record(world_.store, authority_, closed, [](auto&) {});
    if (!recorded.ok()) return recorded.error();
    return error;
  }

  Result<Next> set_status(const std::string& status, std::string_view reason) {
    TRY(pca_.update_certificate_authority(authority_.status.arn, status, std::nullopt));
    event(reason, std::string(reason) + " " + authority_.status.arn);
    return again();
  }

  const World& world_;
  api::CertificateAuthority& authority_;
  const Observed& observed_;
  aws::AcmPca& pca_;
};

}  // namespace

Result<Next> act(const World& world, api::CertificateAuthority& authority, const Observed& observed,
                 const Decision& decision) {
  if (!decision.action)
    return decision.stalled || observed.account
               ? Next::stalled()
               : Next::after(connect::rest_until_resumed(authority.spec.suspended_until,
                                                         minutes(10), world.clock.now()));
  if (const auto* wait = std::get_if<Wait>(&*decision.action)) return Next::after(wait->wait);
  if (std::holds_alternative<LetGo>(*decision.action)) return let_go(world, authority);
  if (changes_aws(*decision.action) && world.stopping.stop_requested()) return loop::is_stopping();
  const auto& spec = authority.spec.acm_pca;
  const auto access =
      TRY(connect::access_for_authority(world.store, world.connections, authority.meta.space,
                                        spec.account_ref, spec.region, world.clock.now()));
  if (access.refusal || !access.connection) return Next::stalled();
  Act run(world, authority, observed, access.connection->acm_pca(spec.region));
  Next next = TRY(std::visit(run, *decision.action));
  if (const auto paths = corrected_by(decision); !paths.empty())
    ledger::note_corrected(authority.status.corrections, paths, authority.meta.generation,
                           world.clock.now());
  return next;
}

}  // namespace certloop::authority
