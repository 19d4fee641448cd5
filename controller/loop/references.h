#pragma once
// Which objects name which: what the informer indexes. Pure functions; thread-safe. An object whose
// spec cannot be read names nothing; its reconciler will say what is wrong with it.
#include <string>
#include <vector>

#include "api/object.h"

namespace certloop::loop {

// What the object needs in order to be reconciled: the Account, the CertificateAuthority, the
// Secrets that its spec names, each once. References to other namespaces count; whether they are
// allowed is the reconciler's question.
std::vector<api::Key> referred_by(const api::Object& object);

// Who must look when the object changes: its owners, and for a Placement the HostedZones that keep
// its validation records (status.validation[].hostedZone, "namespace/name").
std::vector<api::Key> concerned_by(const api::Object& object);

// The Account whose workers and rates reconciling the object uses: "payments/prod". An Account's
// own is itself. Empty for kinds that use none.
std::string account_of(const api::Object& object);

}  // namespace certloop::loop
