#include <algorithm>
#include <set>

#include "aws/arn.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "frame/readiness.h"
#include "reconcilers/certificate/plan.h"

namespace certloop::certificate {
namespace {

using api::Condition;
using api::Truth;

constexpr std::size_t kNotReadyShown = 50;

// False beats Unknown beats True: one bad placement shows.
int weight(Truth truth) { return truth == Truth::no ? 2 : truth == Truth::unknown ? 1 : 0; }

// Conditions where True is the bad news.
bool is_bad_when_true(const std::string& type) {
  return type == "Reconciling" || type == "Stalled" || type == "Superseded";
}

// The placement whose condition of that type is the worst speaks for all.
std::optional<Condition> worst(const std::vector<api::Placement>& placements,
                               const std::string& type) {
  std::optional<Condition> found;
  int found_weight = -1;
  for (const auto& placement : placements) {
    const Condition* condition = api::find(placement.status.conditions, type);
    if (condition == nullptr) continue;
    const int raw = weight(condition->status);
    const int bad = is_bad_when_true(type) ? 2 - raw : raw;
    if (bad <= found_weight) continue;
    found = *condition;
    found_weight = bad;
  }
  return found;
}

bool is_current(const api::Placement& placement) {
  return placement.status.observed_generation == placement.meta.generation;
}

std::string renewal_of(const api::Certificate& certificate, const api::PlacementStatus& status) {
  if (certificate.spec.issuer.imported)
    return certificate.spec.issuer.imported->secret_name
               ? "imported again whenever Secret " +
                     *certificate.spec.issuer.imported->secret_name +
                     " changes; its owner must renew it"
               : "its owner must renew it";
  if (status.acm_status != "ISSUED") return "";
  if (status.eligibility == "ELIGIBLE") return "ACM renews it";
  return "ACM does not renew it: it is neither used by a service nor exported";
}

// ACM begins 60 days ahead with what lives 13 months, 45 with what lives 198 days; what it does not
// renew has no such date.
std::optional<Time> renewal_time_of(const api::Certificate& certificate, const Observed& observed) {
  std::optional<Time> earliest;
  for (const auto& placement : observed.placements) {
    const auto& p = placement.status;
    if (!p.not_after || p.eligibility != "ELIGIBLE") continue;
    const Time begins =
        *p.not_after - std::chrono::days(certificate.spec.issuer.authority ? 60 : 45);
    if (!earliest || begins < *earliest) earliest = begins;
  }
  return earliest;
}

// What the placements' own statuses say, put together.
void take_figures(const api::Certificate& certificate, const Observed& observed,
                  api::CertificateStatus& status) {
  const auto wanted = wanted_placements(certificate);
  status.placements_desired = certificate.meta.deleted ? 0 : static_cast<int>(wanted.size());
  status.placements_issued = status.placements_ready = 0;
  status.not_ready.clear();
  status.not_after.reset();
  status.arn.clear();
  status.account_ids.clear();
  for (const auto& placement : observed.placements) {
    const auto& p = placement.status;
    status.arn = p.arn;
    status.issuer = p.issuer;
    status.trust = p.trust;
    status.failed_attempts = p.failed_attempts;
    status.renewal = renewal_of(certificate, p);
    if (const auto arn = aws::Arn::parse(p.arn); arn.ok() && !p.acm_status.empty())
      if (std::find(status.account_ids.begin(), status.account_ids.end(), arn->account) ==
          status.account_ids.end())
        status.account_ids.push_back(arn->account);
    if (p.acm_status == "ISSUED") ++status.placements_issued;
    if (p.not_after && (!status.not_after || *p.not_after < *status.not_after))
      status.not_after = p.not_after;
    if (is_current(placement) && api::is_true(p.conditions, "Ready"))
      ++status.placements_ready;
    else if (status.not_ready.size() < kNotReadyShown)
      status.not_ready.push_back(placement.meta.name);
  }
  status.accounts = static_cast<std::int64_t>(status.account_ids.size());
  status.renewal_time = renewal_time_of(certificate, observed);
}

class Conclusion {
 public:
  Conclusion(const api::Certificate& certificate, api::CertificateStatus& status, Time now)
      : certificate_(certificate), status_(status), now_(now) {}

