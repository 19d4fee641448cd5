// What the loop would do and what differs, found by the same observe, plan and assume on a store
// that forgets (store/overlay_store.h).
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "loop/unfold.h"
#include "reconcilers/engine_parts.h"
#include "reconcilers/findings.h"
#include "reconcilers/place_reading.h"
#include "reconcilers/placement/records.h"
#include "store/overlay_store.h"
#include "store/typed.h"

namespace certloop {
namespace {

using api::Kind;

class Surveyor {
 public:
  Surveyor(Engine::Parts& parts, const SurveyRequest& request)
      : parts_(parts), request_(request), over_(parts.store, parts.clock) {}

  Result<Survey> run() {
    lay_over();
    scope_.emplace(over_, std::set<api::Key>(request_.only.begin(), request_.only.end()));
    TRY(look_at_accounts());
    TRY(look_at_authorities(false));
    TRY(make_placements());
    TRY(gather_records());
    TRY(look_at_placements());
    TRY(look_at_certificates());
    TRY(look_at_authorities(true));  // a CA goes after the certificates that it issued
    TRY(look_at_zones());
    survey_.taken = parts_.clock.now();
    return std::move(survey_);
  }

 private:
  template <class Ask>
  auto in_turn(const Ask& ask) const {
    return aws::patiently(request_.wait, ask);
  }

  // A plan starts from the specs as they would be.
  void lay_over() {
    for (const auto& object : request_.wanted) over_.put(object);
    for (const auto& key : request_.removed) (void)over_.remove(key, {});
  }

  void say(const std::string& what, std::size_t done, std::size_t total) const {
    if (request_.progress) request_.progress(what, done, total);
  }

  bool in_scope(const api::Key& key) const { return scope_->holds(key); }

  // All objects of a kind that can be read. Each that cannot is a finding of its own, and holds up
  // no other: this only looks.
  template <class T>
  Result<std::vector<T>> readable() {
    store::Readable<T> all = TRY(store::list_readable<T>(over_));
    for (store::Unreadable& each : all.unreadable) {
      if (!in_scope(each.key) || !unreadable_.insert(each.key).second) continue;
      Finding finding;
      finding.object = each.key;
      finding.error = std::move(each.error);
      survey_.findings.push_back(std::move(finding));
    }
    return std::move(all.objects);
  }

  // Accounts are checked for real: nothing can be read with one that does not work.
  Result<void> look_at_accounts() {
    account::AccountReconciler reconciler(over_, parts_.connections, parts_.clock,
                                          parts_.no_events);
    for (const auto& account : TRY(readable<api::Account>())) {
      if (!in_scope(account.key())) continue;
      say("checking " + text_of(account.key()), 0, 0);
      if (account.meta.deleted) {
        TRY(look_at_deleted(account));
        continue;
      }
      (void)reconciler.reconcile(account.key());
      const auto checked =
          TRY(store::get<api::Account>(over_, account.meta.space, account.meta.name));
      const auto* ready = api::find(checked.status.conditions, "Ready");
      if (ready == nullptr || ready->status == api::Truth::yes) continue;
      Finding finding = finding_of(account.key(), checked.status.conditions);
      finding.account = account.meta.space + "/" + account.meta.name;
      if (ready->reason != "AccountDisabled" && ready->reason != "Suspended")
        finding.error = Error(Code::denied, ready->message).because(ready->reason);
      survey_.findings.push_back(std::move(finding));
    }
    return {};
  }

  // What it waits for now, before the plan does anything; it serves meanwhile.
  Result<void> look_at_deleted(const api::Account& account) {
    store::OverlayStore aside(over_, parts_.clock);
    (void)account::AccountReconciler(aside, parts_.connections, parts_.clock, parts_.no_events)
        .reconcile(account.key());
    const auto checked = store::get<api::Account>(aside, account.meta.space, account.meta.name);
    if (!checked.ok() && checked.error().code() != Code::not_found) return checked.error();
    note_deleted(account.key(), checked.ok() ? checked->status.conditions : api::Conditions{});
    survey_.findings.back().account = account.meta.space + "/" + account.meta.name;
    return {};
  }

