// The writing half of the embedded store. Each call is one transaction.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "store/database.h"
#include "store/mask.h"
#include "store/rows.h"
#include "store/sqlite_store.h"

namespace certloop::store {
namespace {

constexpr std::size_t kMaxBytes = 256 * 1024;

Error gone(const api::Key& key, const std::string& where) {
  return Error(Code::not_found, fmt::format("{}: not found in {}", api::text_of(key), where));
}

Error stale(const api::Key& key, std::string_view what) {
  return Error(Code::conflict, fmt::format("{}: {}: read it again", api::text_of(key), what));
}

// Whether the caller, who saw this uid and version, saw what stands. Empty: does not care.
Result<void> check_seen(const api::Object& live, const std::string& uid,
                        const std::string& version) {
  if (!uid.empty() && uid != live.meta.uid)
    return stale(live.key(), fmt::format("it is another object of the same name (uid {}, not {})",
                                         live.meta.uid, printable(uid)));
  if (!version.empty() && version != live.meta.version)
    return stale(live.key(), fmt::format("it has changed meanwhile (version {}, not {})",
                                         live.meta.version, printable(version)));
  return {};
}

Result<void> check_name(const api::Object& object) {
  const api::Metadata& meta = object.meta;
  if (meta.name.empty() || meta.space.empty())
    return Error(Code::invalid,
                 fmt::format("{}: metadata.{} is missing", api::text_of(object.key()),
                             meta.name.empty() ? "name" : "namespace"));
  return {};
}

// The longest that an object may be, as KINDS says; counted without the store's own bookkeeping.
Result<void> check_size(const api::Object& object) {
  std::size_t size = object.body.text().size() + object.status.text().size();
  for (const auto& [name, value] : object.meta.annotations) size += name.size() + value.size();
  for (const auto& [name, value] : object.meta.labels) size += name.size() + value.size();
  if (size <= kMaxBytes) return {};
  return Error(Code::invalid,
               fmt::format("{}: it has {} KiB, and at most {} are allowed: make it smaller",
                           api::text_of(object.key()), (size + 1023) / 1024, kMaxBytes / 1024))
      .because(kObjectTooLarge);
}

Result<void> check_finalizers(const api::Object& next, const api::Object& live) {
  if (!live.meta.deleted) return {};
  const auto& had = live.meta.finalizers;
  for (const std::string& finalizer : next.meta.finalizers)
    if (std::find(had.begin(), had.end(), finalizer) == had.end())
      return Error(Code::invalid,
                   fmt::format("{}: metadata.finalizers: {} cannot be added, for the object is "
                               "being deleted",
                               api::text_of(next.key()), printable(finalizer)));
  return {};
}

// New owners must be there: an object whose owner has just gone would never be collected.
Result<void> check_owners(Rows& rows, const api::Object& next, const api::Object* live) {
  for (const auto& owner : next.meta.owners) {
    const bool is_old = live != nullptr &&
                        std::count(live->meta.owners.begin(), live->meta.owners.end(), owner) > 0;
    if (is_old) continue;
    const bool is_there = TRY(rows.exists(owner, next.meta.space));
    if (!is_there)
      return Error(Code::conflict,
                   fmt::format("{}: metadata.ownerReferences: there is no {} with uid {}: read the "
                               "owner again",
                               api::text_of(next.key()),
                               api::text_of({owner.kind, next.meta.space, owner.name}),
                               printable(owner.uid)));
  }
  return {};
}

}  // namespace

Time SqliteStore::now() const {
  return std::chrono::floor<std::chrono::seconds>(options_.clock.now());
}

// Passes `next` through admission; identity and bookkeeping stay.
Result<api::Object> SqliteStore::admit(api::Object next, const api::Object* live) const {
  if (!options_.admission) return next;
  api::Object admitted = TRY(options_.admission(next, live));
  next.body = std::move(admitted.body);
  next.status = std::move(admitted.status);
  next.meta.labels = std::move(admitted.meta.labels);
  next.meta.annotations = std::move(admitted.meta.annotations);
  return next;
}

Result<api::Object> SqliteStore::insert(Rows& rows, api::Object next) {
  next = TRY(admit(std::move(next), nullptr));
  TRY(check_size(next));
  TRY(check_owners(rows, next, nullptr));
  next.meta.uid = options_.random.uuid();
  next.meta.generation = 1;
  next.meta.created = now();
  next.meta.deleted.reset();
  TRY(rows.insert(next));
  return next;
}

// Writes `next` over `live` if it differs; erases it if its deletion waited for this.
Result<api::Object> SqliteStore::replace(Rows& rows, const Row& live, api::Object next) {
  if (next == live.object) return next;
  TRY(check_size(next));
  TRY(check_finalizers(next, live.object));
  TRY(check_owners(rows, next, &live.object));
  if (next.body != live.object.body) ++next.meta.generation;
  TRY(rows.replace(live.id, next));
  if (next.meta.deleted && next.meta.finalizers.empty())
    return erase(rows, Row{live.id, std::move(next)});
  return next;
}

// Removes the object, and then what it alone owned, and what that owned.
Result<api::Object> SqliteStore::erase(Rows& rows, Row row) {
  api::Object last;
  std::vector<Row> doomed;
  doomed.push_back(std::move(row));
  bool is_first = true;
  while (!doomed.empty()) {
    Row next = std::move(doomed.back());
    doomed.pop_back();
    const std::vector<std::int64_t> children = TRY(rows.owned_by(next.object.meta.uid));
    TRY(rows.erase(next.id, next.object));
    for (const std::int64_t id : children) {
      auto child = TRY(rows.find(id));
      if (child) TRY(release_child(rows, *std::move(child), next.object.meta.uid, doomed));
    }
    if (is_first) last = std::move(next.object);
    is_first = false;
  }
  return last;
}

// What becomes of an object whose owner has gone.
Result<void> SqliteStore::release_child(Rows& rows, Row child, const std::string& owner,
                                        std::vector<Row>& doomed) {
  api::Metadata& meta = child.object.meta;
  const bool has_others = std::any_of(meta.owners.begin(), meta.owners.end(),
                                      [&](const auto& other) { return other.uid != owner; });
  if (has_others) {
    std::erase_if(meta.owners, [&](const auto& other) { return other.uid == owner; });
    return rows.replace(child.id, child.object);
  }
  const auto is_listed = [&](const Row& row) { return row.id == child.id; };
  if (std::any_of(doomed.begin(), doomed.end(), is_listed)) return {};
  if (meta.finalizers.empty()) {
    doomed.push_back(std::move(child));
    return {};
  }
  if (meta.deleted) return {};
  meta.deleted = now();
  return rows.replace(child.id, child.object);
}

// The row that `seen` is the state of.
Result<Row> SqliteStore::find_unchanged(Rows& rows, const api::Object& seen) const {
  auto live = TRY(rows.find(seen.key()));
  if (!live) return gone(seen.key(), name());
  if (seen.meta.version.empty()) return stale(seen.key(), "no version was given");
  TRY(check_seen(live->object, seen.meta.uid, seen.meta.version));
  return *std::move(live);
}

Result<api::Object> SqliteStore::create(const api::Object& object) {
  TRY(check_name(object));
  TRY(check_size(object));
  return database_->write(true, [&](Rows& rows) -> Result<api::Object> {
    const auto live = TRY(rows.find(object.key()));
    if (live)
      return Error(Code::already_exists,
                   fmt::format("{}: it exists already in {}", api::text_of(object.key()), name()));
    api::Object next = TRY(unmasked(object, nullptr));
    next.meta.managed_fields = {};
    return insert(rows, std::move(next));
  });
}

Result<api::Object> SqliteStore::apply(const api::Object& object, const ApplyOptions& options) {
  TRY(check_name(object));
  if (options.manager.empty())
    return Error(Code::invalid, api::text_of(object.key()) + ": apply needs a field manager");
  TRY(check_size(object));
  return database_->write(!options.dry_run, [&](Rows& rows) -> Result<api::Object> {
    const auto live = TRY(rows.find(object.key()));
    const api::Object* old = live ? &live->object : nullptr;
    if (old != nullptr) TRY(check_seen(*old, object.meta.uid, object.meta.version));
    if (old == nullptr && !(object.meta.version.empty() && object.meta.uid.empty()))
      return stale(object.key(), "it has been removed meanwhile");
    const api::Object wanted = TRY(unmasked(object, old));
    api::Object next = TRY(merge(old, wanted, options, options_.list_types));
    if (old == nullptr) {
      next = TRY(insert(rows, std::move(next)));
    } else {
      next = TRY(admit(std::move(next), old));
      next = TRY(replace(rows, *live, std::move(next)));
    }
    // A rehearsal moves no version.
    if (options.dry_run) next.meta.version = old != nullptr ? old->meta.version : "";
    return next;
  });
}

Result<api::Object> SqliteStore::edit_metadata(const api::Object& seen) {
  return database_->write(true, [&](Rows& rows) -> Result<api::Object> {
    const Row live = TRY(find_unchanged(rows, seen));
    api::Object wanted = live.object;
    wanted.meta.labels = seen.meta.labels;
    wanted.meta.annotations = seen.meta.annotations;
    wanted.meta.finalizers = seen.meta.finalizers;
    wanted.meta.owners = seen.meta.owners;
    wanted = TRY(unmasked(std::move(wanted), &live.object));
    if (wanted == live.object) return wanted;
    forget_vanished(wanted, options_.list_types);
    return replace(rows, live, std::move(wanted));
  });
}

Result<api::Object> SqliteStore::update_status(const api::Object& seen) {
  return database_->write(true, [&](Rows& rows) -> Result<api::Object> {
    const Row live = TRY(find_unchanged(rows, seen));
    api::Object next = live.object;
    next.status = seen.status;
    if (next.status == live.object.status) return next;
    TRY(check_size(next));
    const api::Object admitted = TRY(admit(next, &live.object));
    next.status = admitted.status;
    return replace(rows, live, std::move(next));
  });
}

Result<api::Object> SqliteStore::remove(const api::Key& key, const RemoveOptions& options) {
  return database_->write(!options.dry_run, [&](Rows& rows) -> Result<api::Object> {
    auto live = TRY(rows.find(key));
    if (!live) return gone(key, name());
    TRY(check_seen(live->object, options.uid.value_or(""), options.version.value_or("")));
    if (live->object.meta.finalizers.empty()) return erase(rows, *std::move(live));
    if (live->object.meta.deleted) return std::move(live->object);
    live->object.meta.deleted = now();
    TRY(rows.replace(live->id, live->object));
    return std::move(live->object);
  });
}

Result<api::Object> SqliteStore::revive(const api::Object& seen) {
  return database_->write(true, [&](Rows& rows) -> Result<api::Object> {
    Row live = TRY(find_unchanged(rows, seen));
    if (!live.object.meta.deleted) return std::move(live.object);
    live.object.meta.deleted.reset();
    TRY(rows.replace(live.id, live.object));
    return std::move(live.object);
  });
}

Result<std::size_t> SqliteStore::rekey() {
  return database_->write(true, [](Rows& rows) { return rows.seal_again(); });
}

}  // namespace certloop::store
