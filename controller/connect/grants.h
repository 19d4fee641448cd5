#pragma once
// What spec.allowedNamespaces lets in. Pure.
#include <string>
#include <vector>

#include "api/account.h"

namespace certloop::connect {

// Whether an object of namespace `from` may use, in `region`, what stands in namespace `target`
// under these grants. Its own namespace always may; an absent limit means all.
bool admits(const std::vector<api::AllowedNamespace>& grants, const std::string& target,
            const std::string& from, const std::string& region);

}  // namespace certloop::connect