  // An object that is going, or has not been taken up yet, and of which nothing else is found.
  void note_deleted(const api::Key& key, const api::Conditions& conditions) {
    Finding finding = finding_of(key, conditions);
    finding.settled = false;
    if (finding.first_reason.empty()) finding.first_reason = "Deleted";
    if (finding.first_message.empty())
      finding.first_message = "being deleted; waiting for the controller to remove it";
    survey_.findings.push_back(std::move(finding));
  }

  Result<void> look_at_authorities(bool deleted) {
    auto world = parts_.authority_world(over_, parts_.no_events);
    if (deleted) world.assumed_gone = certificates_to_go(survey_.findings);
    const auto& not_called = parts_.connections.policy().not_called;
    for (auto& ca : TRY(readable<api::CertificateAuthority>())) {
      if (!in_scope(ca.key()) || ca.meta.deleted.has_value() != deleted) continue;
      say("looking at " + text_of(ca.key()), 0, 0);
      Finding finding = finding_of(ca);
      if (const auto it = not_called.find(ca.key()); it != not_called.end())
        finding.error = Error(Code::denied, it->second).because("SourceNotTrusted");
      else
        look_at_authority(world, ca, finding);
      survey_.findings.push_back(std::move(finding));
    }
    return {};
  }

  void look_at_authority(const authority::World& world, api::CertificateAuthority& ca,
                         Finding& finding) {
    auto observed = in_turn([&] { return authority::observe(world, ca); });
    const Time now = parts_.clock.now();
    if (observed.ok())
      if (const auto arn = taken_over(authority::plan(ca, *observed, now).decision.action)) {
        ca.status.arn = *arn;
        observed = in_turn([&] { return authority::observe(world, ca); });
      }
    if (!observed.ok()) {
      authority::conclude(ca, {}, {}, observed.error(), now);
      over_.put(api::write(ca));
      finding.error = observed.error();
      return;
    }
    finding.arn = observed->known.arn;
    finding.not_after = observed->known.not_after;
    finding.acm_status = observed->known.aws_status;
    auto first = authority::plan(ca, *observed, now);
    finding.settled = is_settled(ca, *observed, first, now);
    finding.differences = std::move(first.differences);
    finding.error = authority::unread(*observed);
    if (observed->account)
      finding.error =
          Error(Code::denied, observed->account->message).because(observed->account->reason);
    const auto end = unfold(
        finding, std::move(*observed), [&](const auto& o) { return authority::plan(ca, o, now); },
        [&](auto o, const auto& action) {
          return authority::assume(ca, std::move(o), action, step_, now);
        },
        [&](const auto& o, const auto& p) {
          return authority::changes_aws(*p.decision.action)
                     ? std::vector{authority::step_of(ca, o, *p.decision.action, p.decision)}
                     : std::vector<api::Step>{};
        });
    if (!end) return;
    // Certificates that wait for it ask its status whether they may go on.
    ca.status = end->known;
    authority::conclude(ca, *end, authority::plan(ca, *end, now), loop::Next::on_change(), now);
    over_.put(api::write(ca));
  }

  // Certificates make their placements: store writes only, so the reconciler itself runs.
  Result<void> make_placements() {
    certificate::CertificateReconciler reconciler(over_, parts_.clock, parts_.no_events);
    for (const auto& certificate : TRY(readable<api::Certificate>())) {
      if (!in_scope(certificate.key())) continue;
      certificates_[certificate.key()] = certificate.meta.deleted.has_value();
      auto made = reconciler.reconcile(certificate.key());
      if (made.ok()) continue;
      // Its Placement may be what cannot be read, and is reported as such below.
      if (made.error().reason() != store::kDamaged) return std::move(made).error();
    }
    return {};
  }

  // Whose validation records they are: ACM gives an AWS account the same ones in every region.
  std::string records_owner(const api::Reference& account, const std::string& home) const {
    const std::string& space = space_of(account, home);
    const auto found = store::get<api::Account>(over_, space, account.name);
    return found.ok() && !found->status.account_id.empty() ? found->status.account_id
                                                           : space + "/" + account.name;
  }

