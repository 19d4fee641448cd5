// What happens to certificates by itself: validation, issuing, time-outs, renewal, expiry. Worked
// out lazily: each step does the first event that is due, at the time it was due.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "emulator/acm.h"

namespace certloop::emulator {

namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr auto kValidationTimeout = hours(72);
constexpr auto kRenewalRetry = hours(24);

Time last_validation(const std::vector<NameValidation>& names, Time otherwise) {
  Time last = otherwise;
  for (const NameValidation& name : names) last = std::max(last, *name.validated_at);
  return last;
}

}  // namespace

void Acm::settle(HeldCertificate& held, Time now) {
  const std::uint64_t revision = world_.dns ? world_.dns->revision() : 0;
  while (held.next_event <= now || held.dns_revision != revision) {
    held.dns_revision = revision;
    held.next_event = Time::max();
    step(held, now);
  }
}

void Acm::settle_all(AcmRegion& region, Time now) {
  for (auto& [sequence, held] : region.certificates) settle(*held, now);
}

// Sets next_event to a time in the past if there is more to do, else to when there will be.
void Acm::step(HeldCertificate& held, Time now) {
  if (held.is_pending()) {
    step_pending(held, now);
  } else if (held.is_issued()) {
    step_issued(held, now);
  } else if (held.status == "INACTIVE" && held.leaf) {
    if (held.leaf->not_after() <= now) {
      held.status = "EXPIRED";
    } else {
      held.next_event = held.leaf->not_after();
    }
  }
}

void Acm::fail(HeldCertificate& held, const std::string& reason) {
  held.status = "FAILED";
  held.failure_reason = reason;
}

void Acm::step_pending(HeldCertificate& held, Time now) {
  const Time soonest = held.created_at + world_.options.issue_delay;
  const bool is_private = held.type == "PRIVATE";
  const std::string failure = is_private ? "" : acm::failure_of(held.names);
  if (is_private || !failure.empty()) {
    if (now < soonest) {
      held.next_event = soonest;
      return;
    }
    const Answer<void> issued =
        is_private ? issue_private(held, soonest, false) : Answer<void>(AwsError{failure, ""});
    if (!issued.ok()) fail(held, issued.error().code);
    held.next_event = now;
    return;
  }
  const Time deadline = held.created_at + kValidationTimeout;
  const Time from = held.created_at + world_.options.describe_delay;
  if (validate_names(held, held.validation_method, held.validations, from,
                     std::min(now, deadline))) {
    const Time due = last_validation(held.validations, soonest) + world_.options.issue_delay;
    if (now < due) {
      held.next_event = due;
      return;
    }
    const Answer<void> issued = issue_public(held, due);
    if (!issued.ok()) fail(held, issued.error().code);
    held.next_event = now;
    return;
  }
  if (deadline <= now) {
    held.status = "VALIDATION_TIMED_OUT";
    held.next_event = Time::max();
  } else {
    held.next_event = std::min(held.next_event, deadline);
  }
}

void Acm::step_issued(HeldCertificate& held, Time now) {
  const Time expiry = held.leaf->not_after();
  if (held.migration) step_migration(held, std::min(now, expiry));
  const bool renews = held.is_eligible() && !(held.renewal && held.renewal->status != "SUCCESS");
  if (renews) {
    const int window = held.type == "PRIVATE" ? world_.options.private_renewal_days
                                              : world_.options.public_renewal_days;
    Time since = held.exported_at.value_or(Time::max());
    if (held.in_use_since) since = std::min(since, *held.in_use_since);
    const Time start = std::max(expiry - days(window), since);
    if (start <= now && start < expiry) {
      Renewal renewal;
      renewal.status = "PENDING_AUTO_RENEWAL";
      renewal.updated_at = start;
      renewal.due = start + world_.options.issue_delay;
      for (const NameValidation& name : held.validations) {
        renewal.validations.push_back({name.domain, name.validation_domain, std::nullopt});
      }
      held.renewal = std::move(renewal);
    } else {
      held.next_event = std::min({held.next_event, start, expiry});
    }
  }
  if (held.renewal && held.renewal->status != "SUCCESS") step_renewal(held, std::min(now, expiry));
  if (!held.is_issued() || held.leaf->not_after() != expiry) return;
  held.next_event = std::min(held.next_event, expiry);
  if (expiry <= now) {
    held.status = "EXPIRED";
    if (held.renewal && held.renewal->status != "SUCCESS") held.renewal->status = "FAILED";
    held.next_event = Time::max();
  }
}

// A renewal that is under way, up to `now`, which is not after the certificate's end.
void Acm::step_renewal(HeldCertificate& held, Time now) {
  Renewal& renewal = *held.renewal;
  if (now < renewal.due) {
    held.next_event = std::min(held.next_event, renewal.due);
    return;
  }
  Time at = renewal.due;
  if (held.type == "AMAZON_ISSUED") {
    if (!validate_names(held, held.validation_method, renewal.validations, renewal.updated_at,
                        now)) {
      if (renewal.status == "PENDING_AUTO_RENEWAL") {
        renewal.status = "PENDING_VALIDATION";
        renewal.updated_at = at;
      }
      return;
    }
    at = std::max(at, last_validation(renewal.validations, at));
  }
  const Answer<void> issued =
      held.type == "PRIVATE" ? issue_private(held, at, true) : issue_public(held, at);
  renewal.updated_at = at;
  if (issued.ok()) {
    renewal.status = "SUCCESS";
    renewal.reason.clear();
    held.next_event = now;
    return;
  }
  renewal.status = "FAILED";
  renewal.reason = issued.error().code;
  renewal.due = at + kRenewalRetry;
  held.next_event = std::min(held.next_event, renewal.due);
}

}  // namespace certloop::emulator
