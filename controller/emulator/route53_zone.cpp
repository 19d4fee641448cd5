#include "emulator/route53_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "emulator/route53_name.h"
#include "emulator/route53_value.h"

namespace certloop::emulator {
namespace {

std::string in_quotes(const RecordSet& set) {
  const std::string identifier =
      set.set_identifier.empty() ? "" : fmt::format(", set identifier='{}'", set.set_identifier);
  return fmt::format("[name='{}', type='{}'{}]", set.name, set.type, identifier);
}

std::vector<std::string> sorted(std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  return values;
}

// Whether a DELETE names exactly what is there; the order of the values does not matter.
bool same_data(const RecordSet& a, const RecordSet& b) {
  return a.ttl == b.ttl && sorted(a.values) == sorted(b.values) && a.alias == b.alias &&
         a.routing == b.routing;
}

// The zone with the changes of one batch laid over it.
class Draft {
 public:
  explicit Draft(const Zone& zone) : zone_(zone) {}

  const RecordSet* find(const Zone::Key& key) const {
    const auto changed = changes_.find(key);
    if (changed != changes_.end()) return changed->second ? &*changed->second : nullptr;
    const auto kept = zone_.records().find(key);
    return kept == zone_.records().end() ? nullptr : &kept->second;
  }

  // Every set of that name as the batch has left it so far.
  std::vector<const RecordSet*> at(const std::string& name) const {
    const Zone::Key first{route53_order(name), name, "", ""};
    std::set<Zone::Key> keys;
    for (auto i = zone_.records().lower_bound(first);
         i != zone_.records().end() && i->second.name == name; ++i) {
      keys.insert(i->first);
    }
    for (const auto& [key, set] : changes_) {
      if (set && set->name == name) keys.insert(key);
    }
    std::vector<const RecordSet*> found;
    for (const Zone::Key& key : keys) {
      if (const RecordSet* set = find(key)) found.push_back(set);
    }
    return found;
  }

  void put(const RecordSet& set) { changes_[Zone::key_of(set)] = set; }
  void remove(const RecordSet& set) { changes_[Zone::key_of(set)] = std::nullopt; }
  const std::map<Zone::Key, std::optional<RecordSet>>& changes() const { return changes_; }

