#pragma once
// The certificate that stands in the Secret of an imported certificate.
#include "pki/chain.h"
#include "reconcilers/placement/observed.h"
#include "store/store.h"

namespace certloop::placement {

// Fills observed.source, and observed.reference with what is wrong with it: missing, unreadable,
// not valid now, or not for the names that the spec asks for (NamesMismatch).
void find_source(const store::Store& store, const api::Placement& placement, Time now,
                 Observed& observed);

// The whole bundle, key included: for the moment of the import only. Errors: not_found, invalid.
Result<pki::Bundle> read_bundle(const store::Store& store, const std::string& space,
                                const std::string& secret);

}  // namespace certloop::placement
