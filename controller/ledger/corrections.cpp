#include "ledger/corrections.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace certloop::ledger {
namespace {

bool is_past(const api::Correction& one, std::int64_t generation, Time now) {
  return one.generation != generation || now - one.last >= kContestLasts;
}

std::string wish_at(const Wishes& wishes, const std::string& path) {
  const auto it = wishes.find(path);
  return it == wishes.end() ? std::string() : it->second;
}

}  // namespace

void note_corrected(Corrections& all, const std::vector<std::string>& paths,
                    std::int64_t generation, Time now, const Wishes& wishes) {
  std::erase_if(all, [&](const auto& one) { return is_past(one, generation, now); });
  for (const auto& path : paths) {
    auto at =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.path == path; });
    if (at == all.end()) at = all.insert(all.end(), {path, generation, 0, now});
    const std::string wanted = wish_at(wishes, path);
    if (at->wanted != wanted) at->times = 0;
    at->wanted = wanted;
    ++at->times;
    at->last = std::chrono::floor<std::chrono::seconds>(now);
  }
}

bool is_contested(const Corrections& all, const std::string& path, std::int64_t generation,
                  Time now, const Wishes& wishes) {
  return std::any_of(all.begin(), all.end(), [&](const auto& one) {
    return one.path == path && one.times >= kMostCorrections && !is_past(one, generation, now) &&
           one.wanted == wish_at(wishes, path);
  });
}

std::string text_of_contest(const std::string& arn, const std::vector<api::Difference>& differences,
                            const Corrections& all, std::int64_t generation, Time now,
                            const Wishes& wishes) {
  std::vector<std::string> what;
  for (const auto& row : differences)
    if (is_contested(all, row.path, generation, now, wishes))
      what.push_back(row.path + (row.found.empty() ? " (removed)" : " (now " + row.found + ")"));
  if (what.empty()) return "";
  return fmt::format(
      "somebody outside keeps changing {}: {}. It was put right {} times and is now left as it is "
      "for {} hours: stop the other writer, or let the spec say what it writes",
      arn, join(what, ", "), kMostCorrections,
      std::chrono::duration_cast<std::chrono::hours>(kContestLasts).count());
}

}  // namespace certloop::ledger
