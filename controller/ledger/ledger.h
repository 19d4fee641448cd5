#pragma once
// Exactly once: claim, send, record (PROTOCOLS 1); what happens when the process dies in between
// stands in recovery.h.
//
//   TRY(acm.take_turn(...));                     // first, so that what is claimed is also sent
//   auto call = open_call(object.meta.uid, account_id, "acm:RequestCertificate", request, attempt,
//                         now);
//   TRY(claim(store, object, call));             // who loses the compare-and-swap sends nothing
//   auto answer = acm.request_certificate(...);  // sent once; no lower layer sends it again
//   if (!answer.ok()) {                          // a refusal closes the call, silence does not
//     TRY(record(store, object, closes(call, answer.error()), [](auto&) {}));
//     return answer.error();
//   }
//   TRY(record(store, object, true, [&](auto& status) { status.arn = *answer; }));
//
// Guarantees: at most one call of an object is open, whoever runs the loop and however many of
// them; no call is sent that the store does not know of; no answer in hand is dropped because
// somebody else wrote. Assumption: the store's update_status is a compare-and-swap that is on disk
// when it returns. Caveat: `unavailable` from claim may have been a write; nothing was sent, and
// recovery finds nothing and starts over.
//
// The functions are stateless; T is a typed object whose status has a member
// `std::optional<api::PendingCall> pending`.
#include <functional>
#include <string>

#include "api/pending.h"
#include "base/result.h"
#include "ledger/recovery.h"
#include "store/typed.h"

namespace certloop::ledger {

// The intent's id: it stands in the tag certloop.dev/intent of what the call makes.
std::string intent_id(const std::string& uid, std::int64_t attempt);

// The call as it will be sent to that AWS account. `attempt` is never the same twice for one uid
// (the status counts them): a token of an hour ago would bring back what it made then, deleted or
// not. The token is a hash of uid, the whole request and the attempt, 32 lower-case hex digits: it
// fits ACM's \w{1,32} and ACM PCA's 36 characters. A request that differs in anything has another
// token, because ACM ignores every other parameter for an hour.
api::PendingCall open_call(const std::string& uid, const std::string& account_id,
                           const std::string& call, api::Document request, std::int64_t attempt,
                           Time now);

// The same call sent again, at another time.
api::PendingCall sent_again(api::PendingCall call, Time now);

// Whether a failure closes the call: a definite refusal of its first send, or a request that is
// wrong in itself, whenever it was sent. Time-outs, broken connections and 5xx leave it open; so
// does a later send that was throttled, denied or over a quota: that says nothing of the one
// before, whose answer was lost.
bool closes(const api::PendingCall& call, const Error& error);

// Writes `pending`, and what else changed in the status, by compare-and-swap; nothing may be sent
// unless this succeeds.
// Errors: conflict (somebody wrote first: read again; or another call is open), not_found,
// unavailable.
template <class T>
Result<void> claim(store::Store& store, T& object, api::PendingCall call) {
  if (object.status.pending && object.status.pending->id != call.id)
    return Error(Code::conflict, text_of(object.key()) + ": call " + object.status.pending->id +
                                     " is open and must be recovered first");
  T claimed = object;
  claimed.status.pending = std::move(call);
  const api::Object stored = TRY(store.update_status(api::write(claimed)));
  object = std::move(claimed);
  object.meta.version = stored.meta.version;
  return {};
}

// Writes what the answer changed, re-reading as often as somebody else writes in between: an answer
// in hand must not be lost to a conflict. If the call is closed, `pending` goes, unless it is
// another call's by then.
// Errors: not_found (the object is gone), unavailable: the call stays open and is recovered.
template <class T>
Result<void> record(store::Store& store, T& object, bool closed,
                    const std::function<void(decltype(T::status)&)>& change) {
  constexpr int kMost = 1000;  // a bound for what never happens: a writer without end
  const std::string call = object.status.pending ? object.status.pending->id : std::string();
  for (int attempt = 0; attempt < kMost; ++attempt) {
    T next = object;
    change(next.status);
    if (closed && next.status.pending && next.status.pending->id == call)
      next.status.pending.reset();
    auto stored = store.update_status(api::write(next));
    if (stored.ok()) {
      object = std::move(next);
      object.meta.version = stored->meta.version;
      return {};
    }
    if (stored.error().code() != Code::conflict) return stored.error();
    object = TRY(store::get<T>(store, object.meta.space, object.meta.name));
  }
  return Error(Code::conflict, text_of(object.key()) + ": somebody else writes it without end");
}

}  // namespace certloop::ledger
