#pragma once
// Where the certificate in ACM and the spec disagree: a list of named checks, each yielding the
// rows of the drift report that the conditions are made of too, so that the two can never disagree.
#include <vector>

#include "api/difference.h"
#include "reconcilers/placement/observed.h"

namespace certloop::placement {

std::vector<api::Difference> differences(const api::Placement& placement, const Observed& observed,
                                         Time now);

// Those that ACM cannot change in place (names, issuer, key algorithm, CA, export option): a new
// certificate is the only way.
bool is_immutable(const api::Difference& difference);
// Of the names or of the first of them.
bool is_of_names(const api::Difference& difference);

}  // namespace certloop::placement