 private:
  const Zone& zone_;
  std::map<Zone::Key, std::optional<RecordSet>> changes_;
};

// What a set must be like whatever else the zone holds.
void check_set(const Zone& zone, const RecordSet& set, std::vector<std::string>& problems) {
  if (!route53_contains(zone.name, set.name)) {
    problems.push_back(
        fmt::format("RRSet with DNS name {} is not permitted in zone {}", set.name, zone.name));
    return;
  }
  if (set.type == "CNAME" && set.name == zone.name) {
    problems.push_back(
        fmt::format("RRSet of type CNAME with DNS name {} is not permitted at apex in zone {}",
                    set.name, zone.name));
  }
  std::set<std::string> seen;
  for (const std::string& value : set.values) {
    if (!seen.insert(value).second) {
      problems.push_back(fmt::format("Duplicate Resource Record: '{}'", value));
    }
    const std::string problem = record_value_problem(set.type, value);
    if (!problem.empty()) {
      problems.push_back(fmt::format(
          "Invalid Resource Record: 'FATAL problem: {} encountered with '{}''", problem, value));
    }
  }
  if (set.type == "CNAME" && set.values.size() > 1) {
    problems.push_back(
        fmt::format("RRSet of type CNAME with DNS name {} must contain exactly one "
                    "resource record",
                    set.name));
  }
}

// RFC 1034, section 3.6.2: where a CNAME is, nothing else is. And sets of one name and type have
// either no identifier, then there is one, or all have one.
void check_neighbours(const Zone& zone, const Draft& draft, const RecordSet& set,
                      std::vector<std::string>& problems) {
  for (const RecordSet* other : draft.at(set.name)) {
    if (other->type == set.type) {
      if (other->set_identifier.empty() != set.set_identifier.empty()) {
        problems.push_back(fmt::format(
            "RRSet with DNS name {}, type {}, SetIdentifier {} cannot be created because a "
            "non-matching RRSet with the same name and type already exists.",
            set.name, set.type, set.set_identifier.empty() ? "null" : set.set_identifier));
        return;
      }
    } else if (set.type == "CNAME") {
      problems.push_back(
          fmt::format("RRSet of type CNAME with DNS name {} is not permitted as it conflicts with "
                      "other records with the same DNS name in zone {}",
                      set.name, zone.name));
      return;
    } else if (other->type == "CNAME") {
      problems.push_back(fmt::format(
          "RRSet of type {} with DNS name {} is not permitted because a conflicting RRSet of type "
          "CNAME with the same DNS name already exists in zone {}",
          set.type, set.name, zone.name));
      return;
    }
  }
}

void apply_one(const Zone& zone, Draft& draft, const RecordChange& change,
               std::vector<std::string>& problems) {
  const RecordSet& set = change.set;
  const RecordSet* existing = draft.find(Zone::key_of(set));
  if (change.action == "DELETE") {
    if (!existing) {
      problems.push_back(fmt::format("Tried to delete resource record set {} but it was not found",
                                     in_quotes(set)));
    } else if (!same_data(*existing, set)) {
      problems.push_back(fmt::format(
          "Tried to delete resource record set {} but the values provided do not match the "
          "current values",
          in_quotes(set)));
    } else {
      draft.remove(set);
    }
    return;
  }
  const std::size_t before = problems.size();
  check_set(zone, set, problems);
  if (problems.size() > before) return;
  if (change.action == "CREATE" && existing) {
    problems.push_back(fmt::format("Tried to create resource record set {} but it already exists",
                                   in_quotes(set)));
    return;
  }
  check_neighbours(zone, draft, set, problems);
  // An UPSERT that changes nothing leaves the set as old as it is.
  if (!existing || !same_data(*existing, set)) draft.put(set);
}

// A set may stand in a batch once, or as a DELETE followed by a CREATE.
void check_repetition(const std::vector<RecordChange>& changes,
                      std::vector<std::string>& problems) {
  std::map<Zone::Key, std::vector<std::string>> actions;
  for (const RecordChange& change : changes) {
    std::vector<std::string>& so_far = actions[Zone::key_of(change.set)];
    const bool replaces = so_far == std::vector<std::string>{"DELETE"} && change.action == "CREATE";
    if (!so_far.empty() && !replaces) {
      problems.push_back(fmt::format(
          "The request contains an invalid set of changes for a resource record set '{} {}'",
          change.set.type, change.set.name));
    }
    so_far.push_back(change.action);
  }
}

}  // namespace

Zone::Key Zone::key_of(const RecordSet& set) {
  return {route53_order(set.name), set.name, set.type, set.set_identifier};
}

std::vector<std::string> Zone::apply(const std::vector<RecordChange>& changes) {
  std::vector<std::string> problems;
  check_repetition(changes, problems);
  if (!problems.empty()) return problems;
  Draft draft(*this);
  for (const RecordChange& change : changes) apply_one(*this, draft, change, problems);
  const Key soa{route53_order(name), name, "SOA", ""};
  const Key ns{route53_order(name), name, "NS", ""};
  if (!draft.find(soa)) problems.push_back("A HostedZone must contain exactly one SOA record.");
  if (!draft.find(ns)) {
    problems.push_back("A HostedZone must contain at least one NS record for the zone itself.");
  }
  if (!problems.empty()) return problems;
  for (const auto& [key, set] : draft.changes()) {
    if (set) {
      records_[key] = *set;
    } else {
      records_.erase(key);
    }
  }
  return {};
}

void Zone::seed(RecordSet set) {
  Key key = key_of(set);
  records_[std::move(key)] = std::move(set);
}

std::vector<const RecordSet*> Zone::sets_of(const std::string& record_name,
                                            const std::string& type) const {
  std::vector<const RecordSet*> found;
  const Key first{route53_order(record_name), record_name, type, ""};
  for (auto i = records_.lower_bound(first);
       i != records_.end() && i->second.name == record_name && i->second.type == type; ++i) {
    found.push_back(&i->second);
  }
  return found;
}

}  // namespace certloop::emulator