  void note_records(const std::string& owner, const std::vector<api::DomainValidation>& all) {
    for (const auto& domain : all)
      if (domain.record)
        records_[owner].emplace(placement::base_domain(domain.domain), *domain.record);
  }

  // What certificates were given, and what the account's own zones still keep of those that went.
  Result<void> gather_records() {
    for (const auto& p : TRY(readable<api::Placement>()))
      note_records(records_owner(p.spec.account_ref, p.meta.space), p.status.validation);
    const auto world = parts_.zone_world(over_, parts_.no_events, needs_, zone_records_);
    std::map<std::string, std::string> owners;  // by HostedZone
    for (auto& zone : TRY(readable<api::HostedZone>())) {
      TRY(zone::move_records(world, zone));
      owners[zone.meta.space + "/" + zone.meta.name] =
          records_owner(zone.spec.account_ref, zone.meta.space);
    }
    for (const auto& record : TRY(readable<api::ZoneRecord>())) {
      zone_records_.note(record);
      const std::string& name = record.status.record.name;
      const auto dot = name.find('.');
      if (dot == std::string::npos || !name.ends_with(".")) continue;
      records_[owners[zone::zone_of(record.key())]].emplace(
          name.substr(dot + 1, name.size() - dot - 2), record.status.record);
    }
    return {};
  }

  Result<placement::Observed> look(const api::Placement& placement, placement::Look how) {
    const auto world = parts_.placement_world(over_, parts_.no_events);
    return in_turn([&] { return placement::observe(world, placement, how); });
  }

  Result<void> look_at_placements() {
    auto placements = TRY(readable<api::Placement>());
    std::erase_if(placements, [&](const auto& p) { return !in_scope(p.key()); });
    std::set<estate::Place> places;
    for (const auto& placement : placements) places.insert(place_of(placement));
    readings_ = read_places(parts_, over_, places, request_);
    confirm_what_is_missing(placements);
    for (const auto& [place, reading] : readings_) survey_.places[place] = reading.taken;
    std::size_t done = 0;
    for (auto& placement : placements) {
      TRY(look_at_placement(placement, place_of(placement)));
      if (++done % 100 == 0) say("comparing placements", done, placements.size());
    }
    return {};
  }

  // That a certificate is gone takes two readings (PROTOCOLS 0): what the bulk reading lacks is
  // asked for by itself, and where ACM does not know it either, the place is read once more.
  void confirm_what_is_missing(const std::vector<api::Placement>& placements) {
    const auto world = parts_.placement_world(over_, parts_.no_events);
    std::set<estate::Place> doubtful;
    for (const auto& placement : placements) {
      const estate::Place place = place_of(placement);
      const std::string& arn = placement.status.arn;
      if (readings_.at(place).error || arn.empty() || parts_.estate.find(place, arn)) continue;
      const auto observed = look(placement, placement::Look::cheap);
      if (observed.ok() && observed->presence == placement::Presence::unknown)
        doubtful.insert(place);
    }
    if (doubtful.empty()) return;
    SurveyRequest again = request_;
    again.max_age = Duration{0};
    for (auto& [place, reading] : read_places(parts_, over_, doubtful, again))
      readings_[place] = std::move(reading);
  }

