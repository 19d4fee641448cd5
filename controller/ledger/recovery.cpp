#include "ledger/recovery.h"

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
  const Time current = pending.sent + kListingIsCurrent;
  if (now < current) return WaitUntil{current};
  return NewAttempt{};
}

}  // namespace certloop::ledger
