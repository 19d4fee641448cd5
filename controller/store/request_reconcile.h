#pragma once
// Asks whoever reconciles an object to look at AWS afresh.
#include <string>

#include "store/store.h"

namespace certloop::store {

// Writes the annotation api::kReconcileRequested, and again where somebody wrote first. An object
// that does not exist (any more) is passed over. Errors: those of edit_metadata.
Result<void> request_reconcile(Store& store, const api::Key& key, const std::string& request);

// A value that was never there: the time, for people, and something random.
std::string new_reconcile_request(Time now, const std::string& random);

}  // namespace certloop::store
