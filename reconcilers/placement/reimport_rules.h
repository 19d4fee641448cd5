#pragma once
// ACM's rules for importing over an existing ARN, checked before anything is sent: a refused
// reimport would cost one of ACM's few import calls, and a bought certificate that fits nowhere is
// worse. Source: ACM user guide, "Reimport a certificate"; S113 to S119.
#include <optional>
#include <string>

#include "api/placement.h"
#include "reconcilers/placement/observed.h"

namespace certloop::placement {

struct BrokenRule {
  std::string rule;    // KeyType, KeySize, KeyUsage, ExtendedKeyUsage, NoNames, DisjointNames
  std::string found;   // what stands in ACM
  std::string wanted;  // what the source has
  std::string sentence() const;
};

// The first rule that ACM (or, for disjoint names, we) would refuse the source by.
std::optional<BrokenRule> broken_reimport_rule(const api::PlacementStatus& in_acm,
                                               const Source& source, bool allow_disjoint_names);

}  // namespace certloop::placement
