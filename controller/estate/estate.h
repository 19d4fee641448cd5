#pragma once
// What AWS holds, per (account, region), kept current by bulk reads (PROTOCOLS 2). Watching costs
// calls in proportion to pages, not certificates: 20 SearchCertificates and 100 GetResources pages
// for 10,000 certificates.
//
// A snapshot decides what to look at; it is never the ground for an act (one live look comes first)
// nor for a deletion (absence is never deletion).
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aws/acm.h"
#include "aws/tagging.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "estate/row.h"

namespace certloop::estate {

// One (account, region). The account is named by its object, not by its number: two objects may
// reach the same AWS account with different rights.
struct Place {
  std::string space, account, region;
  auto operator<=>(const Place&) const = default;
};

std::string text_of(const Place& place);  // "payments/prod us-east-1"

// Safe for concurrent use; two sweeps of one place do not overlap.
class Estate {
 public:
  // Told after a sweep, failed ones too: the ARNs that came, went or changed, and the owners
  // ("<namespace>/<name>") of those concerned. `all`: everybody there must look, for it is the
  // first complete reading, or the first failure before there was one. Called without any lock
  // held.
  using Listener = std::function<void(const Place&, const std::vector<std::string>& arns,
                                      const std::vector<std::string>& owners, bool all)>;

  Estate(const Clock& clock, Listener listener);
  ~Estate();

  // When the last complete reading was begun; absent before the first.
  std::optional<Time> taken(const Place& place) const;
  // Why the last reading failed; absent if it did not. Who waits for a reading says so.
  std::optional<Error> failure(const Place& place) const;
  std::optional<Row> find(const Place& place, const std::string& arn) const;
  // Certificates whose tag certloop.dev/owner names that "<namespace>/<name>", under whatever
  // installation, newest first.
  std::vector<Row> owned_by(const Place& place, const std::string& owner) const;
  // Certificates of that (normalised) domain name whose tags are unknown: before something is made
  // for the name, somebody must ask whose they are.
  std::vector<Row> of_unknown_owner(const Place& place, const std::string& domain) const;
  std::vector<Row> rows(const Place& place) const;

  // One complete bulk read; a failure leaves the snapshot as it was. Errors: those of the calls.
  Result<void> sweep(const Place& place, aws::Acm& acm, aws::Tagging& tagging);

  // A success of ours writes the row itself; pages asked for before never overwrite it.
  void wrote(const Place& place, Row row);
  // Our own tags are believed for 15 minutes, whatever the lagging index says.
  void wrote_tags(const Place& place, const std::string& arn, const aws::Tags& tags);
  void deleted(const Place& place, const std::string& arn);
  // The account object is gone or means another account now.
  void forget(const std::string& space, const std::string& account);

 private:
  struct Entry;
  void note_failure(const Place& place, Entry& target, const Error& error);
  std::shared_ptr<Entry> entry(const Place& place);
  std::shared_ptr<Entry> known(const Place& place) const;  // null before the first reading

  const Clock& clock_;
  const Listener listener_;
  mutable Mutex mutex_;
  std::map<Place, std::shared_ptr<Entry>> entries_ GUARDED_BY(mutex_);
};

}  // namespace certloop::estate
