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
//   6. once it is not, two complete listings, begun at least 2 and 4 minutes after the last send
//      and 2 minutes apart, must both lack it; then a new attempt begins.
// Guarantee: one certificate (or CA) per intent. Assumption: of two such listings at least one is
// current.
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
// A complete listing lacks it: note when the listing was begun (PendingCall::missed), look again.
struct NoteMissing {
  Time at;
  bool operator==(const NoteMissing&) const = default;
};
struct NewAttempt {  // the call had no effect: close it; the planner decides anew
  bool operator==(const NewAttempt&) const = default;
};
using Recovery = std::variant<WaitUntil, Look, Adopt, Resend, NoteMissing, NewAttempt>;

// What a look found.
struct Looked {
  bool done = false;               // false: nobody has looked yet
  std::optional<std::string> arn;  // what carries the intent
};

inline constexpr Duration kSettling = std::chrono::seconds(15);
// How long after the last send the two listings must be begun that prove a call had no effect, and
// how long after one another.
inline constexpr Duration kFirstListing = std::chrono::minutes(2);
inline constexpr Duration kSecondListing = std::chrono::minutes(4);
inline constexpr Duration kListingsApart = std::chrono::minutes(2);
// How far before first_sent a look goes back, for clocks that disagree.
inline constexpr Duration kLookBack = std::chrono::minutes(5);

// How long a token of that call is safe to send again: 40 minutes of ACM's hour, 3 of ACM PCA's
// five minutes; none for calls that take no token (ImportCertificate).
Duration token_life(const std::string& call);

// What to do about `pending`, given what a look begun at `now` found. Pure.
Recovery recovery(const api::PendingCall& pending, Time now, const Looked& looked);

}  // namespace certloop::ledger
