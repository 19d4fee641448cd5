#pragma once
// Amazon Route 53, in its own words (API 2013-04-01). See acm.h for conventions.
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace certloop::aws {

struct HostedZone {
  std::string id;    // without "/hostedzone/"
  std::string name;  // lower case, ends with a dot
  bool private_zone = false;
};

struct ResourceRecordSet {
  std::string name;  // lower case, ends with a dot, octal escapes resolved
  std::string type;
  long ttl = 0;
  std::vector<std::string> values;  // ResourceRecords; empty for an alias
  bool operator==(const ResourceRecordSet&) const = default;
};

struct Change {
  std::string action;  // CREATE, DELETE, UPSERT
  ResourceRecordSet record_set;
};

// Whether it can be the name of a record that is asked for or written: letters, digits, "-", "_",
// "." and "*", which all that ACM names consist of.
bool is_record_name(const std::string& name);

// Implementations are safe for concurrent use. Common errors as Acm. A name that
// is_record_name() denies is `invalid`, and nothing is sent.
class Route53 {
 public:
  virtual ~Route53() = default;
  virtual Result<std::vector<HostedZone>> list_hosted_zones() = 0;
  virtual Result<HostedZone> get_hosted_zone(const std::string& zone_id) = 0;  // not_found
  // The set of that name and type, if there is one.
  virtual Result<std::optional<ResourceRecordSet>> find_record_set(const std::string& zone_id,
                                                                   const std::string& name,
                                                                   const std::string& type) = 0;
  // All sets of the zone, page after page.
  virtual Result<std::vector<ResourceRecordSet>> list_record_sets(const std::string& zone_id) = 0;
  // All or nothing; the change's id. Errors: invalid (InvalidChangeBatch), not_found.
  virtual Result<std::string> change_record_sets(const std::string& zone_id,
                                                 const std::vector<Change>& changes) = 0;
};

}  // namespace certloop::aws
