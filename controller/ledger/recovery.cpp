#include "ledger/recovery.h"

#include <algorithm>

namespace certloop::ledger {

Duration token_life(const std::string& call) {
  if (call == "acm:RequestCertificate") return std::chrono::minutes(40);
  if (call.starts_with("acm-pca:")) return std::chrono::minutes(3);
  return Duration{0};
}

Recovery recovery(const api::PendingCall& pending, Time now, const Looked& looked) {
  const Time settled = pending.sent + kSettling;
  if (now < settled) return WaitUntil{settled};
  if (!looked.done) return Look{};
  if (looked.arn) return Adopt{*looked.arn};
  if (now < pending.first_sent + token_life(pending.call)) return Resend{};
  if (!pending.missed) {
    const Time first = pending.sent + kFirstListing;
    if (now < first) return WaitUntil{first};
    return NoteMissing{now};
  }
  const Time second = std::max(pending.sent + kSecondListing, *pending.missed + kListingsApart);
  if (now < second) return WaitUntil{second};
  return NewAttempt{};
}

}  // namespace certloop::ledger
