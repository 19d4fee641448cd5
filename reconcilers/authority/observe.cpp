#include <algorithm>

#include "connect/connections.h"
#include "ledger/ownership.h"
#include "reconcilers/authority/authority_reconciler.h"
#include "reconcilers/authority/foreign.h"
#include "reconcilers/authority/request.h"
#include "store/typed.h"

namespace certloop::authority {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// What we have just made may not be shown everywhere yet (PROTOCOLS 0, "Gone").
constexpr Duration kJustMade = minutes(2);
// A certificate that AWS does not know so long after it was asked for, or has not issued, will not
// come any more.
constexpr Duration kUnknownIssueFails = minutes(15), kSilentIssueFails = hours(1);

using Listing = std::vector<aws::CertificateAuthorityDetail>;

// One pass's reading of AWS.
class Reading {
 public:
  Reading(const World& world, const api::CertificateAuthority& authority, aws::AcmPca& pca,
          Time now)
      : world_(world), authority_(authority), pca_(pca), now_(now) {}

  Result<void> all(Observed& observed) {
    TRY(look_at_authority(observed));
    TRY(look_at_open_call(observed));
    TRY(find_owned(observed));
    TRY(look_at_issuance(observed));
    TRY(look_at_chain(observed));
    return look_at_permissions(observed);
  }

 private:
  Result<void> look_at_authority(Observed& observed);
  Result<void> confirm_absence(Observed& observed);
  Result<void> look_at_open_call(Observed& observed);
  Result<void> look_for_intent(Observed& observed, ledger::Looked& looked);
  Result<void> find_owned(Observed& observed);
  Result<void> look_at_issuance(Observed& observed);
  Result<void> look_at_chain(Observed& observed);
  Result<void> look_at_permissions(Observed& observed);

  // Every CA of the region: there are 200 at most. Read once, and only after the CA itself.
  const Result<Listing>& listing() {
    if (!listing_) listing_ = pca_.list_certificate_authorities();
    return *listing_;
  }

  std::string owner() const {
    return ledger::owner_tag_value(world_.installation, authority_.meta.space,
                                   authority_.meta.name);
  }

  const World& world_;
  const api::CertificateAuthority& authority_;
  aws::AcmPca& pca_;
  const Time now_;
  std::optional<Result<Listing>> listing_;
};

// Notes a read that failed in its own field. That it is not our turn yet, or that the process ends,
// is no failure: the whole pass is taken up again.
Result<void> note(const Error& error, std::optional<Error>& field) {
  if (error.code() == Code::throttled || error.code() == Code::cancelled) return error;
  field = error;
  return {};
}

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
  if (detail.status != "ACTIVE") return;
  known.failed_attempts = 0;
  known.next_attempt.reset();
}

Result<void> Reading::look_at_authority(Observed& observed) {
  auto& known = observed.known;
  if (known.arn.empty()) known.arn = authority_.spec.acm_pca.arn;
  if (known.arn.empty()) {
    observed.presence = Presence::absent;
    return {};
  }
  auto detail = pca_.describe_certificate_authority(known.arn);
  if (!detail.ok() && detail.error().code() == Code::not_found) return confirm_absence(observed);
  observed.detail = TRY(std::move(detail));
  observed.presence = Presence::present;
  learn(known, observed.detail);
  // A deleted CA cannot be asked for its tags; what is known of them stays.
  if (known.aws_status == "DELETED") return {};
  auto tags = pca_.list_tags(known.arn);
  if (!tags.ok()) return note(tags.error(), observed.unread.tags);
  known.tags = std::move(*tags);
  observed.tags_known = true;
  const std::string found = tag(known.tags, ledger::kOwnerTag);
  if (!found.empty() && found != owner()) observed.foreign_owner = found;
  return {};
}

// The listing is begun after Describe has answered that there is no such CA.
Result<void> Reading::confirm_absence(Observed& observed) {
  const auto& known = observed.known;
  observed.presence = Presence::unknown;
  if (known.created && now_ < *known.created + kJustMade) return {};
  const auto& listed = listing();
  if (!listed.ok()) return note(listed.error(), observed.unread.others);
  const bool contained = std::any_of(listed->begin(), listed->end(),
                                     [&](const auto& ca) { return ca.arn == known.arn; });
  if (!contained) observed.presence = Presence::absent;
  return {};
}

