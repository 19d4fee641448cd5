#include "estate/estate.h"

#include <algorithm>
#include <set>
#include <utility>

#include "estate/doubts.h"
#include "estate/table.h"

namespace certloop::estate {
namespace {

constexpr Duration kPinned = std::chrono::minutes(15);

// What a list tells of a replacement or change made outside: PROTOCOLS 2.
bool differs(const Row& a, const Row& b) {
  const auto& x = a.summary;
  const auto& y = b.summary;
  return x.status != y.status || x.serial != y.serial || x.not_after != y.not_after ||
         x.imported_at != y.imported_at || x.in_use != y.in_use || x.exported != y.exported ||
         x.renewal_eligibility != y.renewal_eligibility || x.renewal_status != y.renewal_status ||
         a.tags != b.tags;
}

// What concerns whom between two readings.
struct Changes {
  std::vector<std::string> arns;
  std::set<std::string> owners;

  void note(const std::string& arn, const Row& row) {
    arns.push_back(arn);
    if (std::string owner = owner_of(row); !owner.empty()) owners.insert(std::move(owner));
  }
};

Changes changes_between(const Table& before, const Table& after) {
  Changes changes;
  after.for_each([&](const Row& row) {
    const std::string& arn = row.summary.certificate_arn;
    const auto old = before.find(arn);
    if (old && !differs(*old, row)) return;
    changes.note(arn, row);
    if (old && owner_of(*old) != owner_of(row)) changes.note(arn, *old);
  });
  before.for_each([&](const Row& row) {
    const std::string& arn = row.summary.certificate_arn;
    if (!after.find(arn)) changes.note(arn, row);
  });
  return changes;
}

// One bulk read: pages of certificates, then pages of tags where there are certificates. Rows are
// packed as they come: unpacked, those of a large account would fill four times the room.
Result<Table> read_all(aws::Acm& acm, aws::Tagging& tagging) {
  Table rows;
  TRY(acm.search_certificates([&](aws::CertificateSummary&& summary, Instant asked) {
    rows.put({std::move(summary), std::nullopt, asked});
    return true;
  }));
  if (rows.size() == 0) return rows;
  const auto tags_read = tagging.get_resources("acm:certificate", {},
                                               [&](std::string&& arn, aws::Tags&& tags, Instant) {
                                                 if (auto row = rows.find(arn)) {
                                                   row->tags = std::move(tags);
                                                   rows.put(*row);
                                                 }
                                                 return true;
                                               });
  // Without the right to it (or the service), tags are asked for one by one where they matter.
  if (!tags_read.ok() && tags_read.error().code() != Code::denied &&
      tags_read.error().code() != Code::internal)
    return tags_read.error();
  return rows;
}

}  // namespace

std::string text_of(const Place& place) {
  return place.space + "/" + place.account + " " + place.region;
}

struct Estate::Entry {
  struct Pin {
    aws::Tags tags;
    Instant until;
  };

  // Puts what we know better into a listing that was begun then.
  void amend(Table& listing, Instant begun) REQUIRES(mutex);

