#pragma once
// Which validation records to write in one hosted zone (PROTOCOLS 4). Pure.
//
// A record is written only as a CNAME from `_<token>.<a name of the certificate>` to a name under
// acm-validations.aws., and only where nothing of that name stands: another value there is a
// conflict, named and never overwritten. Records stay for as long as a certificate needs them, and
// are put back if somebody takes them away; they are kept afterwards too, because every region's
// and every later certificate of the account and domain shares them.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/difference.h"
#include "api/placement.h"
#include "aws/route53.h"

namespace certloop::zone {

// One record that certificates need.
struct Need {
  api::ValidationRecord record;
  std::vector<std::string> names;  // names of the certificates that ask for it
};

struct Observed {
  api::Management management = api::Management::enforce;
  std::optional<std::pair<std::string, std::string>> account;  // why it cannot be used
  std::string domain;                                          // of the zone: "example.com."
  std::vector<Need> needs;
  // What stands under the needed names: absent, or the values of the CNAME.
  std::map<std::string, std::vector<std::string>> found;
};

struct Plan {
  std::vector<aws::Change> changes;          // one batch, all or nothing
  std::vector<api::KeptRecord> records;      // as the status will show them
  std::vector<api::Difference> differences;  // missing and conflicting records
  std::vector<std::string> problems;         // needs that are refused, and why
};

Plan plan(const api::HostedZone& zone, const Observed& observed);
Observed assume(Observed observed, const std::vector<aws::Change>& changes);
// One step for each record, so that what stands in a plan does not depend on batches.
std::vector<api::Step> steps_of(const api::HostedZone& zone,
                                const std::vector<aws::Change>& changes);

// Why the record must not be written; empty if it may.
std::string refusal(const Need& need, const std::string& zone_domain);

}  // namespace certloop::zone
