#include "estate/table.h"

#include <algorithm>

#include "base/text.h"
#include "estate/packed_row.h"

namespace certloop::estate {
namespace {

constexpr std::string_view kOwnerTag = "certloop.dev/owner";

std::size_t hash_of(const std::string& text) { return std::hash<std::string>()(text); }

}  // namespace

std::string owner_of(const Row& row) {
  if (!row.tags) return "";
  const auto it = row.tags->find(std::string(kOwnerTag));
  if (it == row.tags->end()) return "";
  const auto slash = it->second.find('/');
  return slash == std::string::npos ? "" : it->second.substr(slash + 1);
}

std::optional<Row> Table::find(const std::string& arn) const {
  const auto it = rows_.find(arn);
  if (it == rows_.end()) return std::nullopt;
  return unpack(it->first, it->second);
}

std::vector<Row> Table::owned_by(const std::string& owner) const {
  return rows_of(by_owner_, owner, [&](const Row& row) { return owner_of(row) == owner; });
}

std::vector<Row> Table::of_unknown_owner(const std::string& domain) const {
  return rows_of(unknown_by_domain_, domain, [&](const Row& row) {
    return normalized_domain(row.summary.domain_name) == domain;
  });
}

void Table::for_each(const std::function<void(const Row&)>& visit) const {
  for (const auto& [arn, packed] : rows_) visit(unpack(arn, packed));
}

void Table::put(const Row& row) {
  erase(row.summary.certificate_arn);
  const auto at = rows_.emplace(row.summary.certificate_arn, pack(row)).first;
  if (!row.tags)
    unknown_by_domain_.emplace(hash_of(normalized_domain(row.summary.domain_name)), &at->first);
  else if (const std::string owner = owner_of(row); !owner.empty())
    by_owner_.emplace(hash_of(owner), &at->first);
}

void Table::erase(const std::string& arn) {
  const auto at = rows_.find(arn);
  if (at == rows_.end()) return;
  const Row row = unpack(at->first, at->second);
  drop(by_owner_, hash_of(owner_of(row)), at->first);
  drop(unknown_by_domain_, hash_of(normalized_domain(row.summary.domain_name)), at->first);
  rows_.erase(at);
}

void Table::drop(Index& index, std::size_t hash, const std::string& arn) {
  const auto [first, last] = index.equal_range(hash);
  const auto it =
      std::find_if(first, last, [&](const auto& entry) { return entry.second == &arn; });
  if (it != last) index.erase(it);
}

std::vector<Row> Table::rows_of(const Index& index, const std::string& value,
                                const std::function<bool(const Row&)>& is_meant) const {
  std::vector<Row> found;
  const auto [first, last] = index.equal_range(hash_of(value));
  for (auto it = first; it != last; ++it)
    if (Row row = unpack(*it->second, rows_.at(*it->second)); is_meant(row))
      found.push_back(std::move(row));
  std::sort(found.begin(), found.end(),
            [](const Row& a, const Row& b) { return a.summary.created_at > b.summary.created_at; });
  return found;
}

}  // namespace certloop::estate
