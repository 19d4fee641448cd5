#include <algorithm>

#include "ledger/ownership.h"
#include "reconcilers/authority/authority_reconciler.h"
#include "store/typed.h"

namespace certloop::authority {
namespace {

struct Pass {
  const World& world;
  const api::CertificateAuthority& authority;
  aws::AcmPca& pca;
  Time now;
};

std::string tag(const aws::Tags& tags, std::string_view key) {
  const auto it = tags.find(std::string(key));
  return it == tags.end() ? "" : it->second;
}

void learn(api::CertificateAuthorityStatus& known, const aws::CertificateAuthorityDetail& detail) {
  known.arn = detail.arn;
  known.aws_status = detail.status;
  known.key_algorithm = detail.key_algorithm;
  known.usage_mode = detail.usage_mode;
  known.type = detail.type;
  known.serial = detail.serial;
  known.not_before = detail.not_before;
  known.not_after = detail.not_after;
}

// A deleted CA cannot be asked for its tags; what is known of them stays.
Result<aws::Tags> tags_of(const Pass& pass, const std::string& arn, const std::string& status) {
  if (status == "DELETED") return pass.authority.status.tags;
  auto tags = pass.pca.list_tags(arn);
  if (!tags.ok() && tags.error().code() == Code::not_found) return aws::Tags{};
  return tags;
}

Result<void> look_at_authority(const Pass& pass, Observed& observed) {
  auto& known = observed.known;
  if (known.arn.empty()) known.arn = pass.authority.spec.acm_pca.arn;
  if (known.arn.empty()) {
    observed.presence = Presence::absent;
    return {};
  }
  auto detail = pass.pca.describe_certificate_authority(known.arn);
  if (!detail.ok() && detail.error().code() == Code::not_found) {
    observed.presence = Presence::absent;
    return {};
  }
  observed.detail = TRY(std::move(detail));
  observed.presence = Presence::present;
  learn(known, observed.detail);
  known.tags = TRY(tags_of(pass, known.arn, known.aws_status));
  return {};
}

// While it is on its way to ACTIVE, an answer that was lost may show up as a second one; and with
// the object, whoever keeps that one would go.
bool may_have_duplicates(const Observed& observed, const api::CertificateAuthority& authority) {
  const std::string& status = observed.known.aws_status;
  return authority.meta.deleted || status == "CREATING" || status == "PENDING_CERTIFICATE";
}

// Every CA of the region: there are 200 at most, and they are asked for only while ours is unknown
// or could have been made twice.
Result<void> find_owned(const Pass& pass, Observed& observed) {
  const std::string owner = ledger::owner_tag_value(
      pass.world.installation, pass.authority.meta.space, pass.authority.meta.name);
  if (observed.presence == Presence::present) {
    const std::string found = tag(observed.known.tags, ledger::kOwnerTag);
    if (!found.empty() && found != owner) observed.foreign_owner = found;
    if (!may_have_duplicates(observed, pass.authority)) return {};
  }
  if (!pass.authority.spec.acm_pca.arn.empty()) return {};
  for (const auto& ca : TRY(pass.pca.list_certificate_authorities())) {
    if (ca.status == "DELETED" || ca.arn == observed.known.arn) continue;
    const aws::Tags tags = TRY(tags_of(pass, ca.arn, ca.status));
    const std::string found = tag(tags, ledger::kOwnerTag);
    if (found == owner)
      observed.owned.push_back({ca.arn, tag(tags, ledger::kUidTag), tag(tags, ledger::kIntentTag),
                                ca.status, ca.created_at});
    else if (observed.presence == Presence::absent && !pass.authority.meta.deleted &&
             ledger::is_of_another_installation(found, owner))
      observed.foreign_owner = found;
  }
  return {};
}

Result<void> look_at_open_call(const Pass& pass, Observed& observed) {
  if (!observed.known.pending) return {};
  const api::PendingCall& pending = *observed.known.pending;
  observed.recovery = ledger::recovery(pending, pass.now, {});
  if (!std::holds_alternative<ledger::Look>(*observed.recovery)) return {};
  ledger::Looked looked{true, std::nullopt};
  if (pending.call == "acm-pca:CreateCertificateAuthority") {
    for (const auto& ca : TRY(pass.pca.list_certificate_authorities())) {
      if (ca.created_at && *ca.created_at < pending.first_sent - ledger::kLookBack) continue;
      if (ca.status == "DELETED") continue;
      const aws::Tags tags = TRY(tags_of(pass, ca.arn, ca.status));
      if (tag(tags, ledger::kIntentTag) == pending.id) looked.arn = ca.arn;
    }
  }  // what IssueCertificate made cannot be listed: only its token can tell (PROTOCOLS 1)
  observed.recovery = ledger::recovery(pending, pass.now, looked);
  return {};
}

// What the way to ACTIVE still needs to know.
Result<void> look_at_installation(const Pass& pass, Observed& observed) {
  auto& known = observed.known;
  if (known.aws_status == "PENDING_CERTIFICATE" && !known.issued_certificate_arn.empty()) {
    const auto issued = pass.pca.get_certificate(known.arn, known.issued_certificate_arn);
    if (!issued.ok() && issued.error().code() != Code::conflict) return issued.error();
    observed.certificate_ready = issued.ok();
  }
  if (known.aws_status != "ACTIVE") return {};
  if (known.certificate.empty() || observed.detail.serial != pass.authority.status.serial) {
    const auto pem = TRY(pass.pca.get_certificate_authority_certificate(known.arn));
    known.certificate = pem.certificate;
    known.chain = pem.chain;
  }
  if (!pass.authority.spec.acm_pca.allow_acm_renewal) return {};
  const auto permissions = pass.pca.list_permissions(known.arn);
  if (!permissions.ok()) {
    // A server without permissions (or a right to read them): the CA itself is not worse for it.
    if (permissions.error().code() == Code::internal ||
        permissions.error().code() == Code::denied) {
      known.acm_may_renew = true;
      return {};
    }
    return permissions.error();
  }
  observed.permissions_known = true;
  known.acm_may_renew = std::any_of(permissions->begin(), permissions->end(), [](const auto& p) {
    return p.principal == "acm.amazonaws.com";
  });
  return {};
}

Result<void> find_dependants(const Pass& pass, Observed& observed) {
  if (!pass.authority.meta.deleted) return {};
  for (const auto& placement : TRY(store::list<api::Placement>(pass.world.store))) {
    if (!placement.spec.issuer.authority) continue;
    const auto& reference = placement.spec.issuer.authority->authority;
    if (reference.name == pass.authority.meta.name &&
        space_of(reference, placement.meta.space) == pass.authority.meta.space)
      observed.dependants.push_back(text_of(placement.key()));
  }
  return {};
}

}  // namespace

Result<Observed> observe(const World& world, const api::CertificateAuthority& authority) {
  const auto& spec = authority.spec;
  Observed observed;
  observed.known = authority.status;
  observed.installation = world.installation;
  const Time now = world.clock.now();
  const auto access = TRY(connect::access(world.store, world.connections, authority.meta.space,
                                          spec.acm_pca.account_ref, spec.acm_pca.region, now));
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
  if (observed.management == api::Management::suspended) return observed;
  const Pass pass{world, authority, access.connection->acm_pca(spec.acm_pca.region), now};
  TRY(look_at_open_call(pass, observed));
  TRY(look_at_authority(pass, observed));
  TRY(find_owned(pass, observed));
  TRY(look_at_installation(pass, observed));
  TRY(find_dependants(pass, observed));
  return observed;
}

}  // namespace certloop::authority
