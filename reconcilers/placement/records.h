#pragma once
// Which hosted zone keeps the validation records of a public certificate (PROTOCOLS 4).
#include "connect/connection.h"
#include "reconcilers/placement/placement_reconciler.h"

namespace certloop::placement {

// Chooses a zone for each record that has none yet: public zones only, the longest suffix, of the
// spec's hostedZones or else of the certificate's own account. Then asks those zones how the
// records stand (observed.record_conflicts). Errors: the store's and Route 53's.
Result<void> find_records(const World& world, const api::Placement& placement,
                          connect::Connection& own, const api::Account& account,
                          Observed& observed);

// Makes the HostedZone objects that the status names, if need be: their reconciler writes the
// records. A store write, no AWS call.
Result<void> ensure_zones(const World& world, const api::Placement& placement);

}  // namespace certloop::placement