Result<void> Reading::look_at_open_call(Observed& observed) {
  if (!observed.known.pending) return {};
  const api::PendingCall& pending = *observed.known.pending;
  observed.recovery = ledger::recovery(pending, now_, {});
  if (!std::holds_alternative<ledger::Look>(*observed.recovery)) return {};
  // What IssueCertificate made cannot be listed: only its token can tell (PROTOCOLS 1).
  ledger::Looked looked{true, std::nullopt};
  if (pending.call == kCreateCall) TRY(look_for_intent(observed, looked));
  if (looked.arn || !observed.unread.open_call)
    observed.recovery = ledger::recovery(pending, now_, looked);
  return {};
}

// One CA whose tags cannot be read may be the one: then only finding it elsewhere decides.
Result<void> Reading::look_for_intent(Observed& observed, ledger::Looked& looked) {
  const api::PendingCall& pending = *observed.known.pending;
  const auto& listed = listing();
  if (!listed.ok()) return note(listed.error(), observed.unread.open_call);
  for (const auto& ca : *listed) {
    if (ca.created_at && *ca.created_at < pending.first_sent - ledger::kLookBack) continue;
    if (ca.status == "DELETED") continue;
    const auto tags = pca_.list_tags(ca.arn);
    if (!tags.ok())
      TRY(note(tags.error(), observed.unread.open_call));
    else if (tag(*tags, ledger::kIntentTag) == pending.id)
      looked.arn = ca.arn;
  }
  if (looked.arn) observed.unread.open_call.reset();
  return {};
}

// While it is on its way to ACTIVE, an answer that was lost may show up as a second one; and with
// the object, whoever keeps that one would go.
bool may_have_duplicates(const Observed& observed, const api::CertificateAuthority& authority) {
  const std::string& status = observed.known.aws_status;
  return authority.meta.deleted || status == "CREATING" || status == "PENDING_CERTIFICATE";
}

// The other CAs of the region are asked for only while ours is unknown or could have been made
// twice.
Result<void> Reading::find_owned(Observed& observed) {
  if (observed.presence == Presence::unknown || !authority_.spec.acm_pca.arn.empty()) return {};
  if (observed.presence == Presence::present && !may_have_duplicates(observed, authority_))
    return {};
  const auto& listed = listing();
  if (!listed.ok()) return note(listed.error(), observed.unread.others);
  for (const auto& ca : *listed) {
    if (ca.status == "DELETED" || ca.arn == observed.known.arn) continue;
    const auto tags = pca_.list_tags(ca.arn);
    if (!tags.ok()) {
      TRY(note(tags.error(), observed.unread.others));
      continue;
    }
    const std::string found = tag(*tags, ledger::kOwnerTag);
    if (found == owner())
      observed.owned.push_back({ca.arn, tag(*tags, ledger::kUidTag), tag(*tags, ledger::kIntentTag),
                                ca.status, ca.created_at});
    else if (observed.presence == Presence::absent && !authority_.meta.deleted &&
             ledger::is_of_another_installation(found, owner()))
      observed.foreign_owner = found;
  }
  return {};
}

// RequestFailedException is final. That AWS does not know the certificate is not, for a while.
Issuance issuance_of(const Error& error, const api::CertificateAuthorityStatus& known, Time now) {
  const Duration age = known.issued_at ? now - *known.issued_at : Duration{0};
  if (error.reason() == "RequestFailedException") return Issuance::failed;
  if (error.code() == Code::not_found && age >= kUnknownIssueFails) return Issuance::failed;
  if (error.code() == Code::conflict && age >= kSilentIssueFails) return Issuance::failed;
  return Issuance::running;
}

Result<void> Reading::look_at_issuance(Observed& observed) {
  const auto& known = observed.known;
  if (observed.presence != Presence::present || known.aws_status != "PENDING_CERTIFICATE" ||
      known.issued_certificate_arn.empty())
    return {};
  const auto issued = pca_.get_certificate(known.arn, known.issued_certificate_arn);
  if (issued.ok()) {
    observed.issuance = Issuance::issued;
    return {};
  }
  observed.issuance = issuance_of(issued.error(), known, now_);
  if (observed.issuance == Issuance::failed || issued.error().code() == Code::conflict ||
      issued.error().code() == Code::not_found)
    return {};
  return note(issued.error(), observed.unread.issued);
}

// Fetched once for each serial.
Result<void> Reading::look_at_chain(Observed& observed) {
  auto& known = observed.known;
  if (observed.presence != Presence::present || known.aws_status != "ACTIVE") return {};
  if (!known.certificate.empty() && known.serial == authority_.status.serial) return {};
  auto pem = pca_.get_certificate_authority_certificate(known.arn);
  if (!pem.ok()) {
    known.certificate.clear();  // that of another serial is worse than none
    known.chain.clear();
    return note(pem.error(), observed.unread.chain);
  }
  known.certificate = std::move(pem->certificate);
  known.chain = std::move(pem->chain);
  return {};
}

