#pragma once
// What to do about a call whose answer was lost: the decision, as a pure function.
//
// Expected flow (PROTOCOLS 1):
//   1. the process claims, sends, and dies before it can record the answer;
//   2. for 15 s after the send nothing is decided: the service may still be working on it, and a
//      second process that shares the state may be about to record it;
//   3. then somebody looks: lists from the service itself what was made since first_sent less five
//      minutes, and reads the tags of each with the service's own call;
//   4. what carries the intent is adopted: the call had its effect;
//   5. if nothing does, the same request goes out again with the same token while that token is
//      safe; the service recognises it even if the listing lagged;
//   6. once it is not, nothing is sent until 15 minutes after the last send, when a listing can no
//      longer be behind; then a new attempt begins.
// Guarantee: one certificate (or CA) per intent. Assumption: a listing is current after 15 minutes.
// Caveat: a failed look decides nothing; the caller returns its error and comes back.
#include <optional>
#include <string>
#include <variant>

#include "api/pending.h"
#include "base/clock.h"

namespace certloop::ledger {

struct WaitUntil {
  Time until;
  bool operator==(const WaitUntil&) const = default;
};
struct Look {
  bool operator==(const Look&) const = default;
};
struct Adopt {
  std::string arn;
  bool operator==(const Adopt&) const = default;
};
struct Resend {  // the same request with the same token
  bool operator==(const Resend&) const = default;
};
struct NewAttempt {  // the call had no effect: close it; the planner decides anew
  bool operator==(const NewAttempt&) const = default;
};
using Recovery = std::variant<WaitUntil, Look, Adopt, Resend, NewAttempt>;

// What a look found.
struct Looked {
  bool done = false;               // false: nobody has looked yet
  std::optional<std::string> arn;  // what carries the intent
};

inline constexpr Duration kSettling = std::chrono::seconds(15);
inline constexpr Duration kListingIsCurrent = std::chrono::minutes(15);
// How far before first_sent a look goes back, for clocks that disagree.
inline constexpr Duration kLookBack = std::chrono::minutes(5);

// How long a token of that call is safe to send again: 40 minutes of ACM's hour, 3 of ACM PCA's
// five minutes; none for calls that take no token (ImportCertificate).
Duration token_life(const std::string& call);

Recovery recovery(const api::PendingCall& pending, Time now, const Looked& looked);

}  // namespace certloop::ledger
