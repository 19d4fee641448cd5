#include "estate/estate.h"

#include <algorithm>
#include <set>

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
  TRY(acm.search_certificates([&](aws::CertificateSummary&& summary, Time asked) {
    rows.put({std::move(summary), std::nullopt, asked});
    return true;
  }));
  if (rows.size() == 0) return rows;
  const auto tags_read =
      tagging.get_resources("acm:certificate", {}, [&](std::string&& arn, aws::Tags&& tags, Time) {
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
    Time until;
  };

  Mutex sweeping;  // held for the length of a sweep
  mutable Mutex mutex;
  Table table GUARDED_BY(mutex);
  std::optional<Time> taken GUARDED_BY(mutex);
  std::optional<Error> failure GUARDED_BY(mutex);
  std::map<std::string, Pin> pins GUARDED_BY(mutex);
  // What we did since; newer than any page asked for before.
  std::map<std::string, Row> written GUARDED_BY(mutex);
  std::map<std::string, Time> gone GUARDED_BY(mutex);
};

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

Result<void> Estate::sweep(const Place& place, aws::Acm& acm, aws::Tagging& tagging) {
  const auto target = entry(place);
  Lock one_at_a_time(target->sweeping);
  const Time begun = clock_.now();
  auto answer = read_all(acm, tagging);
  if (!answer.ok()) {
    note_failure(place, *target, answer.error());
    return answer.error();
  }
  Table next = std::move(*answer);

  Changes changes;
  bool first = false;
  {
    Lock lock(target->mutex);
    std::erase_if(target->pins, [&](const auto& pin) { return pin.second.until <= begun; });
    std::erase_if(target->written, [&](const auto& own) { return own.second.asked < begun; });
    std::erase_if(target->gone, [&](const auto& own) { return own.second < begun; });
    for (const auto& [arn, pin] : target->pins)
      if (auto row = next.find(arn)) {
        row->tags = pin.tags;
        next.put(*row);
      }
    for (const auto& [arn, row] : target->written) next.put(row);
    for (const auto& [arn, at] : target->gone) next.erase(arn);
    changes = changes_between(target->table, next);
    first = !target->taken;
    target->table = std::move(next);
    target->taken = begun;
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
  }
  if (listener_) listener_(place, {}, {}, first);
}

void Estate::wrote(const Place& place, Row row) {
  const auto target = entry(place);
  Lock lock(target->mutex);
  const std::string arn = row.summary.certificate_arn;
  row.asked = clock_.now();
  if (row.tags) target->pins[arn] = {*row.tags, clock_.now() + kPinned};
  target->gone.erase(arn);
  target->written[arn] = row;
  target->table.put(row);
}

void Estate::wrote_tags(const Place& place, const std::string& arn, const aws::Tags& tags) {
  auto row = find(place, arn);
  if (!row) return;
  row->tags = tags;
  wrote(place, std::move(*row));
}

void Estate::deleted(const Place& place, const std::string& arn) {
  const auto target = entry(place);
  Lock lock(target->mutex);
  target->gone[arn] = clock_.now();
  target->written.erase(arn);
  target->pins.erase(arn);
  target->table.erase(arn);
}

void Estate::forget(const std::string& space, const std::string& account) {
  Lock lock(mutex_);
  std::erase_if(entries_, [&](const auto& entry) {
    return entry.first.space == space && entry.first.account == account;
  });
}

}  // namespace certloop::estate