  Mutex sweeping;  // held for the length of a sweep
  mutable Mutex mutex;
  Table table GUARDED_BY(mutex);
  std::optional<Time> taken GUARDED_BY(mutex);
  std::optional<Instant> begun GUARDED_BY(mutex);  // the same moment
  std::optional<Error> failure GUARDED_BY(mutex);
  bool told_stale GUARDED_BY(mutex) = false;  // everybody knows that the reading is too old
  std::map<std::string, Pin> pins GUARDED_BY(mutex);
  // What we did since; newer than any page asked for before.
  std::map<std::string, Row> written GUARDED_BY(mutex);
  std::map<std::string, Instant> deleted GUARDED_BY(mutex);
  Doubts doubts GUARDED_BY(mutex);
};

void Estate::Entry::amend(Table& listing, Instant at) {
  std::erase_if(pins, [&](const auto& pin) { return pin.second.until <= at; });
  std::erase_if(written, [&](const auto& own) { return own.second.asked < at; });
  std::erase_if(deleted, [&](const auto& own) { return own.second < at; });
  for (const auto& [arn, pin] : pins)
    if (auto row = listing.find(arn)) {
      row->tags = pin.tags;
      listing.put(*row);
    }
  for (const auto& [arn, row] : written) listing.put(row);
  for (const auto& [arn, when] : deleted) listing.erase(arn);
}

Estate::Estate(const Clock& clock, Listener listener)
    : clock_(clock), listener_(std::move(listener)) {}
Estate::~Estate() = default;

std::shared_ptr<Estate::Entry> Estate::entry(const Place& place) {
  Lock lock(mutex_);
  auto& slot = entries_[place];
  if (!slot) slot = std::make_shared<Entry>();
  return slot;
}

std::shared_ptr<Estate::Entry> Estate::known(const Place& place) const {
  Lock lock(mutex_);
  const auto it = entries_.find(place);
  return it == entries_.end() ? nullptr : it->second;
}

std::optional<Time> Estate::taken(const Place& place) const {
  const auto found = known(place);
  if (!found) return std::nullopt;
  Lock lock(found->mutex);
  return found->taken;
}

std::optional<Instant> Estate::begun(const Place& place) const {
  const auto found = known(place);
  if (!found) return std::nullopt;
  Lock lock(found->mutex);
  return found->begun;
}

std::optional<Duration> Estate::age(const Place& place) const {
  const auto at = begun(place);
  if (!at) return std::nullopt;
  return clock_.tick() - *at;
}

std::optional<Error> Estate::failure(const Place& place) const {
  const auto found = known(place);
  if (!found) return std::nullopt;
  Lock lock(found->mutex);
  return found->failure;
}

std::optional<Row> Estate::find(const Place& place, const std::string& arn) const {
  const auto found = known(place);
  if (!found) return std::nullopt;
  Lock lock(found->mutex);
  return found->table.find(arn);
}

std::vector<Row> Estate::owned_by(const Place& place, const std::string& owner) const {
  const auto found = known(place);
  if (!found) return {};
  Lock lock(found->mutex);
  return found->table.owned_by(owner);
}

std::vector<Row> Estate::of_unknown_owner(const Place& place, const std::string& domain) const {
  const auto found = known(place);
  if (!found) return {};
  Lock lock(found->mutex);
  return found->table.of_unknown_owner(domain);
}

std::vector<Row> Estate::rows(const Place& place) const {
  const auto found = known(place);
  if (!found) return {};
  Lock lock(found->mutex);
  std::vector<Row> all;
  all.reserve(found->table.size());
  found->table.for_each([&](const Row& row) { all.push_back(row); });
  return all;
}

void Estate::set_source(const std::string& space, const std::string& account,
                        const std::string& source) {
  Lock lock(mutex_);
  set_source_locked(space, account, source);
}

void Estate::set_source_locked(const std::string& space, const std::string& account,
                               const std::string& source) {
  const auto [known, fresh] = sources_.try_emplace({space, account}, source);
  if (fresh || known->second == source) return;
  forget_locked(space, account);
  sources_[{space, account}] = source;
}

Result<void> Estate::sweep(const Place& place, const std::string& source, aws::Acm& acm,
                           aws::Tagging& tagging) {
  std::shared_ptr<Entry> target;
  {
    // In one step, so that what is read of this source is never entered for another.
    Lock lock(mutex_);
    set_source_locked(place.space, place.account, source);
    auto& slot = entries_[place];
    if (!slot) slot = std::make_shared<Entry>();
    target = slot;
  }
  Lock one_at_a_time(target->sweeping);
  const Time taken = clock_.now();
  const Instant begun = clock_.tick();
  const std::uint64_t listed = [&] {
    Lock lock(target->mutex);
    return target->doubts.begin_listing();
  }();
  auto answer = read_all(acm, tagging);
  if (known(place) != target)
    return Error(Code::conflict, "Account " + place.space + "/" + place.account +
                                     " changed while " + place.region + " was read");
  if (!answer.ok()) {
    note_failure(place, *target, answer.error());
    return answer.error();
  }
  Table next = std::move(*answer);

  Changes changes;
  bool first = false;
  {
    Lock lock(target->mutex);
    const auto doubted = target->doubts.compare(next, listed, begun);
    target->amend(next, begun);
    changes = changes_between(target->table, next);
    changes.arns.insert(changes.arns.end(), doubted.begin(), doubted.end());
    // Whoever looked meanwhile has found the last one stale, told or not.
    first = !target->begun || begun - *target->begun > kStaleAfter;
    target->told_stale = false;
    target->table = std::move(next);
    target->taken = taken;
    target->begun = begun;
    target->failure.reset();
  }
  if (listener_)
    listener_(place, changes.arns, {changes.owners.begin(), changes.owners.end()}, first);
  return {};
}

void Estate::note_failure(const Place& place, Entry& target, const Error& error) {
  // A turn that has not come yet, or the end of the process, says nothing of AWS.
  if (error.code() == Code::throttled || error.code() == Code::cancelled) return;
  bool first = false;
  {
    Lock lock(target.mutex);
    first = !target.taken && !target.failure;
    target.failure = error;
    const bool stale = target.begun && clock_.tick() - *target.begun > kStaleAfter;
    if (stale && !std::exchange(target.told_stale, true)) first = true;
  }
  if (listener_) listener_(place, {}, {}, first);
}

void Estate::answered_not_found(const Place& place, const std::string& arn) {
  const auto target = entry(place);
  Lock lock(target->mutex);
  target->doubts.denied(arn, clock_.tick());
}

void Estate::saw(const Place& place, const std::string& arn) {
  const auto found = known(place);
  if (!found) return;
  Lock lock(found->mutex);
  found->doubts.seen(arn);
}

bool Estate::is_gone(const Place& place, const std::string& arn) const {
  const auto found = known(place);
  if (!found) return false;
  Lock lock(found->mutex);
  return found->doubts.is_gone(arn);
}

std::vector<std::string> Estate::doubted(const Place& place) const {
  const auto found = known(place);
  if (!found) return {};
  Lock lock(found->mutex);
  return found->doubts.open();
}

void Estate::wrote(const Place& place, Row row) {
  const auto target = entry(place);
  const Instant now = clock_.tick();
  Lock lock(target->mutex);
  const std::string arn = row.summary.certificate_arn;
  row.asked = now;
  if (row.tags) target->pins[arn] = {*row.tags, now + kPinned};
  target->deleted.erase(arn);
  target->doubts.wrote(arn, now);
  target->written[arn] = row;
  target->table.put(row);
}

void Estate::wrote_tags(const Place& place, const std::string& arn, const aws::Tags& tags) {
  const auto target = entry(place);
  const Instant now = clock_.tick();
  Lock lock(target->mutex);
  target->pins[arn] = {tags, now + kPinned};
  target->doubts.wrote(arn, now);
  auto row = target->table.find(arn);
  if (!row) return;
  row->tags = tags;
  row->asked = now;
  target->written[arn] = *row;
  target->table.put(*row);
}

void Estate::deleted(const Place& place, const std::string& arn) {
  const auto target = entry(place);
  const Instant now = clock_.tick();
  Lock lock(target->mutex);
  target->deleted[arn] = now;
  target->doubts.deleted(arn);
  target->written.erase(arn);
  target->pins.erase(arn);
  target->table.erase(arn);
}

void Estate::forget(const std::string& space, const std::string& account) {
  Lock lock(mutex_);
  forget_locked(space, account);
}

void Estate::forget_locked(const std::string& space, const std::string& account) {
  sources_.erase({space, account});
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.first.space == space && entry.first.account == account;
  });
}

}  // namespace certloop::estate
