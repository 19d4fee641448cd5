#include <nlohmann/json.hpp>

#include <algorithm>

#include "aws/arn.h"
#include "ledger/ledger.h"
#include "ledger/ownership.h"
#include "reconcilers/authority/authority_reconciler.h"

namespace certloop::authority {
namespace {

using loop::Next;
using nlohmann::json;
using std::chrono::minutes;
using std::chrono::seconds;

// The request as the ledger stores it. All of it comes from the spec, so a resend is made from the
// spec again; the digest in the token tells if that has changed meanwhile.
json written(const aws::RevocationConfiguration& revocation) {
  json out = json::object();
  if (revocation.crl)
    out["CrlConfiguration"] = {{"Enabled", revocation.crl->enabled},
                               {"ExpirationInDays", revocation.crl->expiration_in_days},
                               {"S3BucketName", revocation.crl->s3_bucket_name},
                               {"CustomCname", revocation.crl->custom_cname},
                               {"S3ObjectAcl", revocation.crl->s3_object_acl}};
  if (revocation.ocsp)
    out["OcspConfiguration"] = {{"Enabled", revocation.ocsp->enabled},
                                {"OcspCustomCname", revocation.ocsp->ocsp_custom_cname}};
  return out;
}

api::Document written(const aws::CreateCertificateAuthority& request) {
  const json out = {{"CertificateAuthorityType", request.type},
                    {"KeyAlgorithm", request.key_algorithm},
                    {"SigningAlgorithm", request.signing_algorithm},
                    {"UsageMode", request.usage_mode},
                    {"KeyStorageSecurityStandard", request.key_storage_security_standard},
                    {"Subject",
                     {{"CommonName", request.subject.common_name},
                      {"Organization", request.subject.organization},
                      {"OrganizationalUnit", request.subject.organizational_unit},
                      {"Country", request.subject.country},
                      {"State", request.subject.state},
                      {"Locality", request.subject.locality},
                      {"SerialNumber", request.subject.serial_number}}},
                    {"RevocationConfiguration", written(request.revocation)},
                    {"Tags", request.tags}};
  return api::Document::from_canonical(out.dump());
}

api::Document written(const aws::IssueCertificate& request) {
  const json out = {{"CertificateAuthorityArn", request.certificate_authority_arn},
                    {"Csr", request.csr},
                    {"SigningAlgorithm", request.signing_algorithm},
                    {"TemplateArn", request.template_arn},
                    {"ValidityDays", request.validity_days}};
  return api::Document::from_canonical(out.dump());
}

Result<aws::IssueCertificate> read_issue(const api::Document& document) {
  try {
    const json in = json::parse(document.text());
    aws::IssueCertificate request;
    request.certificate_authority_arn = in.at("CertificateAuthorityArn").get<std::string>();
    request.csr = in.at("Csr").get<std::string>();
    request.signing_algorithm = in.at("SigningAlgorithm").get<std::string>();
    request.template_arn = in.at("TemplateArn").get<std::string>();
    request.validity_days = in.at("ValidityDays").get<int>();
    return request;
  } catch (const json::exception& broken) {
    return Error(
        Code::internal,
        std::string("status.pending.request is not an IssueCertificate: ") + broken.what());
  }
}

class Act {
 public:
  Act(const World& world, api::CertificateAuthority& authority, const Observed& observed,
      const Decision& decision, aws::AcmPca& pca)
      : world_(world), authority_(authority), observed_(observed), decision_(decision), pca_(pca) {}

  Result<Next> operator()(const CreateAuthority&) {
    const std::int64_t attempt = authority_.status.attempts + 1;
    const std::string intent = ledger::intent_id(authority_.meta.uid, attempt);
    const auto request = wanted(authority_, observed_, intent);
    authority_.status.attempts = attempt;
    return send(request,
                ledger::open_call(authority_.meta.uid, "acm-pca:CreateCertificateAuthority",
                                  written(request), attempt, world_.clock.now()));
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
    const std::int64_t attempt = authority_.status.attempts + 1;
    authority_.status.attempts = attempt;
    return send(request, ledger::open_call(authority_.meta.uid, "acm-pca:IssueCertificate",
                                           written(request), attempt, world_.clock.now()));
  }

  // Repeats safely: once it has had its effect, the CA is ACTIVE and nobody asks again.
  Result<Next> operator()(const ImportCertificate&) {
    const auto& status = authority_.status;
    auto issued = TRY(pca_.get_certificate(status.arn, status.issued_certificate_arn));
    issued.chain.clear();  // a root brings none
    TRY(pca_.import_certificate_authority_certificate(status.arn, issued));
    event("CertificateInstalled");
    return again();
  }

  Result<Next> operator()(const CreatePermission&) {
    const auto made = pca_.create_permission(
        authority_.status.arn,
        {"acm.amazonaws.com", "", {"IssueCertificate", "GetCertificate", "ListPermissions"}});
    if (!made.ok() && made.error().code() != Code::already_exists) return made.error();
    authority_.status.acm_may_renew = true;
    event("RenewalPermitted");
    return again();
  }

  Result<Next> operator()(const TagAuthority& tagged) {
    TRY(pca_.tag_certificate_authority(authority_.status.arn, tagged.tags));
    for (const auto& [key, value] : tagged.tags) authority_.status.tags[key] = value;
    event(tagged.adopts ? "Adopted" : "TagsAdded");
    return again();
  }

