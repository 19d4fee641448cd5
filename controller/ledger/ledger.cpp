#include "ledger/ledger.h"

#include "base/digest.h"

namespace certloop::ledger {

std::string intent_id(const std::string& uid, std::int64_t attempt) {
  return uid + "." + std::to_string(attempt);
}

api::PendingCall open_call(const std::string& uid, const std::string& account_id,
                           const std::string& call, api::Document request, std::int64_t attempt,
                           Time now) {
  api::PendingCall pending;
  pending.id = intent_id(uid, attempt);
  pending.call = call;
  pending.account_id = account_id;
  pending.token =
      sha256_hex(uid + '\n' + call + '\n' + request.text() + '\n' + std::to_string(attempt))
          .substr(0, 32);
  pending.request = std::move(request);
  pending.first_sent = now;
  pending.sent = now;
  pending.attempt = attempt;
  return pending;
}

api::PendingCall sent_again(api::PendingCall call, Time now) {
  call.sent = now;
  call.missed.reset();  // a listing from before says nothing about this send
  return call;
}

bool closes(const api::PendingCall& call, const Error& error) {
  if (!error.is_definite_refusal()) return false;
  return call.sent == call.first_sent || error.code() == Code::invalid;
}

}  // namespace certloop::ledger
