#pragma once
// A writer outside who keeps changing back what we put right (PROTOCOLS 1): two programs that each
// know better would go on for ever, at the cost of a small quota and of whoever reads the trail. So
// a field is put right three times, and then left as it was found until a day has passed or the
// spec is edited. Pure functions.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/difference.h"
#include "base/clock.h"

namespace certloop::ledger {

inline constexpr std::int64_t kMostCorrections = 3;
inline constexpr Duration kContestLasts = std::chrono::hours(24);

using Corrections = std::vector<api::Correction>;
// What is to be put at a path, where the generation of the spec does not tell (which certificate a
// Secret holds). Another wish than the one that was changed back is no contest.
using Wishes = std::map<std::string, std::string>;

// What has just been put right for this generation of the spec. Those of other generations, and
// those that are a day old, are forgotten, so the list is as long as there are fields at most.
void note_corrected(Corrections& all, const std::vector<std::string>& paths,
                    std::int64_t generation, Time now, const Wishes& wishes = {});

// Whether the field has been put right often enough. Ask it of a field that differs.
bool is_contested(const Corrections& all, const std::string& path, std::int64_t generation,
                  Time now, const Wishes& wishes = {});

// What to say of the differences that are contested, as a sentence about `arn`; empty: there are
// none.
std::string text_of_contest(const std::string& arn, const std::vector<api::Difference>& differences,
                            const Corrections& all, std::int64_t generation, Time now,
                            const Wishes& wishes = {});

}  // namespace certloop::ledger