  Result<Next> operator()(const UntagAuthority& untagged) {
    TRY(pca_.untag_certificate_authority(authority_.status.arn, untagged.keys));
    for (const auto& key : untagged.keys) authority_.status.tags.erase(key);
    event(untagged.releases ? "Released" : "TagsRemoved");
    return again();
  }

  Result<Next> operator()(const UpdateRevocation&) {
    TRY(pca_.update_certificate_authority(authority_.status.arn, "",
                                          wanted(authority_, observed_, "").revocation));
    event("RevocationUpdated");
    return again();
  }

  Result<Next> operator()(const EnableAuthority&) { return set_status("ACTIVE", "Enabled"); }
  Result<Next> operator()(const DisableAuthority&) { return set_status("DISABLED", "Disabled"); }

  Result<Next> operator()(const RestoreAuthority&) {
    TRY(pca_.restore_certificate_authority(authority_.status.arn));
    event("Restored");
    return again();
  }

  Result<Next> operator()(const DeleteAuthority& gone) {
    const auto tags = pca_.list_tags(gone.arn);
    if (!tags.ok() && tags.error().code() != Code::not_found) return tags.error();
    if (tags.ok()) {
      const auto it = tags->find(std::string(ledger::kUidTag));
      if (it == tags->end() || it->second != authority_.meta.uid)
        return Error(Code::invalid,
                     gone.arn + " does not carry our tag certloop.dev/uid: it is not deleted")
            .because("OwnershipUnproven");
    }
    const auto answer = pca_.delete_certificate_authority(
        gone.arn, authority_.spec.acm_pca.permanent_deletion_time_in_days);
    if (!answer.ok() && answer.error().code() != Code::not_found) return answer.error();
    event("Deleted");
    return again();
  }

  Result<Next> operator()(const Recover& recover) {
    const api::PendingCall open = *authority_.status.pending;
    if (const auto* adopt = std::get_if<ledger::Adopt>(&recover.how)) {
      TRY(take(adopt->arn, true));
      event("Recovered");
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
    if (open.call == "acm-pca:IssueCertificate") return send(TRY(read_issue(open.request)), call);
    const auto request = wanted(authority_, observed_, open.id);
    // The spec was edited while the answer was lost: the token belongs to the old request.
    if (written(request) != open.request) return Next::after(minutes(1));
    return send(request, call);
  }

  Result<Next> operator()(const TakeOver& take_over) {
    TRY(take(take_over.arn, false));
    event("TakenOver");
    return again();
  }

  Result<Next> operator()(const LetGo&) {
    std::erase(authority_.meta.finalizers, "certloop.dev/certificateauthority");
    const auto released = world_.store.edit_metadata(api::write(authority_));
    if (!released.ok() && released.error().code() != Code::not_found) return released.error();
    return Next::on_change();
  }

  Result<Next> operator()(const Wait& wait) { return Next::after(wait.wait); }

 private:
  static Next again() { return Next::after(Duration{0}); }

  void event(std::string_view reason) {
    world_.events.record(authority_.key(), authority_.meta.uid, "Normal", reason,
                         decision_.message);
  }

  // Claim, send, record (ledger/ledger.h).
  Result<Next> send(aws::CreateCertificateAuthority request, const api::PendingCall& call) {
    TRY(ledger::claim(world_.store, authority_, call));
    request.idempotency_token = call.token;
    request.claimed_at = call.sent;
    const auto answer = pca_.create_certificate_authority(request);
    if (!answer.ok()) return refused(answer.error());
    TRY(take(*answer, true));
    event("Created");
    return Next::after(seconds(1));
  }

  Result<Next> send(aws::IssueCertificate request, const api::PendingCall& call) {
    TRY(ledger::claim(world_.store, authority_, call));
    request.idempotency_token = call.token;
    request.claimed_at = call.sent;
    const auto answer = pca_.issue_certificate(request);
    if (!answer.ok()) return refused(answer.error());
    TRY(ledger::record(world_.store, authority_, true, [&](api::CertificateAuthorityStatus& s) {
      s.issued_certificate_arn = *answer;
    }));
    event("CertificateIssued");
    return again();
  }

  Result<void> take(const std::string& arn, bool closes_call) {
    return ledger::record(world_.store, authority_, closes_call,
                          [&](api::CertificateAuthorityStatus& status) {
                            status.arn = arn;
                            status.aws_status.clear();
                            status.issued_certificate_arn.clear();
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
    event(reason);
    return again();
  }

  const World& world_;
  api::CertificateAuthority& authority_;
  const Observed& observed_;
  const Decision& decision_;
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
  if (changes_aws(*decision.action) && world.stopping.stop_requested()) return loop::is_stopping();
  const auto& spec = authority.spec.acm_pca;
  const auto access = TRY(connect::access(world.store, world.connections, authority.meta.space,
                                          spec.account_ref, spec.region, world.clock.now()));
  if (access.refusal) return Next::stalled();
  Act run(world, authority, observed, decision, access.connection->acm_pca(spec.region));
  return std::visit(run, *decision.action);
}

}  // namespace certloop::authority