  Result<void> look_at_placement(api::Placement& placement, const estate::Place& place) {
    const auto world = parts_.placement_world(over_, parts_.no_events);
    Finding finding = finding_of(placement);
    if (const auto& unread = readings_.at(place).error) {
      finding.error = unread;
      survey_.findings.push_back(std::move(finding));
      return {};
    }
    auto observed = look(placement, placement::Look::cheap);
    if (!observed.ok()) {
      finding.error = observed.error();
      survey_.findings.push_back(std::move(finding));
      return {};
    }
    const Time now = parts_.clock.now();
    auto first = placement::plan(placement, *observed, now);
    if (const auto arn = taken_over(first.decision.action)) {
      placement.status = placement::with_arn(observed->known, placement.spec, *observed, *arn, now);
      placement.status.applied = placement.spec;
      auto found = look(placement, placement::Look::cheap);
      if (found.ok()) {
        observed = std::move(found);
        first = placement::plan(placement, *observed, now);
      }
    }
    if (first.decision.action && placement::needs_live_look(*first.decision.action)) {
      auto live = look(placement, placement::Look::live);
      if (live.ok()) {
        observed = std::move(live);
        first = placement::plan(placement, *observed, now);
      }
    }
    take_in(placement, *observed, std::move(first), finding);
    const std::string owner = records_owner(placement.spec.account_ref, placement.meta.space);
    observed->shared_records = records_[owner];
    const auto end = unfold(
        finding, std::move(*observed),
        [&](const auto& o) { return placement::plan(placement, o, now); },
        [&](auto o, const auto& action) {
          return placement::assume(placement, std::move(o), action, step_, now);
        },
        [&](const auto& o, const auto& p) {
          return placement::changes_aws(*p.decision.action)
                     ? std::vector{placement::step_of(placement, o, *p.decision.action, p.decision)}
                     : std::vector<api::Step>{};
        });
    if (end) {
      note_records(owner, end->known.validation);
      TRY(publish_assumed(world, placement, *end, finding));
    }
    survey_.findings.push_back(std::move(finding));
    return {};
  }

  // What is known of it before anything is assumed.
  void take_in(const api::Placement& placement, const placement::Observed& observed,
               placement::Plan first, Finding& finding) const {
    const auto& known = observed.known;
    finding.arn = known.arn;
    finding.in_use_by = known.in_use_by;
    finding.not_after = known.not_after;
    finding.acm_status = known.acm_status;
    finding.eligibility = known.eligibility;
    finding.type = known.type;
    finding.suspended = observed.management == api::Management::suspended;
    finding.described = known.described;
    finding.settled = is_settled(placement, observed, first, parts_.clock.now());
    finding.differences = std::move(first.differences);
    // What is Suspended was not to be read.
    if (observed.presence == placement::Presence::unknown && !known.arn.empty() &&
        observed.management != api::Management::suspended)
      finding.error = Error(Code::unavailable, first.decision.message).because("Unknown");
    if (observed.tags_unread)
      finding.unread = Error(*observed.tags_unread).during("the tags of " + known.arn);
    if (observed.account)
      finding.error =
          Error(Code::denied, observed.account->message).because(observed.account->reason);
  }

  // Those of which no placement tells.
  Result<void> look_at_certificates() {
    std::set<api::Key> found;
    for (const Finding& finding : survey_.findings) found.insert(finding.object);
    for (const auto& [key, deleted] : certificates_) {
      if (found.contains(key)) continue;
      const auto certificate = store::get<api::Certificate>(over_, key.space, key.name);
      if (!certificate.ok() && certificate.error().code() != Code::not_found)
        return certificate.error();
      const auto conditions = certificate.ok() ? certificate->status.conditions : api::Conditions{};
      if (deleted)
        note_deleted(key, conditions);
      else
        survey_.findings.push_back(finding_of(key, conditions));
    }
    return {};
  }

  // What the zones' keepers will see: the records that would be needed.
  Result<void> publish_assumed(const placement::World& world, api::Placement& placement,
                               placement::Observed end, Finding& finding) {
    if (placement.spec.issuer.amazon && !end.account && !placement.meta.deleted) {
      const auto access = TRY(connect::access(over_, parts_.connections, placement.meta.space,
                                              placement.spec.account_ref, placement.spec.region,
                                              parts_.clock.now()));
      if (access.connection)
        (void)placement::find_records(world, placement, *access.connection, *access.account, end);
      note_unread_zones(end, finding);
    }
    placement.status = end.known;
    over_.put(api::write(placement));
    if (lets_go_) {
      placement.meta.finalizers.clear();
      TRY(over_.edit_metadata(api::write(placement)));
      return {};
    }
    return placement::ensure_zones(world, placement, end);
  }

  Result<void> look_at_zones() {
    for (const auto& placement : TRY(readable<api::Placement>())) needs_.note(placement);
    const auto world = parts_.zone_world(over_, parts_.no_events, needs_, zone_records_);
    for (const auto& zone : TRY(readable<api::HostedZone>())) {
      if (!in_scope(zone.key())) continue;
      Finding finding = finding_of(zone);
      look_at_zone(world, zone, finding);
      survey_.findings.push_back(std::move(finding));
    }
    return {};
  }

