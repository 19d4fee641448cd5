#include "main_reports.h"

#include <algorithm>
#include <set>

#include "base/timestamp.h"
#include "main_program.h"
#include "store/typed.h"

namespace certloop {
namespace {

using api::Kind;
using std::chrono::days;

// When a certificate expires does not depend on tags or zones that could not be read.
enum class Parts { count, do_not_count };

report::Coverage coverage_of(const Survey& survey, Parts parts = Parts::count) {
  report::Coverage coverage;
  std::set<std::string> accounts, regions;
  for (const auto& [place, taken] : survey.places) {
    accounts.insert(place.space + "/" + place.account);
    regions.insert(place.region);
    if (taken && (!coverage.oldest || *taken < *coverage.oldest)) coverage.oldest = *taken;
  }
  for (const auto& finding : survey.findings) {
    if (!finding.account.empty()) accounts.insert(finding.account);
    if (!finding.region.empty()) regions.insert(finding.region);
    if (finding.object.kind == Kind::certificate ||
        finding.object.kind == Kind::certificate_authority) {
      ++coverage.objects;
      if (!finding.arn.empty() && !finding.acm_status.empty()) ++coverage.certificates;
    }
    for (const auto* unread : {&finding.error, &finding.unread})
      if (*unread && (unread == &finding.error || parts == Parts::count))
        coverage.unread.push_back({text_of(finding.object), finding.region, (*unread)->message()});
  }
  coverage.accounts = {accounts.begin(), accounts.end()};
  coverage.regions = {regions.begin(), regions.end()};
  return coverage;
}

std::string call_of(const std::vector<api::Step>& steps) {
  return steps.empty() ? "" : steps.front().service + " " + steps.front().operation;
}

// What is done next about the certificate of the row; not about the one that it replaced.
const api::Step* next_step_of(const Finding& finding) {
  for (const auto& step : finding.steps)
    if (step.because != "Superseded") return &step;
  return nullptr;
}

bool replaces_arn(const std::vector<api::Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const auto& s) { return s.replaces_arn; });
}

// Whether a call would put it right, if one could be made.
bool is_for_a_call(const api::Difference& difference) {
  using api::DriftClass;
  return difference.drift_class == DriftClass::missing ||
         difference.drift_class == DriftClass::changed ||
         difference.drift_class == DriftClass::extra;
}

bool differs(const Finding& finding) {
  return std::any_of(finding.differences.begin(), finding.differences.end(), is_for_a_call);
}

// What no call of ours would put right either: it expires, or what was replaced is still used.
std::string text_of(const api::Difference& difference) {
  std::string text = std::string(api::name_of(difference.drift_class)) + ": " + difference.found;
  if (!difference.spec.empty()) text += " (should be: " + difference.spec + ")";
  return text;
}

report::Held held(const Finding& finding) {
  const std::string& reason = finding.first_reason;
  if (finding.settled && !differs(finding) && !finding.differences.empty()) {
    const api::Difference& first = finding.differences.front();
    return {finding.object, finding.account,
            finding.region, std::string(api::name_of(first.drift_class)),
            text_of(first), false};
  }
  const std::string& message = !finding.first_message.empty() ? finding.first_message
                               : !reason.empty()              ? reason
                                                              : "not Ready";
  return {finding.object, finding.account, finding.region, reason, message, differs(finding)};
}

// The one rule of plan and drift, for every kind: what could be read, is not done, and has no step
// that will be taken.
bool is_held(const Finding& finding) {
  return !finding.error && finding.steps.empty() &&
         (!finding.settled || !finding.differences.empty());
}

// A row of its difference tells already what it is held by.
bool is_told_by_rows(const Finding& finding) {
  return finding.settled && !differs(finding) && !finding.differences.empty();
}

// There was one, and AWS has it no more.
bool is_missing(const Finding& finding) {
  return !finding.arn.empty() &&
         std::any_of(finding.differences.begin(), finding.differences.end(), [](const auto& d) {
           return d.drift_class == api::DriftClass::missing && d.path.empty();
         });
}

std::string renewal_of(const Finding& finding) {
  if (finding.suspended) return "not known";
  if (finding.imported) return "the owner renews";
  if (finding.acm_status != "ISSUED") return "";
  return finding.eligibility == "ELIGIBLE" ? "ACM renews" : "nobody renews";
}

std::string why_of(const Finding& finding) {
  if (finding.suspended)
    return "Suspended: nobody has looked at it " +
           (finding.described ? "since " + rfc3339(*finding.described) : std::string("yet"));
  if (finding.acm_status != "ISSUED")
    return finding.first_message.empty() ? finding.acm_status : finding.first_message;
  if (finding.imported && finding.stalled && finding.steps.empty()) return finding.first_message;
  if (finding.imported) return "imported: ACM never renews it";
  return finding.eligibility == "ELIGIBLE" ? "used by a service or exported"
                                           : "neither used by a service nor exported";
}

}  // namespace

