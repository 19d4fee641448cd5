#pragma once
// Which hosted zone keeps the validation records of a public certificate (PROTOCOLS 4).
#include "connect/connection.h"
#include "reconcilers/placement/placement_reconciler.h"

namespace certloop::placement {

// Chooses a zone for each record: public zones only, the longest suffix, of the spec's hostedZones
// or else of the certificate's own account. A choice holds until the spec changes, or the
// certificate has to be validated (again) and another zone fits better. Then asks what is known of
// the records there (observed.record_conflicts).
//
// What keeps the zones from being read stands in observed.zones_unreadable, and holds up only a
// certificate that waits for a record without a zone. Nothing is read for one that is being
// deleted. Errors: those of the store; throttled, where such a certificate has to wait for its
// turn; cancelled.
Result<void> find_records(const World& world, const api::Placement& placement,
                          connect::Connection& own, const api::Account& account,
                          Observed& observed);

// Makes the HostedZone objects that the status names, if need be: their reconciler writes the
// records. Warns of a choice, made in this pass, between zones of one name. Store writes, no AWS
// call. Errors: those of the store.
Result<void> ensure_zones(const World& world, const api::Placement& placement,
                          const Observed& observed);

}  // namespace certloop::placement
