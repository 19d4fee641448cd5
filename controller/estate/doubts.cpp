#include "estate/doubts.h"

#include "estate/estate.h"

namespace certloop::estate {

void Doubts::denied(const std::string& arn, Instant now) {
  Doubt& doubt = all_[arn];
  const auto own = written_.find(arn);
  if (own != written_.end() && now - own->second < Estate::kOwnWriteSettles) return;
  // The first one counts: holders ask more often than listings are read, and must not push the
  // proof away by asking.
  if (!doubt.denied) doubt.denied = ++order_;
}

void Doubts::wrote(const std::string& arn, Instant now) {
  all_.erase(arn);
  written_[arn] = now;
}

void Doubts::deleted(const std::string& arn) {
  all_.erase(arn);
  written_.erase(arn);
}

std::vector<std::string> Doubts::compare(const Table& listing, std::uint64_t listed,
                                         Instant begun) {
  std::erase_if(written_, [&](const auto& own) {
    return begun - own.second >= Estate::kOwnWriteSettles;
  });
  std::vector<std::string> concerned;
  for (auto& [arn, doubt] : all_) {
    const bool was_gone = doubt.gone;
    if (doubt.denied && listed > *doubt.denied) {
      doubt.gone = !listing.find(arn);
      if (!doubt.gone) doubt.denied.reset();
    }
    if (!doubt.gone || !was_gone) concerned.push_back(arn);
  }
  return concerned;
}

bool Doubts::is_gone(const std::string& arn) const {
  const auto found = all_.find(arn);
  return found != all_.end() && found->second.gone;
}

std::vector<std::string> Doubts::open() const {
  std::vector<std::string> arns;
  for (const auto& [arn, doubt] : all_)
    if (!doubt.gone) arns.push_back(arn);
  return arns;
}

}  // namespace certloop::estate
