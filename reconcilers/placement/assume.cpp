#include <algorithm>

#include "base/timestamp.h"
#include "ledger/ownership.h"
#include "reconcilers/placement/plan.h"

namespace certloop::placement {
namespace {

using std::chrono::days;

std::string known_after(int step) { return "(known after step " + std::to_string(step) + ")"; }

// A new certificate takes the old one's place; the old one waits for its users to leave.
void become(Observed& observed, const std::string& arn) {
  if (!observed.known.arn.empty() && observed.presence == Presence::present) {
    OldCertificate old;
    old.arn = observed.known.arn;
    old.in_use_by = observed.known.in_use_by;
    old.users_unknown = observed.known.users_unknown;
    old.exported = observed.known.exported;
    old.not_after = observed.known.not_after;
    observed.previous.push_back(std::move(old));
  }
  observed.known = {};
  observed.known.arn = arn;
  observed.known.marked = true;
  observed.presence = Presence::present;
  observed.live = true;
  observed.tags_known = true;
  observed.tags_unread.reset();
  observed.foreign_owner.reset();
  observed.named.reset();
}

Observed requested(const api::Placement& placement, Observed observed, int step) {
  become(observed, known_after(step));
  auto& known = observed.known;
  known.acm_status = "PENDING_VALIDATION";
  known.names = wanted_names(placement.spec);
  known.key_algorithm = wanted_key_algorithm(placement.spec, observed);
  known.tags = wanted_tags(placement, observed, "");
  if (observed.authority) known.certificate_authority_arn = observed.authority->arn;
  known.exportable = placement.spec.issuer.amazon && placement.spec.issuer.amazon->exportable;
  if (!placement.spec.issuer.amazon) return observed;
  for (const auto& name : known.names)
    known.validation.push_back({name, "DNS", "PENDING_VALIDATION", std::nullopt, ""});
  return observed;
}

Observed imported(const api::Placement& placement, Observed observed, const std::string& arn,
                  int step) {
  if (arn.empty()) {
    become(observed, known_after(step));
    observed.known.tags = wanted_tags(placement, observed, "");
  }
  auto& known = observed.known;
  known.acm_status = "ISSUED";
  known.type = "IMPORTED";
  if (observed.source) {
    known.names = observed.source->names;
    known.serial = observed.source->serial;
    known.fingerprint = known.source_fingerprint = observed.source->fingerprint;
    known.chain_digest = known.imported_chain = observed.source->chain_digest;
    known.key_algorithm = observed.source->key_algorithm;
    known.not_after = observed.source->not_after;
  }
  return observed;
}

// The record that ACM will name: the one it has named before, or a new one of the form that they
// have (PROTOCOLS 4).
api::ValidationRecord record_of(const Observed& observed, const std::string& domain) {
  const std::string base = base_domain(domain);
  if (const auto it = observed.shared_records.find(base); it != observed.shared_records.end())
    return it->second;
  const std::string& token = observed.known.arn;
  return {"_" + token + "." + base + ".", "CNAME", "_" + token + ".acm-validations.aws."};
}

// Time passes: what ACM does by itself has happened, and records are where they must be.
Observed waited(const api::Placement& placement, Observed observed, Time now) {
  auto& known = observed.known;
  observed.estate_read = true;
  observed.listing_is_recent = true;
  for (auto& old : observed.previous) old.grace_is_over = true;
  // Two readings disagree for a moment; the likelier end is that nothing is lost.
  if (observed.presence == Presence::unknown) {
    observed.presence = known.arn.empty() ? Presence::absent : Presence::present;
    return observed;
  }
  // What ended within an hour is replaced after it.
  if (known.made) known.made = *known.made - kYoung - std::chrono::hours(1);
  if (known.pending) {
    observed.recovery.reset();
    known.pending.reset();
  }
  known.next_attempt.reset();
  if (placement.spec.issuer.amazon && known.acm_status == "PENDING_VALIDATION") {
    bool named = !known.validation.empty();
    if (!named)
      for (const auto& name : wanted_names(placement.spec))
        known.validation.push_back({name, "DNS", "PENDING_VALIDATION", std::nullopt, ""});
    for (auto& domain : known.validation) {
      if (domain.record) continue;
      named = false;
      domain.record = record_of(observed, domain.domain);
    }
    if (!named) return observed;
    for (auto& domain : known.validation) domain.status = "SUCCESS";
    observed.record_conflicts.clear();
  }
  if (known.acm_status == "PENDING_VALIDATION" || known.acm_status.empty()) {
    if (observed.presence == Presence::present) known.acm_status = "ISSUED";
    known.eligibility = "INELIGIBLE";
    if (!known.not_after) known.not_after = now + days(placement.spec.issuer.amazon ? 198 : 395);
  }
  return observed;
}

void forget(Observed& observed, const std::string& arn) {
  std::erase_if(observed.previous, [&](const auto& old) { return old.arn == arn; });
  std::erase_if(observed.owned, [&](const auto& candidate) { return candidate.arn == arn; });
  if (observed.known.arn != arn) return;
  observed.known.arn.clear();
  observed.known.acm_status.clear();
  observed.known.validation.clear();
  observed.presence = Presence::absent;
}

Observed taken_over(const api::Placement& placement, Observed observed, const std::string& arn) {
  const auto it = std::find_if(observed.owned.begin(), observed.owned.end(),
                               [&](const auto& c) { return c.arn == arn; });
  const bool is_named = it == observed.owned.end();
  if (is_named && (!observed.named || observed.named->certificate.arn != arn)) return observed;
  const Candidate found = is_named ? observed.named->certificate : *it;
  become(observed, found.arn);
  auto& known = observed.known;
  known.marked = found.uid == placement.meta.uid;
  known.names = found.names;
  known.acm_status = found.status;
  known.key_algorithm = found.key_algorithm;
  known.type = found.type;
  // What the spec names carries none of our tags; what carries them may be a lost state's.
  if (!is_named) {
    known.tags = wanted_tags(placement, observed, found.intent);
    known.tags[std::string(ledger::kUidTag)] = found.uid;
  }
  // What no list tells is looked at afterwards.
  if (observed.authority) known.certificate_authority_arn = observed.authority->arn;
  known.exportable = placement.spec.issuer.amazon && placement.spec.issuer.amazon->exportable;
  std::erase_if(observed.owned, [&](const auto& c) { return c.arn == arn; });
  return observed;
}

}  // namespace

Observed assume(const api::Placement& placement, Observed observed, const Action& action, int step,
                Time now) {
  if (std::holds_alternative<RequestCertificate>(action))
    return requested(placement, std::move(observed), step);
  if (const auto* import = std::get_if<ImportCertificate>(&action))
    return imported(placement, std::move(observed), import->arn, step);
  if (const auto* add = std::get_if<AddTags>(&action)) {
    for (const auto& [key, value] : add->tags) observed.known.tags[key] = value;
    observed.known.marked = observed.known.marked || add->adopts;
    observed.live = true;
    return observed;
  }
  if (const auto* remove = std::get_if<RemoveTags>(&action)) {
    if (remove->arn != observed.known.arn)
      std::erase_if(observed.previous, [&](const auto& old) { return old.arn == remove->arn; });
    else
      for (const auto& key : remove->keys) observed.known.tags.erase(key);
    return observed;
  }
  if (const auto* gone = std::get_if<DeleteCertificate>(&action)) {
    forget(observed, gone->arn);
    return observed;
  }
  if (const auto* take = std::get_if<TakeOver>(&action))
    return taken_over(placement, std::move(observed), take->arn);
  return waited(placement, std::move(observed), now);
}

namespace {

// Whether tags are as they were applied last, so that it is the spec that has moved.
bool is_edit_of_spec(const api::CertificateRequestSpec& applied, const Action& action) {
  if (applied.domain_name.empty()) return false;  // nothing was applied yet
  if (const auto* add = std::get_if<AddTags>(&action))
    return std::all_of(add->tags.begin(), add->tags.end(), [&](const auto& tag) {
      const auto was = applied.tags.find(tag.first);
      return !tag.first.starts_with("certloop.dev/") &&
             (was == applied.tags.end() || was->second != tag.second);
    });
  if (const auto* remove = std::get_if<RemoveTags>(&action))
    return std::all_of(remove->keys.begin(), remove->keys.end(),
                       [&](const auto& key) { return applied.tags.contains(key); });
  return false;
}

}  // namespace

api::Step step_of(const api::Placement& placement, const Observed& observed, const Action& action,
                  const Decision& decision) {
  api::Step step;
  step.object = placement.key();
  for (const auto& owner : placement.meta.owners)
    if (owner.kind == api::Kind::certificate)
      step.object = {api::Kind::certificate, placement.meta.space, owner.name};
  step.account = space_of(placement.spec.account_ref, placement.meta.space) + "/" +
                 placement.spec.account_ref.name;
  step.region = placement.spec.region;
  step.because =
      is_edit_of_spec(placement.status.applied, action) ? "SpecChanged" : decision.because;
  step.message = decision.message;
  if (decision.due) step.details["due"] = rfc3339(*decision.due);
  if (!changes_aws(action)) return step;
  step.service = "acm";
  step.in_use_by = observed.known.in_use_by;
  if (std::holds_alternative<RequestCertificate>(action)) {
    step.operation = "RequestCertificate";
    step.subject = placement.spec.domain_name;
    step.replaces_arn = !observed.known.arn.empty();
    step.details["keyAlgorithm"] = wanted_key_algorithm(placement.spec, observed);
    if (observed.authority) step.details["certificateAuthority"] = observed.authority->name;
    if (placement.spec.issuer.amazon) step.details["validationMethod"] = "DNS";
  } else if (const auto* import = std::get_if<ImportCertificate>(&action)) {
    step.operation = "ImportCertificate";
    const bool named = observed.source && !observed.source->names.empty();
    step.subject = !import->arn.empty() ? import->arn
                   : named              ? observed.source->names.front()
                                        : placement.spec.domain_name;
    step.replaces_arn = import->arn.empty() && !observed.known.arn.empty();
    if (observed.source) step.details["serial"] = observed.source->serial;
  } else if (const auto* add = std::get_if<AddTags>(&action)) {
    step.operation = "AddTagsToCertificate";
    step.subject = add->arn;
    for (const auto& [key, value] : add->tags) step.details["tag:" + key] = value;
  } else if (const auto* remove = std::get_if<RemoveTags>(&action)) {
    step.operation = "RemoveTagsFromCertificate";
    step.subject = remove->arn;
    for (const auto& key : remove->keys) step.details["tag:" + key] = "";
  } else if (const auto* gone = std::get_if<DeleteCertificate>(&action)) {
    step.operation = "DeleteCertificate";
    step.subject = gone->arn;
    if (gone->arn != observed.known.arn) step.in_use_by.clear();
  }
  return step;
}

}  // namespace certloop::placement
