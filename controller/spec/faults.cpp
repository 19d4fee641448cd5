#include "spec/faults.h"

#include <fmt/format.h>

#include <algorithm>

namespace certloop::spec {
namespace {

constexpr std::size_t kMostInFile = 20;
constexpr std::size_t kMostInAll = 1000;    // before each further file is but named
constexpr std::size_t kMostFiles = 10'000;  // after which none is: some text must be the longest

}  // namespace

Faults::File& Faults::place_of(const std::string& file) {
  const auto [place, is_new] = places_.try_emplace(file, files_.size());
  if (is_new) files_.push_back({.name = file, .told = {}});
  return files_[place->second];
}

void Faults::add(const std::string& file, int line, std::string_view what) {
  File& in = place_of(file);
  if (in.told.empty() && faulty_ == kMostFiles) {
    is_cut_ = true;
    return;
  }
  if (in.told.size() >= (told_ < kMostInAll ? kMostInFile : 1)) {
    ++in.untold;
    return;
  }
  if (in.told.empty()) ++faulty_;
  ++told_;
  in.told.emplace_back(line, line == 0 ? fmt::format("{}: {}", file, what)
                                       : fmt::format("{}:{}: {}", file, line, what));
}

std::vector<std::string> Faults::lines() const {
  std::vector<std::string> lines;
  for (const File& file : files_) {
    auto told = file.told;
    std::stable_sort(told.begin(), told.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [line, text] : told) lines.push_back(std::move(text));
    if (file.untold > 0)
      lines.push_back(fmt::format("{}: ({} more in this file)", file.name, file.untold));
  }
  if (is_cut_) lines.emplace_back("(more files have errors; correct these first)");
  return lines;
}

}  // namespace certloop::spec
