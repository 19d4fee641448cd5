#pragma once
// Surveys made into the reports that the command line prints, and small questions to the store that
// several commands ask. Pure, but for what reads the store.
#include "reconcilers/engine.h"
#include "report/drift.h"
#include "report/expiry.h"
#include "report/plan.h"

namespace certloop {

report::Plan plan_of(const Survey& survey, Time now);
report::Drift drift_of(const Survey& survey, Time now);
report::Expiry expiry_of(const Survey& survey, Time now, std::optional<Duration> within);

// Every certificate, CA and account of the namespace. Errors: the store's.
Result<std::vector<api::Key>> keys_in(const store::Store& store, const std::string& space);

// Whether nothing is under way: what `run --once` waits for.
Result<bool> everything_is_settled(const store::Store& store);
// What is settled without being Ready, and why. A placement's Certificate says it for both.
Result<std::map<api::Key, std::string>> everything_stalled(const store::Store& store);

}  // namespace certloop
