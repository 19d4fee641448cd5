#pragma once
// One object for people, as `kubectl describe` shows it: every field under a readable name,
// conditions and events as tables. Pure; thread-safe.
#include <string>
#include <vector>

#include "api/object.h"
#include "base/clock.h"

namespace certloop::report {

// `parts`: what the object consists of, shown below it (a Certificate's placements).
// `events`: core/v1 Events about it, oldest first. Long texts (PEM) are named, not printed.
// Secrets must come masked.
std::string describe(const api::Object& object, const std::vector<api::Object>& parts,
                     const std::vector<api::Object>& events, Time now);

// "domainName" as "Domain Name": kubectl's labels.
std::string label_of(const std::string& field);

}  // namespace certloop::report