report::Plan plan_of(const Survey& survey, Time now) {
  report::Plan plan{now, coverage_of(survey), {}};
  for (const auto& finding : survey.findings) {
    plan.steps.insert(plan.steps.end(), finding.steps.begin(), finding.steps.end());
    if (is_held(finding)) plan.held.push_back(held(finding));
  }
  return plan;
}

report::Drift drift_of(const Survey& survey, Time now) {
  report::Drift drift{now, coverage_of(survey), {}, {}};
  for (const auto& finding : survey.findings) {
    if (finding.error || finding.unread) {
      const Error& unread = finding.error ? *finding.error : *finding.unread;
      report::DriftRow row;
      row.object = finding.object;
      row.account = finding.account;
      row.region = finding.region;
      row.arn = finding.arn;
      row.difference = {api::DriftClass::unknown, "", "", "", unread.message()};
      row.first_seen = row.last_seen = now;
      drift.rows.push_back(std::move(row));
    }
    if (finding.error) continue;
    // A deletion, say, is a step of the plan but no row here.
    const bool acts_unseen = finding.differences.empty() && !finding.settled;
    if ((is_held(finding) && !is_told_by_rows(finding)) || acts_unseen)
      drift.held.push_back(held(finding));
    for (const auto& difference : finding.differences) {
      report::DriftRow row;
      row.object = finding.object;
      row.account = finding.account;
      row.region = finding.region;
      row.arn = finding.arn;
      row.domain = finding.domain;
      row.difference = difference;
      row.plan = call_of(finding.steps);
      if (is_held(finding) && differs(finding)) row.held = held(finding).message;
      row.changes_arn = replaces_arn(finding.steps);
      row.in_use_by = finding.in_use_by;
      row.first_seen = finding.differs_since.value_or(now);
      row.last_seen = now;
      drift.rows.push_back(std::move(row));
    }
  }
  report::sort(drift);
  return drift;
}

report::Expiry expiry_of(const Survey& survey, Time now, std::optional<Duration> within) {
  report::Expiry expiry{now, coverage_of(survey, Parts::do_not_count), within, {}};
  for (const auto& finding : survey.findings) {
    if (finding.object.kind != Kind::certificate || finding.error) continue;
    const bool missing = is_missing(finding);
    const std::optional<Time> expires = missing ? std::nullopt : finding.not_after;
    if (within && !missing && (!expires || *expires > now + *within)) continue;
    report::ExpiryRow row;
    row.object = finding.object;
    row.account = finding.account;
    row.region = finding.region;
    row.arn = finding.arn;
    row.domain = finding.domain;
    row.expires = expires;
    row.missing = missing;
    row.assured =
        !missing && !finding.suspended && !finding.imported && finding.eligibility == "ELIGIBLE";
    row.renewal = missing ? "" : renewal_of(finding);
    row.why = missing ? finding.first_message : why_of(finding);
    if (const api::Step* next = next_step_of(finding)) {
      row.next_step = next->service + " " + next->operation;
      row.next = now;
    } else if (row.assured && expires) {
      row.next_step = "renewal begins";
      row.next = *expires - days(finding.type == "PRIVATE" ? 60 : 45);
    }
    if (!missing) row.used_by = finding.in_use_by;
    expiry.rows.push_back(std::move(row));
  }
  report::sort(expiry);
  return expiry;
}

Result<std::vector<api::Key>> keys_in(const store::Store& store, const std::string& space) {
  std::vector<api::Key> keys;
  for (const Kind kind : {Kind::account, Kind::certificate_authority, Kind::certificate}) {
    const auto page = TRY(store.list({.kind = kind, .space = space}));
    for (const auto& object : page.objects) keys.push_back(object.key());
  }
  return keys;
}

Result<bool> everything_is_settled(const store::Store& store) {
  for (const Kind kind : {Kind::account, Kind::certificate_authority, Kind::certificate,
                          Kind::placement, Kind::hosted_zone}) {
    const auto page = TRY(store.list({.kind = kind}));
    for (const auto& object : page.objects)
      if (TRY(outcome_of(store, object.key())).state == cli::ReconcileResult::State::pending)
        return false;
  }
  return true;
}

Result<std::map<api::Key, std::string>> everything_stalled(const store::Store& store) {
  std::map<api::Key, std::string> stalled;
  for (const Kind kind :
       {Kind::account, Kind::certificate_authority, Kind::certificate, Kind::hosted_zone}) {
    const auto page = TRY(store.list({.kind = kind}));
    for (const auto& object : page.objects)
      if (auto outcome = TRY(outcome_of(store, object.key()));
          outcome.state == cli::ReconcileResult::State::stalled)
        stalled[object.key()] = std::move(outcome.message);
  }
  return stalled;
}

}  // namespace certloop
