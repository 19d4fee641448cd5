#pragma once
// Which validation records to write in one hosted zone, and which to remove (PROTOCOLS 4). Pure.
//
// A record is written only as a CNAME from `_<token>.<a name of the certificate>` to a name under
// acm-validations.aws., and only where nothing of that name stands: another value there is a
// conflict, named and never overwritten. Records stay for as long as a certificate needs them, and
// are put back if somebody takes them away.
//
// One is removed only if we wrote it, its value is unchanged, nothing of ours has needed it for 7
// days, and somebody has just looked (objections.h) and found nothing else that needs it. Whenever
// that is in doubt it stays, and says why. The DELETE carries the value, so that Route 53 refuses
// it if the record has changed meanwhile.
//
// Route 53 takes a batch whole or not at all. Of one that it refuses every record is sent alone
// afterwards ("Refused"), so that one bad name keeps no other certificate waiting.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/difference.h"
#include "api/placement.h"
#include "aws/route53.h"
#include "reconcilers/zone/needs.h"

namespace certloop::zone {

inline constexpr Duration kRest = std::chrono::hours(7 * 24);    // unneeded for so long
inline constexpr Duration kAskAgain = std::chrono::hours(24);    // after objections
inline constexpr Duration kTryAgain = std::chrono::minutes(30);  // after a refusal

// Of one pass: everything that concerns the records that it looks at, all or some of the zone's.
struct Observed {
  api::Management management = api::Management::enforce;
  std::optional<std::pair<std::string, std::string>> account;  // why it cannot be used
  bool account_goes = false;  // the Account is being deleted, or does not exist any more
  std::string domain;         // of the zone: "example.com."
  std::vector<Need> needs;
  std::vector<api::ZoneRecord> records;  // as last written down
  // The CNAMEs that stand under the names of needed and of kept records.
  std::map<std::string, aws::ResourceRecordSet> found;
  // What speaks against removing a record, by name; absent where nobody has looked in this pass.
  std::map<std::string, std::vector<std::string>> objections;
};

struct Plan {
  std::vector<aws::Change> changes;             // one batch, all or nothing
  std::vector<api::KeptRecord> records;         // as they are to be written down, by name
  std::vector<api::Difference> differences;     // missing and conflicting records, extra ones
  std::map<std::string, std::string> problems;  // records that must not be written, and why
};

Plan plan(const Observed& observed, Time now);
Observed assume(Observed observed, const std::vector<aws::Change>& changes);
// One step for each record, so that what stands in a plan does not depend on batches.
std::vector<api::Step> steps_of(const api::HostedZone& zone,
                                const std::vector<aws::Change>& changes);

// Whether a record that is needed does not stand there as it should (Conflict, Refused,
// ChangedBack), and a sentence that says why.
bool is_in_trouble(const api::KeptRecord& kept);
std::string trouble_with(const api::KeptRecord& kept);

// The records that could be removed now if nothing speaks against it: whoever observes must look.
std::vector<api::KeptRecord> due_for_removal(const Observed& observed, Time now);

// "a; b; and 7 more": as much as a status has room for.
std::string in_short(const std::vector<std::string>& sentences, std::size_t all);

// Why the record must not be written; empty if it may.
std::string refusal(const Need& need, const std::string& zone_domain);

}  // namespace certloop::zone
