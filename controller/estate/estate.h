#pragma once
// What AWS holds, per (account, region), kept current by bulk reads (PROTOCOLS 2). Watching costs
// calls in proportion to pages, not certificates: 20 SearchCertificates and 100 GetResources pages
// for 10,000 certificates.
//
// A snapshot decides what to look at; it is never the ground for an act (one live look comes first)
// nor for a deletion (absence is never deletion). What is newer than what is decided by the
// monotonic clock alone: the system's time may be put back while we run.
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
//
// Whether an ARN is gone takes two readings (PROTOCOLS 0), for each alone may be wrong: a live
// answer comes from a replica that lags, a listing may be incomplete. So an ARN of which a live
// read said that it does not exist is in doubt. It is gone once a complete listing that was begun
// after that answer lacks it too. A listing that has it contradicts the answer: the ARN stays in
// doubt until a live read is repeated. An answer within kOwnWriteSettles of our own create or
// import raises the doubt, but proves nothing.
class Estate {
 public:
  // Told after a sweep, failed ones too: the ARNs that came, went or changed, those in doubt and
  // those proven gone by it, and the owners ("<namespace>/<name>") of those concerned. `all`:
  // everybody there must look, for it is the first complete reading, or the first failure before
  // there was one, or the last complete reading has become stale, or is no longer. Called without
  // any lock held.
  using Listener = std::function<void(const Place&, const std::vector<std::string>& arns,
                                      const std::vector<std::string>& owners, bool all)>;

  Estate(const Clock& clock, Listener listener);
  ~Estate();

  // How long after our own create or import of an ARN nothing is believed that denies it.
  static constexpr Duration kOwnWriteSettles = std::chrono::minutes(2);
  // Three intervals of a managed place: what was read longer ago confirms nothing (PROTOCOLS 0).
  static constexpr Duration kStaleAfter = std::chrono::minutes(15);

  // When the last complete reading was begun, for people; absent before the first.
  std::optional<Time> taken(const Place& place) const;
  // The same by the monotonic clock: what the order of readings is decided by.
  std::optional<Instant> begun(const Place& place) const;
  // How old the last complete reading is now, whatever happened to the system's time since; absent
  // before the first.
  std::optional<Duration> age(const Place& place) const;
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

  // What the Account object refers to now: its AWS account and endpoints, in one text
  // (connect::source_of). What was read from another source is forgotten, doubts included, and a
  // sweep of it that is under way comes to nothing. Whoever uses a snapshot says so first, with the
  // very Account object that it acts upon.
  void set_source(const std::string& space, const std::string& account, const std::string& source);

  // One complete bulk read of `source`; a failure leaves the snapshot as it was. Errors: those of
  // the calls; conflict (the account was forgotten or given another source meanwhile: what was
  // read is dropped).
  Result<void> sweep(const Place& place, const std::string& source, aws::Acm& acm,
                     aws::Tagging& tagging);

  // A live read answered that the ARN does not exist.
  void answered_not_found(const Place& place, const std::string& arn);
  // A live read showed it: it is not in doubt.
  void saw(const Place& place, const std::string& arn);
  // A live read said that it does not exist, and a complete listing begun after that lacks it. Only
  // then may something be made, released or let go because of it.
  bool is_gone(const Place& place, const std::string& arn) const;
  // The ARNs in doubt: denied by a live read, since neither seen nor proven gone. Whoever holds one
  // reads it live again whenever it looks.
  std::vector<std::string> doubted(const Place& place) const;

  // A success of ours writes the row itself, and proves that it exists; pages asked for before
  // never overwrite it.
  void wrote(const Place& place, Row row);
  // Our own tags are believed for 15 minutes, whatever the lagging index says.
  void wrote_tags(const Place& place, const std::string& arn, const aws::Tags& tags);
  void deleted(const Place& place, const std::string& arn);
  // The account object is gone: nothing that was read through it is known any more.
  void forget(const std::string& space, const std::string& account);

 private:
  struct Entry;
  void note_failure(const Place& place, Entry& target, const Error& error);
  std::shared_ptr<Entry> entry(const Place& place) EXCLUDES(mutex_);
  std::shared_ptr<Entry> known(const Place& place) const EXCLUDES(mutex_);  // null: nothing known
  void set_source_locked(const std::string& space, const std::string& account,
                         const std::string& source) REQUIRES(mutex_);
  void forget_locked(const std::string& space, const std::string& account) REQUIRES(mutex_);

  const Clock& clock_;
  const Listener listener_;
  mutable Mutex mutex_;
  std::map<Place, std::shared_ptr<Entry>> entries_ GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, std::string> sources_ GUARDED_BY(mutex_);
};

}  // namespace certloop::estate
