#pragma once
// The rows of one place, and who is found under which owner or name. Private to the estate; not
// thread-safe.
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "estate/row.h"

namespace certloop::estate {

// The "<namespace>/<name>" of the owner tag "<installation>/<namespace>/<name>"; empty without one.
std::string owner_of(const Row& row);

class Table {
 public:
  std::optional<Row> find(const std::string& arn) const;
  // Those whose owner_of() is that, newest first.
  std::vector<Row> owned_by(const std::string& owner) const;
  // Those of that (normalised) domain name whose tags are unknown, newest first.
  std::vector<Row> of_unknown_owner(const std::string& domain) const;
  void for_each(const std::function<void(const Row&)>& visit) const;
  std::size_t size() const { return rows_.size(); }

  void put(const Row& row);
  void erase(const std::string& arn);

 private:
  // What a row is found under, hashed; to the ARN, which is a key of rows_ and stays where it is. A
  // hash that two share costs a look at both.
  using Index = std::unordered_multimap<std::size_t, const std::string*>;

  static void drop(Index& index, std::size_t hash, const std::string& arn);
  std::vector<Row> rows_of(const Index& index, const std::string& value,
                           const std::function<bool(const Row&)>& is_meant) const;

  std::unordered_map<std::string, std::string> rows_;  // by ARN, packed
  Index by_owner_, unknown_by_domain_;
};

}  // namespace certloop::estate
