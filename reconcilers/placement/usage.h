#pragma once
// What "in use" means, in one place (PROTOCOLS 0): whatever is in use is never deleted. Pure.
#include <string>
#include <vector>

#include "reconcilers/placement/observed.h"

namespace certloop::placement {

// Who uses the certificate that we know, in words: what ACM names, and an exported copy, of which
// nobody knows where it serves. Empty: nothing uses it.
std::vector<std::string> users_of(const api::PlacementStatus& known, Time now);
// The same of an ARN before; one that could not be looked at counts as in use.
std::vector<std::string> users_of(const OldCertificate& old, Time now);

// Whether the certificate can be exported at all: then only a listing of now tells that it was not.
bool can_be_exported(const api::PlacementStatus& known);

// When an ARN before may go, if nothing uses it: its grace counts from its last use.
Time end_of_grace(const OldCertificate& old, std::int64_t grace_hours, Time now);

}  // namespace certloop::placement
