#include "reconcilers/findings.h"

namespace certloop {
namespace {

std::optional<Time> differs_since(const api::Conditions& conditions) {
  const auto* in_sync = api::find(conditions, "InSync");
  if (in_sync == nullptr || in_sync->status != api::Truth::no) return std::nullopt;
  return in_sync->since;
}

std::string account_of(const api::Reference& account, const std::string& home) {
  return space_of(account, home) + "/" + account.name;
}

bool is_done(const api::Conditions& conditions) {
  return api::is_true(conditions, "Ready") && !api::is_true(conditions, "Stalled") &&
         !api::is_true(conditions, "Reconciling");
}

}  // namespace

estate::Place place_of(const api::Placement& placement) {
  const auto& spec = placement.spec;
  return {space_of(spec.account_ref, placement.meta.space), spec.account_ref.name, spec.region};
}

Finding finding_of(const api::Placement& placement) {
  Finding finding;
  finding.object = placement.key();
  for (const auto& owner : placement.meta.owners)
    if (owner.kind == api::Kind::certificate)
      finding.object = {owner.kind, placement.meta.space, owner.name};
  finding.account = account_of(placement.spec.account_ref, placement.meta.space);
  finding.region = placement.spec.region;
  finding.domain = placement.spec.domain_name;
  finding.imported = placement.spec.issuer.imported.has_value();
  finding.differs_since = differs_since(placement.status.conditions);
  return finding;
}

Finding finding_of(const api::CertificateAuthority& authority) {
  const auto& spec = authority.spec.acm_pca;
  Finding finding;
  finding.object = authority.key();
  finding.account = account_of(spec.account_ref, authority.meta.space);
  finding.region = spec.region;
  finding.differs_since = differs_since(authority.status.conditions);
  return finding;
}

Finding finding_of(const api::HostedZone& zone) {
  Finding finding;
  finding.object = zone.key();
  finding.account = account_of(zone.spec.account_ref, zone.meta.space);
  return finding;
}

Finding finding_of(const api::Key& key, const api::Conditions& conditions) {
  Finding finding;
  finding.object = key;
  finding.settled = is_done(conditions);
  finding.stalled = api::is_true(conditions, "Stalled");
  if (const auto* ready = api::find(conditions, "Ready")) {
    finding.reason = finding.first_reason = ready->reason;
    finding.message = finding.first_message = ready->message;
  }
  return finding;
}

bool lets_go(const placement::Action& action) {
  return std::holds_alternative<placement::LetGo>(action);
}
bool lets_go(const authority::Action& action) {
  return std::holds_alternative<authority::LetGo>(action);
}

bool ends(const placement::Action& action) { return lets_go(action); }
bool ends(const authority::Action& action) {
  const auto* wait = std::get_if<authority::Wait>(&action);
  return lets_go(action) || (wait != nullptr && wait->for_others);
}

bool is_settled(api::Placement placement, const placement::Observed& observed,
                const placement::Plan& todo, Time now) {
  // One that was replaced goes when its grace is over: nobody has to do anything about it.
  const auto& action = todo.decision.action;
  const bool grace = action && std::holds_alternative<placement::Wait>(*action) &&
                     todo.decision.because == "Superseded";
  if ((action && !grace) || todo.decision.again) return false;
  placement.status = observed.known;
  placement::conclude_readiness(placement, observed, todo, loop::Next::on_change(), now);
  return is_done(placement.status.conditions);
}

bool is_settled(api::CertificateAuthority authority, const authority::Observed& observed,
                const authority::Plan& todo, Time now) {
  if (todo.decision.action) return false;
  authority.status = observed.known;
  authority::conclude(authority, observed, todo, loop::Next::on_change(), now);
  return is_done(authority.status.conditions);
}

void note_unread_zones(const placement::Observed& end, Finding& finding) {
  const bool requests =
      std::any_of(finding.steps.begin(), finding.steps.end(),
                  [](const auto& step) { return step.operation == "RequestCertificate"; });
  const bool waits = requests || finding.acm_status == "PENDING_VALIDATION";
  if (waits && end.zones_unreadable && !finding.unread)
    finding.unread = Error(Code::unavailable, end.zones_unreadable->message)
                         .because(end.zones_unreadable->reason);
}

std::set<std::string> certificates_to_go(const std::vector<Finding>& findings) {
  std::set<std::string> gone;
  for (const auto& finding : findings)
    for (const auto& step : finding.steps)
      if (step.operation == "DeleteCertificate") gone.insert(step.subject);
  return gone;
}

std::string trouble_of(const zone::Observed& observed, const zone::Plan& todo) {
  if (observed.management == api::Management::suspended)
    return "its Account is Suspended: the zone is not read";
  std::vector<std::string> sentences;
  for (const auto& [name, problem] : todo.problems) sentences.push_back(problem);
  for (const auto& kept : todo.records)
    if (zone::is_in_trouble(kept)) sentences.push_back(zone::trouble_with(kept));
  return zone::in_short(sentences, sentences.size());
}

}  // namespace certloop
