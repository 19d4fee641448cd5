#pragma once
// What `certloop reconcile` asks of whoever reconciles the state, be it this process or another: a
// fresh look at AWS, without regard to failures before (api::kReconcileRequested).
#include <array>
#include <string>
#include <vector>

#include "store/store.h"

namespace certloop {

// Accounts are asked for first, then CAs, then certificates: what a certificate says rests on
// theirs. Belongs to one thread.
class FreshLook {
 public:
  // At these objects and at what they refer to. `request` as store::new_reconcile_request().
  // Errors: the store's.
  static Result<FreshLook> at(const store::Store& store, const std::vector<api::Key>& keys,
                              std::string request);
  FreshLook() = default;  // at nothing

  // Asks for as much as can be asked for now. True once all has been looked at. Errors: the
  // store's.
  Result<bool> advance(store::Store& store);
  // Asks for all at once: for a process that works until everything is at rest.
  Result<void> ask_for_all(store::Store& store);

 private:
  static constexpr std::size_t kStages = 3;

  std::array<std::vector<api::Key>, kStages> stages_;
  std::size_t asked_ = 0;  // so many stages have been asked for
  std::string request_;
};

// Whether the object carries a request for a fresh look that nobody has taken yet.
bool waits_for_fresh_look(const api::Object& object);

}  // namespace certloop
