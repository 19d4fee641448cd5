#pragma once
// Waiting until objects are as they should be: what `apply` and `reconcile` end with.
#include <set>
#include <vector>

#include "cli/session.h"
#include "store/store.h"

namespace certloop::cli {

struct SettleOptions {
  Duration timeout = std::chrono::minutes(10);
  EngineOptions engine;
  bool look_afresh = false;
  bool quiet = false;  // nothing about success: the output is for a program
  // What uses the keys and changes with them: reconciled too, and named if it does not get ready.
  std::vector<api::Key> users = {};
  std::set<api::Key> going = {};  // those that are being deleted: to be gone is to be done
};

// Drives the reconciliation of the keys, or watches who does, and says how each ended. Answers the
// exit code: 1 if one is stalled or not ready in time.
int settle(store::Store& store, const std::vector<api::Key>& keys, const SettleOptions& options,
           Session& session);

}  // namespace certloop::cli
