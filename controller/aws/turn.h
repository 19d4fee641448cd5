#pragma once
// Permission to make one call now, taken from the rate budget before the call is claimed:
//
//   request.turn = TRY(acm.take_turn("RequestCertificate"));  // or come back when it is our turn
//   TRY(ledger::claim(...));                                  // only what will be sent is claimed
//   const auto answer = acm.request_certificate(request);     // does not ask the budget again
//
// Without that order each attempt that must wait would write the claim and take it back, and a
// process that dies in between would leave an open call that was never sent (PROTOCOLS 1).
//
// A turn that is not used is lost, not given back: the account is then asked a little more slowly
// than it might be, for the moment; giving back would let a turn that was used be given twice.
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace certloop::aws {

// Copies share the one permission. Safe for concurrent use.
class Turn {
 public:
  Turn() = default;  // none: the call asks the budget itself
  explicit Turn(std::string_view operation)
      : state_(std::make_shared<State>(std::string(operation))) {}

  // True once, and only for the operation that it was taken for.
  bool use(std::string_view operation) const {
    return state_ && state_->operation == operation && !state_->used.exchange(true);
  }

 private:
  struct State {
    explicit State(std::string name) : operation(std::move(name)) {}
    const std::string operation;
    std::atomic<bool> used{false};
  };
  std::shared_ptr<State> state_;
};

}  // namespace certloop::aws
