#pragma once
// One hosted zone: its record sets in Route 53's order, and changes that happen all or not at all.
// Plain data; the service that owns the zones locks.
// Source: Route 53 API reference, ChangeResourceRecordSets; messages as the service gives them.
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"

namespace certloop::emulator {

struct AliasTarget {
  std::string hosted_zone_id, dns_name;
  bool evaluate_target_health = false;
  bool operator==(const AliasTarget&) const = default;
};

// Where several sets share a name and type, what tells them apart beside the identifier.
struct RoutingPolicy {
  std::optional<long> weight;
  std::string region, failover;
  std::string continent, country, subdivision;  // GeoLocation
  std::optional<bool> multi_value_answer;
  bool empty() const { return *this == RoutingPolicy{}; }
  bool operator==(const RoutingPolicy&) const = default;
};

struct RecordSet {
  std::string name;  // as route53_name gives it
  std::string type;
  std::string set_identifier;
  RoutingPolicy routing;
  std::optional<long> ttl;
  std::vector<std::string> values;
  std::optional<AliasTarget> alias;
  Time in_sync_at{};  // of the change that made it: name servers answer it from then on
};

struct RecordChange {
  std::string action;  // CREATE, DELETE, UPSERT
  RecordSet set;
};

class Zone {
 public:
  // (order of the name, name, type, set identifier): the order of listings.
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  using Records = std::map<Key, RecordSet>;

  std::string id;    // without "/hostedzone/"
  std::string name;  // as route53_name gives it
  std::string caller_reference, comment;
  bool private_zone = false;
  std::string vpc_id, vpc_region;  // of a private zone
  std::vector<std::string> name_servers;

  const Records& records() const { return records_; }
  static Key key_of(const RecordSet& set);

  // Applies every change or none. The answer lists what is wrong, in Route 53's words; empty: done.
  std::vector<std::string> apply(const std::vector<RecordChange>& changes);

  // Puts the set there without the checks: the SOA and NS sets that every zone is born with.
  void seed(RecordSet set);

  // The sets of that name and type: several where routing policies divide them.
  std::vector<const RecordSet*> sets_of(const std::string& record_name,
                                        const std::string& type) const;

 private:
  Records records_;
};

}  // namespace certloop::emulator