  void look_at_zone(const zone::World& world, const api::HostedZone& zone, Finding& finding) {
    auto observed = in_turn([&] { return zone::observe(world, zone, {.all = true}); });
    // The controller takes away the zones of an Account that went.
    finding.settled =
        observed.ok() && observed->account && observed->account->first == "ReferenceNotFound";
    if (finding.settled) return;
    if (!observed.ok() || observed->account) {
      finding.error =
          observed.ok()
              ? Error(Code::denied, observed->account->second).because(observed->account->first)
              : observed.error();
      return;
    }
    const Time now = parts_.clock.now();
    auto first = zone::plan(*observed, now);
    finding.first_message = trouble_of(*observed, first);
    finding.settled = finding.first_message.empty();
    if (!finding.settled) finding.first_reason = "RecordConflict";
    finding.differences = std::move(first.differences);
    const auto next = [&](const zone::Observed& from) -> std::optional<std::vector<aws::Change>> {
      auto changes = zone::plan(from, now).changes;
      if (changes.empty()) return std::nullopt;
      for (auto& step : zone::steps_of(zone, changes)) {
        finding.steps.push_back(std::move(step));
        ++step_;
      }
      return changes;
    };
    const auto end = loop::unfold(std::move(*observed), next, zone::assume,
                                  [](const auto&) { return "ChangeResourceRecordSets"; });
    if (!end.ok()) finding.error = Error(end.error()).during(text_of(zone.key()));
  }

  // Plays one object's plan forward (loop/unfold.h). Notes its steps; answers where it ends, or
  // nothing where the planner does not end (the finding says so).
  template <class Observed, class Plan, class Assume, class StepsOf>
  std::optional<Observed> unfold(Finding& finding, Observed observed, const Plan& plan,
                                 const Assume& assume, const StepsOf& steps_of) {
    bool first = true;
    lets_go_ = false;
    const auto next = [&](const Observed& now) {
      auto planned = plan(now);
      auto& decision = planned.decision;
      lets_go_ = decision.action && lets_go(*decision.action);
      const bool begins = std::exchange(first, false);
      if (begins) finding.first_reason = decision.reason;
      if (begins) finding.first_message = decision.message;
      if (begins || !decision.action) {
        finding.reason = decision.reason;
        finding.message = decision.message;
        finding.stalled = decision.stalled;
      }
      if (!decision.action || ends(*decision.action)) decision.action.reset();
      if (decision.action)
        for (auto& step : steps_of(now, planned)) {
          const auto uid = step.details.find("tag:certloop.dev/uid");
          if (uid != step.details.end() && uid->second.starts_with("unborn-"))
            uid->second = "(known once applied)";
          finding.steps.push_back(std::move(step));
          ++step_;
        }
      reason_ = decision.reason;
      return std::move(decision.action);
    };
    auto end =
        loop::unfold(std::move(observed), next, assume, [&](const auto&) { return reason_; });
    if (end.ok()) return std::move(*end);
    finding.error = std::move(end).error().during(text_of(finding.object));
    return std::nullopt;
  }

  Engine::Parts& parts_;
  const SurveyRequest& request_;
  store::OverlayStore over_;
  std::optional<Scope> scope_;
  std::set<api::Key> unreadable_;          // reported
  std::map<api::Key, bool> certificates_;  // in scope; whether they are being deleted
  Survey survey_;
  std::map<estate::Place, PlaceReading> readings_;
  zone::Needs needs_;
  zone::Records zone_records_;
  // By AWS account and base domain.
  std::map<std::string, std::map<std::string, api::ValidationRecord>> records_;
  bool lets_go_ = false;  // the last plan that was played forward ends with letting go
  std::string reason_;    // of the action that is being assumed: names it if a plan does not end
  int step_ = 0;          // steps so far, over all objects: what "(known after step n)" counts
};

}  // namespace

Result<Survey> Engine::survey(const SurveyRequest& request) {
  return Surveyor(*parts_, request).run();
}

}  // namespace certloop
