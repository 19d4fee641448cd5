#pragma once
// Harmless calls whose answer tells whether an action is allowed: each reads one thing at most.
// Private to this folder's .cpp files.
#include <functional>
#include <string>
#include <string_view>

#include "connect/preflight.h"

namespace certloop::connect {

// In that region, on that ARN (or "*"). An answer that is no denial means "allowed": AWS looks at
// the policies before it looks for the resource.
using Probe = std::function<Result<void>(Connection& connection, const std::string& region,
                                         const std::string& resource)>;

// Null for what changes something, and where no such call exists.
const Probe* probe_of(std::string_view action);

struct Owner {
  std::string partition, region, account;
};

inline constexpr std::string_view kExampleZone = "Z00000000000000000000";

// The certificate or CA that AWS is asked about in that region.
std::string example_or_known(const Known& known, Resource resource, const Owner& owner);

}  // namespace certloop::connect