  void put(Condition condition) {
    condition.observed_generation = certificate_.meta.generation;
    condition.since = now_;
    api::set(status_.conditions, std::move(condition));
  }

  // A condition that no placement has any more is not the certificate's either.
  void take_worst(const std::vector<api::Placement>& placements) {
    for (const char* type : {"Issued", "Validated", "InSync", "RenewalAssured", "ChainValid",
                             "Superseded", "Reconciling", "Stalled", "Ready"}) {
      if (auto condition = worst(placements, type))
        put(std::move(*condition));
      else if (!placements.empty())
        api::remove(status_.conditions, type);
    }
  }

  // While it goes, the placement's own words say more than ours.
  void tell_of_progress(const Observed& observed) {
    const bool deleted = certificate_.meta.deleted.has_value();
    const bool followed =
        observed.placements.size() == wanted_placements(certificate_).size() &&
        std::all_of(observed.placements.begin(), observed.placements.end(),
                    [&](const auto& p) { return is_current(p) && p.spec == certificate_.spec; });
    if (deleted ? !observed.placements.empty() : followed) return;
    const std::string reason = deleted ? "Deleting" : "Progressing";
    const std::string message = deleted ? "waiting for its placements to go"
                                        : "waiting for the controller to pick up the change";
    tell({.reason = reason,
          .message = message,
          .reconciling = true,
          .why = reason,
          .explanation = message});
  }

  // A placement that is not looked at for long does not outlive its certificate.
  void tell_of_expiry() {
    if (!status_.not_after || now_ < *status_.not_after) return;
    if (!api::is_true(status_.conditions, "Ready")) return;
    put({"Ready", Truth::no, "Expired",
         status_.arn + " expired at " + rfc3339(*status_.not_after)});
  }

  void tell_of_stalling(const Condition& stalled) {
    tell({.ready = Truth::no,
          .reason = stalled.reason,
          .message = stalled.message,
          .stalled = true,
          .why = stalled.reason,
          .explanation = stalled.message});
  }

  void tell_of_failed_reading(const Error& error) {
    put({"InSync", Truth::unknown, error.reason(), error.message()});
    put({"Reconciling", Truth::yes, error.reason(), error.message()});
    if (api::find(status_.conditions, "Ready") == nullptr)
      put({"Ready", Truth::unknown, error.reason(), error.message()});
  }

 private:
  void tell(const frame::Readiness& readiness) {
    frame::put(status_.conditions, readiness, certificate_.meta.generation, now_);
  }

  const api::Certificate& certificate_;
  api::CertificateStatus& status_;
  const Time now_;
};

// A request is handled once every placement has handled it.
bool is_looked_at_afresh(const api::Certificate& certificate, const Observed& observed) {
  const std::string request = api::reconcile_request(certificate.meta);
  return std::all_of(
      observed.placements.begin(), observed.placements.end(), [&](const auto& placement) {
        return api::reconcile_request(placement.meta) == request && !api::asks_afresh(placement);
      });
}

}  // namespace

api::CertificateStatus summed_up(const api::Certificate& certificate, const Observed& observed,
                                 const Plan& plan, Time now) {
  api::CertificateStatus status = certificate.status;
  status.observed_generation = certificate.meta.generation;
  Conclusion conclusion(certificate, status, now);
  if (observed.unreadable) {
    conclusion.tell_of_failed_reading(*observed.unreadable);
    conclusion.tell_of_expiry();
    return status;
  }
  if (is_looked_at_afresh(certificate, observed))
    status.last_handled_reconcile = api::reconcile_request(certificate.meta);
  take_figures(certificate, observed, status);
  conclusion.take_worst(observed.placements);
  conclusion.tell_of_progress(observed);
  conclusion.tell_of_expiry();
  if (plan.stalled) conclusion.tell_of_stalling(*plan.stalled);
  return status;
}

}  // namespace certloop::certificate