Result<void> Reading::look_at_permissions(Observed& observed) {
  auto& known = observed.known;
  if (observed.presence != Presence::present || known.aws_status != "ACTIVE" ||
      !authority_.spec.acm_pca.allow_acm_renewal)
    return {};
  const auto permissions = pca_.list_permissions(known.arn);
  if (!permissions.ok()) {
    const Error& error = permissions.error();
    // A server without permissions (or a right to read them): the CA itself is not worse for it.
    if (error.code() == Code::internal || error.code() == Code::denied) {
      known.acm_may_renew = true;
      return {};
    }
    return note(error, observed.unread.permissions);
  }
  observed.permissions_known = true;
  known.acm_may_renew = std::any_of(permissions->begin(), permissions->end(), [](const auto& p) {
    return p.principal == "acm.amazonaws.com";
  });
  return {};
}

Result<void> find_dependants(const World& world, const api::CertificateAuthority& authority,
                             Observed& observed) {
  if (!authority.meta.deleted) return {};
  for (const auto& placement : TRY(store::list<api::Placement>(world.store))) {
    if (!placement.spec.issuer.authority) continue;
    const auto& reference = placement.spec.issuer.authority->authority;
    if (reference.name == authority.meta.name &&
        space_of(reference, placement.meta.space) == authority.meta.space)
      observed.dependants.push_back(text_of(placement.key()));
  }
  return {};
}

// Asked only where nothing else holds the deletion any more.
Result<void> find_foreign_dependants(const World& world, aws::Acm& acm,
                                     const api::CertificateAuthority& authority,
                                     Observed& observed) {
  const auto& known = observed.known;
  if (!authority.meta.deleted || !authority.spec.delete_in_aws || !observed.dependants.empty() ||
      observed.presence != Presence::present || known.aws_status == "DELETED" ||
      known.aws_status == "CREATING" || known.aws_status == "PENDING_CERTIFICATE")
    return {};
  auto found = issued_in_acm(acm, authority, known, world.assumed_gone, world.clock.now());
  if (!found.ok()) return note(found.error(), observed.unread.dependants);
  observed.foreign_dependants = std::move(*found);
  return {};
}

std::optional<Problem> problem(const std::optional<connect::Refusal>& refusal) {
  if (!refusal) return std::nullopt;
  return frame::problem_of(*refusal);
}

}  // namespace

Result<Observed> observe(const World& world, const api::CertificateAuthority& authority) {
  const auto& spec = authority.spec;
  const auto& status = authority.status;
  Observed observed;
  observed.known = status;
  observed.installation = world.installation;
  observed.may_take_over = world.connections.policy().take_over_lost_state;
  // Tags alone prove nothing about an ARN that was only ever compared.
  observed.in_ledger =
      !status.arn.empty() && (spec.acm_pca.arn.empty() || status.attempts > 0 ||
                              tag(status.tags, ledger::kUidTag) == authority.meta.uid);
  // The wait after failures is for the spec that failed, and for as long as nobody asks.
  const bool asked = api::asks_afresh(authority);
  if (asked || authority.meta.generation != status.observed_generation) {
    observed.known.failed_attempts = 0;
    observed.known.next_attempt.reset();
  }
  if (asked) observed.known.corrections.clear();
  const Time now = world.clock.now();
  const auto access =
      TRY(connect::access_for_authority(world.store, world.connections, authority.meta.space,
                                        spec.acm_pca.account_ref, spec.acm_pca.region, now));
  observed.management =
      connect::effective(spec.management, spec.suspended_until, access.management, now);
  observed.account = problem(access.refusal);
  observed.creation_refused = problem(access.creation_refusal);
  if (observed.account) return observed;
  observed.account_id = connect::account_id_of(*access.account);
  observed.account = problem(connect::is_elsewhere(*access.account, status.arn));
  if (!observed.account && status.pending)
    observed.account = problem(connect::was_sent_elsewhere(*access.account, *status.pending));
  if (observed.account || observed.management == api::Management::suspended) return observed;
  Reading reading(world, authority, access.connection->acm_pca(spec.acm_pca.region), now);
  TRY(reading.all(observed));
  TRY(find_dependants(world, authority, observed));
  TRY(find_foreign_dependants(world, access.connection->acm(spec.acm_pca.region), authority,
                              observed));
  return observed;
}

}  // namespace certloop::authority
